//! What a guest does with open files: reading, writing, resizing, seeking.

use std::sync::Arc;

use wasmtime_wasi::p1::types::{Errno, Error, IovecArray, Whence};
use wiggle::GuestMemory;

use crate::runner::meter::Meter;
use crate::runner::stop::Stop;

use super::beneath::off_thread;
use super::content::{self, Change, Room, Unchanged, system};
use super::descriptor::{Descriptor, OpenFile};
use super::{Wasi, stop, transfer};

/// Where a read or write begins.
#[derive(Clone, Copy)]
pub enum At {
    /// Where the last one ended.
    Position,
    /// There.
    Offset(u64),
}

/// What became of a change that was accounted for.
struct Settled<T> {
    size: u64,
    done: T,
}

impl At {
    fn begin(self, position: u64) -> u64 {
        match self {
            Self::Position => position,
            Self::Offset(offset) => offset,
        }
    }
}

impl Wasi {
    /// Reads into the guest's buffers.
    pub(super) async fn read(
        &mut self,
        memory: &mut GuestMemory<'_>,
        number: u32,
        buffers: IovecArray,
        at: At,
    ) -> Result<u32, Error> {
        let targets = transfer::targets(memory, buffers)?;
        let room = transfer::room(&targets);
        let bytes = match (self.descriptors.get(number)?, at) {
            (Descriptor::Stdin, At::Position) => self.stdin.read(room).await.map_err(stop)?,
            (Descriptor::File(file), _) => {
                if !file.is_readable() {
                    return Err(Errno::Badf.into());
                }
                let from = at.begin(file.position);
                let handle = Arc::clone(&file.handle.file);
                off_thread(move || content::read_at(&handle, room, from)).await??
            }
            (Descriptor::Stdin | Descriptor::Stdout | Descriptor::Stderr, At::Offset(_)) => {
                return Err(Errno::Spipe.into());
            }
            (Descriptor::Folder(_), _) => return Err(Errno::Isdir.into()),
            _ => return Err(Errno::Badf.into()),
        };
        if let (At::Position, Ok(file)) = (at, self.descriptors.file_mut(number)) {
            file.position = file.position.saturating_add(bytes.len() as u64);
        }
        transfer::scatter(memory, &targets, &bytes)
    }

    /// Writes what was gathered from the guest's buffers.
    pub(super) async fn write(
        &mut self,
        meter: &mut Meter,
        number: u32,
        bytes: Vec<u8>,
        at: At,
    ) -> Result<u32, Error> {
        let length = u32::try_from(bytes.len()).map_err(|_| Errno::Overflow)?;
        match (self.descriptors.get(number)?, at) {
            (Descriptor::Stdout, At::Position) => self.stdout.write(&bytes).await?,
            (Descriptor::Stderr, At::Position) => self.stderr.write(&bytes).await?,
            (Descriptor::File(_), _) => return self.write_file(meter, number, bytes, at).await,
            (Descriptor::Stdin | Descriptor::Stdout | Descriptor::Stderr, At::Offset(_)) => {
                return Err(Errno::Spipe.into());
            }
            _ => return Err(Errno::Badf.into()),
        }
        Ok(length)
    }

    async fn write_file(
        &mut self,
        meter: &mut Meter,
        number: u32,
        bytes: Vec<u8>,
        at: At,
    ) -> Result<u32, Error> {
        let file = self.descriptors.file(number)?;
        if !file.is_writable() {
            return Err(Errno::Badf.into());
        }
        if bytes.is_empty() {
            return Ok(0);
        }
        let (root, identity, append) = (file.root, file.identity, file.append);
        let from = at.begin(file.position);
        let handle = Arc::clone(&file.handle.file);
        let left = self.left(meter, root);
        let work = off_thread(move || content::write_at(&handle, &bytes, from, append, left));
        let change = self.settle(meter, root, identity, work.await?)?;
        let end = if append {
            change.size
        } else {
            from.saturating_add(change.done)
        };
        if let At::Position = at {
            self.descriptors.file_mut(number)?.position = end;
        }
        u32::try_from(change.done).map_err(|_| Errno::Overflow.into())
    }

