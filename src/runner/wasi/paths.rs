//! What a guest does by path. Every path is resolved by the WASI library below the handle of a granted folder; what it
//! leads to is judged before the call and accounted for in step with it.

use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor as Handle;
use wasmtime_wasi::p1::types::{
    Errno, Error, Filestat, Filetype, Fstflags, Lookupflags, Timestamp,
};
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorStat, HostDescriptor, PathFlags};

use super::files::filetype;
use super::roots::lend;
use super::{Wasi, stop};

/// A path below an open folder.
pub struct Place {
    folder: Resource<Handle>,
    /// Which of the roots it lies under.
    pub root: usize,
    /// The path as the guest gave it.
    pub path: String,
}

impl Place {
    pub(super) fn folder(&self) -> Resource<Handle> {
        lend(&self.folder)
    }

    /// Where a trailing slash is, the system follows a link that is meant to stay one.
    fn has_slash(&self) -> bool {
        self.path.ends_with('/')
    }
}

/// What there is at a path.
pub(super) struct Found {
    /// What tells it from others.
    pub(super) identity: u64,
    /// What it is.
    pub(super) stat: DescriptorStat,
}

impl Found {
    pub(super) fn is_folder(&self) -> bool {
        filetype(self.stat.type_) == Filetype::Directory
    }

    /// Files, folders and links; a FIFO, socket or device is nothing for a guest.
    pub(super) fn is_plain(&self) -> bool {
        matches!(
            filetype(self.stat.type_),
            Filetype::RegularFile | Filetype::Directory | Filetype::SymbolicLink
        )
    }
}

/// The lookup flags of the library.
pub(super) fn lookup(flags: Lookupflags) -> PathFlags {
    if flags.contains(Lookupflags::SYMLINK_FOLLOW) {
        PathFlags::SYMLINK_FOLLOW
    } else {
        PathFlags::empty()
    }
}

impl Wasi {
    /// A path of a call.
    ///
    /// # Errors
    /// `BADF` or `NOTDIR`: it starts from no open folder.
    pub(super) fn place(&self, folder: u32, path: String) -> Result<Place, Error> {
        let open = self.descriptors.folder(folder)?;
        Ok(Place {
            folder: lend(&open.handle),
            root: open.root,
            path,
        })
    }

    /// What there is at a path; nothing, if there is nothing.
    pub(super) async fn look(
        &mut self,
        place: &Place,
        flags: PathFlags,
    ) -> Result<Option<Found>, Error> {
        let stat = self
            .files
            .view()
            .stat_at(place.folder(), flags, place.path.clone())
            .await;
        let stat = match stat.map_err(Error::from) {
            Ok(stat) => stat,
            Err(error) if error.downcast_ref() == Some(&Errno::Noent) => return Ok(None),
            Err(error) => return Err(error),
        };
        let hash = self
            .files
            .view()
            .metadata_hash_at(place.folder(), flags, place.path.clone())
            .await?;
        Ok(Some(Found {
            identity: hash.lower,
            stat,
        }))
    }

    /// `path_filestat_get`.
    pub(super) async fn stat_at(
        &mut self,
        place: &Place,
        flags: Lookupflags,
    ) -> Result<Filestat, Error> {
        let found = self.look(place, lookup(flags)).await?.ok_or(Errno::Noent)?;
        Ok(self.shown(found.identity, &found.stat))
    }

    /// `path_filestat_set_times`.
    pub(super) async fn set_times_at(
        &mut self,
        place: &Place,
        flags: Lookupflags,
        accessed: Timestamp,
        modified: Timestamp,
        which: Fstflags,
    ) -> Result<(), Error> {
        self.writable(place.root)?;
        let (accessed, modified) = self.times(accessed, modified, which)?;
        let flags = lookup(flags);
        let found = self.look(place, flags).await?.ok_or(Errno::Noent)?;
        let path = place.path.clone();
        self.files
            .view()
            .set_times_at(place.folder(), flags, path, accessed, modified)
            .await?;
        self.keep_times(found.identity, accessed, modified);
        Ok(())
    }

    /// `path_create_directory`.
    pub(super) async fn create_folder(&mut self, place: &Place) -> Result<(), Error> {
        self.writable(place.root)?;
        self.room_for_entry(place.root)?;
        self.files
            .view()
            .create_directory_at(place.folder(), place.path.clone())
            .await?;
        if let Some(ledger) = self.ledger(place.root) {
            ledger.entry_made();
        }
        Ok(())
    }

    /// `path_remove_directory`.
    pub(super) async fn remove_folder(&mut self, place: &Place) -> Result<(), Error> {
        self.writable(place.root)?;
        let found = self.look(place, PathFlags::empty()).await?;
        self.files
            .view()
            .remove_directory_at(place.folder(), place.path.clone())
            .await?;
        if let Some(ledger) = self.ledger(place.root) {
            ledger.entry_gone();
        }
        if let Some(found) = found {
            self.identities.forget(found.identity);
        }
        Ok(())
    }

