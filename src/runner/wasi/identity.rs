//! What a guest sees of a file's identity: a number in order of first sight, never the host's own.

use std::collections::HashMap;

use wasmtime_wasi::p1::types::Errno;

use super::times::Times;

/// The most files of which something is kept in one invocation.
const MOST: usize = 1 << 20;

/// The files that a guest has seen, by their identities.
#[derive(Debug, Default)]
pub struct Identities {
    seen: HashMap<u64, Seen>,
    given: u64,
}

/// What is kept of one file.
#[derive(Debug, Default)]
struct Seen {
    /// 0 if the guest has not asked for it.
    number: u64,
    times: Times,
    open: u64,
    nameless: bool,
}

impl Identities {
    /// The guest's number for a file, from 1 in order of first sight.
    ///
    /// # Errors
    /// `NOMEM`: it has seen more files than are kept.
    pub fn number(&mut self, identity: u64) -> Result<u64, Errno> {
        let next = self.given + 1;
        let seen = self.seen(identity).ok_or(Errno::Nomem)?;
        if seen.number == 0 {
            seen.number = next;
            self.given = next;
            return Ok(next);
        }
        Ok(seen.number)
    }

    /// The times that are kept for a file.
    pub fn times(&self, identity: u64) -> Times {
        self.seen
            .get(&identity)
            .map(|seen| seen.times)
            .unwrap_or_default()
    }

    /// Keeps times of a file; `None` leaves one as it is.
    pub fn set_times(&mut self, identity: u64, times: Times) {
        if let Some(seen) = self.seen(identity) {
            seen.times.accessed = times.accessed.or(seen.times.accessed);
            seen.times.modified = times.modified.or(seen.times.modified);
        }
    }

    /// A descriptor of it was opened.
    pub fn opened(&mut self, identity: u64) {
        if let Some(seen) = self.seen(identity) {
            seen.open += 1;
        }
    }

    /// A descriptor of it was closed.
    pub fn closed(&mut self, identity: u64) {
        if let Some(seen) = self.seen.get_mut(&identity) {
            seen.open = seen.open.saturating_sub(1);
        }
        self.settle(identity);
    }

    /// It lost its last name.
    pub fn unnamed(&mut self, identity: u64) {
        if let Some(seen) = self.seen.get_mut(&identity) {
            seen.nameless = true;
        }
        self.settle(identity);
    }

    /// What is gone for good is forgotten: the system may give its identity to another file.
    fn settle(&mut self, identity: u64) {
        let gone = |seen: &Seen| seen.nameless && seen.open == 0;
        if self.seen.get(&identity).is_some_and(gone) {
            self.seen.remove(&identity);
        }
    }

    fn seen(&mut self, identity: u64) -> Option<&mut Seen> {
        if self.seen.len() >= MOST && !self.seen.contains_key(&identity) {
            return None;
        }
        Some(self.seen.entry(identity).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_given_in_order_of_first_sight() {
        let mut identities = Identities::default();
        let numbers = [900, 3, 900, 77].map(|identity| identities.number(identity).unwrap());
        assert_eq!(numbers, [1, 2, 1, 3]);
    }

    #[test]
    fn a_file_keeps_its_number_while_it_is_open_and_its_successor_gets_another() {
        let mut identities = Identities::default();
        identities.opened(5);
        let times = Times {
            accessed: None,
            modified: Some(1),
        };
        identities.set_times(5, times);
        assert_eq!(identities.number(5), Ok(1));
        identities.unnamed(5);
        assert_eq!((identities.number(5), identities.times(5)), (Ok(1), times));
        identities.closed(5);
        assert_eq!(identities.times(5), Times::default());
        assert_eq!(identities.number(5), Ok(2));
    }

    #[test]
    fn no_more_is_kept_than_is_bounded() {
        let mut identities = Identities::default();
        for identity in 0..MOST as u64 {
            identities.number(identity).unwrap();
        }
        assert_eq!(identities.number(u64::MAX), Err(Errno::Nomem));
        assert_eq!(identities.number(0), Ok(1));
        identities.unnamed(3);
        identities.number(u64::MAX).unwrap();
    }
}
