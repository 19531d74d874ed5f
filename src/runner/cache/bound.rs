//! How much a cache may hold; what was used longest ago goes first.

use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, Dir, FileType};

use super::entry::TEMPORARY;
use super::name::Name;
use crate::runner::private::{Private, open_folder};

/// Names that are looked at, at most, when something is stored.
const SEEN_MOST: usize = 16_384;

/// Seconds after which a file that is still being written belongs to a run that was killed.
const WRITING_MOST: u64 = 60 * 60;

/// The most that a cache holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    /// Bytes of all entries.
    pub bytes: u64,
    /// Entries.
    pub entries: usize,
}

impl Default for Bound {
    fn default() -> Self {
        Self {
            bytes: 1 << 30,
            entries: 4096,
        }
    }
}

struct Held {
    used: i64,
    size: u64,
    file: String,
}

impl Bound {
    /// Drops the entries beyond the bound, but not `stored`, which is new and of `size` bytes.
    /// Failures are left to the next time.
    pub fn hold(self, folder: &Private, stored: &Name, size: u64) {
        let mut held = list(folder);
        held.retain(|held| held.file != stored.file());
        // The newest first.
        held.sort_by(|one, other| (other.used, &other.file).cmp(&(one.used, &one.file)));
        let (mut bytes, mut entries) = (size, 1);
        for held in held {
            if bytes.saturating_add(held.size) <= self.bytes && entries < self.entries {
                bytes += held.size;
                entries += 1;
            } else {
                let _ = rustix::fs::unlinkat(folder, held.file, AtFlags::empty());
            }
        }
    }
}

/// The entries with their sizes. What killed runs did not finish writing is removed on the way.
fn list(folder: &Private) -> Vec<Held> {
    let Ok(entries) = open_folder(folder, ".").and_then(Dir::new) else {
        return Vec::new();
    };
    let entries = entries.take(SEEN_MOST).filter_map(|entry| {
        let entry = entry.ok()?;
        look(folder, entry.file_name().to_str().ok()?)
    });
    entries.collect()
}

fn look(folder: &Private, name: &str) -> Option<Held> {
    let unfinished = name.starts_with(TEMPORARY);
    if !unfinished && !Name::is_file(name) {
        return None;
    }
    let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
        return None;
    }
    if unfinished {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let now = i64::try_from(now.as_secs()).ok()?;
        // Also of a clock that was set back since.
        if now.saturating_sub(stat.st_mtime).unsigned_abs() > WRITING_MOST {
            let _ = rustix::fs::unlinkat(folder, name, AtFlags::empty());
        }
        return None;
    }
    Some(Held {
        used: stat.st_mtime,
        size: u64::try_from(stat.st_size).ok()?,
        file: name.to_owned(),
    })
}
