//! A number for each limit: what runs were held to, or the most that they were seen to use.

use serde::{Deserialize, Serialize};

/// Sizes in bytes, times in nanoseconds; `None` is not bounded, or not observed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each is the limit of that name in a policy")]
pub struct Figures {
    pub fuel: Option<u64>,
    pub deadline: Option<u64>,
    pub memory: Option<u64>,
    pub table_elements: Option<u64>,
    /// As a peak never known: the engine keeps no mark of how deep a stack was.
    pub stack: Option<u64>,
    pub host_calls: Option<u64>,
    pub open_files: Option<u64>,
    pub written_bytes: Option<u64>,
    pub stdin: Option<u64>,
    pub stdout: Option<u64>,
    pub stderr: Option<u64>,
}

impl Figures {
    /// The larger of each, of those that are known.
    #[must_use]
    pub fn most(self, other: Self) -> Self {
        self.with(other, Option::max)
    }

    /// The smaller of each, of those that are known.
    #[must_use]
    pub fn least(self, other: Self) -> Self {
        self.with(other, |one, other| match (one, other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        })
    }

    fn with(self, other: Self, of: impl Fn(Option<u64>, Option<u64>) -> Option<u64>) -> Self {
        Self {
            fuel: of(self.fuel, other.fuel),
            deadline: of(self.deadline, other.deadline),
            memory: of(self.memory, other.memory),
            table_elements: of(self.table_elements, other.table_elements),
            stack: of(self.stack, other.stack),
            host_calls: of(self.host_calls, other.host_calls),
            open_files: of(self.open_files, other.open_files),
            written_bytes: of(self.written_bytes, other.written_bytes),
            stdin: of(self.stdin, other.stdin),
            stdout: of(self.stdout, other.stdout),
            stderr: of(self.stderr, other.stderr),
        }
    }
}
