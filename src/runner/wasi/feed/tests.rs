//! A reader behind a thread: what it reads, and what it leaves.

use std::io::{PipeReader, PipeWriter, Write as _, pipe};
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::*;
use crate::runner::sample::tokio;

const SOON: Duration = Duration::from_millis(50);

fn piped() -> (Feed, PipeReader, PipeWriter) {
    let (reader, writer) = pipe().unwrap();
    let feed = Feed::new(Standard(reader.try_clone().unwrap()));
    (feed, reader, writer)
}

/// What is left in a pipe whose writer is dropped.
fn rest(mut reader: PipeReader) -> String {
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn nothing_is_read_that_nobody_asked_for() {
    let (feed, reader, mut writer) = piped();
    writer.write_all(b"one two three").unwrap();
    tokio().block_on(async {
        assert_eq!(feed.take(4).await.unwrap(), b"one ");
        assert!(feed.peek(1).await.unwrap());
        assert!(feed.peek(1000).await.unwrap());
        assert_eq!(feed.take(2).await.unwrap(), b"t");
    });
    drop((feed, writer));
    assert_eq!(rest(reader), "wo three");
}

#[test]
fn a_feed_that_nobody_asks_reads_nothing() {
    let (feed, reader, mut writer) = piped();
    writer.write_all(b"all").unwrap();
    std::thread::sleep(SOON);
    drop((feed, writer));
    assert_eq!(rest(reader), "all");
}

#[test]
fn a_read_that_never_ends_holds_up_neither_its_deadline_nor_the_runtime() {
    let (feed, _reader, _writer) = piped();
    let begun = Instant::now();
    let late = tokio().block_on(async { timeout(SOON, feed.take(1)).await });
    assert!(late.is_err());
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn what_came_too_late_for_one_is_there_for_the_next() {
    let (feed, _reader, mut writer) = piped();
    tokio().block_on(async {
        assert!(timeout(SOON, feed.take(5)).await.is_err());
        writer.write_all(b"hello").unwrap();
        assert_eq!(feed.take(2).await.unwrap(), b"he");
        assert_eq!(feed.take(100).await.unwrap(), b"llo");
        drop(writer);
        assert!(!feed.peek(1).await.unwrap());
        assert!(feed.take(100).await.unwrap().is_empty());
        assert!(feed.take(100).await.unwrap().is_empty());
    });
}

#[test]
fn those_who_gave_up_waiting_have_asked_for_one_read_among_them() {
    let (feed, reader, mut writer) = piped();
    tokio().block_on(async {
        for _ in 0..5 {
            assert!(
                timeout(Duration::from_millis(5), feed.take(1))
                    .await
                    .is_err()
            );
        }
        writer.write_all(b"hello").unwrap();
        std::thread::sleep(SOON);
        assert_eq!(feed.take(5).await.unwrap(), b"h");
    });
    drop((feed, writer));
    assert_eq!(rest(reader), "ello");
}

#[test]
fn everybody_who_waits_learns_of_the_end() {
    let (feed, _reader, writer) = piped();
    let close = std::thread::spawn(move || {
        std::thread::sleep(SOON);
        drop(writer);
    });
    let feed = Arc::new(feed);
    tokio().block_on(async {
        let other = Arc::clone(&feed);
        let other = ::tokio::spawn(async move { other.take(1).await });
        assert!(feed.take(1).await.unwrap().is_empty());
        assert!(other.await.unwrap().unwrap().is_empty());
    });
    close.join().unwrap();
}

#[test]
fn a_chunk_is_the_most_at_once() {
    let feed = Feed::new(std::io::repeat(7));
    tokio().block_on(async {
        assert_eq!(feed.take(usize::MAX).await.unwrap().len(), CHUNK);
        assert!(feed.take(0).await.unwrap().is_empty());
        assert!(feed.shared.state().bytes.len() <= CHUNK);
    });
}

/// Fails after its first byte, and is interrupted before.
struct Failing(u8);

impl Read for Failing {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0 += 1;
        match self.0 {
            1 => Err(io::ErrorKind::Interrupted.into()),
            2 => Ok(bytes.len().min(1)),
            _ => Err(io::Error::other("no more paper")),
        }
    }
}

#[test]
fn a_failure_is_told_and_stays() {
    let feed = Feed::new(Failing(0));
    tokio().block_on(async {
        assert_eq!(feed.take(5).await.unwrap().len(), 1);
        assert_eq!(feed.take(5).await.unwrap_err(), "no more paper");
        assert_eq!(feed.peek(5).await.unwrap_err(), "no more paper");
    });
}

#[test]
fn a_non_blocking_descriptor_is_waited_for() {
    let (feed, reader, mut writer) = piped();
    rustix::io::ioctl_fionbio(&reader, true).unwrap();
    tokio().block_on(async {
        assert!(timeout(SOON, feed.take(5)).await.is_err());
        writer.write_all(b"late").unwrap();
        assert_eq!(feed.take(5).await.unwrap(), b"late");
    });
}
