//! Which capabilities a policy allows at all. An import is linked if any one of its capabilities is allowed; what a call may
//! then do is decided here, descriptor by descriptor and clock by clock.

use crate::audit::allows;
use crate::policy::{Layers, Policy};

/// The capabilities of `imports.wasi.allow`.
#[derive(Debug, Clone, Copy)]
pub enum Powers<'p> {
    /// What each layer covers.
    Allowed(&'p Layers<String>),
    /// All: denials are only reported.
    All,
}

impl<'p> Powers<'p> {
    /// Those of a policy.
    pub fn of(policy: &'p Policy, report_only: bool) -> Self {
        if report_only {
            Self::All
        } else {
            Self::Allowed(&policy.imports.wasi_allow)
        }
    }

    /// Whether every layer names the capability, or a function that gives it.
    pub fn have(self, capability: &str) -> bool {
        match self {
            Self::All => true,
            Self::Allowed(layers) => allows(layers, capability),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::runner::sample::approve;
    use crate::runner::{MonotonicClock, StreamTerms, Terms, WallClock};

    const GRANTS: &str = "grants:\n  stdin: {max: 1KiB}\n  stdout: {max: 1KiB}\n  stderr: {max: 1KiB}\n  clock: {wall: real, monotonic: real}\n  random: {source: os}\n";

    fn terms(allow: &str) -> Terms {
        let policy = format!("imports: {{wasi: {{allow: [{allow}]}}}}\n{GRANTS}");
        Terms::of(approve("(module)", &policy).policy(), false)
    }

    #[test]
    fn a_grant_without_its_capability_gives_nothing() {
        // `fd_write` is linked for the one stream, `clock_time_get` for the one clock, `path_open` to read.
        let terms = terms("stdout, clock.monotonic, fs.read");
        let none = StreamTerms::default();
        assert_eq!((terms.stdin, terms.stderr), (none, none));
        assert_eq!(terms.stdout.max, 1024);
        assert_eq!(terms.wall, WallClock::Deny);
        assert_eq!(terms.monotonic, MonotonicClock::Real);
        assert!(terms.reads && !terms.writes);
    }

    #[test]
    fn a_function_that_is_allowed_by_name_brings_its_capabilities() {
        let terms = terms("fd_write, clock_time_get, path_open");
        assert_eq!((terms.stdout.max, terms.stderr.max), (1024, 1024));
        assert_eq!(terms.stdin.max, 0);
        assert_eq!(terms.wall, WallClock::Real);
        assert!(terms.reads && terms.writes);
    }
}
