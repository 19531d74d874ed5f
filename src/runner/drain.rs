//! A writer that may never take what it is given, such as a pipe that nobody reads. A thread of its own writes, detached, so
//! that it holds up neither a deadline nor the exit.

use std::fmt;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::AsFd;
use rustix::io::Errno;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// A writer behind a thread, one write after the other.
pub struct Drain {
    // At most one write is under way or queued, so what invocations leave behind at their deadlines does not pile up.
    turn: Arc<Semaphore>,
    jobs: Mutex<Jobs>,
}

enum Jobs {
    /// Nobody has written yet.
    Idle(Box<dyn Write + Send>),
    /// The thread runs.
    Running(Sender<Job>),
    /// No thread could be had.
    Broken,
}

struct Job {
    bytes: Vec<u8>,
    done: oneshot::Sender<Written>,
    // Given back when the write is over, also if nobody waits for it any more.
    _turn: OwnedSemaphorePermit,
}

/// What became of a write.
#[derive(Debug)]
pub struct Written {
    /// Bytes that were taken.
    pub bytes: usize,
    /// Why the others were not.
    pub result: io::Result<()>,
}

impl Drain {
    /// A writer that nothing is written to yet.
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        Self {
            turn: Arc::new(Semaphore::new(1)),
            jobs: Mutex::new(Jobs::Idle(Box::new(writer))),
        }
    }

    /// This process's standard output, one for all invocations.
    pub fn stdout() -> Arc<Self> {
        static STDOUT: LazyLock<Arc<Drain>> =
            LazyLock::new(|| Arc::new(Drain::new(Standard(io::stdout()))));
        Arc::clone(&STDOUT)
    }

    /// This process's standard error, one for all invocations.
    pub fn stderr() -> Arc<Self> {
        static STDERR: LazyLock<Arc<Drain>> =
            LazyLock::new(|| Arc::new(Drain::new(Standard(io::stderr()))));
        Arc::clone(&STDERR)
    }

    /// Writes all of it, and ends when that is done.
    pub async fn write(&self, bytes: &[u8]) -> Written {
        match self.queue(bytes).await {
            Ok(done) => done
                .await
                .unwrap_or_else(|_| Written::failed(io::ErrorKind::Other.into())),
            Err(error) => Written::failed(error),
        }
    }

    async fn queue(&self, bytes: &[u8]) -> io::Result<oneshot::Receiver<Written>> {
        let turn = Arc::clone(&self.turn);
        let turn = turn.acquire_owned().await.map_err(io::Error::other)?;
        let (done, written) = oneshot::channel();
        let job = Job {
            bytes: bytes.to_vec(),
            done,
            _turn: turn,
        };
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Jobs::Idle(_) = *jobs
            && let Jobs::Idle(writer) = std::mem::replace(&mut *jobs, Jobs::Broken)
        {
            *jobs = Jobs::Running(start(writer)?);
        }
        match &*jobs {
            Jobs::Running(thread) => thread
                .send(job)
                .map_err(|_| io::Error::from(io::ErrorKind::Other))?,
            _ => return Err(io::ErrorKind::Other.into()),
        }
        Ok(written)
    }
}

impl Written {
    fn failed(error: io::Error) -> Self {
        Self {
            bytes: 0,
            result: Err(error),
        }
    }
}

fn start(writer: Box<dyn Write + Send>) -> io::Result<Sender<Job>> {
    let (sender, jobs) = channel();
    thread::Builder::new()
        .name("ringfence-output".to_owned())
        .spawn(move || serve(writer, &jobs))?;
    Ok(sender)
}

/// Does each job, until the drain is dropped.
fn serve(mut writer: Box<dyn Write + Send>, jobs: &Receiver<Job>) {
    for job in jobs {
        let written = write_all(&mut *writer, &job.bytes);
        // Nobody waits any more where a deadline has passed.
        let _ = job.done.send(written);
    }
}

/// Like the standard library's, and tells how much of it was written before a failure.
fn write_all(writer: &mut dyn Write, bytes: &[u8]) -> Written {
    let mut rest = bytes;
    let result = loop {
        if rest.is_empty() {
            break writer.flush();
        }
        match writer.write(rest) {
            Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    Written {
        bytes: bytes.len() - rest.len(),
        result,
    }
}

/// The descriptor itself: the standard library's lock would be held while a write waits, and whoever reports the passed
/// deadline would wait for it.
struct Standard<S>(S);

impl<S: AsFd> Write for Standard<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match rustix::io::write(&self.0, bytes) {
                // Whoever shares the terminal or pipe with us may have made it non-blocking.
                Err(Errno::AGAIN) => {
                    poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], None)?;
                }
                written => return Ok(written?),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Drain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Drain").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
