//! WASI's file functions, called as a guest would call them, with hostile arguments first.

mod decisions;
mod descriptors;
mod escapes;
mod identities;
mod listings;
mod module;
mod pointers;
mod quotas;
mod reads;
mod scratches;
mod transfers;

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use wasmtime_wasi::p1::types::{
    Errno, Error, Fd, Fdflags, Filestat, Fstflags, Lookupflags, Oflags, Rights, Whence,
};
use wasmtime_wasi::p1::wasi_snapshot_preview1::WasiSnapshotPreview1;
use wiggle::{GuestMemory, GuestPtr};

use super::sample::terms;
use super::{Input, OpenRoot, Output, ScratchTerms, Setup, Wasi};
use crate::runner::guest::Guest;
use crate::runner::host::HostState;
use crate::runner::meter::Meter;
use crate::runner::root;
use crate::runner::stop::{Budget, Stop};
use crate::runner::terms::Terms;
use crate::source::Span;

/// The guest's memory, bytes.
const MEMORY: u32 = 4 << 20;
/// Where the parts of the memory begin: two paths, a list of buffers, and what they hold.
const FIRST: u32 = 0;
const SECOND: u32 = 16 << 10;
const BUFFERS: u32 = 64 << 10;
const BYTES: u32 = 128 << 10;

/// What a call comes to when it does not succeed.
#[derive(Debug, PartialEq)]
enum Bad {
    /// The guest is told.
    Errno(Errno),
    /// The invocation ends.
    Stop(Stop),
    /// The guest trapped: a pointer beyond its memory.
    Trap,
}

impl From<Error> for Bad {
    fn from(error: Error) -> Self {
        match error.downcast() {
            Ok(errno) => Self::Errno(errno),
            Err(trap) => match trap.downcast::<Stop>() {
                Ok(stop) => Self::Stop(stop),
                Err(_) => Self::Trap,
            },
        }
    }
}

/// Shorthand: an error number, and a spent budget.
fn errno<T>(errno: Errno) -> Result<T, Bad> {
    Err(Bad::Errno(errno))
}

fn spent<T>(budget: Budget) -> Result<T, Bad> {
    Err(Bad::Stop(Stop::Spent(budget)))
}

/// A granted folder of a test.
struct Grant {
    guest: &'static str,
    folder: Arc<File>,
    writable: bool,
    scratch: Option<ScratchTerms>,
}

impl Grant {
    fn read_write(path: &Path) -> Self {
        Self {
            guest: "/data",
            folder: Arc::new(root::open(path).unwrap()),
            writable: true,
            scratch: None,
        }
    }

    fn read_only(path: &Path) -> Self {
        Self {
            writable: false,
            ..Self::read_write(path)
        }
    }

    fn scratch(path: &Path, bytes: u64, entries: u64) -> Self {
        Self {
            scratch: Some(ScratchTerms { bytes, entries }),
            ..Self::read_write(path)
        }
    }
}

/// A guest with its memory, whose calls are made one by one.
struct Bench {
    runtime: tokio::runtime::Runtime,
    guest: Guest,
    memory: Vec<u8>,
    kept: Arc<Mutex<Vec<u8>>>,
}

/// Terms under which a test comes far.
fn generous() -> Terms {
    let mut terms = terms();
    terms.host_calls = 1_000_000;
    terms.open_files = 64;
    terms.written_bytes = 64 << 20;
    terms
}

impl Bench {
    fn new(terms: Terms, grants: Vec<Grant>) -> Self {
        let terms = Arc::new(terms);
        let roots = grants.into_iter().zip(10..).map(|(grant, at)| OpenRoot {
            guest: grant.guest.to_owned(),
            folder: grant.folder,
            writable: grant.writable,
            readable: true,
            scratch: grant.scratch,
            span: Span {
                start: at,
                end: at + 1,
                ..Span::default()
            },
        });
        let kept = Arc::new(Mutex::new(Vec::new()));
        let wasi = Wasi::new(Setup {
            terms: Arc::clone(&terms),
            args: Vec::new(),
            env: Vec::new(),
            roots: roots.collect(),
            stdin: Input::Bytes(b"some input".to_vec()),
            stdout: Output::Keep(Arc::clone(&kept)),
            stderr: Output::Discard,
        });
        Self {
            runtime: crate::runner::sample::tokio(),
            guest: Guest {
                meter: Meter::new(terms),
                wasi: wasi.unwrap(),
                host: HostState::default(),
                decisions: None,
                report_only: false,
                observer: None,
            },
            memory: vec![0; MEMORY as usize],
            kept,
        }
    }

