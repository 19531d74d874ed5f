//! What the guest sees of a file's identity and times: numbers in order of first sight, never the host's own.

use std::collections::HashMap;

use wasmtime_wasi::p1::types::Timestamp;

/// Identities and times of one invocation.
#[derive(Debug, Default)]
pub struct Identities {
    numbers: HashMap<u64, u64>,
    given: u64,
    times: HashMap<u64, Times>,
}

/// The times that a guest set, where times are otherwise fixed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// Last access, nanoseconds since 1970.
    pub accessed: Option<Timestamp>,
    /// Last change of the content.
    pub modified: Option<Timestamp>,
}

impl Identities {
    /// The guest's number for a file, from 1 in order of first sight.
    pub fn number(&mut self, identity: u64) -> u64 {
        let given = &mut self.given;
        *self.numbers.entry(identity).or_insert_with(|| {
            *given += 1;
            *given
        })
    }

    /// The times that the guest set for a file.
    pub fn times(&self, identity: u64) -> Times {
        self.times.get(&identity).copied().unwrap_or_default()
    }

    /// Keeps times that the guest sets; `None` leaves one as it is.
    pub fn set_times(&mut self, identity: u64, times: Times) {
        let kept = self.times.entry(identity).or_default();
        kept.accessed = times.accessed.or(kept.accessed);
        kept.modified = times.modified.or(kept.modified);
    }

    /// Forgets a file that is gone: the system may give its identity to another one.
    pub fn forget(&mut self, identity: u64) {
        self.numbers.remove(&identity);
        self.times.remove(&identity);
    }
}
