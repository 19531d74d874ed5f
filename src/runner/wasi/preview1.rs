//! The functions of WASI preview 1, by the trait that wasmtime-wasi generates from the specification's witx. That trait is
//! public and not promised, so this is the one file that implements it. Each call is counted, then done by the parts.

use std::borrow::Cow;

use wasmtime_wasi::p1::types::{
    Advice, Ciovec, Clockid, Dircookie, Errno, Error, Event, Exitcode, Fd, Fdflags, Fdstat,
    Filedelta, Filesize, Filestat, Fstflags, Iovec, Lookupflags, Oflags, Prestat, PrestatDir,
    Riflags, Rights, Roflags, Sdflags, Siflags, Signal, Size, Subscription, Timestamp, Whence,
};
use wasmtime_wasi::p1::wasi_snapshot_preview1::{WasiSnapshotPreview1, add_to_linker};
use wiggle::{GuestMemory, GuestPtr};

use crate::audit::Mode;
use crate::runner::guest::Guest;
use crate::runner::stop::Stop;

use super::call::Call;
use super::descriptor::Descriptor;
use super::files::At;
use super::open::Wish;
use super::paths::Place;
use super::transfer::gather;
use super::{Wasi, poll, stop, strings};

type Buffers = GuestPtr<[Iovec]>;
type Sources = GuestPtr<[Ciovec]>;

/// Puts every function into a linker.
///
/// # Errors
/// The linker has one of them already.
pub fn link(linker: &mut wasmtime::Linker<Guest>) -> wasmtime::Result<()> {
    add_to_linker(linker, |guest: &mut Guest| guest)
}

impl Guest {
    fn enter(&mut self, function: &'static str) -> Result<&mut Wasi, Error> {
        self.meter.call().map_err(stop)?;
        self.wasi.count(Cow::Borrowed(function));
        Ok(&mut self.wasi)
    }

    /// A call by path: counted, and its path read.
    fn enter_at(
        &mut self,
        call: Call,
        memory: &GuestMemory<'_>,
        folder: Fd,
        text: GuestPtr<str>,
    ) -> Result<Place, Error> {
        self.enter(call.function)?;
        self.place_at(call, memory, folder, ("path", text))
    }
}

impl WasiSnapshotPreview1 for Guest {
    /// The library's own allowance for what a call copies; ours is bounded call by call.
    fn set_hostcall_fuel(&mut self, _: usize) {}

