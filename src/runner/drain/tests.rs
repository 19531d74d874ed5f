//! A writer behind a thread: in order, complete, and never in the way.

use std::io::{PipeReader, Read as _, pipe};
use std::time::Duration;

use tokio::time::timeout;

use super::*;
use crate::runner::sample::tokio;

const SOON: Duration = Duration::from_millis(50);
/// More than a pipe holds.
const MUCH: usize = 1 << 20;

fn piped() -> (Drain, PipeReader) {
    let (reader, writer) = pipe().unwrap();
    (Drain::new(Standard(writer)), reader)
}

#[test]
fn a_write_is_complete_when_it_ends() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let drain = Drain::new(Slow(Arc::clone(&kept)));
    tokio().block_on(async {
        for part in ["one ", "two ", "three"] {
            let written = drain.write(part.as_bytes()).await;
            assert_eq!(written.bytes, part.len());
            written.result.unwrap();
            assert!(kept.lock().unwrap().ends_with(part.as_bytes()));
        }
    });
    assert_eq!(*kept.lock().unwrap(), b"one two three");
}

/// Takes a byte at a time, and is interrupted before each.
struct Slow(Arc<Mutex<Vec<u8>>>);

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        thread::sleep(Duration::from_millis(1));
        self.0.lock().unwrap().push(bytes[0]);
        Ok(1)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_pipe_that_nobody_reads_holds_up_neither_a_deadline_nor_the_runtime_and_nothing_piles_up() {
    let (drain, mut reader) = piped();
    let much = vec![b'a'; MUCH];
    tokio().block_on(async {
        assert!(timeout(SOON, drain.write(&much)).await.is_err());
        for _ in 0..100 {
            let late = timeout(Duration::from_millis(1), drain.write(b"late")).await;
            assert!(late.is_err());
        }
        assert_eq!(drain.turn.available_permits(), 0);
    });
    // Once somebody reads, what was under way goes on, and the next is served.
    let reading = thread::spawn(move || {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    });
    tokio().block_on(async { drain.write(b"next").await.result.unwrap() });
    drop(drain);
    let bytes = reading.join().unwrap();
    assert_eq!(bytes.len(), MUCH + 4);
    assert!(bytes.ends_with(b"anext"));
}

#[test]
fn a_closed_pipe_is_an_error_with_the_bytes_that_went_before() {
    let (drain, mut reader) = piped();
    tokio().block_on(async {
        assert_eq!(drain.write(b"heard").await.bytes, 5);
        let mut heard = [0; 5];
        reader.read_exact(&mut heard).unwrap();
        drop(reader);
        let written = drain.write(b"unheard").await;
        assert_eq!(written.bytes, 0);
        let error = written.result.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        assert!(drain.write(b"again").await.result.is_err());
    });
}

/// Takes two bytes and then nothing more.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_that_takes_no_more_is_an_error() {
    let drain = Drain::new(Full(2));
    let written = tokio().block_on(drain.write(b"three"));
    assert_eq!(written.bytes, 2);
    assert_eq!(written.result.unwrap_err().kind(), io::ErrorKind::WriteZero);
}

#[test]
fn a_non_blocking_descriptor_is_waited_for() {
    let (reader, writer) = pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    let drain = Drain::new(Standard(writer));
    let reading = thread::spawn(move || {
        thread::sleep(SOON);
        io::copy(&mut reader.take(MUCH as u64), &mut io::sink()).unwrap()
    });
    let written = tokio().block_on(drain.write(&vec![b'a'; MUCH]));
    written.result.unwrap();
    assert_eq!(written.bytes, MUCH);
    assert_eq!(reading.join().unwrap(), MUCH as u64);
}
