//! Whether something can be moved to another folder without a link in it that then leads out of the grant. A link of the
//! host's own that says `..` stays within from where it lies, and may not from elsewhere; guests make none that do.

use std::fs::File;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use wasmtime_wasi::p1::types::{Errno, Filetype};

use super::beneath::{Beneath, Opened};
use super::found::Found;

/// The most entries of a folder that are looked at, all below it together; one with more is not moved.
const ENTRIES: usize = 10_000;
/// How deep they may lie.
const DEPTH: usize = 64;

/// Whether a link leads nowhere but below the folder in which it lies, wherever that is moved. `..` is out, even after a
/// name: that name may be a link itself, so that counting names says nothing.
pub fn stays_below(target: &str) -> bool {
    !target.is_empty() && !target.starts_with('/') && target.split('/').all(|part| part != "..")
}

/// Lets something be moved, or linked, into another folder.
///
/// # Errors
/// `NOTCAPABLE`: it is or holds a link that could lead out from there, or it holds more than is looked at.
pub fn movable(beneath: &mut Beneath, path: &str, found: &Found) -> Result<(), Errno> {
    match found.kind() {
        Filetype::SymbolicLink => match beneath.read_link(path.to_owned()) {
            Ok(target) if stays_below(&target) => Ok(()),
            _ => Err(Errno::Notcapable),
        },
        Filetype::Directory => match beneath.open_folder(path)? {
            Opened::Folder(folder) if all_stay_below(&folder.dir).unwrap_or(false) => Ok(()),
            Opened::Folder(_) => Err(Errno::Notcapable),
            Opened::File(_) => Err(Errno::Notdir),
        },
        _ => Ok(()),
    }
}

/// Walks all that lies below a folder, and follows no link.
fn all_stay_below(folder: &File) -> rustix::io::Result<bool> {
    let mut open = vec![Dir::read_from(folder)?];
    let mut seen = 0;
    loop {
        let depth = open.len();
        let Some(dir) = open.last_mut() else {
            return Ok(true);
        };
        let Some(entry) = dir.next() else {
            open.pop();
            continue;
        };
        let entry = entry?;
        let name = entry.file_name();
        if [c".", c".."].contains(&name) {
            continue;
        }
        seen += 1;
        if seen > ENTRIES {
            return Ok(false);
        }
        let at = dir.fd()?;
        let kind = match entry.file_type() {
            FileType::Unknown => {
                let stat = rustix::fs::statat(at, name, AtFlags::SYMLINK_NOFOLLOW)?;
                FileType::from_raw_mode(stat.st_mode)
            }
            kind => kind,
        };
        match kind {
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(at, name, Vec::new())?;
                if !target.to_str().is_ok_and(stays_below) {
                    return Ok(false);
                }
            }
            FileType::Directory if depth == DEPTH => return Ok(false),
            FileType::Directory => {
                let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let below = rustix::fs::openat(at, name, flags, Mode::empty())?;
                open.push(Dir::new(below)?);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_that_could_climb_are_told_by_their_text() {
        for below in ["a", "a/b", "./a", ".", "a/...", "..a/b", "a//b/"] {
            assert!(stays_below(below), "{below}");
        }
        for out in [
            "",
            "/etc",
            "..",
            "../a",
            "a/../../b",
            "a/..",
            "a/../b",
            "//",
        ] {
            assert!(!stays_below(out), "{out}");
        }
    }
}
