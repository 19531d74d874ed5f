//! The bounds of the standard streams, in both modes and for every source and sink.

use std::io::{Read as _, Write as _, pipe};
use std::time::Duration;

use tokio::time::timeout;

use super::*;
use crate::runner::sample::tokio;
use crate::runner::wasi::sample::is_trap;

fn truncating(max: u64) -> StreamTerms {
    StreamTerms { max, trap: false }
}

fn trapping(max: u64) -> StreamTerms {
    StreamTerms { max, trap: true }
}

/// The same text from memory and through a feed.
fn sources(text: &str) -> [Source; 2] {
    let bytes = text.as_bytes().to_vec();
    let feed = Feed::new(io::Cursor::new(bytes.clone()));
    [Source::Bytes { bytes, at: 0 }, Source::Feed(Arc::new(feed))]
}

/// Reads in parts of three bytes until the end.
async fn read(stream: &mut InputStream) -> Result<String, Stop> {
    let mut read = Vec::new();
    loop {
        stream.ready().await;
        let part = stream.read(3).await?;
        if part.is_empty() {
            return Ok(String::from_utf8(read).unwrap());
        }
        assert!(part.len() <= 3);
        read.extend(part);
    }
}

#[test]
fn input_is_read_to_its_end() {
    for source in sources("hello") {
        let mut stream = InputStream::of(source, truncating(100));
        tokio().block_on(async {
            assert_eq!(stream.read(0).await, Ok(Vec::new()));
            assert_eq!(read(&mut stream).await.unwrap(), "hello");
        });
        assert_eq!(stream.passed(), 5);
        assert!(!stream.truncated());
    }
}

#[test]
fn input_ends_at_its_bound_and_tells_whether_there_was_more() {
    for (text, truncated) in [("hello", false), ("hello!", true)] {
        for source in sources(text) {
            let mut stream = InputStream::of(source, truncating(5));
            let read = tokio().block_on(read(&mut stream)).unwrap();
            assert_eq!(read, "hello");
            assert_eq!(stream.passed(), 5);
            assert_eq!(stream.truncated(), truncated, "{text}");
        }
    }
}

#[test]
fn input_beyond_its_bound_stops_the_guest_only_if_there_is_any() {
    for source in sources("hello!") {
        let mut stream = InputStream::of(source, trapping(5));
        let read = tokio().block_on(read(&mut stream));
        assert_eq!(read, Err(Stop::Spent(Budget::Stdin)));
        assert_eq!(stream.passed(), 5);
    }
    for source in sources("hello") {
        let mut stream = InputStream::of(source, trapping(5));
        assert_eq!(tokio().block_on(read(&mut stream)).unwrap(), "hello");
    }
}

#[test]
fn input_without_a_grant_passes_nothing_and_is_not_touched() {
    let (mut reader, mut writer) = pipe().unwrap();
    writer.write_all(b"secret").unwrap();
    let feed = Feed::new(reader.try_clone().unwrap());
    let mut stream = InputStream::of(Source::Feed(Arc::new(feed)), StreamTerms::default());
    assert_eq!(tokio().block_on(read(&mut stream)).unwrap(), "");
    assert_eq!((stream.passed(), stream.truncated()), (0, false));
    drop(writer);
    let mut left = String::new();
    reader.read_to_string(&mut left).unwrap();
    assert_eq!(left, "secret");
    let mut stream = InputStream::new(Input::Bytes(b"secret".to_vec()), StreamTerms::default());
    assert_eq!(tokio().block_on(read(&mut stream)).unwrap(), "");
    assert_eq!((stream.passed(), stream.truncated()), (0, true));
}

#[test]
fn input_takes_from_its_source_a_byte_beyond_the_bound_at_most() {
    let (mut reader, mut writer) = pipe().unwrap();
    writer.write_all(b"0123456789").unwrap();
    let feed = Feed::new(reader.try_clone().unwrap());
    let mut stream = InputStream::of(Source::Feed(Arc::new(feed)), truncating(4));
    tokio().block_on(async {
        let mut all = Vec::new();
        while all.len() < 4 {
            all.extend(stream.read(usize::MAX).await.unwrap());
        }
        assert_eq!(all, b"0123");
        for _ in 0..10 {
            assert!(stream.read(usize::MAX).await.unwrap().is_empty());
            stream.ready().await;
        }
    });
    assert!(stream.truncated());
    drop(writer);
    let mut left = String::new();
    reader.read_to_string(&mut left).unwrap();
    assert_eq!(left, "56789");
}

#[test]
fn input_that_never_comes_can_be_dropped() {
    let (reader, _writer) = pipe().unwrap();
    let feed = Feed::new(reader);
    let mut stream = InputStream::of(Source::Feed(Arc::new(feed)), truncating(4));
    tokio().block_on(async {
        let soon = Duration::from_millis(50);
        assert!(timeout(soon, stream.ready()).await.is_err());
        assert!(timeout(soon, stream.read(1)).await.is_err());
    });
    assert_eq!(stream.passed(), 0);
}

