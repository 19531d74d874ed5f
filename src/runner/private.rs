//! A folder that belongs to this user alone: mode 0700, held by its handle, so that no link or rename can swap it later.

use std::ffi::OsString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, Stat};
use rustix::io::Errno;

/// Why a folder of our own cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum FolderError {
    /// The environment names no place for it.
    #[error("there is no place for {what}")]
    #[diagnostic(code(folder::no_place), help("set {variable} to an absolute path"))]
    NoPlace {
        /// What it is for.
        what: &'static str,
        /// The variable that would name it.
        variable: &'static str,
    },
    /// The system refused.
    #[error("cannot use the folder {}: {source}", .path.display())]
    #[diagnostic(
        code(folder::unusable),
        help(
            "it must be a plain folder that you can write to, and no link to one; name another or make room for it"
        )
    )]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is another user's.
    #[error("the folder {} belongs to user {owner}, not to you", .path.display())]
    #[diagnostic(
        code(folder::foreign),
        help("name a folder of your own, or have that one removed")
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// Its owner's number.
        owner: u32,
    },
    /// Group or others have rights on it.
    #[error("the folder {} is open to others (mode {mode:04o})", .path.display())]
    #[diagnostic(
        code(folder::open_to_others),
        help("if nobody else put anything there: chmod 700 {}", .path.display())
    )]
    OpenToOthers {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A scratch was left behind, at least in part.
    #[error("cannot remove the scratch {}: {source}", .path.display())]
    #[diagnostic(
        code(folder::scratch_left),
        help("a later run tries again; or remove it by hand")
    )]
    ScratchLeft {
        /// The scratch.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// An open folder of mode 0700 that this user owns.
#[derive(Debug)]
pub struct Private {
    handle: OwnedFd,
    path: PathBuf,
}

impl Private {
    /// Opens it without following a link in its last name, and creates it and its parents if they are missing.
    ///
    /// # Errors
    /// It is no folder, another user's, or open to others; nothing of it is changed then.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        // Without the trailing slash, before which the system would follow a link.
        let path: PathBuf = path.components().collect();
        let unusable = |source: std::io::Error| FolderError::Unusable {
            path: path.clone(),
            source,
        };
        let handle = match open_folder(CWD, &path) {
            Err(Errno::NOENT) => {
                let mut builder = std::fs::DirBuilder::new();
                let builder = builder.recursive(true).mode(0o700);
                builder.create(&path).map_err(unusable)?;
                open_folder(CWD, &path)
            }
            opened => opened,
        };
        let handle = handle.map_err(|errno| unusable(errno.into()))?;
        let stat = rustix::fs::fstat(&handle).map_err(|errno| unusable(errno.into()))?;
        if !is_own(&stat) {
            let owner = stat.st_uid;
            return Err(FolderError::Foreign { path, owner });
        }
        if is_open_to_others(&stat) {
            #[allow(clippy::useless_conversion, reason = "16 bits on macOS")]
            let mode = u32::from(stat.st_mode) & 0o7777;
            return Err(FolderError::OpenToOthers { path, mode });
        }
        Ok(Self { handle, path })
    }

    /// What it was opened as; for messages only.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl AsFd for Private {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

/// Opens a folder for reading, by a name whose last part may not be a link.
pub(super) fn open_folder(at: impl AsFd, name: impl rustix::path::Arg) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(at, name, flags, Mode::empty())
}

/// Whether this user owns it.
pub(super) fn is_own(stat: &Stat) -> bool {
    stat.st_uid == rustix::process::geteuid().as_raw()
}

/// Whether group or others have any right on it.
pub(super) fn is_open_to_others(stat: &Stat) -> bool {
    Mode::from_raw_mode(stat.st_mode).intersects(Mode::RWXG | Mode::RWXO)
}

/// The folder that a variable names; one that is empty or relative counts as unset.
pub(super) fn folder_of(variable: Option<OsString>) -> Option<PathBuf> {
    variable
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}

/// 128 random bits in hexadecimal, for names that nobody can guess.
pub(super) fn random_name() -> Result<String, std::io::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(std::io::Error::from)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests;
