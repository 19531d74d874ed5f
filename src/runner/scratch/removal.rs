//! Removes a folder of any depth and size: by handles, following nothing, without recursion and without a list of what is in it.
//! A folder that lies deeper is moved up to the top first, so that the walk never is more than one level down.

use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Dir, FileType, Mode};
use rustix::io::Errno;

use crate::runner::private::{open_folder, random_name};

/// How often one folder is listed at most: a system may leave entries out of a listing during which others are removed.
const PASSES: usize = 64;

/// Removes the folder `name` of `parent`, whose handle is `top`, with all that is in it.
///
/// # Errors
/// The first thing that could not be removed; the rest may still be there.
pub(super) fn remove(parent: impl AsFd, name: &str, top: impl AsFd) -> Result<(), Errno> {
    let mut removal = None;
    for _ in 0..PASSES {
        // Most scratches are empty, and one that is not refuses this.
        match rustix::fs::unlinkat(&parent, name, AtFlags::REMOVEDIR) {
            Err(Errno::NOTEMPTY | Errno::EXIST) => {}
            Err(Errno::NOENT) => return Ok(()),
            removed => return removed,
        }
        if removal.is_none() {
            removal = Some(Removal::new(top.as_fd())?);
        }
        if !removal.as_mut().map_or(Ok(false), Removal::pass)? {
            break;
        }
    }
    Err(Errno::NOTEMPTY)
}

/// The walk. Folders that it moved to the top are called by a number after an unguessable prefix; those from `next` up to
/// `end` are still there, which is all that has to be remembered.
struct Removal<'t> {
    top: BorrowedFd<'t>,
    prefix: String,
    next: u64,
    end: u64,
}

impl<'t> Removal<'t> {
    fn new(top: BorrowedFd<'t>) -> Result<Self, Errno> {
        Ok(Self {
            top,
            prefix: random_name().map_err(|_| Errno::IO)?,
            next: 0,
            end: 0,
        })
    }

    /// Removes all that one listing of the top shows, and what lay beneath it; false if it showed nothing.
    fn pass(&mut self) -> Result<bool, Errno> {
        make_ours(self.top)?;
        // A handle of its own: the guest's has a reading position that is not ours to move.
        let listing = Dir::new(open_folder(self.top, ".")?)?;
        let mut found = false;
        for entry in listing {
            let entry = entry?;
            let name = entry.file_name();
            if is_self(name) {
                continue;
            }
            found = true;
            if !unlink(self.top, name, entry.file_type())? {
                self.remove_folder(name)?;
                self.remove_moved()?;
            }
        }
        Ok(found)
    }

    fn remove_moved(&mut self) -> Result<(), Errno> {
        while self.next < self.end {
            let name = self.moved_name(self.next);
            self.next += 1;
            let name = std::ffi::CString::new(name).map_err(|_| Errno::INVAL)?;
            self.remove_folder(&name)?;
        }
        Ok(())
    }

    fn moved_name(&self, number: u64) -> String {
        format!("{}-{number}", self.prefix)
    }

    /// Removes a folder of the top; its folders go up to the top and wait there.
    fn remove_folder(&mut self, name: &CStr) -> Result<(), Errno> {
        for _ in 0..PASSES {
            match rustix::fs::unlinkat(self.top, name, AtFlags::REMOVEDIR) {
                Err(Errno::NOTEMPTY | Errno::EXIST) => {}
                Err(Errno::NOENT) => return Ok(()),
                removed => return removed,
            }
            if !self.empty(name)? {
                break;
            }
        }
        Err(Errno::NOTEMPTY)
    }

    /// Empties a folder of the top as far as one listing shows it; false if it showed nothing.
    fn empty(&mut self, name: &CStr) -> Result<bool, Errno> {
        let mut folder = Dir::new(open_barred(self.top, name)?)?;
        make_ours(folder.fd()?)?;
        let mut found = false;
        while let Some(entry) = folder.read() {
            let entry = entry?;
            let name = entry.file_name();
            if is_self(name) {
                continue;
            }
            found = true;
            if !unlink(folder.fd()?, name, entry.file_type())? {
                self.move_up(folder.fd()?, name)?;
            }
        }
        Ok(found)
    }

    fn move_up(&mut self, folder: BorrowedFd<'_>, name: &CStr) -> Result<(), Errno> {
        let moved = self.moved_name(self.end);
        match rustix::fs::renameat(folder, name, self.top, &moved) {
            // To be moved, a folder must be writable itself.
            Err(Errno::ACCESS) => {
                make_ours(open_barred(folder, name)?.as_fd())?;
                rustix::fs::renameat(folder, name, self.top, &moved)?;
            }
            Err(Errno::NOENT) => return Ok(()),
            moved => moved?,
        }
        self.end += 1;
        Ok(())
    }
}

fn is_self(name: &CStr) -> bool {
    matches!(name.to_bytes(), b"." | b"..")
}

/// Removes anything but a folder; false if it is one. `seen` is what the listing said, which may be that it does not know.
fn unlink(folder: BorrowedFd<'_>, name: &CStr, seen: FileType) -> Result<bool, Errno> {
    if seen == FileType::Directory {
        return Ok(false);
    }
    match rustix::fs::unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(true),
        Err(Errno::ISDIR) => Ok(false),
        // What POSIX says for a folder; also for what may not be removed.
        Err(Errno::PERM) if is_folder(folder, name)? => Ok(false),
        Err(errno) => Err(errno),
    }
}

fn is_folder(folder: BorrowedFd<'_>, name: &CStr) -> Result<bool, Errno> {
    let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
}

/// Gives an open folder the rights that removing its entries needs.
fn make_ours(folder: BorrowedFd<'_>) -> Result<(), Errno> {
    let stat = rustix::fs::fstat(folder)?;
    if Mode::from_raw_mode(stat.st_mode).contains(Mode::RWXU) {
        return Ok(());
    }
    rustix::fs::fchmod(folder, Mode::RWXU)
}

/// Opens a folder that may lack the right to be read.
fn open_barred(at: BorrowedFd<'_>, name: &CStr) -> Result<OwnedFd, Errno> {
    match open_folder(at, name) {
        Err(Errno::ACCESS) => {
            unbar(at, name)?;
            open_folder(at, name)
        }
        opened => opened,
    }
}

/// A handle that only names a folder needs no right on it, but takes no `fchmod`; its entry in `/proc` does.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn unbar(at: BorrowedFd<'_>, name: &CStr) -> Result<(), Errno> {
    use rustix::fs::OFlags;
    use std::os::fd::AsRawFd as _;
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let handle = rustix::fs::openat(at, name, flags, Mode::empty())?;
    let path = format!("/proc/self/fd/{}", handle.as_raw_fd());
    rustix::fs::chmod(path, Mode::RWXU)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn unbar(at: BorrowedFd<'_>, name: &CStr) -> Result<(), Errno> {
    rustix::fs::chmodat(at, name, Mode::RWXU, AtFlags::SYMLINK_NOFOLLOW)
}
