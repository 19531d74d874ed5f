//! The standard streams of one invocation, each with the bytes that may pass through it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime_wasi::p1::types::{Errno, Error};

use super::feed::{CHUNK, Feed};
use super::{Input, Output};
use crate::runner::drain::Drain;
use crate::runner::stop::{Budget, Stop};
use crate::runner::terms::StreamTerms;

/// Standard input.
#[derive(Debug)]
pub struct InputStream {
    source: Source,
    terms: StreamTerms,
    passed: u64,
    truncated: bool,
    whole: bool,
}

#[derive(Debug)]
enum Source {
    Bytes { bytes: Vec<u8>, at: usize },
    Feed(Arc<Feed>),
}

impl InputStream {
    /// The stream at its start; nothing is read of the source yet.
    pub fn new(input: Input, terms: StreamTerms) -> Self {
        let source = match input {
            Input::Empty => Source::Bytes {
                bytes: Vec::new(),
                at: 0,
            },
            Input::Bytes(bytes) => Source::Bytes { bytes, at: 0 },
            Input::Process => Source::Feed(Feed::process()),
        };
        Self::of(source, terms)
    }

    fn of(source: Source, terms: StreamTerms) -> Self {
        Self {
            source,
            terms,
            passed: 0,
            truncated: false,
            whole: false,
        }
    }

    /// Has each read wait until it has all it may take, or the end is there.
    pub fn in_whole(self, whole: bool) -> Self {
        Self { whole, ..self }
    }

    /// Reads up to `most` bytes and at most 64 KiB, as soon as there are any; none means the end. At the bound it waits
    /// until it is known whether there is more, as any read would.
    ///
    /// # Errors
    /// There is more than may pass and the policy says to stop then, or the source failed.
    pub async fn read(&mut self, most: usize) -> Result<Vec<u8>, Stop> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let left = self.left();
        if left == 0 {
            return self.end().await;
        }
        let most = most.min(left);
        let bytes = match &mut self.source {
            Source::Bytes { bytes, at } => {
                let rest = bytes.get(*at..).unwrap_or_default();
                let part = rest.get(..most).unwrap_or(rest).to_vec();
                *at += part.len();
                part
            }
            Source::Feed(feed) => {
                let mut bytes = Vec::new();
                // How input is cut into pieces is the sender's timing, which a deterministic guest must not see.
                while bytes.len() < most {
                    let more = feed.take(most - bytes.len()).await;
                    let more = more.map_err(|reason| unreadable(&reason))?;
                    bytes.extend_from_slice(&more);
                    if more.is_empty() || !self.whole {
                        break;
                    }
                }
                bytes
            }
        };
        self.passed += bytes.len() as u64;
        Ok(bytes)
    }

    /// Waits until a read would not: a byte or the end is there, or the source failed.
    pub async fn ready(&mut self) {
        if let (Source::Feed(feed), false) = (&self.source, self.is_over()) {
            // The read that follows reports a failure.
            let _ = feed.peek(self.left()).await;
        }
    }

    /// Bytes that were read.
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// Whether it ended where the source did not.
    pub fn truncated(&self) -> bool {
        self.truncated
    }

    /// What the next read may take, bytes.
    fn left(&self) -> usize {
        let left = self.terms.max.saturating_sub(self.passed);
        usize::try_from(left).unwrap_or(CHUNK).min(CHUNK)
    }

    /// Whether the source is not asked again. One that was never granted is not asked at all.
    fn is_over(&self) -> bool {
        self.truncated || (self.terms.max == 0 && !self.terms.trap)
    }

    async fn end(&mut self) -> Result<Vec<u8>, Stop> {
        let more = match &self.source {
            Source::Bytes { bytes, at } => *at < bytes.len(),
            Source::Feed(_) if self.is_over() => false,
            Source::Feed(feed) => feed.peek(1).await.map_err(|reason| unreadable(&reason))?,
        };
        if more && self.terms.trap {
            return Err(Stop::Spent(Budget::Stdin));
        }
        self.truncated |= more;
        Ok(Vec::new())
    }
}

fn unreadable(reason: &str) -> Stop {
    Stop::Failed(format!("standard input cannot be read: {reason}"))
}

/// Standard output or standard error.
#[derive(Debug)]
pub struct OutputStream {
    sink: Sink,
    terms: StreamTerms,
    budget: Budget,
    passed: u64,
    truncated: bool,
}

#[derive(Debug)]
enum Sink {
    Discard,
    Keep(Arc<Mutex<Vec<u8>>>),
    Drain(Arc<Drain>),
}

/// Why bytes did not go on.
#[derive(Debug)]
pub enum StreamError {
    /// The invocation ends.
    Stop(Stop),
    /// The guest is told: `PIPE` where nobody reads any more, `NOSPC`, or `IO`.
    Refused(Errno),
}

impl OutputStream {
    /// The stream at its start; more than `terms.max` bytes spend the budget.
    pub fn new(output: Output, terms: StreamTerms, budget: Budget) -> Self {
        let sink = match output {
            Output::Discard => Sink::Discard,
            Output::Keep(bytes) => Sink::Keep(bytes),
            Output::Stdout => Sink::Drain(Drain::stdout()),
            Output::Stderr => Sink::Drain(Drain::stderr()),
        };
        Self::of(sink, terms, budget)
    }

    fn of(sink: Sink, terms: StreamTerms, budget: Budget) -> Self {
        Self {
            sink,
            terms,
            budget,
            passed: 0,
            truncated: false,
        }
    }

    /// Takes all of it; what fits under the bound has gone on when this ends, and the rest is dropped.
    ///
    /// # Errors
    /// It does not fit and the policy says to stop then, or whoever it goes to does not take it.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        let left = usize::try_from(self.terms.max.saturating_sub(self.passed));
        let fits = bytes.len().min(left.unwrap_or(usize::MAX));
        let (on, rest) = bytes.split_at_checked(fits).unwrap_or((bytes, &[]));
        if !on.is_empty() {
            self.pass(on).await?;
        }
        if rest.is_empty() {
            return Ok(());
        }
        if self.terms.trap {
            return Err(StreamError::Stop(Stop::Spent(self.budget)));
        }
        self.truncated = true;
        Ok(())
    }

    async fn pass(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        // Counted first: a write that is given up while it waits may still go on.
        let before = self.passed;
        self.passed += bytes.len() as u64;
        match &self.sink {
            Sink::Discard => {}
            Sink::Keep(kept) => kept
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend_from_slice(bytes),
            Sink::Drain(drain) => {
                let written = drain.write(bytes).await;
                self.passed = before + written.bytes as u64;
                written.result.map_err(|error| refused(&error))?;
            }
        }
        Ok(())
    }

    /// Bytes that went on.
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// Whether something was dropped.
    pub fn truncated(&self) -> bool {
        self.truncated
    }
}

fn refused(error: &io::Error) -> StreamError {
    StreamError::Refused(match error.kind() {
        io::ErrorKind::BrokenPipe => Errno::Pipe,
        io::ErrorKind::StorageFull => Errno::Nospc,
        _ => Errno::Io,
    })
}

impl From<StreamError> for Error {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Stop(stop) => Self::trap(wasmtime::Error::new(stop)),
            StreamError::Refused(errno) => errno.into(),
        }
    }
}

/// Standard input from a pipe.
#[cfg(test)]
pub fn piped(reader: io::PipeReader, terms: StreamTerms) -> InputStream {
    InputStream::of(Source::Feed(Arc::new(Feed::new(reader))), terms)
}

#[cfg(test)]
mod tests;
