//! The file system below one open folder. Every path is resolved by the WASI library, which never leaves the folder. All of
//! this waits for the disk, so it belongs on a thread that may wait.

use std::sync::Arc;

use rustix::fs::OFlags;
use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::filesystem::{
    Descriptor as Handle, Dir, File, WasiFilesystemCtx, WasiFilesystemCtxView,
};
use wasmtime_wasi::p1::types::{Errno, Error, Filetype};
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, HostDescriptor, NewTimestamp, OpenFlags, PathFlags,
};

use super::found::{Found, lend, look_at, now};

/// Does work that may wait for the disk on a thread that may wait, so that a deadline is not kept waiting too.
///
/// # Errors
/// `IO`: the thread failed.
pub async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Errno::Io.into())
}

/// A folder and what the library needs to resolve paths below it.
pub struct Beneath {
    table: ResourceTable,
    context: WasiFilesystemCtx,
    folder: Dir,
    handle: Resource<Handle>,
}

/// What was opened.
pub enum Opened {
    /// A folder.
    Folder(Dir),
    /// A regular file.
    File(File),
}

/// How something is to be opened.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Whether a link at the end is followed.
    pub follow: PathFlags,
    /// Whether it is made, emptied, or has to be a folder.
    pub how: OpenFlags,
    /// For reading, writing, or both.
    pub access: DescriptorFlags,
    /// Whether all writes go to its end.
    pub append: bool,
}

impl Beneath {
    /// Below a folder, which has to be one that lets this thread wait.
    ///
    /// # Errors
    /// `NOMEM`: the library's table is full.
    pub fn new(folder: Dir) -> Result<Self, Errno> {
        let mut table = ResourceTable::new();
        let handle = table.push(Handle::Dir(folder.clone()));
        Ok(Self {
            handle: handle.map_err(|_| Errno::Nomem)?,
            context: WasiFilesystemCtx::default(),
            table,
            folder,
        })
    }

    /// What there is at a path; nothing, if there is nothing.
    ///
    /// # Errors
    /// `PERM`: it leads out; or what the system says.
    pub fn look(&mut self, path: &str, follow: PathFlags) -> Result<Option<Found>, Errno> {
        // The library drops a `.` at the end, and with it that what is before it has to be followed.
        let says_folder = path.ends_with('/') || ends_in_dots(path);
        let follow = if ends_in_dots(path) {
            PathFlags::SYMLINK_FOLLOW
        } else {
            follow
        };
        let path = path.to_owned();
        let (folder, mut view) = self.view();
        let stat = match now(view.stat_at(folder, follow, path.clone())) {
            Err(Errno::Noent) => return Ok(None),
            stat => stat?,
        };
        let (folder, mut view) = self.view();
        let hash = now(view.metadata_hash_at(folder, follow, path))?;
        let found = Found {
            identity: hash.lower,
            stat,
        };
        if says_folder && !found.is_folder() {
            return Err(Errno::Notdir);
        }
        Ok(Some(found))
    }

    /// The identity of an entry of the folder itself; none if it is gone.
    pub fn identity_of(&mut self, name: &str) -> Option<u64> {
        let (folder, mut view) = self.view();
        let hash = view.metadata_hash_at(folder, PathFlags::empty(), name.to_owned());
        now(hash).ok().map(|hash| hash.lower)
    }

    /// Opens a regular file or a folder.
    ///
    /// # Errors
    /// `NOTCAPABLE`: it is something else; or what the system says.
    pub fn open(&mut self, path: &str, manner: Manner) -> Result<(Opened, Found), Errno> {
        let Manner {
            follow,
            how,
            access,
            append,
        } = manner;
        let path = path.to_owned();
        let (folder, mut view) = self.view();
        let handle = now(view.open_at(folder, follow, path, how, access))?;
        match self.table.delete(handle).map_err(|_| Errno::Badf)? {
            Handle::Dir(opened) => {
                let folder = self.sub(opened);
                let found = look_at(Handle::Dir(folder.clone()))?;
                Ok((Opened::Folder(folder), found))
            }
            Handle::File(opened) => {
                let (permissions, mode) = (opened.perms, opened.open_mode);
                let file = Arc::try_unwrap(opened.file).map_err(|_| Errno::Io)?;
                if append {
                    set_append(&file, true)?;
                }
                let file = File::new(file, permissions, mode, true);
                let found = look_at(Handle::File(file.clone()))?;
                // Looked at before already, but it may have been exchanged in between.
                if found.kind() != Filetype::RegularFile {
                    return Err(Errno::Notcapable);
                }
                Ok((Opened::File(file), found))
            }
        }
    }

