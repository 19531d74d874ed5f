//! Files that are replaced whole: others who do the same wait for each other, and a failure at any point leaves the file as
//! it was.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// Holds the folder of a file while the file is read and written. Where the system has no such locks, the last one wins.
pub(super) fn turn(path: &Path) -> Option<File> {
    let folder = File::open(folder(path)).ok()?;
    folder.lock().ok().map(|()| folder)
}

/// Who may read a file that is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// All, as any file of a repository; a file that is replaced keeps its own.
    All,
    /// This user alone, also where others could before.
    Owner,
}

/// Puts a text in place of what lies at a path.
///
/// # Errors
/// The system refuses; what lay there lies there still.
pub(super) fn replace(path: &Path, text: &str, readers: Readers) -> io::Result<()> {
    let mut draft = draft(path)?;
    draft.write_all(text.as_bytes())?;
    permit(path, draft.as_file(), readers)?;
    draft.as_file().sync_all()?;
    draft.persist(path).map_err(|error| error.error)?;
    // The name is on disk only when its folder is; not every system opens folders.
    let _ = File::open(folder(path)).and_then(|folder| folder.sync_all());
    Ok(())
}

/// A file of our own beside the path, which goes unless it takes its place. It is this user's alone.
pub(super) fn draft(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = folder(path);
    tempfile::Builder::new()
        .prefix(".ringfence.")
        .tempfile_in(folder)
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn permit(path: &Path, draft: &File, readers: Readers) -> io::Result<()> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;
    draft.set_permissions(match readers {
        Readers::Owner => Permissions::from_mode(0o600),
        Readers::All => {
            let known = std::fs::symlink_metadata(path).map(|known| known.permissions());
            known.unwrap_or_else(|_| Permissions::from_mode(0o644))
        }
    })
}

#[cfg(not(unix))]
fn permit(_: &Path, _: &File, _: Readers) -> io::Result<()> {
    Ok(())
}
