//! What all modules and policies of one command are found to be together: bounded, as a report is held whole.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The most findings and errors, and KiB of their texts, of one command: some 1 GB.
const MOST: u64 = 300_000;

/// How much there is so far.
#[derive(Debug, Default)]
pub struct Together(AtomicU64);

impl Together {
    /// Adds so many, and says whether they may be kept.
    pub fn holds(&self, more: u64) -> bool {
        let before = self.0.fetch_add(more, Relaxed);
        before.saturating_add(more) <= MOST
    }

    /// Whether it was too much: then nothing is reported, as what is dropped on the way depends on what came first.
    pub fn is_too_much(&self) -> bool {
        self.0.load(Relaxed) > MOST
    }

    /// The error instead.
    pub fn error() -> String {
        format!(
            "all modules and policies together have more than {MOST} findings or KiB of text, and none is reported: check fewer at once, or narrow the rules that find most"
        )
    }
}