#[test]
fn a_call_reads_a_chunk_at_most() {
    let bytes = vec![7; CHUNK + 1];
    let feed = Feed::new(io::repeat(7));
    for source in [Source::Bytes { bytes, at: 0 }, Source::Feed(Arc::new(feed))] {
        let mut stream = InputStream::of(source, truncating(u64::MAX));
        let part = tokio().block_on(stream.read(usize::MAX)).unwrap();
        assert_eq!(part.len(), CHUNK);
    }
}

#[test]
fn input_that_fails_ends_the_invocation_and_is_ready() {
    struct Failing;
    impl io::Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("no more paper"))
        }
    }
    let source = Source::Feed(Arc::new(Feed::new(Failing)));
    let mut stream = InputStream::of(source, truncating(4));
    tokio().block_on(async {
        stream.ready().await;
        let Err(Stop::Failed(reason)) = stream.read(1).await else {
            panic!("it read something")
        };
        assert!(reason.ends_with("no more paper"), "{reason}");
    });
}

fn keeping(terms: StreamTerms) -> (OutputStream, Arc<Mutex<Vec<u8>>>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let output = Output::Keep(Arc::clone(&kept));
    (OutputStream::new(output, terms, Budget::Stdout), kept)
}

fn write(stream: &mut OutputStream, text: &str) -> Result<(), StreamError> {
    tokio().block_on(stream.write(text.as_bytes()))
}

#[test]
fn output_beyond_its_bound_is_dropped_and_told() {
    let (mut stream, kept) = keeping(truncating(8));
    write(&mut stream, "hello").unwrap();
    write(&mut stream, "").unwrap();
    write(&mut stream, "you").unwrap();
    assert!(!stream.truncated());
    for _ in 0..3 {
        write(&mut stream, "there").unwrap();
        assert!(stream.truncated());
        assert_eq!(stream.passed(), 8);
    }
    assert_eq!(*kept.lock().unwrap(), b"helloyou");
}

#[test]
fn output_beyond_its_bound_stops_the_guest_after_what_fits() {
    let (mut stream, kept) = keeping(trapping(8));
    write(&mut stream, "hello").unwrap();
    write(&mut stream, "you").unwrap();
    write(&mut stream, "").unwrap();
    let (mut other, other_kept) = keeping(trapping(8));
    for (stream, kept, text) in [
        (&mut stream, kept, "!"),
        (&mut other, other_kept, "helloyou!"),
    ] {
        let Err(StreamError::Stop(stop)) = write(stream, text) else {
            panic!("it was let through")
        };
        assert_eq!(stop, Stop::Spent(Budget::Stdout));
        assert_eq!(*kept.lock().unwrap(), b"helloyou");
        assert_eq!(stream.passed(), 8);
    }
}

#[test]
fn output_without_a_grant_passes_nothing() {
    let (mut stream, kept) = keeping(StreamTerms::default());
    write(&mut stream, "hello").unwrap();
    assert_eq!((stream.passed(), stream.truncated()), (0, true));
    assert!(kept.lock().unwrap().is_empty());
    let (reader, writer) = pipe().unwrap();
    let sink = Sink::Drain(Arc::new(Drain::new(writer)));
    let mut stream = OutputStream::of(sink, StreamTerms::default(), Budget::Stderr);
    write(&mut stream, "hello").unwrap();
    drop(stream);
    assert_eq!(io::read_to_string(reader).unwrap(), "");
}

#[test]
fn discarded_output_is_bounded_and_counted_too() {
    let mut stream = OutputStream::new(Output::Discard, trapping(4), Budget::Stderr);
    write(&mut stream, "four").unwrap();
    assert_eq!(stream.passed(), 4);
    let error = Error::from(write(&mut stream, "!").unwrap_err());
    assert!(is_trap(&error));
    let stop = error.downcast().unwrap_err();
    assert_eq!(stop.downcast_ref(), Some(&Stop::Spent(Budget::Stderr)));
}

#[test]
fn output_through_a_pipe_is_bounded_and_in_order() {
    let (reader, writer) = pipe().unwrap();
    let sink = Sink::Drain(Arc::new(Drain::new(writer)));
    let mut stream = OutputStream::of(sink, truncating(9), Budget::Stdout);
    for text in ["one ", "two ", "three"] {
        write(&mut stream, text).unwrap();
    }
    assert_eq!((stream.passed(), stream.truncated()), (9, true));
    drop(stream);
    assert_eq!(io::read_to_string(reader).unwrap(), "one two t");
}

#[test]
fn a_pipe_that_nobody_reads_any_more_is_told_to_the_guest() {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let sink = Sink::Drain(Arc::new(Drain::new(writer)));
    let mut stream = OutputStream::of(sink, truncating(100), Budget::Stdout);
    let error = Error::from(write(&mut stream, "unheard").unwrap_err());
    assert!(matches!(error.downcast(), Ok(Errno::Pipe)));
    assert_eq!(stream.passed(), 0);
}

#[test]
fn a_pipe_that_is_full_can_be_dropped() {
    let (_reader, writer) = pipe().unwrap();
    let sink = Sink::Drain(Arc::new(Drain::new(writer)));
    let mut stream = OutputStream::of(sink, truncating(u64::MAX), Budget::Stdout);
    let much = vec![0; 1 << 20];
    let late =
        tokio().block_on(async { timeout(Duration::from_millis(50), stream.write(&much)).await });
    assert!(late.is_err());
}
