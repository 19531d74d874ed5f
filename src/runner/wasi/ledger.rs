//! What a scratch holds: the length of all its files and the number of its entries, kept in step with every call that
//! changes them. Nobody else writes there, so looking before and after a call is exact.

use std::collections::HashMap;

use crate::audit::ScratchUse;
use crate::runner::stop::{Budget, Stop};

use super::ScratchTerms;

/// The account of one scratch.
#[derive(Debug)]
pub struct Ledger {
    terms: ScratchTerms,
    bytes: u64,
    entries: u64,
    most_bytes: u64,
    most_entries: u64,
    files: HashMap<u64, Held>,
}

/// One file, by its identity.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    size: u64,
    links: u64,
    open: u64,
}

impl Ledger {
    /// An empty scratch.
    pub fn new(terms: ScratchTerms) -> Self {
        Self {
            terms,
            bytes: 0,
            entries: 0,
            most_bytes: 0,
            most_entries: 0,
            files: HashMap::new(),
        }
    }

    /// Whether one more entry may be made.
    ///
    /// # Errors
    /// The scratch is full.
    pub fn room_for_entry(&self) -> Result<(), Stop> {
        if self.entries < self.terms.entries {
            Ok(())
        } else {
            Err(Budget::ScratchEntries.into())
        }
    }

    /// Whether a file may grow by so many bytes.
    ///
    /// # Errors
    /// The scratch is full.
    pub fn room_for_bytes(&self, more: u64) -> Result<(), Stop> {
        match self.bytes.checked_add(more) {
            Some(bytes) if bytes <= self.terms.bytes => Ok(()),
            _ => Err(Budget::ScratchBytes.into()),
        }
    }

    /// By how many bytes files may grow.
    pub fn left(&self) -> u64 {
        self.terms.bytes.saturating_sub(self.bytes)
    }

    /// The most that it held, and may hold.
    pub fn most(&self) -> ScratchUse {
        ScratchUse {
            bytes: self.most_bytes,
            entries: self.most_entries,
            max_bytes: self.terms.bytes,
            max_entries: self.terms.entries,
        }
    }

    /// Bytes and entries that it holds.
    #[cfg(test)]
    pub fn held(&self) -> (u64, u64) {
        (self.bytes, self.entries)
    }

    /// A new name for something that has no length of its own to follow: a folder.
    pub fn entry_made(&mut self) {
        self.entries += 1;
        self.most_entries = self.most_entries.max(self.entries);
    }

    /// Such a name is gone.
    pub fn entry_gone(&mut self) {
        self.entries = self.entries.saturating_sub(1);
    }

    /// A new name of a file or link of this length.
    pub fn named(&mut self, identity: u64, size: u64) {
        self.entry_made();
        self.files.entry(identity).or_default().links += 1;
        self.sized(identity, size);
    }

    /// A name of a file is gone; its bytes are, once no name and no descriptor is left.
    pub fn unnamed(&mut self, identity: u64) {
        self.entries = self.entries.saturating_sub(1);
        if let Some(held) = self.files.get_mut(&identity) {
            held.links = held.links.saturating_sub(1);
        }
        self.settle(identity);
    }

    /// A descriptor of a file was opened.
    pub fn opened(&mut self, identity: u64) {
        self.files.entry(identity).or_default().open += 1;
    }

    /// A descriptor of a file was closed; whether the file is gone with it.
    pub fn closed(&mut self, identity: u64) {
        if let Some(held) = self.files.get_mut(&identity) {
            held.open = held.open.saturating_sub(1);
        }
        self.settle(identity);
    }

    /// A file has this length now.
    pub fn sized(&mut self, identity: u64, size: u64) {
        let held = self.files.entry(identity).or_default();
        self.bytes = self.bytes.saturating_sub(held.size).saturating_add(size);
        held.size = size;
        self.most_bytes = self.most_bytes.max(self.bytes);
    }

    fn settle(&mut self, identity: u64) {
        let gone = self
            .files
            .get(&identity)
            .filter(|held| held.links == 0 && held.open == 0);
        if let Some(held) = gone {
            self.bytes = self.bytes.saturating_sub(held.size);
            self.files.remove(&identity);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        Ledger::new(ScratchTerms {
            bytes: 100,
            entries: 2,
        })
    }

    #[test]
    fn an_unlinked_file_counts_until_it_is_closed() {
        let mut ledger = ledger();
        ledger.named(1, 0);
        ledger.opened(1);
        ledger.sized(1, 90);
        ledger.unnamed(1);
        assert_eq!(ledger.room_for_bytes(11), Err(Budget::ScratchBytes.into()));
        ledger.room_for_entry().unwrap();
        ledger.closed(1);
        ledger.room_for_bytes(100).unwrap();
    }

    #[test]
    fn hard_links_are_entries_and_no_bytes() {
        let mut ledger = ledger();
        ledger.named(1, 60);
        ledger.named(1, 60);
        ledger.room_for_bytes(40).unwrap();
        assert_eq!(ledger.room_for_entry(), Err(Budget::ScratchEntries.into()));
        ledger.unnamed(1);
        assert!(ledger.room_for_bytes(41).is_err());
        ledger.unnamed(1);
        ledger.room_for_bytes(100).unwrap();
    }

    #[test]
    fn sums_that_overflow_do_not_fit() {
        let mut ledger = ledger();
        ledger.named(1, 1);
        assert!(ledger.room_for_bytes(u64::MAX).is_err());
    }
}
