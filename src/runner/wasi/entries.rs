//! Calls that make, move and take away the entries of folders, with a scratch's account kept in step. What is at their paths
//! was looked at before.

use wasmtime_wasi::p1::types::{Errno, Error};
use wasmtime_wasi::p2::bindings::filesystem::types::PathFlags;

use crate::runner::meter::Meter;

use super::beneath::{Beneath, off_thread};
use super::climb::stays_below;
use super::found::Found;
use super::ledger::Ledger;
use super::paths::{Pair, Place};
use super::{Wasi, stop};

/// What a new entry in a folder of the host counts as, bytes written: its name and its record take about that much there.
const ENTRY: u64 = 512;

impl Wasi {
    /// `path_create_directory`.
    pub(super) async fn create_folder(
        &mut self,
        meter: &mut Meter,
        place: &Place,
        found: Option<Found>,
    ) -> Result<(), Error> {
        self.free(meter, place.root, found)?;
        let (folder, path) = place.entry();
        off_thread(move || Beneath::new(folder)?.create_folder(path)).await??;
        if let Some(ledger) = self.ledger(place.root) {
            ledger.entry_made();
        }
        Ok(())
    }

    /// `path_remove_directory`.
    pub(super) async fn remove_folder(
        &mut self,
        place: &Place,
        found: Option<Found>,
    ) -> Result<(), Error> {
        let found = named(&[place], found)?.ok_or(Errno::Noent)?;
        let (folder, path) = place.entry();
        off_thread(move || Beneath::new(folder)?.remove_folder(path)).await??;
        self.gone(place.root, &found);
        Ok(())
    }

    /// `path_unlink_file`.
    pub(super) async fn unlink(
        &mut self,
        place: &Place,
        found: Option<Found>,
    ) -> Result<(), Error> {
        let found = named(&[place], found)?.ok_or(Errno::Noent)?;
        if found.is_folder() {
            return Err(Errno::Isdir.into());
        }
        if !found.is_plain() {
            return Err(Errno::Notcapable.into());
        }
        let (folder, path) = place.entry();
        off_thread(move || Beneath::new(folder)?.unlink(path)).await??;
        self.gone(place.root, &found);
        Ok(())
    }

    /// `path_link`: another name for a file or a link, never for a folder.
    pub(super) async fn link(
        &mut self,
        meter: &mut Meter,
        old: &Place,
        new: &Place,
        pair: Pair,
    ) -> Result<(), Error> {
        if pair.old.is_folder() {
            return Err(Errno::Perm.into());
        }
        let pair = named(&[old], pair)?;
        self.free(meter, new.root, pair.new)?;
        let ((folder, path), (to, name)) = (old.entry(), new.entry());
        off_thread(move || Beneath::new(folder)?.link(path, to, name)).await??;
        if let Some(ledger) = self.ledger(new.root) {
            ledger.named(pair.old.identity, pair.old.stat.size);
        }
        Ok(())
    }

    /// `path_rename`. What stood at the new path is gone afterwards.
    pub(super) async fn rename(
        &mut self,
        old: &Place,
        new: &Place,
        pair: Pair,
    ) -> Result<(), Error> {
        let pair = named(&[old, new], pair)?;
        let ((folder, path), (to, name)) = (old.entry(), new.entry());
        off_thread(move || Beneath::new(folder)?.rename(path, to, name)).await??;
        // Of two names of one file the system leaves both as they are.
        match pair.new {
            Some(replaced) if replaced.identity != pair.old.identity => {
                self.gone(new.root, &replaced);
            }
            _ => {}
        }
        Ok(())
    }

    /// What there is where a link is to be made.
    ///
    /// # Errors
    /// `NOTCAPABLE`: whoever follows it without our resolution could be led out of the folder.
    pub(super) async fn links(&self, target: &str, place: &Place) -> Result<Option<Found>, Error> {
        if !stays_below(target) {
            return Err(Errno::Notcapable.into());
        }
        self.changes(place).await
    }

    /// `path_symlink`.
    pub(super) async fn symlink(
        &mut self,
        meter: &mut Meter,
        target: String,
        place: &Place,
        found: Option<Found>,
    ) -> Result<(), Error> {
        self.free(meter, place.root, found)?;
        if place.has_slash() {
            return Err(Errno::Noent.into());
        }
        let length = target.len() as u64;
        self.charge(meter, place.root, length, length)?;
        let (folder, path) = place.entry();
        let made = off_thread(move || {
            let mut beneath = Beneath::new(folder)?;
            beneath.symlink(target, path.clone())?;
            Ok::<_, Errno>(beneath.look(&path, PathFlags::empty()).ok().flatten())
        });
        let made = made.await??;
        if let Some(ledger) = self.ledger(place.root) {
            match made {
                Some(made) => ledger.named(made.identity, made.stat.size),
                None => ledger.entry_made(),
            }
        }
        Ok(())
    }

    /// Whether something new can be put there.
    ///
    /// # Errors
    /// `EXIST`: something is there; a stop where the scratch is full or the write quota is spent.
    fn free(&mut self, meter: &mut Meter, root: usize, found: Option<Found>) -> Result<(), Error> {
        // Before the scratch is judged: who asks for what is there already adds nothing.
        if found.is_some() {
            return Err(Errno::Exist.into());
        }
        self.room_for_entry(meter, root)
    }

    /// Judges a new entry before it is made: by the scratch's own bound, or else as bytes that are written.
    pub(super) fn room_for_entry(&mut self, meter: &mut Meter, root: usize) -> Result<(), Error> {
        match self.ledger(root) {
            Some(ledger) => ledger.room_for_entry(),
            None => meter.write(ENTRY),
        }
        .map_err(stop)
    }

    /// An entry is gone, and with the last one of a file perhaps the file.
    fn gone(&mut self, root: usize, found: &Found) {
        let is_folder = found.is_folder();
        if let Some(ledger) = self.ledger(root) {
            if is_folder {
                ledger.entry_gone();
            } else {
                ledger.unnamed(found.identity);
            }
        }
        if is_folder || found.stat.link_count <= 1 {
            self.identities.unnamed(found.identity);
        }
    }

    pub(super) fn ledger(&mut self, root: usize) -> Option<&mut Ledger> {
        self.roots.get_mut(root)?.ledger.as_mut()
    }
}

/// What was found, if all of the paths end in names.
///
/// # Errors
/// `INVAL`: one ends in `.` or `..`.
fn named<T>(places: &[&Place], found: T) -> Result<T, Errno> {
    if places.iter().any(|place| place.is_nameless()) {
        return Err(Errno::Inval);
    }
    Ok(found)
}
