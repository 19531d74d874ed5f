//! Scratches: a fresh, empty folder for each invocation, locked while it is in use and removed after it.

mod removal;
mod sweep;

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, FlockOperation, Mode};
use rustix::io::Errno;

use super::private::{FolderError, Private, folder_of, open_folder, random_name};

pub use sweep::Swept;

/// Before the random part of a scratch's name; a sweep touches no other name.
const PREFIX: &str = "scratch-";

/// The variable that names this user's folder for what lives as long as a session.
const RUNTIME: &str = "XDG_RUNTIME_DIR";

/// How often a name is tried before giving up; a sweep may take a fresh folder for a stale one, but hardly twice.
const ATTEMPTS: usize = 16;

/// The private folder in which scratches are made.
#[derive(Debug, Clone)]
pub struct Scratches {
    parent: Arc<Private>,
}

/// One scratch. Dropping it removes it; what cannot be removed then is left for a sweep.
#[derive(Debug)]
pub struct Scratch {
    parent: Arc<Private>,
    name: String,
    folder: Arc<File>,
    removed: bool,
}

impl Scratches {
    /// In `parent`, or else in `$XDG_RUNTIME_DIR/ringfence`, or else in `ringfence-<uid>` among the temporary files.
    ///
    /// # Errors
    /// The folder is not this user's alone, or the system refused.
    pub fn open(parent: Option<&Path>) -> Result<Self, FolderError> {
        let parent = match parent {
            Some(parent) => Private::open(parent)?,
            None => open_default(|name| std::env::var_os(name))?,
        };
        // Cleaners of temporary files leave alone what is locked; nothing else here asks for this lock.
        let _ = rustix::fs::flock(&parent, FlockOperation::NonBlockingLockShared);
        Ok(Self {
            parent: Arc::new(parent),
        })
    }

    /// Makes an empty scratch and locks it.
    ///
    /// # Errors
    /// The system refused, or its file system knows no locks.
    pub fn fresh(&self) -> Result<Scratch, FolderError> {
        let failed = |source| FolderError::Unusable {
            path: self.parent.path().to_owned(),
            source,
        };
        for _ in 0..ATTEMPTS {
            let name = format!("{PREFIX}{}", random_name().map_err(failed)?);
            match make(&self.parent, &name) {
                Ok(Some(handle)) => {
                    return Ok(Scratch {
                        parent: self.parent.clone(),
                        name,
                        folder: Arc::new(File::from(handle)),
                        removed: false,
                    });
                }
                Ok(None) => {}
                Err(errno) => return Err(failed(errno.into())),
            }
        }
        Err(failed(Errno::AGAIN.into()))
    }

    /// Removes what killed runs left: folders named as scratches, of this user, that nobody holds.
    /// It looks at a bounded number of names; what fails is counted and left.
    pub fn sweep(&self) -> Swept {
        sweep::sweep(&self.parent)
    }
}

impl Scratch {
    /// The folder, for the guest. Whoever holds it also holds the lock.
    pub fn folder(&self) -> Arc<File> {
        self.folder.clone()
    }

    /// Removes it with all that is in it.
    ///
    /// # Errors
    /// Something could not be removed; a sweep can try again once nobody holds the folder.
    pub fn remove(mut self) -> Result<(), FolderError> {
        self.take_away().map_err(|errno| FolderError::ScratchLeft {
            path: self.parent.path().join(&self.name),
            source: errno.into(),
        })
    }

    fn take_away(&mut self) -> Result<(), Errno> {
        if self.removed {
            return Ok(());
        }
        // Also after a failure: what failed here would fail again in `drop`.
        self.removed = true;
        removal::remove(&self.parent, &self.name, &self.folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = self.take_away();
    }
}

/// A new folder with its lock held; nothing if a sweep was faster and took it for a stale one.
fn make(parent: &Private, name: &str) -> Result<Option<OwnedFd>, Errno> {
    match rustix::fs::mkdirat(parent, name, Mode::RWXU) {
        Err(Errno::EXIST) => return Ok(None),
        made => made?,
    }
    let locked = open_folder(parent, name).and_then(|handle| {
        let locked = lock(parent, name, &handle)?;
        Ok(locked.then_some(handle))
    });
    match locked {
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => {
            let _ = rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR);
            Err(errno)
        }
        locked => locked,
    }
}

/// Locks a folder for as long as its handle is open. False if another holds it, or if it is no longer what the name means:
/// somebody may have removed it between the opening and the lock.
fn lock(parent: &Private, name: &str, handle: &OwnedFd) -> Result<bool, Errno> {
    match rustix::fs::flock(handle, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => return Ok(false),
        locked => locked?,
    }
    let held = rustix::fs::fstat(handle)?;
    match rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => Ok(false),
        named => {
            let named = named?;
            Ok((named.st_dev, named.st_ino) == (held.st_dev, held.st_ino))
        }
    }
}

/// The runtime folder if it is there and private, else the folder of temporary files.
fn open_default(variable: impl Fn(&str) -> Option<OsString>) -> Result<Private, FolderError> {
    let runtime = folder_of(variable(RUNTIME));
    if let Some(runtime) = runtime
        && runtime.is_dir()
        && Private::open(&runtime).is_ok()
        && let Ok(parent) = Private::open(&below_runtime(&runtime))
    {
        return Ok(parent);
    }
    Private::open(&among_temporary(variable("TMPDIR")))
}

/// The folders of which one holds scratches by default, and the one that would if no variable were set.
pub(super) fn default_places(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let runtime = folder_of(variable(RUNTIME)).map(|runtime| below_runtime(&runtime));
    runtime
        .into_iter()
        .chain([among_temporary(variable("TMPDIR")), among_temporary(None)])
        .collect()
}

fn below_runtime(runtime: &Path) -> PathBuf {
    runtime.join("ringfence")
}

fn among_temporary(temporary: Option<OsString>) -> PathBuf {
    let temporary = folder_of(temporary).unwrap_or_else(|| PathBuf::from("/tmp"));
    let user = rustix::process::geteuid().as_raw();
    temporary.join(format!("ringfence-{user}"))
}

#[cfg(test)]
mod tests;
