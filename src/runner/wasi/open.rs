//! `path_open`: the one way to a new descriptor. And `fd_close` and `fd_renumber`, the ways it goes.

use wasmtime_wasi::p1::types::{Errno, Error, Fdflags, Lookupflags, Oflags, Rights};
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, OpenFlags};

use crate::audit::Mode;
use crate::runner::meter::Meter;

use super::beneath::{Beneath, Manner, Opened, off_thread};
use super::descriptor::{Descriptor, Folder, OpenFile};
use super::found::Found;
use super::paths::{Place, lookup};
use super::{Wasi, stop};

/// What a guest asks of a path.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    manner: Manner,
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
        let (read, write) = (DescriptorFlags::READ, DescriptorFlags::WRITE);
        let access = match (
            rights.contains(Rights::FD_READ),
            rights.contains(Rights::FD_WRITE),
        ) {
            (true, true) => read | write,
            (false, true) => write,
            (_, false) => read,
        };
        Ok(Self {
            manner: Manner {
                follow: lookup(follow),
                how,
                access,
                append: flags.contains(Fdflags::APPEND),
            },
            nonblocking: flags.contains(Fdflags::NONBLOCK),
        })
    }

    /// Whether it can change anything.
    pub fn changes(self) -> bool {
        let making = OpenFlags::CREATE | OpenFlags::TRUNCATE;
        self.manner.access.contains(DescriptorFlags::WRITE) || self.manner.how.intersects(making)
    }

    /// How it uses the path.
    pub fn modes(self) -> &'static [Mode] {
        let reads = self.manner.access.contains(DescriptorFlags::READ);
        match (self.makes(), self.changes(), reads) {
            (true, _, true) => &[Mode::Create, Mode::Read, Mode::Write],
            (true, _, false) => &[Mode::Create, Mode::Write],
            (false, true, true) => &[Mode::Read, Mode::Write],
            (false, true, false) => &[Mode::Write],
            (false, false, _) => &[Mode::Read],
        }
    }

    fn makes(self) -> bool {
        self.manner.how.contains(OpenFlags::CREATE)
    }
}

impl Wasi {
    /// What there is at a path that is to be opened.
    ///
    /// # Errors
    /// `ROFS`: it could be changed, and the grant is read-only; `NOTCAPABLE`: to open a FIFO would wait for whoever is to
    /// write to it, and a device is not a file.
    pub(super) async fn opens(&self, place: &Place, wish: Wish) -> Result<Option<Found>, Error> {
        if wish.changes() {
            self.writable(place.root)?;
        }
        let found = self.look(place, wish.manner.follow).await?;
        if found.is_some_and(|found| !found.is_plain()) {
            return Err(Errno::Notcapable.into());
        }
        Ok(found)
    }

    /// Opens a regular file or a folder.
    pub(super) async fn open(
        &mut self,
        meter: &mut Meter,
        place: &Place,
        wish: Wish,
        found: Option<Found>,
    ) -> Result<u32, Error> {
        let creates = found.is_none();
        if creates && !wish.makes() {
            return Err(Errno::Noent.into());
        }
        let exclusive = wish.manner.how.contains(OpenFlags::EXCLUSIVE);
        if found.is_some_and(|found| found.is_folder()) && wish.makes() && !exclusive {
            return Err(Errno::Isdir.into());
        }
        if creates {
            self.room_for_entry(meter, place.root)?;
        }
        meter.open().map_err(stop)?;
        let opened = self.opened(place, wish, creates).await;
        if opened.is_err() {
            meter.close();
        }
        opened
    }

    async fn opened(&mut self, place: &Place, wish: Wish, creates: bool) -> Result<u32, Error> {
        let (folder, path) = place.whole();
        let mut manner = wish.manner;
        let exclusive = manner.how.contains(OpenFlags::EXCLUSIVE);
        // What was there is not made anew if it goes in between, as nothing was charged for that.
        if !creates && !exclusive {
            manner.how &= !OpenFlags::CREATE;
        }
        let work = off_thread(move || {
            let mut beneath = Beneath::new(folder)?;
            let opened = beneath.open(&path, manner);
            // What failed may have been made before it failed.
            let left = match &opened {
                Err(_) if creates => beneath.look(&path, manner.follow).ok().flatten(),
                _ => None,
            };
            Ok::<_, Errno>((opened, left))
        });
        let (opened, left) = work.await??;
        if let (Some(left), Some(ledger)) = (left, self.ledger(place.root)) {
            ledger.named(left.identity, left.stat.size);
        }
        let (opened, found) = opened?;
        let identity = found.identity;
        self.identities.opened(identity);
        // A policy without `fs.read` lets files be written and not read.
        let mut access = manner.access;
        if !self.roots.get(place.root).is_some_and(|root| root.readable) {
            access &= !DescriptorFlags::READ;
        }
        let descriptor = match opened {
            Opened::Folder(handle) => Descriptor::Folder(Folder {
                handle,
                root: place.root,
                identity,
                preopen: None,
                listing: None,
                listed: false,
            }),
            Opened::File(handle) => {
                self.account(place.root, &found, creates);
                if creates || manner.how.contains(OpenFlags::TRUNCATE) {
                    self.touched(identity);
                }
                Descriptor::File(OpenFile {
                    handle,
                    root: place.root,
                    identity,
                    position: 0,
                    append: manner.append,
                    nonblocking: wish.nonblocking,
                    access,
                })
            }
        };
        Ok(self.descriptors.add(descriptor)?)
    }

    fn account(&mut self, root: usize, found: &Found, created: bool) {
        let Some(ledger) = self.ledger(root) else {
            return;
        };
        if created {
            ledger.named(found.identity, found.stat.size);
        }
        ledger.opened(found.identity);
        ledger.sized(found.identity, found.stat.size);
    }

    /// `fd_close`.
    pub(super) async fn close(&mut self, meter: &mut Meter, number: u32) -> Result<(), Error> {
        let closed = self.descriptors.remove(number)?;
        let counted = match &closed {
            Descriptor::File(file) => {
                if let Some(ledger) = self.ledger(file.root) {
                    ledger.closed(file.identity);
                }
                true
            }
            Descriptor::Folder(folder) => folder.preopen.is_none(),
            _ => false,
        };
        if counted {
            meter.close();
        }
        if let Some((_, identity, _)) = closed.place().filter(|_| counted) {
            self.identities.closed(identity);
        }
        // The last descriptor of a file without names frees what it held, which can take a while.
        off_thread(move || drop(closed)).await
    }

    /// `fd_renumber`: the target is closed, whatever it was. What a descriptor may do moves with it, so that no number is
    /// worth more than another.
    pub(super) async fn renumber(
        &mut self,
        meter: &mut Meter,
        from: u32,
        to: u32,
    ) -> Result<(), Error> {
        self.descriptors.get(from)?;
        self.descriptors.get(to)?;
        if from != to {
            self.close(meter, to).await?;
            let moved = self.descriptors.remove(from)?;
            self.descriptors.put(to, moved);
        }
        Ok(())
    }
}
