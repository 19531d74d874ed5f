//! The lock on disk: read without following a link, written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::source::file::{Refused, decode, read};
use crate::source::{Mistake, SourceId, Sources};

use super::{Lock, Record};

/// Why a lock was not read or not written.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The system refused.
    #[error("cannot {doing} the lock {}: {source}", path.display())]
    Io {
        /// `read` or `write`.
        doing: &'static str,
        /// The lock.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What lies there does not read, so it approves nothing and nothing is added to it.
    #[error("the lock {} does not read", path.display())]
    Mistakes {
        /// The lock.
        path: PathBuf,
        /// Every mistake in it.
        mistakes: Vec<Mistake>,
    },
    /// What would be written does not read back.
    #[error("the record cannot be written: {reason}")]
    Record {
        /// Why not.
        reason: String,
    },
}

impl Lock {
    /// Reads the lock of a path; `None` if nothing lies there. A symbolic link is refused: who can set one chooses what is
    /// approved.
    ///
    /// # Errors
    /// It cannot be read, or holds mistakes.
    pub fn load(path: &Path, sources: &mut Sources) -> Result<Option<Self>, LockError> {
        let bytes = match read(path, false) {
            Ok(bytes) => bytes,
            Err(Refused::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(refused) => return Err(failed("read", path)(refused.into())),
        };
        let name = path.display().to_string();
        let lock = decode(&name, bytes, sources).and_then(|source| {
            let text = sources.get(source).map(|source| source.text.clone());
            Self::read(&text.unwrap_or_default(), source)
        });
        lock.map(Some).map_err(|mistakes| LockError::Mistakes {
            path: path.to_owned(),
            mistakes,
        })
    }

    /// Puts a record in, in place of that of the same bytes under the same name. How the old one was pinned stays.
    fn put(&mut self, mut record: Record) {
        let same = |old: &Record| {
            let name = |record: &Record| record.name.as_ref().map(|name| name.value.clone());
            old.sha256.value == record.sha256.value && name(old) == name(&record)
        };
        if let Some(at) = self.records.iter().position(same) {
            record.pin_digest = self.records.remove(at).pin_digest;
        }
        self.records.push(record);
    }
}

/// Adds a record to the lock of a path, or makes that lock. Others who do the same wait for each other, and a failure at any
/// point leaves the lock as it was.
///
/// # Errors
/// The lock there does not read, or the new one cannot be written.
pub fn record_approval(
    path: &Path,
    record: Record,
    sources: &mut Sources,
) -> Result<(), LockError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let _turn = turn(folder);
    let mut lock = Lock::load(path, sources)?.unwrap_or(Lock {
        span: crate::source::Span::default(),
        records: Vec::new(),
    });
    lock.put(record);
    let text = lock.text();
    if let Err(mistakes) = Lock::read(&text, SourceId::default()) {
        let reason = mistakes.first().map(|mistake| mistake.message.clone());
        return Err(LockError::Record {
            reason: reason.unwrap_or_default(),
        });
    }
    replace(path, folder, &text).map_err(failed("write", path))
}

/// Holds the folder while a lock in it is read and written. Where the system has no such locks, the last one wins.
fn turn(folder: &Path) -> Option<File> {
    let folder = File::open(folder).ok()?;
    folder.lock().ok().map(|()| folder)
}

fn replace(path: &Path, folder: &Path, text: &str) -> io::Result<()> {
    let mut draft = tempfile::Builder::new()
        .prefix(".ringfence.lock.")
        .tempfile_in(folder)?;
    draft.write_all(text.as_bytes())?;
    keep_permissions(path, draft.as_file())?;
    draft.as_file().sync_all()?;
    draft.persist(path).map_err(|error| error.error)?;
    // The name is on disk only when its folder is; not every system opens folders.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Those of the lock that is replaced; a new one may be read by all, as any file of a repository.
#[cfg(unix)]
fn keep_permissions(path: &Path, draft: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let known = fs::symlink_metadata(path).map(|known| known.permissions());
    draft.set_permissions(known.unwrap_or_else(|_| fs::Permissions::from_mode(0o644)))
}

#[cfg(not(unix))]
fn keep_permissions(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LockError {
    let path = path.to_owned();
    move |source| LockError::Io {
        doing,
        path,
        source,
    }
}