    /// Opens what lies at a path and is a folder, and no link to one.
    ///
    /// # Errors
    /// `NOTDIR`: it is something else; or what the system says.
    pub fn open_folder(&mut self, path: &str) -> Result<Opened, Errno> {
        let manner = Manner {
            follow: PathFlags::empty(),
            how: OpenFlags::DIRECTORY,
            access: DescriptorFlags::READ,
            append: false,
        };
        Ok(self.open(path, manner)?.0)
    }

    /// What the library opens would leave this thread for every call; our own folders stay on it.
    fn sub(&self, opened: Dir) -> Dir {
        let mut folder = self.folder.clone();
        folder.open_mode = opened.open_mode;
        folder.dir = opened.dir;
        folder
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn create_folder(&mut self, path: String) -> Result<(), Errno> {
        let (folder, mut view) = self.view();
        now(view.create_directory_at(folder, path))
    }

    /// Removes an empty folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove_folder(&mut self, path: String) -> Result<(), Errno> {
        let (folder, mut view) = self.view();
        now(view.remove_directory_at(folder, path))
    }

    /// Takes a name of a file or link away.
    ///
    /// # Errors
    /// What the system says.
    pub fn unlink(&mut self, path: String) -> Result<(), Errno> {
        let (folder, mut view) = self.view();
        now(view.unlink_file_at(folder, path))
    }

    /// Gives a file another name below another folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn link(&mut self, old: String, to: Dir, new: String) -> Result<(), Errno> {
        let to = self.table.push(Handle::Dir(to)).map_err(|_| Errno::Nomem)?;
        let (folder, mut view) = self.view();
        now(view.link_at(folder, PathFlags::empty(), old, to, new))
    }

    /// Moves something to a name below another folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn rename(&mut self, old: String, to: Dir, new: String) -> Result<(), Errno> {
        let to = self.table.push(Handle::Dir(to)).map_err(|_| Errno::Nomem)?;
        let (folder, mut view) = self.view();
        now(view.rename_at(folder, old, to, new))
    }

    /// Makes a link that says `target`.
    ///
    /// # Errors
    /// What the system says.
    pub fn symlink(&mut self, target: String, path: String) -> Result<(), Errno> {
        let (folder, mut view) = self.view();
        now(view.symlink_at(folder, target, path))
    }

    /// What a link says.
    ///
    /// # Errors
    /// `PERM`: an absolute path, which is the host's; or what the system says.
    pub fn read_link(&mut self, path: String) -> Result<String, Errno> {
        let (folder, mut view) = self.view();
        now(view.readlink_at(folder, path))
    }

    /// Sets the times of a file or folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_times(
        &mut self,
        path: String,
        follow: PathFlags,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> Result<(), Errno> {
        let (folder, mut view) = self.view();
        now(view.set_times_at(folder, follow, path, accessed, modified))
    }

    /// The folder, lent for one call, and the library's view in which it means something.
    fn view(&mut self) -> (Resource<Handle>, WasiFilesystemCtxView<'_>) {
        let view = WasiFilesystemCtxView {
            ctx: &mut self.context,
            table: &mut self.table,
        };
        (lend(&self.handle), view)
    }
}

/// Whether a path ends in a folder's own `.` or `..` and not in a name.
pub fn ends_in_dots(path: &str) -> bool {
    let last = path.trim_end_matches('/').rsplit('/').next();
    matches!(last, Some("." | ".."))
}

/// Has the system put all writes of a handle at the file's end, also where others write there too.
///
/// # Errors
/// `IO`: the system refused.
pub fn set_append(file: &std::fs::File, append: bool) -> Result<(), Errno> {
    let mut flags = rustix::fs::fcntl_getfl(file).map_err(|_| Errno::Io)?;
    flags.set(OFlags::APPEND, append);
    rustix::fs::fcntl_setfl(file, flags).map_err(|_| Errno::Io)
}
