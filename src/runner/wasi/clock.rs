//! The clocks of one invocation: those of the host, or made-up ones that tell every run the same.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use wasmtime_wasi::p1::types::{Clockid, Errno};

use crate::runner::terms::{MonotonicClock, Terms, WallClock};

/// What the guest knows of time, in nanoseconds.
#[derive(Debug)]
pub struct Clocks {
    wall: WallClock,
    monotonic: Monotonic,
    deterministic: bool,
}

#[derive(Debug)]
enum Monotonic {
    Deny,
    Step { step: u64, next: u64 },
    Real { start: Instant },
}

/// How long a timer still has to run, nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// In the host's time.
    Real(u64),
    /// In a made-up time, which passes at once when nothing else is waited for.
    Virtual(u64),
}

impl Clocks {
    /// The clocks at the start of an invocation.
    pub fn new(terms: &Terms) -> Self {
        Self {
            wall: terms.wall,
            monotonic: match terms.monotonic {
                MonotonicClock::Deny => Monotonic::Deny,
                MonotonicClock::Step(step) => Monotonic::Step { step, next: 0 },
                MonotonicClock::Real => Monotonic::Real {
                    start: Instant::now(),
                },
            },
            deterministic: terms.deterministic,
        }
    }

    /// Reads a clock, nanoseconds. Each reading of a stepping clock is a step further than the one before.
    ///
    /// # Errors
    /// `NOTCAPABLE` if it is denied, `BADF` for the clocks of processor time, which nobody is granted.
    pub fn now(&mut self, id: Clockid) -> Result<u64, Errno> {
        let now = self.coming(id)?;
        if let (Clockid::Monotonic, Monotonic::Step { step, next }) = (id, &mut self.monotonic) {
            *next = next.saturating_add(*step);
        }
        Ok(now)
    }

    /// The least by which two readings differ, nanoseconds; never 0.
    ///
    /// # Errors
    /// As `now`.
    pub fn resolution(&self, id: Clockid) -> Result<u64, Errno> {
        self.coming(id)?;
        match (id, &self.monotonic) {
            (Clockid::Monotonic, Monotonic::Step { step, .. }) => Ok((*step).max(1)),
            _ => Ok(1),
        }
    }

    /// How long a timer of `poll_oneoff` has to run. On a fixed wall clock the difference to its time passes in the host's
    /// time, or at once where the invocation is deterministic or its other clock steps.
    ///
    /// # Errors
    /// As `now`.
    pub fn wait(&self, id: Clockid, timeout: u64, absolute: bool) -> Result<Wait, Errno> {
        let now = self.coming(id)?;
        let wait = if absolute {
            timeout.saturating_sub(now)
        } else {
            timeout
        };
        let steps = matches!(self.monotonic, Monotonic::Step { .. });
        let made_up = match id {
            Clockid::Monotonic => steps,
            _ => matches!(self.wall, WallClock::Fixed(_)) && (steps || self.deterministic),
        };
        Ok(if made_up {
            Wait::Virtual(wait)
        } else {
            Wait::Real(wait)
        })
    }

    /// Whether no real time is to be seen: the invocation is deterministic, or one clock steps and the other is not real.
    pub fn are_made_up(&self) -> bool {
        let steps = matches!(self.monotonic, Monotonic::Step { .. });
        self.deterministic || (steps && self.wall != WallClock::Real)
    }

    /// Lets made-up time pass: a stepping clock moves on by so many nanoseconds, the others stay as they are.
    pub fn pass(&mut self, nanoseconds: u64) {
        if let Monotonic::Step { next, .. } = &mut self.monotonic {
            *next = next.saturating_add(nanoseconds);
        }
    }

    /// What the next reading gives, without making it.
    fn coming(&self, id: Clockid) -> Result<u64, Errno> {
        match (id, &self.monotonic) {
            (Clockid::Realtime, _) => match self.wall {
                WallClock::Deny => Err(Errno::Notcapable),
                WallClock::Fixed(at) => Ok(at),
                WallClock::Real => Ok(since_1970()),
            },
            (Clockid::Monotonic, Monotonic::Deny) => Err(Errno::Notcapable),
            (Clockid::Monotonic, Monotonic::Step { next, .. }) => Ok(*next),
            (Clockid::Monotonic, Monotonic::Real { start }) => {
                Ok(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX))
            }
            (Clockid::ProcessCputimeId | Clockid::ThreadCputimeId, _) => Err(Errno::Badf),
        }
    }
}

