//! What was done with files, by the guest's paths: where they lie on the host is not told.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::policy::normalise;
use crate::source::credential::redact;

use super::room::{MOST_VALUES, Room};

/// How a path was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Made, if it was not there.
    Create,
    /// Asked for kind, size and times.
    Look,
    /// Opened for reading.
    Read,
    /// Opened for writing, changed, moved or removed.
    Write,
}

/// One path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathUse {
    /// As the guest sees it, resolved by its text.
    pub path: String,
    /// How it was used.
    pub modes: BTreeSet<Mode>,
}

/// What a scratch held at most, and might have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each is the quota of that name")]
pub struct ScratchUse {
    pub bytes: u64,
    pub entries: u64,
    pub max_bytes: u64,
    pub max_entries: u64,
}

impl ScratchUse {
    /// The larger of each, of those that are known.
    pub fn most(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(Self {
                bytes: one.bytes.max(other.bytes),
                entries: one.entries.max(other.entries),
                max_bytes: one.max_bytes.max(other.max_bytes),
                max_entries: one.max_entries.max(other.max_entries),
            }),
            (one, other) => one.or(other),
        }
    }
}

/// The use of one granted folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileUse {
    /// Where the guest sees it.
    pub guest: String,
    /// Of a scratch, how full it was.
    pub scratch: Option<ScratchUse>,
    /// The paths, in order.
    pub paths: Vec<PathUse>,
    /// How others were used, which are not kept: too many, too long, redacted, or of no readable form.
    pub others: BTreeSet<Mode>,
}

impl FileUse {
    /// A folder that was not used yet.
    pub fn new(guest: &str) -> Self {
        Self {
            guest: guest.to_owned(),
            scratch: None,
            paths: Vec::new(),
            others: BTreeSet::new(),
        }
    }

    /// A path below it was used; `below` is resolved by its text.
    pub fn path(&mut self, below: &str, modes: impl IntoIterator<Item = Mode>, room: &mut Room) {
        let guest = self.guest.trim_end_matches('/');
        match normalise(below) {
            Ok(below) if below == "." => self.keep(&self.guest.clone(), modes, room),
            Ok(below) => self.keep(
                &format!("{guest}/{}", below.trim_start_matches('/')),
                modes,
                room,
            ),
            Err(_) => self.others.extend(modes),
        }
    }

    fn keep(&mut self, path: &str, modes: impl IntoIterator<Item = Mode>, room: &mut Room) {
        let found = self
            .paths
            .binary_search_by(|one| one.path.as_str().cmp(path));
        let at = match found {
            Ok(at) => {
                if let Some(known) = self.paths.get_mut(at) {
                    known.modes.extend(modes);
                }
                return;
            }
            Err(at) => at,
        };
        if self.paths.len() < MOST_VALUES && redact(path) == path && room.take(path) {
            let path = path.to_owned();
            let modes = modes.into_iter().collect();
            self.paths.insert(at, PathUse { path, modes });
        } else {
            self.others.extend(modes);
        }
    }

    /// Every way in which anything below was used.
    pub fn modes(&self) -> BTreeSet<Mode> {
        let known = self.paths.iter().flat_map(|one| &one.modes);
        known.chain(&self.others).copied().collect()
    }

    /// Takes in what was seen in other runs.
    pub(super) fn merge(&mut self, other: &Self, room: &mut Room) {
        for one in &other.paths {
            self.keep(&one.path, one.modes.iter().copied(), room);
        }
        self.others.extend(&other.others);
        self.scratch = ScratchUse::most(self.scratch, other.scratch);
    }
}
