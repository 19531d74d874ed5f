//! What a guest sees of a file, and the times that it sets.

use wasmtime_wasi::p1::types::{Errno, Error, Filestat, Filetype, Fstflags, Timestamp};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::types::NewTimestamp;

use super::Wasi;
use super::beneath::off_thread;
use super::found::{Found, look_at, set_times};
use super::times::Times;

impl Wasi {
    /// `fd_filestat_get`.
    pub(super) async fn stat(&mut self, number: u32) -> Result<Filestat, Error> {
        let Some((_, _, handle)) = self.descriptors.get(number)?.place() else {
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
        };
        let found = off_thread(move || look_at(handle)).await??;
        self.shown(&found)
    }

    /// What the guest sees of a file. Of a folder, length and links are the file system's own way of counting.
    pub(super) fn shown(&mut self, found: &Found) -> Result<Filestat, Error> {
        let stat = &found.stat;
        let real = [
            stat.data_access_timestamp,
            stat.data_modification_timestamp,
            stat.status_change_timestamp,
        ];
        let real = real.map(|time| time.as_ref().map_or(0, nanoseconds));
        let kept = self.identities.times(found.identity);
        let [atim, mtim, ctim] = self.file_times.shown(real, kept);
        let is_folder = found.is_folder();
        Ok(Filestat {
            dev: 1,
            ino: self.identities.number(found.identity)?,
            filetype: found.kind(),
            nlink: if is_folder { 1 } else { stat.link_count },
            size: if is_folder { 0 } else { stat.size },
            atim,
            mtim,
            ctim,
        })
    }

    /// A file whose content changed no longer shows the time that the guest set.
    pub(super) fn touched(&mut self, identity: u64) {
        let modified = self.file_times.stand_in();
        if modified.is_some() {
            let times = Times {
                accessed: None,
                modified,
            };
            self.identities.set_times(identity, times);
        }
    }

    /// `fd_filestat_set_times`.
    pub(super) async fn set_times(
        &mut self,
        number: u32,
        times: (Timestamp, Timestamp, Fstflags),
    ) -> Result<(), Error> {
        let open = self.descriptors.get(number)?.place();
        let (root, identity, handle) = open.ok_or(Errno::Badf)?;
        self.writable(root)?;
        let (accessed, modified) = self.new_times(times)?;
        off_thread(move || set_times(handle, accessed, modified)).await??;
        self.keep_times(identity, accessed, modified);
        Ok(())
    }

    /// The times that flags ask for; "now" is what the policy's clock says.
    pub(super) fn new_times(
        &self,
        (accessed, modified, flags): (Timestamp, Timestamp, Fstflags),
    ) -> Result<(NewTimestamp, NewTimestamp), Error> {
        let has = |flag| flags.contains(flag);
        Ok((
            self.new_time(accessed, has(Fstflags::ATIM), has(Fstflags::ATIM_NOW))?,
            self.new_time(modified, has(Fstflags::MTIM), has(Fstflags::MTIM_NOW))?,
        ))
    }

    fn new_time(&self, at: Timestamp, set: bool, now: bool) -> Result<NewTimestamp, Error> {
        match (set, now) {
            (true, true) => Err(Errno::Inval.into()),
            (false, false) => Ok(NewTimestamp::NoChange),
            (false, true) => {
                let stand_in = self.file_times.stand_in();
                Ok(stand_in.map_or(NewTimestamp::Now, timestamp))
            }
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
        if self.file_times.stand_in().is_some() {
            let times = Times {
                accessed: kept(accessed),
                modified: kept(modified),
            };
            self.identities.set_times(identity, times);
        }
    }
}

fn nanoseconds(time: &Datetime) -> u64 {
    let seconds = time.seconds.saturating_mul(1_000_000_000);
    seconds.saturating_add(time.nanoseconds.into())
}

fn timestamp(nanoseconds: u64) -> NewTimestamp {
    NewTimestamp::Timestamp(Datetime {
        seconds: nanoseconds / 1_000_000_000,
        nanoseconds: u32::try_from(nanoseconds % 1_000_000_000).unwrap_or_default(),
    })
}
