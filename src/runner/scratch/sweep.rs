//! What killed runs left behind: found by its name, proved stale by its free lock, removed under that lock.

use rustix::fs::Dir;
use rustix::io::Errno;

use super::{PREFIX, lock, removal};
use crate::runner::private::{Private, is_own, open_folder};

/// Stale scratches that one sweep removes at most.
const REMOVED_MOST: usize = 64;

/// Names that one sweep looks at, at most.
const SEEN_MOST: usize = 4096;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Stale scratches that are gone.
    pub removed: usize,
    /// Those, or names, that could not be read or removed.
    pub failed: usize,
}

pub(super) fn sweep(parent: &Private) -> Swept {
    let mut swept = Swept::default();
    let Ok(entries) = open_folder(parent, ".").and_then(Dir::new) else {
        swept.failed += 1;
        return swept;
    };
    for entry in entries.take(SEEN_MOST) {
        if swept.removed + swept.failed >= REMOVED_MOST {
            break;
        }
        let removed = entry.and_then(|entry| match entry.file_name().to_str() {
            Ok(name) if is_name(name) => remove_stale(parent, name),
            _ => Ok(false),
        });
        match removed {
            Ok(removed) => swept.removed += usize::from(removed),
            Err(_) => swept.failed += 1,
        }
    }
    swept
}

/// Whether it was stale, and is gone.
fn remove_stale(parent: &Private, name: &str) -> Result<bool, Errno> {
    let handle = match open_folder(parent, name) {
        // Removed meanwhile; a file, or a link, which nobody of us made.
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(false),
        handle => handle?,
    };
    if !is_own(&rustix::fs::fstat(&handle)?) || !lock(parent, name, &handle)? {
        return Ok(false);
    }
    removal::remove(parent, name, &handle)?;
    Ok(true)
}

fn is_name(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|random| {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        random.len() == 32 && random.bytes().all(digit)
    })
}