    /// `fd_filestat_set_size`.
    pub(super) async fn set_size(
        &mut self,
        meter: &mut Meter,
        number: u32,
        size: u64,
    ) -> Result<(), Error> {
        let file = self.descriptors.file(number)?;
        if !file.is_writable() {
            return Err(Errno::Inval.into());
        }
        let (root, identity) = (file.root, file.identity);
        let handle = Arc::clone(&file.handle.file);
        let left = self.left(meter, root);
        let work = off_thread(move || content::set_size(&handle, size, left));
        self.settle(meter, root, identity, work.await?)?;
        Ok(())
    }

    fn left(&mut self, meter: &Meter, root: usize) -> Room {
        let (terms, spent) = (meter.terms(), meter.spent());
        Room {
            written: terms.written_bytes.saturating_sub(spent.written_bytes),
            scratch: self.ledger(root).map(|ledger| ledger.left()),
        }
    }

    /// Accounts for what was done to a file's content, and gives what came of it.
    fn settle<T>(
        &mut self,
        meter: &mut Meter,
        root: usize,
        identity: u64,
        change: Result<Change<T>, Unchanged>,
    ) -> Result<Settled<T>, Error> {
        let change = change.map_err(|unchanged| match unchanged {
            Unchanged::Spent(budget) => stop(Stop::Spent(budget)),
            Unchanged::Failed(error) => error,
        })?;
        meter.write(change.charged).map_err(stop)?;
        if let Some(ledger) = self.ledger(root) {
            ledger.sized(identity, change.size);
        }
        self.touched(identity);
        Ok(Settled {
            size: change.size,
            done: change.done.map_err(|error| system(&error))?,
        })
    }

    /// Counts bytes before they are written: against the invocation's quota, and growth against the scratch.
    pub(super) fn charge(
        &mut self,
        meter: &mut Meter,
        root: usize,
        written: u64,
        growth: u64,
    ) -> Result<(), Error> {
        if let Some(ledger) = self.ledger(root) {
            ledger.room_for_bytes(growth).map_err(stop)?;
        }
        meter.write(written).map_err(stop)
    }

    /// `fd_seek`.
    pub(super) async fn seek(
        &mut self,
        number: u32,
        delta: i64,
        whence: Whence,
    ) -> Result<u64, Error> {
        let file = self.seekable(number)?;
        let base = match whence {
            Whence::Set => 0,
            Whence::Cur => file.position,
            Whence::End => {
                let handle = Arc::clone(&file.handle.file);
                let meta = off_thread(move || handle.metadata()).await?;
                meta.map_err(|error| system(&error))?.len()
            }
        };
        let position = base.checked_add_signed(delta).ok_or(Errno::Inval)?;
        self.descriptors.file_mut(number)?.position = position;
        Ok(position)
    }

    /// `fd_tell`.
    pub(super) fn tell(&self, number: u32) -> Result<u64, Error> {
        Ok(self.seekable(number)?.position)
    }

    fn seekable(&self, number: u32) -> Result<&OpenFile, Error> {
        match self.descriptors.get(number)? {
            Descriptor::File(file) => Ok(file),
            Descriptor::Folder(_) => Err(Errno::Badf.into()),
            _ => Err(Errno::Spipe.into()),
        }
    }

    /// `fd_sync` and `fd_datasync`.
    pub(super) async fn sync(&mut self, number: u32, content_only: bool) -> Result<(), Error> {
        let handle = Arc::clone(&self.descriptors.file(number)?.handle.file);
        let synced = off_thread(move || {
            if content_only {
                handle.sync_data()
            } else {
                handle.sync_all()
            }
        });
        synced.await?.map_err(|error| system(&error))
    }
}
