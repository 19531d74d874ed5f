//! `poll_oneoff`: waits until one of several things is ready, and tells which are.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use wasmtime_wasi::p1::types::{
    Errno, Error, Event, EventFdReadwrite, Eventrwflags, Eventtype, Fd, Size, Subclockflags,
    Subscription, SubscriptionU,
};
use wiggle::{GuestError, GuestMemory, GuestPtr, GuestType};

use super::Wasi;
use super::clock::Wait;
use crate::runner::guest::Guest;

/// The most subscriptions of one call.
pub const MOST: Size = 1024;

/// What a descriptor says when it is asked whether it is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// It is ready, as files and output streams always are.
    Now {
        /// Bytes that can be read or written.
        bytes: u64,
        /// Whether there is nothing more to come.
        hangup: bool,
    },
    /// It is standard input, which knows by itself.
    Stdin,
    /// There is no such descriptor, or it is none that can be waited for.
    Bad,
}

/// One subscription while it is waited for: its event, as far as it is known, and what has to happen first.
struct Pending {
    event: Event,
    until: Until,
}

enum Until {
    Now,
    Stdin,
    Timer(Wait),
}

/// What came while waiting.
struct Came {
    stdin: bool,
    /// Timers that had no longer to run than this, nanoseconds.
    real: Option<u64>,
    made_up: Option<u64>,
}

/// Waits for the first of `count` subscriptions and writes the events of all that are ready, in their order; returns how
/// many. Made-up time passes at once, and only where standard input is not waited for too: where time is made up, input is
/// always there in time, so that no run depends on when it came.
///
/// # Errors
/// `INVAL` for no subscription, more than [`MOST`], or one that says nothing known; a trap if an array is not wholly within
/// the memory.
pub async fn oneoff(
    guest: &mut Guest,
    memory: &mut GuestMemory<'_>,
    subscriptions: GuestPtr<Subscription>,
    events: GuestPtr<Event>,
    count: Size,
) -> Result<Size, Error> {
    if !(1..=MOST).contains(&count) {
        return Err(Errno::Inval.into());
    }
    within(memory, subscriptions, count)?;
    within(memory, events, count)?;
    let mut pending = Vec::new();
    for subscription in subscriptions.as_array(count).iter() {
        let subscription = memory.read(subscription?)?;
        if let SubscriptionU::Clock(clock) = &subscription.u {
            guest.saw_clock(clock.id);
        }
        pending.push(Pending::new(&subscription, &guest.wasi));
    }
    let came = wait(&mut guest.wasi, &pending).await;
    let mut written = 0;
    for one in pending {
        if one.until.is_over(&came) {
            memory.write(events.add(written)?, one.event)?;
            written += 1;
        }
    }
    Ok(written)
}

/// Checks a whole array before any wait.
fn within<T: GuestType>(
    memory: &GuestMemory<'_>,
    start: GuestPtr<T>,
    count: Size,
) -> Result<(), GuestError> {
    let length = count
        .checked_mul(T::guest_size())
        .ok_or(GuestError::PtrOverflow)?;
    memory.as_slice(GuestPtr::new((start.offset(), length)))?;
    // Both arrays hold 64-bit numbers first.
    memory.read::<u64>(start.cast())?;
    Ok(())
}

impl Pending {
    fn new(subscription: &Subscription, wasi: &Wasi) -> Self {
        let mut pending = Self {
            event: Event {
                userdata: subscription.userdata,
                error: Errno::Success,
                type_: Eventtype::Clock,
                fd_readwrite: EventFdReadwrite {
                    nbytes: 0,
                    flags: Eventrwflags::empty(),
                },
            },
            until: Until::Now,
        };
        match &subscription.u {
            SubscriptionU::Clock(clock) => {
                let absolute = Subclockflags::SUBSCRIPTION_CLOCK_ABSTIME;
                let absolute = clock.flags.contains(absolute);
                match wasi.clocks.wait(clock.id, clock.timeout, absolute) {
                    Ok(wait) => pending.until = Until::Timer(wait),
                    Err(errno) => pending.event.error = errno,
                }
            }
            SubscriptionU::FdRead(read) => {
                pending.event.type_ = Eventtype::FdRead;
                pending.ask(wasi, read.file_descriptor);
            }
            SubscriptionU::FdWrite(write) => {
                pending.event.type_ = Eventtype::FdWrite;
                pending.ask(wasi, write.file_descriptor);
            }
        }
        pending
    }