    fn args_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        pointers: GuestPtr<GuestPtr<u8>>,
        bytes: GuestPtr<u8>,
    ) -> Result<(), Error> {
        let wasi = self.enter("args_get")?;
        strings::write(memory, &wasi.arguments, pointers, bytes)
    }

    fn args_sizes_get(&mut self, _: &mut GuestMemory<'_>) -> Result<(Size, Size), Error> {
        Ok(strings::sizes(&self.enter("args_sizes_get")?.arguments))
    }

    fn environ_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        pointers: GuestPtr<GuestPtr<u8>>,
        bytes: GuestPtr<u8>,
    ) -> Result<(), Error> {
        let wasi = self.enter("environ_get")?;
        strings::write(memory, &wasi.environment, pointers, bytes)
    }

    fn environ_sizes_get(&mut self, _: &mut GuestMemory<'_>) -> Result<(Size, Size), Error> {
        Ok(strings::sizes(
            &self.enter("environ_sizes_get")?.environment,
        ))
    }

    fn clock_res_get(&mut self, _: &mut GuestMemory<'_>, id: Clockid) -> Result<Timestamp, Error> {
        self.enter("clock_res_get")?;
        self.saw_clock(id);
        Ok(self.wasi.clocks.resolution(id)?)
    }

    fn clock_time_get(
        &mut self,
        _: &mut GuestMemory<'_>,
        id: Clockid,
        _: Timestamp,
    ) -> Result<Timestamp, Error> {
        self.enter("clock_time_get")?;
        self.saw_clock(id);
        Ok(self.wasi.clocks.now(id)?)
    }

    async fn fd_advise(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: Fd,
        _: Filesize,
        _: Filesize,
        _: Advice,
    ) -> Result<(), Error> {
        self.enter("fd_advise")?;
        self.saw_descriptor(fd, "fs.read");
        self.wasi.descriptors.file(fd.into())?;
        Ok(())
    }

    fn fd_allocate(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: Fd,
        _: Filesize,
        _: Filesize,
    ) -> Result<(), Error> {
        self.enter("fd_allocate")?;
        self.saw_descriptor(fd, "fs.write");
        self.wasi.descriptors.file(fd.into())?;
        Err(Errno::Notsup.into())
    }

    async fn fd_close(&mut self, _: &mut GuestMemory<'_>, fd: Fd) -> Result<(), Error> {
        self.enter("fd_close")?;
        self.wasi.close(&mut self.meter, fd.into()).await
    }

    async fn fd_datasync(&mut self, _: &mut GuestMemory<'_>, fd: Fd) -> Result<(), Error> {
        self.enter("fd_datasync")?;
        self.saw_descriptor(fd, "fs.write");
        self.wasi.sync(fd.into(), true).await
    }

    async fn fd_fdstat_get(&mut self, _: &mut GuestMemory<'_>, fd: Fd) -> Result<Fdstat, Error> {
        self.enter("fd_fdstat_get")?.descriptor_stat(fd.into())
    }

    fn fd_fdstat_set_flags(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: Fd,
        flags: Fdflags,
    ) -> Result<(), Error> {
        self.enter("fd_fdstat_set_flags")?
            .set_flags(fd.into(), flags)
    }

    fn fd_fdstat_set_rights(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: Fd,
        _: Rights,
        _: Rights,
    ) -> Result<(), Error> {
        self.enter("fd_fdstat_set_rights")?
            .descriptors
            .get(fd.into())?;
        Err(Errno::Notsup.into())
    }

    async fn fd_filestat_get(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: Fd,
    ) -> Result<Filestat, Error> {
        self.enter("fd_filestat_get")?.stat(fd.into()).await
    }

    async fn fd_filestat_set_size(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: Fd,
        size: Filesize,
    ) -> Result<(), Error> {
        self.enter("fd_filestat_set_size")?;
        self.saw_descriptor(fd, "fs.write");
        self.wasi.set_size(&mut self.meter, fd.into(), size).await
    }

    async fn fd_filestat_set_times(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: Fd,
        accessed: Timestamp,
        modified: Timestamp,
        flags: Fstflags,
    ) -> Result<(), Error> {
        let wasi = self.enter("fd_filestat_set_times")?;
        wasi.set_times(fd.into(), (accessed, modified, flags)).await
    }

    async fn fd_read(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: Fd,
        buffers: Buffers,
    ) -> Result<Size, Error> {
        self.enter("fd_read")?;
        self.saw_descriptor(fd, "fs.read");
        self.wasi
            .read(memory, fd.into(), buffers, At::Position)
            .await
    }

    async fn fd_pread(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: Fd,
        buffers: Buffers,
        offset: Filesize,
    ) -> Result<Size, Error> {
        self.enter("fd_pread")?;
        self.saw_descriptor(fd, "fs.read");
        self.wasi
            .read(memory, fd.into(), buffers, At::Offset(offset))
            .await
    }

    async fn fd_write(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: Fd,
        buffers: Sources,
    ) -> Result<Size, Error> {
        self.enter("fd_write")?;
        self.saw_descriptor(fd, "fs.write");
        let bytes = gather(memory, buffers)?;
        let written = self
            .wasi
            .write(&mut self.meter, fd.into(), bytes, At::Position);
        written.await
    }

    async fn fd_pwrite(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: Fd,
        buffers: Sources,
        offset: Filesize,
    ) -> Result<Size, Error> {
        self.enter("fd_pwrite")?;
        self.saw_descriptor(fd, "fs.write");
        let bytes = gather(memory, buffers)?;
        let written = self
            .wasi
            .write(&mut self.meter, fd.into(), bytes, At::Offset(offset));
        written.await
    }

    fn fd_prestat_get(&mut self, _: &mut GuestMemory<'_>, fd: Fd) -> Result<Prestat, Error> {
        let name = self.enter("fd_prestat_get")?.preopen(fd.into())?;
        let pr_name_len = u32::try_from(name.len()).map_err(|_| Errno::Overflow)?;
        Ok(Prestat::Dir(PrestatDir { pr_name_len }))
    }

    fn fd_prestat_dir_name(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: Fd,
        place: GuestPtr<u8>,
        length: Size,
    ) -> Result<(), Error> {
        let name = self.enter("fd_prestat_dir_name")?.preopen(fd.into())?;
        let own = u32::try_from(name.len()).map_err(|_| Errno::Overflow)?;
        if own > length {
            return Err(Errno::Nametoolong.into());
        }
        Ok(memory.copy_from_slice(name.as_bytes(), place.as_array(own))?)
    }

    async fn fd_renumber(
        &mut self,
        _: &mut GuestMemory<'_>,
        from: Fd,
        to: Fd,
    ) -> Result<(), Error> {
        self.enter("fd_renumber")?;
        self.wasi
            .renumber(&mut self.meter, from.into(), to.into())
            .await?;
        self.saw_renumbered(from, to);
        Ok(())
    }

    async fn fd_seek(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: Fd,
        delta: Filedelta,
        whence: Whence,
    ) -> Result<Filesize, Error> {
        self.enter("fd_seek")?.seek(fd.into(), delta, whence).await
    }

    async fn fd_sync(&mut self, _: &mut GuestMemory<'_>, fd: Fd) -> Result<(), Error> {
        self.enter("fd_sync")?;
        self.saw_descriptor(fd, "fs.write");
        self.wasi.sync(fd.into(), false).await
    }

    fn fd_tell(&mut self, _: &mut GuestMemory<'_>, fd: Fd) -> Result<Filesize, Error> {
        self.enter("fd_tell")?.tell(fd.into())
    }

    async fn fd_readdir(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: Fd,
        place: GuestPtr<u8>,
        length: Size,
        cookie: Dircookie,
    ) -> Result<Size, Error> {
        let wasi = self.enter("fd_readdir")?;
        wasi.list(memory, fd.into(), place, length, cookie).await
    }

    async fn path_create_directory(
        &mut self,
        memory: &mut GuestMemory<'_>,
        folder: Fd,
        text: GuestPtr<str>,
    ) -> Result<(), Error> {
        let call = Call::writes("path_create_directory");
        let place = self.enter_at(call, memory, folder, text)?;
        let found = self.wasi.changes(&place).await;
        let said = [("path", place.path.as_str())];
        self.judged(call, place.root, &said, &found)?;
        self.saw_path(call, &[(&place, &[Mode::Create])], &found);
        let made = self.wasi.create_folder(&mut self.meter, &place, found?);
        made.await
    }

    async fn path_filestat_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        folder: Fd,
        flags: Lookupflags,
        text: GuestPtr<str>,
    ) -> Result<Filestat, Error> {
        let call = Call {
            function: "path_filestat_get",
            capability: "fs.metadata",
        };
        let place = self.enter_at(call, memory, folder, text)?;
        let done = self.wasi.stat_at(&place, flags).await;
        let said = [("path", place.path.as_str())];
        self.judged(call, place.root, &said, &done)?;
        self.saw_path(call, &[(&place, &[Mode::Look])], &done);
        done
    }

    async fn path_filestat_set_times(
        &mut self,
        memory: &mut GuestMemory<'_>,
        folder: Fd,
        flags: Lookupflags,
        text: GuestPtr<str>,
        accessed: Timestamp,
        modified: Timestamp,
        which: Fstflags,
    ) -> Result<(), Error> {
        let call = Call::writes("path_filestat_set_times");
        let place = self.enter_at(call, memory, folder, text)?;
        let found = self.wasi.times_change(&place, flags).await;
        let said = [("path", place.path.as_str())];
        self.judged(call, place.root, &said, &found)?;
        self.saw_path(call, &[(&place, &[Mode::Write])], &found);
        let times = (accessed, modified, which);
        self.wasi.set_times_at(&place, &found?, flags, times).await
    }

    async fn path_link(
        &mut self,
        memory: &mut GuestMemory<'_>,
        old_folder: Fd,
        flags: Lookupflags,
        old: GuestPtr<str>,
        new_folder: Fd,
        new: GuestPtr<str>,
    ) -> Result<(), Error> {
        let call = Call::writes("path_link");
        let old = self.enter_at(call, memory, old_folder, old)?;
        let new = self.place_at(call, memory, new_folder, ("new", new))?;
        if flags.contains(Lookupflags::SYMLINK_FOLLOW) {
            return Err(Errno::Inval.into());
        }
        let pair = self.wasi.changes_both(&old, &new).await;
        let said = [("path", old.path.as_str()), ("new", new.path.as_str())];
        self.judged(call, new.root, &said, &pair)?;
        self.saw_path(
            call,
            &[(&old, &[Mode::Write]), (&new, &[Mode::Create])],
            &pair,
        );
        let made = self.wasi.link(&mut self.meter, &old, &new, pair?);
        made.await
    }

    async fn path_open(
        &mut self,
        memory: &mut GuestMemory<'_>,
        folder: Fd,
        follow: Lookupflags,
        text: GuestPtr<str>,
        oflags: Oflags,
        rights: Rights,
        _: Rights,
        flags: Fdflags,
    ) -> Result<Fd, Error> {
        let wish = Wish::new(follow, oflags, rights, flags);
        let call = match &wish {
            Ok(wish) if !wish.changes() => Call::reads("path_open"),
            _ => Call::writes("path_open"),
        };
        let place = self.enter_at(call, memory, folder, text)?;
        let wish = wish?;
        let found = self.wasi.opens(&place, wish).await;
        let said = [("path", place.path.as_str())];
        self.judged(call, place.root, &said, &found)?;
        self.saw_path(call, &[(&place, wish.modes())], &found);
        let opened = self.wasi.open(&mut self.meter, &place, wish, found?);
        let number = opened.await?;
        self.saw_opened(number, &place);
        Ok(Fd::from(number))
    }

    async fn path_readlink(
        &mut self,
        memory: &mut GuestMemory<'_>,
        folder: Fd,
        text: GuestPtr<str>,
        buffer: GuestPtr<u8>,
        length: Size,
    ) -> Result<Size, Error> {
        let call = Call::reads("path_readlink");
        let place = self.enter_at(call, memory, folder, text)?;
        memory.as_slice(buffer.as_array(length))?;
        let done = self.wasi.read_link(&place).await;
        let said = [("path", place.path.as_str())];
        self.judged(call, place.root, &said, &done)?;
        self.saw_path(call, &[(&place, &[Mode::Read])], &done);
        let target = done?;
        let used = target.len().min(length as usize);
        let used = u32::try_from(used).map_err(|_| Errno::Overflow)?;
        let part = target.get(..used as usize).unwrap_or_default();
        memory.copy_from_slice(part, buffer.as_array(used))?;
        Ok(used)
    }

    async fn path_remove_directory(
        &mut self,
        memory: &mut GuestMemory<'_>,
        folder: Fd,
        text: GuestPtr<str>,
    ) -> Result<(), Error> {
        let call = Call::writes("path_remove_directory");
        let place = self.enter_at(call, memory, folder, text)?;
        let found = self.wasi.changes(&place).await;
        let said = [("path", place.path.as_str())];
        self.judged(call, place.root, &said, &found)?;
        self.saw_path(call, &[(&place, &[Mode::Write])], &found);
        self.wasi.remove_folder(&place, found?).await
    }

    async fn path_rename(
        &mut self,
        memory: &mut GuestMemory<'_>,
        old_folder: Fd,
        old: GuestPtr<str>,
        new_folder: Fd,
        new: GuestPtr<str>,
    ) -> Result<(), Error> {
        let call = Call::writes("path_rename");
        let old = self.enter_at(call, memory, old_folder, old)?;
        let new = self.place_at(call, memory, new_folder, ("new", new))?;
        let pair = self.wasi.changes_both(&old, &new).await;
        let said = [("path", old.path.as_str()), ("new", new.path.as_str())];
        self.judged(call, new.root, &said, &pair)?;
        self.saw_path(
            call,
            &[(&old, &[Mode::Write]), (&new, &[Mode::Create])],
            &pair,
        );
        self.wasi.rename(&old, &new, pair?).await
    }

    async fn path_symlink(
        &mut self,
        memory: &mut GuestMemory<'_>,
        target: GuestPtr<str>,
        folder: Fd,
        text: GuestPtr<str>,
    ) -> Result<(), Error> {
        let call = Call::writes("path_symlink");
        let place = self.enter_at(call, memory, folder, text)?;
        let target = self.path_at(call, memory, place.root, ("target", target))?;
        let found = self.wasi.links(&target, &place).await;
        let said = [("path", place.path.as_str()), ("target", target.as_str())];
        self.judged(call, place.root, &said, &found)?;
        self.saw_path(call, &[(&place, &[Mode::Create])], &found);
        let made = self.wasi.symlink(&mut self.meter, target, &place, found?);
        made.await
    }

    async fn path_unlink_file(
        &mut self,
        memory: &mut GuestMemory<'_>,
        folder: Fd,
        text: GuestPtr<str>,
    ) -> Result<(), Error> {
        let call = Call::writes("path_unlink_file");
        let place = self.enter_at(call, memory, folder, text)?;
        let found = self.wasi.changes(&place).await;
        let said = [("path", place.path.as_str())];
        self.judged(call, place.root, &said, &found)?;
        self.saw_path(call, &[(&place, &[Mode::Write])], &found);
        self.wasi.unlink(&place, found?).await
    }

    async fn poll_oneoff(
        &mut self,
        memory: &mut GuestMemory<'_>,
        subscriptions: GuestPtr<Subscription>,
        events: GuestPtr<Event>,
        count: Size,
    ) -> Result<Size, Error> {
        self.enter("poll_oneoff")?;
        self.saw_wait();
        poll::oneoff(self, memory, subscriptions, events, count).await
    }

    fn proc_exit(&mut self, _: &mut GuestMemory<'_>, code: Exitcode) -> wasmtime::Error {
        match self.meter.call() {
            Ok(()) => {
                self.wasi.count(Cow::Borrowed("proc_exit"));
                wasmtime::Error::new(Stop::Exit(code))
            }
            Err(stop) => wasmtime::Error::new(stop),
        }
    }

    fn proc_raise(&mut self, _: &mut GuestMemory<'_>, _: Signal) -> Result<(), Error> {
        self.enter("proc_raise")?;
        Err(Errno::Notsup.into())
    }

    fn sched_yield(&mut self, _: &mut GuestMemory<'_>) -> Result<(), Error> {
        self.enter("sched_yield")?;
        Ok(())
    }

    fn random_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        place: GuestPtr<u8>,
        length: Size,
    ) -> Result<(), Error> {
        let wasi = self.enter("random_get")?;
        let bytes = memory
            .as_slice_mut(place.as_array(length))?
            .ok_or(Errno::Notsup)?;
        Ok(wasi.random.fill(bytes)?)
    }

    fn sock_accept(&mut self, _: &mut GuestMemory<'_>, fd: Fd, _: Fdflags) -> Result<Fd, Error> {
        self.enter("sock_accept")?.no_socket(fd)
    }

    fn sock_recv(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: Fd,
        _: Buffers,
        _: Riflags,
    ) -> Result<(Size, Roflags), Error> {
        self.enter("sock_recv")?.no_socket(fd)
    }

    fn sock_send(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: Fd,
        _: Sources,
        _: Siflags,
    ) -> Result<Size, Error> {
        self.enter("sock_send")?.no_socket(fd)
    }

    fn sock_shutdown(&mut self, _: &mut GuestMemory<'_>, fd: Fd, _: Sdflags) -> Result<(), Error> {
        self.enter("sock_shutdown")?.no_socket(fd)
    }
}

impl Wasi {
    /// Nothing opens a socket, so no descriptor is one.
    fn no_socket<T>(&self, fd: Fd) -> Result<T, Error> {
        self.descriptors.get(fd.into())?;
        Err(Errno::Notsock.into())
    }

    /// The name of a granted folder.
    fn preopen(&self, number: u32) -> Result<&str, Errno> {
        match self.descriptors.get(number)? {
            Descriptor::Folder(folder) => folder.preopen.as_deref().ok_or(Errno::Badf),
            _ => Err(Errno::Badf),
        }
    }
}