    fn over(grant: Grant) -> Self {
        Self::new(generous(), vec![grant])
    }

    /// One call of a function that is a future, under a bound that only a call that hangs reaches.
    fn call<T>(
        &mut self,
        call: impl AsyncFnOnce(&mut Guest, &mut GuestMemory<'_>) -> Result<T, Error>,
    ) -> Result<T, Bad> {
        let (guest, memory) = (&mut self.guest, &mut self.memory);
        let mut memory = GuestMemory::Unshared(memory);
        let bound = std::time::Duration::from_mins(1);
        self.runtime
            .block_on(async { tokio::time::timeout(bound, call(guest, &mut memory)).await })
            .expect("a call hangs")
            .map_err(Bad::from)
    }

    fn put(&mut self, at: u32, bytes: &[u8]) -> (u32, u32) {
        let start = at as usize;
        self.memory[start..start + bytes.len()].copy_from_slice(bytes);
        (at, length(bytes.len()))
    }

    fn text(&mut self, at: u32, text: &str) -> GuestPtr<str> {
        GuestPtr::new(self.put(at, text.as_bytes()))
    }

    fn open_by(
        &mut self,
        folder: u32,
        path: &str,
        follow: bool,
        oflags: Oflags,
        rights: Rights,
        flags: Fdflags,
    ) -> Result<u32, Bad> {
        let path = self.text(FIRST, path);
        let lookup = lookup(follow);
        let fd = self.call(async |guest, memory| {
            let none = Rights::empty();
            let fd = Fd::from(folder);
            guest
                .path_open(memory, fd, lookup, path, oflags, rights, none, flags)
                .await
        })?;
        Ok(fd.into())
    }

    /// Opens below the first grant, as `open` of a C library does, following links.
    fn open(&mut self, path: &str, oflags: Oflags) -> Result<u32, Bad> {
        let rights = Rights::FD_READ | Rights::FD_WRITE;
        self.open_by(3, path, true, oflags, rights, Fdflags::empty())
    }

    fn open_to_read(&mut self, path: &str) -> Result<u32, Bad> {
        let (none, rights) = (Oflags::empty(), Rights::FD_READ);
        self.open_by(3, path, true, none, rights, Fdflags::empty())
    }

    fn open_folder(&mut self, path: &str) -> Result<u32, Bad> {
        let (folder, none) = (Oflags::DIRECTORY, Rights::empty());
        self.open_by(3, path, true, folder, none, Fdflags::empty())
    }

    fn close(&mut self, fd: u32) -> Result<(), Bad> {
        self.call(async |guest, memory| guest.fd_close(memory, fd.into()).await)
    }

    /// One buffer over `BYTES`.
    fn buffer(&mut self, length: u32) -> (u32, u32) {
        let pair = [BYTES.to_le_bytes(), length.to_le_bytes()].concat();
        self.put(BUFFERS, &pair);
        (BUFFERS, 1)
    }

    fn write(&mut self, fd: u32, bytes: &[u8]) -> Result<u32, Bad> {
        self.put(BYTES, bytes);
        let buffers = GuestPtr::new(self.buffer(length(bytes.len())));
        self.call(async |guest, memory| guest.fd_write(memory, fd.into(), buffers).await)
    }

    fn write_at(&mut self, fd: u32, bytes: &[u8], offset: u64) -> Result<u32, Bad> {
        self.put(BYTES, bytes);
        let buffers = GuestPtr::new(self.buffer(length(bytes.len())));
        self.call(async |guest, memory| guest.fd_pwrite(memory, fd.into(), buffers, offset).await)
    }

    fn read(&mut self, fd: u32, length: u32) -> Result<Vec<u8>, Bad> {
        let buffers = GuestPtr::new(self.buffer(length));
        let read =
            self.call(async |guest, memory| guest.fd_read(memory, fd.into(), buffers).await)?;
        Ok(self.bytes(read))
    }

    fn read_at(&mut self, fd: u32, length: u32, offset: u64) -> Result<Vec<u8>, Bad> {
        let buffers = GuestPtr::new(self.buffer(length));
        let read = self
            .call(async |guest, memory| guest.fd_pread(memory, fd.into(), buffers, offset).await)?;
        Ok(self.bytes(read))
    }

    fn bytes(&self, length: u32) -> Vec<u8> {
        self.memory[BYTES as usize..(BYTES + length) as usize].to_vec()
    }

    fn seek(&mut self, fd: u32, delta: i64, whence: Whence) -> Result<u64, Bad> {
        self.call(async |guest, memory| guest.fd_seek(memory, fd.into(), delta, whence).await)
    }

    fn set_size(&mut self, fd: u32, size: u64) -> Result<(), Bad> {
        self.call(async |guest, memory| guest.fd_filestat_set_size(memory, fd.into(), size).await)
    }

    fn stat(&mut self, fd: u32) -> Result<Filestat, Bad> {
        self.call(async |guest, memory| guest.fd_filestat_get(memory, fd.into()).await)
    }

    fn stat_at(&mut self, path: &str, follow: bool) -> Result<Filestat, Bad> {
        let (path, lookup) = (self.text(FIRST, path), lookup(follow));
        self.call(async |guest, memory| {
            guest
                .path_filestat_get(memory, 3.into(), lookup, path)
                .await
        })
    }

    fn set_times(&mut self, fd: u32, times: (u64, u64), which: Fstflags) -> Result<(), Bad> {
        let (accessed, modified) = times;
        self.call(async |guest, memory| {
            guest
                .fd_filestat_set_times(memory, fd.into(), accessed, modified, which)
                .await
        })
    }

    fn set_times_at(&mut self, path: &str, times: (u64, u64), which: Fstflags) -> Result<(), Bad> {
        let path = self.text(FIRST, path);
        let (accessed, modified) = times;
        self.call(async |guest, memory| {
            let follow = lookup(true);
            guest
                .path_filestat_set_times(memory, 3.into(), follow, path, accessed, modified, which)
                .await
        })
    }

    fn make_folder(&mut self, path: &str) -> Result<(), Bad> {
        let path = self.text(FIRST, path);
        self.call(async |guest, memory| guest.path_create_directory(memory, 3.into(), path).await)
    }

    fn remove_folder(&mut self, path: &str) -> Result<(), Bad> {
        let path = self.text(FIRST, path);
        self.call(async |guest, memory| guest.path_remove_directory(memory, 3.into(), path).await)
    }

    fn unlink(&mut self, path: &str) -> Result<(), Bad> {
        let path = self.text(FIRST, path);
        self.call(async |guest, memory| guest.path_unlink_file(memory, 3.into(), path).await)
    }

    fn link(&mut self, old: &str, new: &str) -> Result<(), Bad> {
        self.link_between((3, old), (3, new))
    }

    fn link_between(&mut self, old: (u32, &str), new: (u32, &str)) -> Result<(), Bad> {
        let (from, to) = (self.text(FIRST, old.1), self.text(SECOND, new.1));
        let (old, new) = (Fd::from(old.0), Fd::from(new.0));
        self.call(async |guest, memory| {
            let none = lookup(false);
            guest.path_link(memory, old, none, from, new, to).await
        })
    }

    fn rename(&mut self, old: &str, new: &str) -> Result<(), Bad> {
        self.rename_between((3, old), (3, new))
    }

    fn rename_between(&mut self, old: (u32, &str), new: (u32, &str)) -> Result<(), Bad> {
        let (from, to) = (self.text(FIRST, old.1), self.text(SECOND, new.1));
        let (old, new) = (Fd::from(old.0), Fd::from(new.0));
        self.call(async |guest, memory| guest.path_rename(memory, old, from, new, to).await)
    }

    fn symlink(&mut self, target: &str, path: &str) -> Result<(), Bad> {
        let (target, path) = (self.text(FIRST, target), self.text(SECOND, path));
        self.call(async |guest, memory| guest.path_symlink(memory, target, 3.into(), path).await)
    }

    fn read_link(&mut self, path: &str, room: u32) -> Result<Vec<u8>, Bad> {
        let path = self.text(FIRST, path);
        let used = self.call(async |guest, memory| {
            let buffer = GuestPtr::new(BYTES);
            guest
                .path_readlink(memory, 3.into(), path, buffer, room)
                .await
        })?;
        Ok(self.bytes(used))
    }
}

/// A length as a guest says it.
fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap()
}

fn lookup(follow: bool) -> Lookupflags {
    if follow {
        Lookupflags::SYMLINK_FOLLOW
    } else {
        Lookupflags::empty()
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Everything below a folder, by path, with what it is and holds: what a refused call must not have changed.
fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let meta = path.symlink_metadata().unwrap();
        let holds = if meta.is_symlink() {
            std::fs::read_link(&path).unwrap().display().to_string()
        } else if meta.is_file() {
            String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned()
        } else {
            String::new()
        };
        let (kind, modified) = (meta.file_type(), meta.modified().unwrap());
        found.push(format!("{} {kind:?} {modified:?} {holds}", path.display()));
        if meta.is_dir() {
            found.extend(tree(&path));
        }
    }
    found.sort();
    found
}
