//! `path_open`: the one way to a new descriptor.

use wasmtime_wasi::p1::types::{Errno, Error, Fdflags, Lookupflags, Oflags, Rights};
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, HostDescriptor, OpenFlags, PathFlags,
};

use crate::runner::meter::Meter;

use super::descriptor::{Descriptor, Folder, OpenFile};
use super::files::off_thread;
use super::paths::{Place, lookup};
use super::{Wasi, stop};

/// What a guest asks of a path.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    follow: PathFlags,
    how: OpenFlags,
    read: bool,
    write: bool,
    append: bool,
    nonblocking: bool,
}

impl Wish {
    /// From the arguments of the call.
    ///
    /// # Errors
    /// `NOTSUP`: writes that wait for the disk; `INVAL`: a folder that is to be made or emptied.
    pub fn new(
        follow: Lookupflags,
        oflags: Oflags,
        rights: Rights,
        flags: Fdflags,
    ) -> Result<Self, Error> {
        if flags.intersects(Fdflags::SYNC | Fdflags::DSYNC | Fdflags::RSYNC) {
            return Err(Errno::Notsup.into());
        }
        let changing = Oflags::CREAT | Oflags::EXCL | Oflags::TRUNC;
        if oflags.contains(Oflags::DIRECTORY) && oflags.intersects(changing) {
            return Err(Errno::Inval.into());
        }
        let mut how = OpenFlags::empty();
        for (asked, flag) in [
            (Oflags::CREAT, OpenFlags::CREATE),
            (Oflags::DIRECTORY, OpenFlags::DIRECTORY),
            (Oflags::EXCL, OpenFlags::EXCLUSIVE),
            (Oflags::TRUNC, OpenFlags::TRUNCATE),
        ] {
            if oflags.contains(asked) {
                how |= flag;
            }
        }
        Ok(Self {
            follow: lookup(follow),
            how,
            read: rights.contains(Rights::FD_READ),
            write: rights.contains(Rights::FD_WRITE),
            append: flags.contains(Fdflags::APPEND),
            nonblocking: flags.contains(Fdflags::NONBLOCK),
        })
    }

    /// Whether it can change anything.
    pub fn changes(self) -> bool {
        self.write || self.how.intersects(OpenFlags::CREATE | OpenFlags::TRUNCATE)
    }
}

impl Wasi {
    /// Opens a regular file or a folder.
    pub(super) async fn open(
        &mut self,
        meter: &mut Meter,
        place: &Place,
        wish: Wish,
    ) -> Result<u32, Error> {
        if wish.changes() {
            self.writable(place.root)?;
        }
        // Looked at first: to open a FIFO would wait for whoever is to write to it.
        let before = self.look(place, wish.follow).await?;
        if before.as_ref().is_some_and(|found| !found.is_plain()) {
            return Err(Errno::Notcapable.into());
        }
        let creates = before.is_none() && wish.how.contains(OpenFlags::CREATE);
        if creates {
            self.room_for_entry(place.root)?;
        }
        meter.open().map_err(stop)?;
        let opened = self.opened(place, wish, creates).await;
        if opened.is_err() {
            meter.close();
        }
        opened
    }

    async fn opened(&mut self, place: &Place, wish: Wish, creates: bool) -> Result<u32, Error> {
        let mut access = DescriptorFlags::empty();
        if wish.read || !wish.write {
            access |= DescriptorFlags::READ;
        }
        if wish.write {
            access |= DescriptorFlags::WRITE;
        }
        let path = place.path.clone();
        let handle = self
            .files
            .view()
            .open_at(place.folder(), wish.follow, path, wish.how, access)
            .await?;
        let root = place.root;
        if self.files.is_folder(&handle) {
            let folder = Folder {
                handle,
                root,
                preopen: None,
                listing: None,
            };
            return Ok(self.descriptors.add(Descriptor::Folder(folder))?);
        }
        // And again on the handle: it may have been exchanged in between.
        let system = self.files.system(&handle)?;
        let meta = off_thread(move || system.metadata()).await?;
        let meta = match meta {
            Ok(meta) if meta.is_file() => meta,
            _ => {
                self.files.close(handle);
                return Err(Errno::Notcapable.into());
            }
        };
        let lent = super::roots::lend(&handle);
        let identity = self.files.view().metadata_hash(lent).await?.lower;
        if let Some(ledger) = self.ledger(root) {
            if creates {
                ledger.named(identity, meta.len());
            }
            ledger.opened(identity);
            ledger.sized(identity, meta.len());
        }
        let file = OpenFile {
            handle,
            root,
            identity,
            position: 0,
            append: wish.append,
            nonblocking: wish.nonblocking,
            readable: wish.read,
            writable: wish.write,
        };
        Ok(self.descriptors.add(Descriptor::File(file))?)
    }
}
