//! What a guest sees of file times. They are a clock too: a guest that is denied the wall clock could read it off any file
//! that it writes.

use std::time::{SystemTime, UNIX_EPOCH};

use wasmtime_wasi::p1::types::Timestamp;

use crate::runner::terms::{Terms, WallClock};

/// How much before the start a time has to lie to be shown: file systems stamp by clocks that lag a little.
const MARGIN: u64 = 2_000_000_000;

/// Which times are shown; nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileTimes {
    /// Those of the file system: the guest has the host's clock anyway.
    Real,
    /// Those before the invocation; later ones as `hidden`.
    Past {
        /// Times from here on are hidden.
        until: Timestamp,
        /// What is shown instead: what the guest's clock says, or 0.
        hidden: Timestamp,
    },
    /// The same time for everything, until the guest sets another.
    Fixed(Timestamp),
}

/// The times of one file that a guest set, or by which what it did is hidden.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// Last access, nanoseconds since 1970.
    pub accessed: Option<Timestamp>,
    /// Last change of the content.
    pub modified: Option<Timestamp>,
}

impl FileTimes {
    /// Those that a policy's clock and determinism allow.
    pub fn of(terms: &Terms) -> Self {
        let clock = match terms.wall {
            WallClock::Fixed(at) => at,
            WallClock::Deny | WallClock::Real => 0,
        };
        match terms.wall {
            _ if terms.deterministic => Self::Fixed(clock),
            WallClock::Real => Self::Real,
            WallClock::Deny | WallClock::Fixed(_) => Self::Past {
                until: start().saturating_sub(MARGIN),
                hidden: clock,
            },
        }
    }

    /// What stands for "now" wherever the real time must not be seen.
    pub fn stand_in(self) -> Option<Timestamp> {
        match self {
            Self::Real => None,
            Self::Past { hidden, .. } => Some(hidden),
            Self::Fixed(at) => Some(at),
        }
    }

    /// Accessed, modified and changed, as the guest sees them, of what the file system says and what was kept of the file.
    pub fn shown(self, real: [Timestamp; 3], kept: Times) -> [Timestamp; 3] {
        let [accessed, modified, changed] = real;
        let Some(stand_in) = self.stand_in() else {
            return real;
        };
        let past = |time| match self {
            Self::Past { until, .. } if time < until => time,
            _ => stand_in,
        };
        let untouched = kept.modified.is_none();
        [
            // A host that reads the file moves this one at any time.
            kept.accessed.unwrap_or_else(|| past(accessed)),
            kept.modified.unwrap_or_else(|| past(modified)),
            if untouched { past(changed) } else { stand_in },
        ]
    }
}

fn start() -> Timestamp {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(passed.unwrap_or_default().as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::wasi::sample::terms;

    const KEPT: Times = Times {
        accessed: Some(5),
        modified: Some(6),
    };

    fn times(wall: WallClock, deterministic: bool) -> FileTimes {
        let mut terms = terms();
        (terms.wall, terms.deterministic) = (wall, deterministic);
        FileTimes::of(&terms)
    }

    #[test]
    fn a_guest_without_the_real_clock_sees_no_time_from_the_start_on() {
        let now = start();
        for (wall, instead) in [(WallClock::Deny, 0), (WallClock::Fixed(77), 77)] {
            let times = times(wall, false);
            let long_ago = now - 10 * MARGIN;
            assert_eq!(times.shown([long_ago; 3], Times::default()), [long_ago; 3]);
            for hidden in [now - MARGIN / 2, now, now + MARGIN, u64::MAX] {
                assert_eq!(times.shown([hidden; 3], Times::default()), [instead; 3]);
            }
            assert_eq!(times.shown([now; 3], KEPT), [5, 6, instead]);
            assert_eq!(times.shown([long_ago; 3], KEPT), [5, 6, instead]);
        }
    }

    #[test]
    fn with_determinism_all_times_are_one_until_they_are_set() {
        for (wall, at) in [
            (WallClock::Fixed(9), 9),
            (WallClock::Deny, 0),
            (WallClock::Real, 0),
        ] {
            let times = times(wall, true);
            assert_eq!(times.shown([1, 2, 3], Times::default()), [at; 3]);
            assert_eq!(times.shown([1, 2, 3], KEPT), [5, 6, at]);
        }
    }

    #[test]
    fn a_guest_with_the_real_clock_sees_real_times() {
        let times = times(WallClock::Real, false);
        assert_eq!(times.shown([1, 2, 3], KEPT), [1, 2, 3]);
        assert_eq!(times.stand_in(), None);
    }
}
