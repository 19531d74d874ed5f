//! What a guest does with open files: reading, writing, seeking, looking at them.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use wasmtime_wasi::p1::types::{
    Errno, Error, Fdflags, Fdstat, Filestat, Filetype, Fstflags, IovecArray, Rights, Timestamp,
    Whence,
};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorStat, DescriptorType, HostDescriptor, NewTimestamp,
};
use wiggle::{GuestMemory, GuestPtr};

use crate::runner::guest::Guest;
use crate::runner::meter::Meter;

use super::descriptor::{Descriptor, OpenFile};
use super::identity::Times;
use super::listing::{self, Listing};
use super::roots::lend;
use super::{Wasi, stop, transfer};

/// Where a read or write begins.
#[derive(Clone, Copy)]
pub enum At {
    /// Where the last one ended.
    Position,
    /// There.
    Offset(u64),
}

/// Does work that may wait for the disk on a thread that may wait.
///
/// # Errors
/// `IO`: the thread failed.
pub async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Errno::Io.into())
}

fn system(error: &io::Error) -> Error {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::StorageFull | Kind::QuotaExceeded => Errno::Nospc,
        Kind::FileTooLarge => Errno::Fbig,
        Kind::InvalidInput => Errno::Inval,
        Kind::IsADirectory => Errno::Isdir,
        Kind::PermissionDenied => Errno::Acces,
        Kind::ReadOnlyFilesystem => Errno::Rofs,
        _ => Errno::Io,
    }
    .into()
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
                if !file.readable {
                    return Err(Errno::Badf.into());
                }
                let from = offset(at, file.position);
                let handle = self.files.system(&file.handle)?;
                off_thread(move || read_at(&handle, room, from)).await??
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
        if !file.writable {
            return Err(Errno::Badf.into());
        }
        let (root, identity, append) = (file.root, file.identity, file.append);
        let handle = self.files.system(&file.handle)?;
        let size = length_of(Arc::clone(&handle)).await?;
        let from = if append {
            size
        } else {
            offset(at, file_position(self, number)?)
        };
        let end = from.checked_add(bytes.len() as u64).ok_or(Errno::Fbig)?;
        if bytes.is_empty() {
            return Ok(0);
        }
        let growth = end.saturating_sub(size);
        self.charge(meter, root, growth.max(bytes.len() as u64), growth)?;
        let outcome = off_thread(move || {
            let written = handle.write_at(&bytes, from);
            (written, handle.metadata().map(|meta| meta.len()))
        })
        .await?;
        let (written, size) = outcome;
        if let (Ok(size), Some(ledger)) = (&size, self.ledger(root)) {
            ledger.sized(identity, *size);
        }
        let written = written.map_err(|error| system(&error))?;
        if let At::Position = at {
            let file = self.descriptors.file_mut(number)?;
            file.position = from.saturating_add(written as u64);
        }
        self.touched(identity);
        u32::try_from(written).map_err(|_| Errno::Overflow.into())
    }

    /// Counts bytes before they are written: against the invocation's quota, and growth against the scratch.
    fn charge(
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

    pub(super) fn ledger(&mut self, root: usize) -> Option<&mut super::ledger::Ledger> {
        self.roots.get_mut(root)?.ledger.as_mut()
    }

    /// `fd_filestat_set_size`.
    pub(super) async fn set_size(
        &mut self,
        meter: &mut Meter,
        number: u32,
        size: u64,
    ) -> Result<(), Error> {
        let file = self.descriptors.file(number)?;
        if !file.writable {
            return Err(Errno::Inval.into());
        }
        let (root, identity) = (file.root, file.identity);
        let handle = self.files.system(&file.handle)?;
        let growth = size.saturating_sub(length_of(Arc::clone(&handle)).await?);
        self.charge(meter, root, growth, growth)?;
        let outcome = off_thread(move || {
            let set = handle.set_len(size);
            (set, handle.metadata().map(|meta| meta.len()))
        });
        let (set, size) = outcome.await?;
        if let (Ok(size), Some(ledger)) = (&size, self.ledger(root)) {
            ledger.sized(identity, *size);
        }
        self.touched(identity);
        set.map_err(|error| system(&error))
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
                let handle = self.files.system(&file.handle)?;
                length_of(Arc::clone(&handle)).await?
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
        let handle = match self.descriptors.get(number)? {
            Descriptor::File(file) => self.files.system(&file.handle)?,
            _ => return Err(Errno::Badf.into()),
        };
        let synced = off_thread(move || {
            if content_only {
                handle.sync_data()
            } else {
                handle.sync_all()
            }
        });
        synced.await?.map_err(|error| system(&error))
    }

    /// `fd_filestat_get`.
    pub(super) async fn stat(&mut self, number: u32) -> Result<Filestat, Error> {
        let handle = match self.descriptors.get(number)? {
            Descriptor::File(file) => lend(&file.handle),
            Descriptor::Folder(folder) => lend(&folder.handle),
            _ => {
                return Ok(Filestat {
                    dev: 0,
                    ino: 0,
                    filetype: Filetype::Unknown,
                    nlink: 0,
                    size: 0,
                    atim: 0,
                    mtim: 0,
                    ctim: 0,
                });
            }
        };
        let identity = self.files.view().metadata_hash(lend(&handle)).await?.lower;
        let stat = self.files.view().stat(handle).await?;
        Ok(self.shown(identity, &stat))
    }

    /// What the guest sees of a file.
    pub(super) fn shown(&mut self, identity: u64, stat: &DescriptorStat) -> Filestat {
        let real = |time: &Option<Datetime>| time.as_ref().map_or(0, nanoseconds);
        let (mut accessed, mut modified, mut changed) = (
            real(&stat.data_access_timestamp),
            real(&stat.data_modification_timestamp),
            real(&stat.status_change_timestamp),
        );
        if let Some(fixed) = self.fixed_time {
            let set = self.identities.times(identity);
            accessed = set.accessed.unwrap_or(fixed);
            modified = set.modified.unwrap_or(fixed);
            changed = fixed;
        }
        let filetype = filetype(stat.type_);
        // Bytes of a folder are the file system's own way of counting.
        let size = if filetype == Filetype::Directory {
            0
        } else {
            stat.size
        };
        let nlink = if filetype == Filetype::Directory {
            1
        } else {
            stat.link_count
        };
        Filestat {
            dev: 1,
            ino: self.identities.number(identity),
            filetype,
            nlink,
            size,
            atim: accessed,
            mtim: modified,
            ctim: changed,
        }
    }

    /// A file whose content changed no longer shows the time that the guest set.
    fn touched(&mut self, identity: u64) {
        if let Some(fixed) = self.fixed_time {
            let modified = Some(fixed);
            self.identities.set_times(
                identity,
                Times {
                    accessed: None,
                    modified,
                },
            );
        }
    }

    /// `fd_filestat_set_times`.
    pub(super) async fn set_times(
        &mut self,
        number: u32,
        accessed: Timestamp,
        modified: Timestamp,
        flags: Fstflags,
    ) -> Result<(), Error> {
        let (handle, root) = match self.descriptors.get(number)? {
            Descriptor::File(file) => (lend(&file.handle), file.root),
            Descriptor::Folder(folder) => (lend(&folder.handle), folder.root),
            _ => return Err(Errno::Badf.into()),
        };
        self.writable(root)?;
        let (accessed, modified) = self.times(accessed, modified, flags)?;
        let identity = self.files.view().metadata_hash(lend(&handle)).await?.lower;
        self.files
            .view()
            .set_times(handle, accessed, modified)
            .await?;
        self.keep_times(identity, accessed, modified);
        Ok(())
    }

    /// The times that flags ask for; "now" is what the policy's clock says.
    pub(super) fn times(
        &mut self,
        accessed: Timestamp,
        modified: Timestamp,
        flags: Fstflags,
    ) -> Result<(NewTimestamp, NewTimestamp), Error> {
        let accessed = self.time(
            accessed,
            flags.contains(Fstflags::ATIM),
            flags.contains(Fstflags::ATIM_NOW),
        )?;
        let modified = self.time(
            modified,
            flags.contains(Fstflags::MTIM),
            flags.contains(Fstflags::MTIM_NOW),
        )?;
        Ok((accessed, modified))
    }

    fn time(&mut self, at: Timestamp, set: bool, now: bool) -> Result<NewTimestamp, Error> {
        match (set, now) {
            (true, true) => Err(Errno::Inval.into()),
            (false, false) => Ok(NewTimestamp::NoChange),
            (false, true) => Ok(self.fixed_time.map_or(NewTimestamp::Now, timestamp)),
            (true, false) => Ok(timestamp(at)),
        }
    }

    pub(super) fn keep_times(
        &mut self,
        identity: u64,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) {
        let kept = |time: NewTimestamp| match time {
            NewTimestamp::Timestamp(time) => Some(nanoseconds(&time)),
            NewTimestamp::NoChange | NewTimestamp::Now => None,
        };
        let (accessed, modified) = (kept(accessed), kept(modified));
        if self.fixed_time.is_some() {
            self.identities
                .set_times(identity, Times { accessed, modified });
        }
    }

    /// `fd_fdstat_get`.
    pub(super) fn descriptor_stat(&self, number: u32) -> Result<Fdstat, Error> {
        let none = Fdflags::empty();
        let (filetype, flags, rights) = match self.descriptors.get(number)? {
            Descriptor::Stdin => (Filetype::Unknown, none, Rights::FD_READ),
            Descriptor::Stdout | Descriptor::Stderr => (Filetype::Unknown, none, Rights::FD_WRITE),
            Descriptor::Folder(folder) => {
                let writable = self
                    .roots
                    .get(folder.root)
                    .is_some_and(|root| root.writable);
                (Filetype::Directory, none, folder_rights(writable))
            }
            Descriptor::File(file) => {
                let mut flags = none;
                flags.set(Fdflags::APPEND, file.append);
                flags.set(Fdflags::NONBLOCK, file.nonblocking);
                (
                    Filetype::RegularFile,
                    flags,
                    file_rights(file.readable, file.writable),
                )
            }
        };
        let below = match filetype {
            Filetype::Directory => {
                rights | file_rights(true, rights.contains(Rights::PATH_CREATE_FILE))
            }
            _ => rights,
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
                file.append = flags.contains(Fdflags::APPEND);
                file.nonblocking = flags.contains(Fdflags::NONBLOCK);
                Ok(())
            }
            // Streams wait by themselves; Go asks for this at its start.
            Descriptor::Stdin | Descriptor::Stdout | Descriptor::Stderr => Ok(()),
            Descriptor::Folder(_) => Err(Errno::Badf.into()),
        }
    }

    /// `fd_close`.
    pub(super) fn close(&mut self, meter: &mut Meter, number: u32) -> Result<(), Error> {
        match self.descriptors.remove(number)? {
            Descriptor::File(file) => {
                self.files.close(file.handle);
                let mut gone = false;
                if let Some(ledger) = self.ledger(file.root) {
                    ledger.closed(file.identity);
                    gone = !ledger.holds(file.identity);
                }
                if gone {
                    self.identities.forget(file.identity);
                }
                meter.close();
            }
            Descriptor::Folder(folder) => {
                self.files.close(folder.handle);
                if folder.preopen.is_none() {
                    meter.close();
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// `fd_renumber`: the target is closed, whatever it was.
    pub(super) fn renumber(&mut self, meter: &mut Meter, from: u32, to: u32) -> Result<(), Error> {
        self.descriptors.get(from)?;
        self.descriptors.get(to)?;
        if from != to {
            self.close(meter, to)?;
            let moved = self.descriptors.remove(from)?;
            self.descriptors.put(to, moved);
        }
        Ok(())
    }

    /// `fd_readdir`: from a snapshot that the first call takes.
    pub(super) async fn list(
        &mut self,
        memory: &mut GuestMemory<'_>,
        number: u32,
        buffer: GuestPtr<u8>,
        length: u32,
        cookie: u64,
    ) -> Result<u32, Error> {
        let room = memory
            .as_slice(buffer.as_array(length))?
            .ok_or(Errno::Notsup)?
            .len();
        let folder = self.descriptors.folder(number)?;
        let handle = lend(&folder.handle);
        if cookie == 0 || folder.listing.is_none() {
            let system = self.files.system(&handle)?;
            self.descriptors.folder_mut(number)?.listing = None;
            let names = listing::NAMES.saturating_sub(self.descriptors.listed_bytes());
            let taken = off_thread(move || Listing::take(&system, names)).await??;
            self.descriptors.folder_mut(number)?.listing = Some(taken);
        }
        let mut out: Vec<u8> = Vec::new();
        let mut next = cookie;
        while out.len() < room.min(transfer::MOST) {
            let listing = self.descriptors.folder(number)?.listing.as_ref();
            let entry = listing.and_then(|listing| listing.from(next).first().cloned());
            let Some(entry) = entry else { break };
            next += 1;
            let of = if entry.name == ".." { "." } else { &entry.name };
            let seen = self
                .files
                .view()
                .metadata_hash_at(
                    lend(&handle),
                    wasmtime_wasi::p2::bindings::filesystem::types::PathFlags::empty(),
                    of.to_owned(),
                )
                .await;
            // One that is gone since then has no identity any more; 0 has the guest ask for it.
            let identity = seen.ok().map(|hash| hash.lower);
            let shown = identity.map_or(0, |identity| self.identities.number(identity));
            out.extend_from_slice(&entry.head(next, shown));
            out.extend_from_slice(entry.name.as_bytes());
        }
        out.truncate(room);
        let used = u32::try_from(out.len()).map_err(|_| Errno::Overflow)?;
        memory.copy_from_slice(&out, buffer.as_array(used))?;
        Ok(used)
    }

    /// Refuses where the grant is read-only.
    pub(super) fn writable(&self, root: usize) -> Result<(), Error> {
        match self.roots.get(root) {
            Some(root) if root.writable => Ok(()),
            _ => Err(Errno::Rofs.into()),
        }
    }
}

fn file_position(wasi: &Wasi, number: u32) -> Result<u64, Error> {
    Ok(wasi.descriptors.file(number)?.position)
}

/// The length of a file.
async fn length_of(handle: Arc<File>) -> Result<u64, Error> {
    let meta = off_thread(move || handle.metadata()).await?;
    meta.map(|meta| meta.len()).map_err(|error| system(&error))
}

fn offset(at: At, position: u64) -> u64 {
    match at {
        At::Position => position,
        At::Offset(offset) => offset,
    }
}

fn read_at(handle: &File, most: usize, from: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; most];
    let read = handle.read_at(&mut bytes, from);
    bytes.truncate(read.map_err(|error| system(&error))?);
    Ok(bytes)
}

fn nanoseconds(time: &Datetime) -> u64 {
    time.seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(time.nanoseconds.into())
}

fn timestamp(nanoseconds: u64) -> NewTimestamp {
    NewTimestamp::Timestamp(Datetime {
        seconds: nanoseconds / 1_000_000_000,
        nanoseconds: u32::try_from(nanoseconds % 1_000_000_000).unwrap_or_default(),
    })
}

/// What the library calls a file, in WASI's words.
pub(super) fn filetype(kind: DescriptorType) -> Filetype {
    match kind {
        DescriptorType::RegularFile => Filetype::RegularFile,
        DescriptorType::Directory => Filetype::Directory,
        DescriptorType::SymbolicLink => Filetype::SymbolicLink,
        DescriptorType::BlockDevice => Filetype::BlockDevice,
        DescriptorType::CharacterDevice => Filetype::CharacterDevice,
        _ => Filetype::Unknown,
    }
}

fn folder_rights(writable: bool) -> Rights {
    let read = Rights::PATH_OPEN
        | Rights::FD_READDIR
        | Rights::PATH_READLINK
        | Rights::PATH_FILESTAT_GET
        | Rights::FD_FILESTAT_GET;
    let write = Rights::PATH_CREATE_DIRECTORY
        | Rights::PATH_CREATE_FILE
        | Rights::PATH_LINK_SOURCE
        | Rights::PATH_LINK_TARGET
        | Rights::PATH_RENAME_SOURCE
        | Rights::PATH_RENAME_TARGET
        | Rights::PATH_SYMLINK
        | Rights::PATH_REMOVE_DIRECTORY
        | Rights::PATH_UNLINK_FILE
        | Rights::PATH_FILESTAT_SET_TIMES
        | Rights::FD_FILESTAT_SET_TIMES;
    if writable { read | write } else { read }
}

fn file_rights(readable: bool, writable: bool) -> Rights {
    let mut rights = Rights::FD_SEEK
        | Rights::FD_TELL
        | Rights::FD_ADVISE
        | Rights::FD_FDSTAT_SET_FLAGS
        | Rights::FD_FILESTAT_GET
        | Rights::FD_SYNC
        | Rights::FD_DATASYNC
        | Rights::POLL_FD_READWRITE;
    rights.set(Rights::FD_READ, readable);
    for right in [
        Rights::FD_WRITE,
        Rights::FD_ALLOCATE,
        Rights::FD_FILESTAT_SET_SIZE,
        Rights::FD_FILESTAT_SET_TIMES,
    ] {
        rights.set(right, writable);
    }
    rights
}

impl Guest {
    /// The state of WASI and the counters beside it.
    pub(super) fn parts(&mut self) -> (&mut Wasi, &mut Meter) {
        (&mut self.wasi, &mut self.meter)
    }
}