    /// `path_unlink_file`.
    pub(super) async fn unlink(&mut self, place: &Place) -> Result<(), Error> {
        self.writable(place.root)?;
        if place.has_slash() {
            return Err(Errno::Notdir.into());
        }
        let found = self
            .look(place, PathFlags::empty())
            .await?
            .ok_or(Errno::Noent)?;
        self.files
            .view()
            .unlink_file_at(place.folder(), place.path.clone())
            .await?;
        self.unnamed(place.root, &found);
        Ok(())
    }

    /// A name of a file is gone.
    fn unnamed(&mut self, root: usize, found: &Found) {
        let last = found.stat.link_count <= 1;
        let gone = match self.ledger(root) {
            Some(ledger) => {
                ledger.unnamed(found.identity);
                !ledger.holds(found.identity)
            }
            None => last,
        };
        if gone {
            self.identities.forget(found.identity);
        }
    }

    /// `path_link`: within one root alone.
    pub(super) async fn link(
        &mut self,
        old: &Place,
        flags: Lookupflags,
        new: &Place,
    ) -> Result<(), Error> {
        self.both(old, new)?;
        if flags.contains(Lookupflags::SYMLINK_FOLLOW) || old.has_slash() || new.has_slash() {
            return Err(Errno::Inval.into());
        }
        let found = self
            .look(old, PathFlags::empty())
            .await?
            .ok_or(Errno::Noent)?;
        if !found.is_plain() {
            return Err(Errno::Notcapable.into());
        }
        self.room_for_entry(new.root)?;
        let (from, to) = (old.path.clone(), new.path.clone());
        self.files
            .view()
            .link_at(old.folder(), PathFlags::empty(), from, new.folder(), to)
            .await?;
        if let Some(ledger) = self.ledger(new.root) {
            ledger.named(found.identity, found.stat.size);
        }
        Ok(())
    }

    /// `path_rename`: within one root alone. What stood at the new path is gone afterwards.
    pub(super) async fn rename(&mut self, old: &Place, new: &Place) -> Result<(), Error> {
        self.both(old, new)?;
        let moved = self
            .look(old, PathFlags::empty())
            .await?
            .ok_or(Errno::Noent)?;
        if !moved.is_plain() {
            return Err(Errno::Notcapable.into());
        }
        let replaced = self.look(new, PathFlags::empty()).await?;
        let (from, to) = (old.path.clone(), new.path.clone());
        self.files
            .view()
            .rename_at(old.folder(), from, new.folder(), to)
            .await?;
        // Two names of one file: the system leaves both as they are.
        let replaced = replaced.filter(|replaced| replaced.identity != moved.identity);
        if let Some(replaced) = replaced {
            if replaced.is_folder() {
                if let Some(ledger) = self.ledger(new.root) {
                    ledger.entry_gone();
                }
                self.identities.forget(replaced.identity);
            } else {
                self.unnamed(new.root, &replaced);
            }
        }
        Ok(())
    }

    /// `path_symlink`. The target must stay within the root by its text: others follow it without our resolution.
    pub(super) async fn symlink(&mut self, target: String, place: &Place) -> Result<(), Error> {
        self.writable(place.root)?;
        if !stays_within(&target) || place.has_slash() {
            return Err(Errno::Notcapable.into());
        }
        self.room_for_entry(place.root)?;
        if let Some(ledger) = self.ledger(place.root) {
            ledger.room_for_bytes(target.len() as u64).map_err(stop)?;
        }
        self.files
            .view()
            .symlink_at(place.folder(), target, place.path.clone())
            .await?;
        let found = self.look(place, PathFlags::empty()).await?;
        if let (Some(found), Some(ledger)) = (found, self.ledger(place.root)) {
            ledger.named(found.identity, found.stat.size);
        }
        Ok(())
    }

    /// `path_readlink`.
    pub(super) async fn read_link(&mut self, place: &Place) -> Result<Vec<u8>, Error> {
        let target = self
            .files
            .view()
            .readlink_at(place.folder(), place.path.clone())
            .await?;
        Ok(target.into_bytes())
    }

    pub(super) fn room_for_entry(&mut self, root: usize) -> Result<(), Error> {
        match self.ledger(root) {
            Some(ledger) => ledger.room_for_entry().map_err(stop),
            None => Ok(()),
        }
    }

    /// Both ends lie under one root, and it may be written to.
    fn both(&self, old: &Place, new: &Place) -> Result<(), Error> {
        self.writable(old.root)?;
        self.writable(new.root)?;
        if old.root == new.root {
            Ok(())
        } else {
            Err(Errno::Xdev.into())
        }
    }
}

/// Whether a link's target, by its text, never climbs above the folder of the link. Where the link lies is not counted in:
/// it can be moved.
fn stays_within(target: &str) -> bool {
    if target.is_empty() || target.starts_with('/') {
        return false;
    }
    let mut depth = 0_i32;
    target.split('/').all(|part| {
        depth += match part {
            "" | "." => 0,
            ".." => -1,
            _ => 1,
        };
        depth >= 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_that_climb_are_told_by_their_text() {
        for within in ["a", "a/b", "./a", "a/../b", "a/b/../../c", "."] {
            assert!(stays_within(within), "{within}");
        }
        for out in ["", "/etc", "..", "../a", "a/../../b", "./../a"] {
            assert!(!stays_within(out), "{out}");
        }
    }
}
