//! What a descriptor says that it can do (`fdstat`). Libraries of guests ask for no more than that, so it says what calls
//! would be tried; a read-only grant refuses them with an error that tells why.

use wasmtime_wasi::p1::types::{Errno, Error, Fdflags, Fdstat, Filetype, Rights};

use super::Wasi;
use super::beneath::set_append;
use super::descriptor::Descriptor;

impl Wasi {
    /// `fd_fdstat_get`.
    pub(super) fn descriptor_stat(&self, number: u32) -> Result<Fdstat, Error> {
        let none = Fdflags::empty();
        let (filetype, flags, rights, below) = match self.descriptors.get(number)? {
            Descriptor::Stdin => (Filetype::Unknown, none, Rights::FD_READ, Rights::FD_READ),
            Descriptor::Stdout | Descriptor::Stderr => {
                (Filetype::Unknown, none, Rights::FD_WRITE, Rights::FD_WRITE)
            }
            Descriptor::Folder(_) => {
                let rights = folder_rights();
                (
                    Filetype::Directory,
                    none,
                    rights,
                    rights | file_rights(true, true),
                )
            }
            Descriptor::File(file) => {
                let mut flags = none;
                flags.set(Fdflags::APPEND, file.append);
                flags.set(Fdflags::NONBLOCK, file.nonblocking);
                let rights = file_rights(file.is_readable(), file.is_writable());
                (Filetype::RegularFile, flags, rights, rights)
            }
        };
        Ok(Fdstat {
            fs_filetype: filetype,
            fs_flags: flags,
            fs_rights_base: rights,
            fs_rights_inheriting: below,
        })
    }

    /// `fd_fdstat_set_flags`.
    pub(super) fn set_flags(&mut self, number: u32, flags: Fdflags) -> Result<(), Error> {
        if flags.intersects(Fdflags::DSYNC | Fdflags::SYNC | Fdflags::RSYNC) {
            return Err(Errno::Inval.into());
        }
        match self.descriptors.get_mut(number)? {
            Descriptor::File(file) => {
                let append = flags.contains(Fdflags::APPEND);
                if append != file.append {
                    set_append(&file.handle.file, append)?;
                }
                file.append = append;
                file.nonblocking = flags.contains(Fdflags::NONBLOCK);
                Ok(())
            }
            // Streams wait by themselves; Go asks for this at its start.
            Descriptor::Stdin | Descriptor::Stdout | Descriptor::Stderr => Ok(()),
            Descriptor::Folder(_) => Err(Errno::Badf.into()),
        }
    }
}

fn folder_rights() -> Rights {
    Rights::PATH_OPEN
        | Rights::FD_READDIR
        | Rights::PATH_READLINK
        | Rights::PATH_FILESTAT_GET
        | Rights::FD_FILESTAT_GET
        | Rights::PATH_CREATE_DIRECTORY
        | Rights::PATH_CREATE_FILE
        | Rights::PATH_LINK_SOURCE
        | Rights::PATH_LINK_TARGET
        | Rights::PATH_RENAME_SOURCE
        | Rights::PATH_RENAME_TARGET
        | Rights::PATH_SYMLINK
        | Rights::PATH_REMOVE_DIRECTORY
        | Rights::PATH_UNLINK_FILE
        | Rights::PATH_FILESTAT_SET_TIMES
        | Rights::FD_FILESTAT_SET_TIMES
}

fn file_rights(readable: bool, writable: bool) -> Rights {
    let mut rights = Rights::FD_SEEK
        | Rights::FD_TELL
        | Rights::FD_ADVISE
        | Rights::FD_FDSTAT_SET_FLAGS
        | Rights::FD_FILESTAT_GET
        | Rights::FD_FILESTAT_SET_TIMES
        | Rights::FD_SYNC
        | Rights::FD_DATASYNC
        | Rights::POLL_FD_READWRITE;
    rights.set(Rights::FD_READ, readable);
    for right in [
        Rights::FD_WRITE,
        Rights::FD_ALLOCATE,
        Rights::FD_FILESTAT_SET_SIZE,
    ] {
        rights.set(right, writable);
    }
    rights
}
