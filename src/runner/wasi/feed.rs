//! A reader that may never answer, such as this process's standard input. A thread of its own reads it, detached, so that a
//! read that never ends holds up neither a deadline nor the exit; and only when somebody asks, so that the bytes which
//! nobody asked for are left to whoever comes after.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::AsFd;
use rustix::io::Errno;
use tokio::sync::Notify;

/// The most that is read at once, bytes.
pub const CHUNK: usize = 64 << 10;

/// A reader behind a thread. What one invocation waited for and did not take is there for the next.
pub struct Feed {
    shared: Arc<Shared>,
    requests: Mutex<Requests>,
}

struct Shared {
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Default)]
struct State {
    /// Read and not taken yet; at most a chunk, as nothing is read while there is some.
    bytes: VecDeque<u8>,
    reading: bool,
    end: Option<Result<(), String>>,
}

enum Requests {
    /// Nobody has asked yet.
    Idle(Box<dyn Read + Send>),
    /// The thread runs; how many bytes to read.
    Running(Sender<usize>),
    /// No thread could be had.
    Broken,
}

impl Feed {
    /// A reader that nothing is read of yet.
    pub fn new(reader: impl Read + Send + 'static) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::default(),
                arrived: Notify::new(),
            }),
            requests: Mutex::new(Requests::Idle(Box::new(reader))),
        }
    }

    /// This process's standard input, one for all invocations.
    pub fn process() -> Arc<Self> {
        static PROCESS: LazyLock<Arc<Feed>> =
            LazyLock::new(|| Arc::new(Feed::new(Standard(io::stdin()))));
        Arc::clone(&PROCESS)
    }

    /// Takes up to `most` bytes as soon as there are any; none means the end.
    ///
    /// # Errors
    /// The reader failed, with the reason.
    pub async fn take(&self, most: usize) -> Result<Vec<u8>, String> {
        let take = |bytes: &mut VecDeque<u8>| bytes.drain(..most.min(bytes.len())).collect();
        Ok(self.wait(most, take).await?.unwrap_or_default())
    }

    /// Waits for a byte or the end, reading `most` bytes at most; tells whether there is a byte.
    ///
    /// # Errors
    /// The reader failed, with the reason.
    pub async fn peek(&self, most: usize) -> Result<bool, String> {
        Ok(self.wait(most, |_| ()).await?.is_some())
    }

    async fn wait<T>(
        &self,
        most: usize,
        act: impl FnOnce(&mut VecDeque<u8>) -> T,
    ) -> Result<Option<T>, String> {
        loop {
            // Made before the look, so that what arrives between the two is not missed.
            let arrived = self.shared.arrived.notified();
            {
                let mut state = self.shared.state();
                if !state.bytes.is_empty() {
                    return Ok(Some(act(&mut state.bytes)));
                }
                if let Some(end) = &state.end {
                    return end.clone().map(|()| None);
                }
                if !state.reading {
                    self.request(most.clamp(1, CHUNK))?;
                    state.reading = true;
                }
            }
            arrived.await;
        }
    }

    fn request(&self, count: usize) -> Result<(), String> {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Requests::Idle(_) = *requests
            && let Requests::Idle(reader) = std::mem::replace(&mut *requests, Requests::Broken)
        {
            *requests = Requests::Running(start(reader, Arc::clone(&self.shared))?);
        }
        match &*requests {
            Requests::Running(thread) => thread.send(count).map_err(|error| error.to_string()),
            _ => Err("its thread could not be started".to_owned()),
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn start(reader: Box<dyn Read + Send>, shared: Arc<Shared>) -> Result<Sender<usize>, String> {
    let (sender, requests) = channel();
    thread::Builder::new()
        .name("ringfence-input".to_owned())
        .spawn(move || serve(reader, &requests, &shared))
        .map_err(|error| error.to_string())?;
    Ok(sender)
}

/// Reads once for each request, until the feed is dropped.
fn serve(mut reader: Box<dyn Read + Send>, requests: &Receiver<usize>, shared: &Shared) {
    let mut chunk = vec![0; CHUNK];
    for count in requests {
        let read = retry(|| reader.read(chunk.get_mut(..count).unwrap_or_default()));
        let mut state = shared.state();
        match read {
            Ok(0) => state.end = Some(Ok(())),
            Ok(count) => state.bytes.extend(chunk.iter().take(count)),
            Err(error) => state.end = Some(Err(error.to_string())),
        }
        state.reading = false;
        drop(state);
        shared.arrived.notify_waiters();
    }
}

fn retry(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// The descriptor itself: the standard library's reader takes bytes into a buffer that belong to others.
struct Standard<S>(S);

impl<S: AsFd> Read for Standard<S> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            match rustix::io::read(&self.0, &mut *bytes) {
                // Whoever shares the terminal or pipe with us may have made it non-blocking.
                Err(Errno::AGAIN) => {
                    poll(&mut [PollFd::new(&self.0, PollFlags::IN)], None)?;
                }
                // Closed by whoever started this process: there is nothing to read.
                Err(Errno::BADF) => return Ok(0),
                read => return Ok(read?),
            }
        }
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Feed").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