    fn ask(&mut self, wasi: &Wasi, descriptor: Fd) {
        match wasi.readiness(descriptor) {
            Readiness::Now { bytes, hangup } => {
                self.event.fd_readwrite.nbytes = bytes;
                if hangup {
                    self.event.fd_readwrite.flags = Eventrwflags::FD_READWRITE_HANGUP;
                }
            }
            Readiness::Stdin if self.event.type_ == Eventtype::FdRead => {
                // How many bytes have arrived is chance; that a read would not wait is not.
                self.event.fd_readwrite.nbytes = 1;
                self.until = Until::Stdin;
            }
            Readiness::Stdin | Readiness::Bad => self.event.error = Errno::Badf,
        }
    }
}

impl Until {
    fn is_over(&self, came: &Came) -> bool {
        match self {
            Self::Now => true,
            Self::Stdin => came.stdin,
            Self::Timer(Wait::Real(wait)) => came.real.is_some_and(|passed| *wait <= passed),
            Self::Timer(Wait::Virtual(wait)) => came.made_up.is_some_and(|passed| *wait <= passed),
        }
    }
}

/// Waits for the first of them.
async fn wait(wasi: &mut Wasi, pending: &[Pending]) -> Came {
    let mut came = Came {
        stdin: false,
        real: Some(0),
        made_up: Some(0),
    };
    let stdin = pending.iter().any(|one| matches!(one.until, Until::Stdin));
    let real = earliest(pending, |wait| match wait {
        Wait::Real(wait) => Some(wait),
        Wait::Virtual(_) => None,
    });
    let made_up = earliest(pending, |wait| match wait {
        Wait::Virtual(wait) => Some(wait),
        Wait::Real(_) => None,
    });
    if pending.iter().any(|one| one.until.is_over(&came)) {
        came.stdin = stdin && (wasi.clocks.are_made_up() || once(wasi.stdin.ready()).await);
        if came.stdin {
            wasi.stdin.ready().await;
        }
    } else if let (Some(wait), false) = (made_up, stdin) {
        wasi.clocks.pass(wait);
        came.made_up = made_up;
    } else if let Some(wait) = real {
        came.stdin = passes(wait, stdin, wasi).await;
        came.real = real.filter(|_| !came.stdin).or(came.real);
    } else {
        wasi.stdin.ready().await;
        came.stdin = true;
    }
    came
}

fn earliest(pending: &[Pending], kind: impl Fn(Wait) -> Option<u64>) -> Option<u64> {
    let timers = pending.iter().filter_map(|one| match one.until {
        Until::Timer(wait) => kind(wait),
        _ => None,
    });
    timers.min()
}

/// Waits for so many nanoseconds or for standard input, if it is waited for; tells whether that came first.
async fn passes(nanoseconds: u64, stdin: bool, wasi: &mut Wasi) -> bool {
    let time = Duration::from_nanos(nanoseconds);
    if stdin {
        let ready = tokio::time::timeout(time, wasi.stdin.ready());
        return ready.await.is_ok();
    }
    tokio::time::sleep(time).await;
    false
}

/// Whether something has happened already.
async fn once(happening: impl Future<Output = ()>) -> bool {
    let mut happening = pin!(happening);
    poll_fn(|context| Poll::Ready(happening.as_mut().poll(context).is_ready())).await
}

#[cfg(test)]
mod tests;