fn since_1970() -> u64 {
    let passed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::wasi::sample::terms;

    const WALL: Clockid = Clockid::Realtime;
    const MONOTONIC: Clockid = Clockid::Monotonic;

    fn clocks(wall: WallClock, monotonic: MonotonicClock) -> Clocks {
        let mut terms = terms();
        (terms.wall, terms.monotonic) = (wall, monotonic);
        Clocks::new(&terms)
    }

    #[test]
    fn a_denied_clock_tells_nothing_in_any_way() {
        let mut clocks = clocks(WallClock::Deny, MonotonicClock::Deny);
        for id in [WALL, MONOTONIC] {
            assert_eq!(clocks.now(id), Err(Errno::Notcapable));
            assert_eq!(clocks.resolution(id), Err(Errno::Notcapable));
            assert_eq!(clocks.wait(id, 1, false), Err(Errno::Notcapable));
            assert_eq!(clocks.wait(id, 1, true), Err(Errno::Notcapable));
        }
    }

    #[test]
    fn processor_time_is_nobodys() {
        let mut clocks = clocks(WallClock::Real, MonotonicClock::Real);
        for id in [Clockid::ProcessCputimeId, Clockid::ThreadCputimeId] {
            assert_eq!(clocks.now(id), Err(Errno::Badf));
            assert_eq!(clocks.resolution(id), Err(Errno::Badf));
            assert_eq!(clocks.wait(id, 1, false), Err(Errno::Badf));
        }
    }

    #[test]
    fn a_stepping_clock_steps_at_each_reading_and_stops_at_the_end_of_time() {
        let mut steps = clocks(WallClock::Fixed(77), MonotonicClock::Step(1_000));
        let readings: Vec<_> = (0..3).map(|_| steps.now(MONOTONIC).unwrap()).collect();
        assert_eq!(readings, [0, 1_000, 2_000]);
        assert_eq!(steps.resolution(MONOTONIC), Ok(1_000));
        assert_eq!(steps.now(WALL), Ok(77));
        assert_eq!(steps.now(WALL), Ok(77));
        assert_eq!(steps.now(MONOTONIC), Ok(3_000));
        steps.pass(u64::MAX);
        assert_eq!(steps.now(MONOTONIC), Ok(u64::MAX));
        assert_eq!(steps.now(MONOTONIC), Ok(u64::MAX));
        assert_eq!(steps.wait(MONOTONIC, u64::MAX, true), Ok(Wait::Virtual(0)));
        let mut still = clocks(WallClock::Deny, MonotonicClock::Step(0));
        assert_eq!(still.now(MONOTONIC), Ok(0));
        assert_eq!(still.resolution(MONOTONIC), Ok(1));
    }

    #[test]
    fn a_sleep_on_a_stepping_clock_is_seen_in_full_by_the_guest() {
        let mut clocks = clocks(WallClock::Deny, MonotonicClock::Step(10));
        let before = clocks.now(MONOTONIC).unwrap();
        let Ok(Wait::Virtual(wait)) = clocks.wait(MONOTONIC, 5_000, false) else {
            panic!("it waits in real time")
        };
        clocks.pass(wait);
        assert_eq!(clocks.now(MONOTONIC), Ok(before + 10 + 5_000));
        let until = 1_000_000;
        assert_eq!(
            clocks.wait(MONOTONIC, until, true),
            Ok(Wait::Virtual(until - 5_020))
        );
        clocks.pass(until - 5_020);
        assert_eq!(clocks.now(MONOTONIC), Ok(until));
        assert_eq!(clocks.wait(MONOTONIC, until, true), Ok(Wait::Virtual(0)));
    }

    #[test]
    fn a_fixed_wall_clock_waits_in_real_time_unless_time_is_made_up() {
        let fixed = WallClock::Fixed(1_000);
        let mut clocks = clocks(fixed, MonotonicClock::Real);
        assert_eq!(clocks.wait(WALL, 999, true), Ok(Wait::Real(0)));
        assert_eq!(clocks.wait(WALL, 1_500, true), Ok(Wait::Real(500)));
        assert_eq!(clocks.wait(WALL, 1_500, false), Ok(Wait::Real(1_500)));
        clocks.deterministic = true;
        assert_eq!(clocks.wait(WALL, 1_500, true), Ok(Wait::Virtual(500)));
        let clocks = self::clocks(fixed, MonotonicClock::Step(1));
        assert_eq!(clocks.wait(WALL, 1_500, true), Ok(Wait::Virtual(500)));
    }

    #[test]
    fn time_is_made_up_unless_a_real_clock_shows_it() {
        let (step, real) = (MonotonicClock::Step(1), MonotonicClock::Real);
        assert!(clocks(WallClock::Fixed(0), step).are_made_up());
        assert!(clocks(WallClock::Deny, step).are_made_up());
        assert!(!clocks(WallClock::Real, step).are_made_up());
        assert!(!clocks(WallClock::Fixed(0), real).are_made_up());
        assert!(!clocks(WallClock::Deny, MonotonicClock::Deny).are_made_up());
    }

    #[test]
    fn real_clocks_count_from_the_start_of_the_invocation_and_from_1970() {
        let mut clocks = clocks(WallClock::Real, MonotonicClock::Real);
        let first = clocks.now(MONOTONIC).unwrap();
        assert!(first < 60_000_000_000, "{first}");
        assert!(clocks.now(MONOTONIC).unwrap() >= first);
        assert!(clocks.now(WALL).unwrap() > 1_700_000_000_000_000_000);
        assert_eq!(clocks.wait(MONOTONIC, 0, true), Ok(Wait::Real(0)));
        assert_eq!(
            clocks.wait(MONOTONIC, u64::MAX, false),
            Ok(Wait::Real(u64::MAX))
        );
        assert_eq!(clocks.wait(WALL, 1, true), Ok(Wait::Real(0)));
    }
}
