//! Where a path leads: what a call by path is judged by before it does anything.

use wasmtime_wasi::filesystem::Dir;
use wasmtime_wasi::p1::types::{
    Errno, Error, Filestat, Filetype, Fstflags, Lookupflags, Timestamp,
};
use wasmtime_wasi::p2::bindings::filesystem::types::PathFlags;

use super::Wasi;
use super::beneath::{Beneath, ends_in_dots, off_thread};
use super::climb;
use super::found::Found;

/// A path below an open folder.
pub struct Place {
    folder: Dir,
    /// The descriptor of the folder.
    pub from: u32,
    /// Which of the roots it lies under.
    pub root: usize,
    /// The path as the guest gave it.
    pub path: String,
}

/// What there is at the two paths of a call that links or moves.
pub struct Pair {
    /// What is linked or moved.
    pub old: Found,
    /// What there is where it goes.
    pub new: Option<Found>,
}

impl Place {
    /// The folder and the path.
    pub(super) fn whole(&self) -> (Dir, String) {
        (self.folder.clone(), self.path.clone())
    }

    /// The folder and the path without slashes at its end: they would have the system follow a link that is meant itself.
    pub(super) fn entry(&self) -> (Dir, String) {
        let trimmed = self.path.trim_end_matches('/');
        let path = if trimmed.is_empty() {
            &self.path
        } else {
            trimmed
        };
        (self.folder.clone(), path.to_owned())
    }

    /// Whether the two lie in one folder, as far as their texts say.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        let ((folder, path), (other_folder, other)) = (self.entry(), other.entry());
        let parent = |path: &str| path.rsplit_once('/').map(|(parent, _)| parent.to_owned());
        std::sync::Arc::ptr_eq(&folder.dir, &other_folder.dir) && parent(&path) == parent(&other)
    }

    /// Whether it is no name that could be taken away or moved.
    pub(super) fn is_nameless(&self) -> bool {
        ends_in_dots(&self.path)
    }

    /// Whether the guest says that it is a folder.
    pub(super) fn has_slash(&self) -> bool {
        self.path.ends_with('/') || self.path.ends_with("/.")
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

/// What there is at the end of a path, be it a link.
fn at(place: (Dir, String), has_slash: bool) -> Result<Option<Found>, Errno> {
    let (folder, path) = place;
    let found = Beneath::new(folder)?.look(&path, PathFlags::empty())?;
    match found {
        Some(found) if has_slash && !found.is_folder() => Err(Errno::Notdir),
        found => Ok(found),
    }
}

impl Wasi {
    /// A path of a call.
    ///
    /// # Errors
    /// `BADF` or `NOTDIR`: it starts from no open folder.
    pub(super) fn place(&self, from: u32, path: String) -> Result<Place, Error> {
        let open = self.descriptors.folder(from)?;
        Ok(Place {
            from,
            folder: open.handle.clone(),
            root: open.root,
            path,
        })
    }

    /// What there is at a path; nothing, if there is nothing.
    ///
    /// # Errors
    /// `NOTDIR`: the path says that it is a folder, and it is none.
    pub(super) async fn look(
        &self,
        place: &Place,
        follow: PathFlags,
    ) -> Result<Option<Found>, Error> {
        let (folder, path) = place.whole();
        let folder_meant = place.has_slash();
        let found = off_thread(move || Beneath::new(folder)?.look(&path, follow)).await??;
        match found {
            Some(found) if folder_meant && !found.is_folder() => Err(Errno::Notdir.into()),
            found => Ok(found),
        }
    }

    /// What there is at a path whose entry is to be changed.
    ///
    /// # Errors
    /// `ROFS`: the grant is read-only.
    pub(super) async fn changes(&self, place: &Place) -> Result<Option<Found>, Error> {
        self.writable(place.root)?;
        let (entry, has_slash) = (place.entry(), place.has_slash());
        Ok(off_thread(move || at(entry, has_slash)).await??)
    }

    /// The same of two paths, which have to lie under one root.
    ///
    /// # Errors
    /// `ROFS`; `XDEV`: from one root to another; `NOTCAPABLE`: what is moved or linked is no file, folder or link, or could
    /// lead out from there.
    pub(super) async fn changes_both(&self, old: &Place, new: &Place) -> Result<Pair, Error> {
        self.writable(old.root)?;
        self.writable(new.root)?;
        if old.root != new.root {
            return Err(Errno::Xdev.into());
        }
        let (from, from_slash) = (old.entry(), old.has_slash());
        let (to, to_slash) = (new.entry(), new.has_slash());
        // In a scratch all links are the guest's own.
        let scratch = self
            .roots
            .get(old.root)
            .is_some_and(|root| root.ledger.is_some());
        let judged = !scratch && !old.is_nameless() && !old.is_beside(new);
        let looked = off_thread(move || {
            let old = at(from.clone(), from_slash)?.ok_or(Errno::Noent)?;
            let new = at(to, to_slash)?;
            if judged {
                climb::movable(&mut Beneath::new(from.0)?, &from.1, &old)?;
            }
            Ok::<_, Errno>((old, new))
        });
        let (old, new) = looked.await??;
        if !old.is_plain() {
            return Err(Errno::Notcapable.into());
        }
        if to_slash && !old.is_folder() {
            return Err(Errno::Notdir.into());
        }
        Ok(Pair { old, new })
    }

    /// Refuses where the grant is read-only.
    pub(super) fn writable(&self, root: usize) -> Result<(), Error> {
        match self.roots.get(root) {
            Some(root) if root.writable => Ok(()),
            _ => Err(Errno::Rofs.into()),
        }
    }

    /// `path_filestat_get`.
    pub(super) async fn stat_at(
        &mut self,
        place: &Place,
        flags: Lookupflags,
    ) -> Result<Filestat, Error> {
        let found = self.look(place, lookup(flags)).await?;
        self.shown(&found.ok_or(Errno::Noent)?)
    }

    /// What there is at a path whose times are to be set.
    ///
    /// # Errors
    /// `ROFS`; `NOTCAPABLE`: it is no file, folder or link.
    pub(super) async fn times_change(
        &self,
        place: &Place,
        flags: Lookupflags,
    ) -> Result<Found, Error> {
        self.writable(place.root)?;
        let found = self.look(place, lookup(flags)).await?.ok_or(Errno::Noent)?;
        if found.is_plain() {
            Ok(found)
        } else {
            Err(Errno::Notcapable.into())
        }
    }

    /// `path_filestat_set_times`.
    pub(super) async fn set_times_at(
        &mut self,
        place: &Place,
        found: &Found,
        flags: Lookupflags,
        times: (Timestamp, Timestamp, Fstflags),
    ) -> Result<(), Error> {
        let (accessed, modified) = self.new_times(times)?;
        let (folder, path) = place.whole();
        let follow = lookup(flags);
        let set =
            off_thread(move || Beneath::new(folder)?.set_times(path, follow, accessed, modified));
        set.await??;
        self.keep_times(found.identity, accessed, modified);
        Ok(())
    }

    /// `path_readlink`.
    pub(super) async fn read_link(&self, place: &Place) -> Result<Vec<u8>, Error> {
        let found = self
            .look(place, PathFlags::empty())
            .await?
            .ok_or(Errno::Noent)?;
        if found.kind() != Filetype::SymbolicLink {
            return Err(Errno::Inval.into());
        }
        let (folder, path) = place.whole();
        let target = off_thread(move || Beneath::new(folder)?.read_link(path)).await??;
        Ok(target.into_bytes())
    }
}
