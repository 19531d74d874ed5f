//! One invocation as the purpose of this process: a runtime on this thread, and an end when a signal asks for one.

use std::future::poll_fn;
use std::io;
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::task::{Context, Poll};

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal as Received, SignalKind, signal};

use super::invocation::{Entry, Invocation};
use super::outcome::Outcome;
use super::runner::Runner;

/// A signal that ended an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGHUP.
    Hangup,
    /// SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl Signal {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hangup => "SIGHUP",
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }

    /// The exit code of a process that it ended.
    pub fn code(self) -> u8 {
        match self {
            Self::Hangup => 129,
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// Runs one invocation to its end, or until a signal comes: what it holds, such as a scratch, is then taken down. Threads
/// that wait for something are left behind, so that the process can exit.
///
/// # Errors
/// The system gives no runtime or no signals.
pub fn run_here(
    runner: &Runner,
    invocation: Invocation,
    entry: &Entry,
) -> io::Result<Result<Outcome, Signal>> {
    has_room()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        let mut signals = Signals::open()?;
        let mut running = pin!(runner.run(invocation, entry));
        let ended = poll_fn(|context| match running.as_mut().poll(context) {
            Poll::Ready(outcome) => Poll::Ready(Ok(outcome)),
            Poll::Pending => signals.poll(context).map(Err),
        });
        Ok(ended.await)
    });
    runtime.shutdown_background();
    ended
}

/// Whether there are descriptors for a runtime: tokio panics over its pair of sockets for signals if it cannot have them.
pub(super) fn has_room() -> io::Result<()> {
    const PAIRS: usize = 4;
    let pairs: io::Result<Vec<_>> = (0..PAIRS).map(|_| UnixStream::pair()).collect();
    pairs.map(drop)
}

/// The signals that end an invocation.
struct Signals([(Received, Signal); 3]);

impl Signals {
    fn open() -> io::Result<Self> {
        Ok(Self([
            (signal(SignalKind::hangup())?, Signal::Hangup),
            (signal(SignalKind::interrupt())?, Signal::Interrupt),
            (signal(SignalKind::terminate())?, Signal::Terminate),
        ]))
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Signal> {
        for (received, signal) in &mut self.0 {
            if received.poll_recv(context).is_ready() {
                return Poll::Ready(*signal);
            }
        }
        Poll::Pending
    }
}
