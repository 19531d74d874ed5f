//! A folder's entries as they were when the guest began to list it, and `fd_readdir`, which hands them out.

use std::ffi::CStr;
use std::sync::Arc;

use rustix::fs::{Dir, FileType};
use wasmtime_wasi::p1::types::{Errno, Error, Filetype};
use wasmtime_wasi::p2::bindings::filesystem::types::PathFlags;
use wiggle::{GuestMemory, GuestPtr};

use super::Wasi;
use super::beneath::{Beneath, off_thread};

/// The most entries of one folder.
const ENTRIES: usize = 100_000;
/// The most bytes of all snapshots of one invocation.
const BYTES: usize = 32 << 20;
/// What an entry takes beside its name, bytes.
const OVERHEAD: usize = 64;
/// The bytes before an entry's name.
const HEAD: usize = 24;

/// A snapshot, sorted by name, `.` and `..` first.
#[derive(Debug)]
pub struct Listing {
    entries: Vec<Entry>,
    bytes: usize,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    name: String,
    /// What it is, in the numbers of WASI.
    kind: u8,
}

/// Entries for one call, each with the identity of its file, if that is still there.
type Page = Vec<(Entry, Option<u64>)>;

impl Listing {
    /// Lists an open folder. Names that are not UTF-8 are left out, as the guest could not name them.
    ///
    /// # Errors
    /// `NOMEM`: more entries or longer names than a snapshot may hold; or what the system says.
    fn take(folder: &std::fs::File, beneath: &mut Beneath, room: usize) -> Result<Self, Errno> {
        let mut found = Vec::new();
        let mut bytes = 0_usize;
        for entry in Dir::read_from(folder).map_err(errno)? {
            let entry = entry.map_err(errno)?;
            let Some(name) = own(entry.file_name()) else {
                continue;
            };
            bytes += name.len() + OVERHEAD;
            if found.len() == ENTRIES || bytes > room {
                return Err(Errno::Nomem);
            }
            let kind = kind(entry.file_type(), name, beneath) as u8;
            let name = name.to_owned();
            found.push(Entry { name, kind });
        }
        found.sort_unstable();
        let dots = [".", ".."].map(|name| Entry {
            name: name.to_owned(),
            kind: Filetype::Directory as u8,
        });
        Ok(Self {
            entries: dots.into_iter().chain(found).collect(),
            bytes,
        })
    }

    /// What it takes, bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The entries from a cookie on that begin within `room` bytes.
    fn page(&self, cookie: u64, room: usize, beneath: &mut Beneath) -> Page {
        let start = usize::try_from(cookie).unwrap_or(usize::MAX);
        let mut page = Page::new();
        let mut used = 0;
        for entry in self.entries.get(start..).unwrap_or_default() {
            if used >= room {
                break;
            }
            used += HEAD + entry.name.len();
            // Of a folder above the granted one nothing is told.
            let name = if entry.name == ".." { "." } else { &entry.name };
            page.push((entry.clone(), beneath.identity_of(name)));
        }
        page
    }
}

impl Entry {
    /// As `dirent`: the next cookie, the file's number, the name's length, what it is, padding; then the name.
    fn write(&self, next: u64, number: u64, out: &mut Vec<u8>) {
        let length = u32::try_from(self.name.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&next.to_le_bytes());
        out.extend_from_slice(&number.to_le_bytes());
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&[self.kind, 0, 0, 0]);
        out.extend_from_slice(self.name.as_bytes());
    }
}

impl Wasi {
    /// `fd_readdir`: from a snapshot that a call with cookie 0 takes.
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
        let folder = self.descriptors.folder_mut(number)?;
        // A buffer that held no entry is tried again with a larger one: that is no new beginning.
        if cookie == 0 && folder.listed {
            folder.listing = None;
        }
        let (handle, kept) = (folder.handle.clone(), folder.listing.clone());
        let free = BYTES.saturating_sub(self.descriptors.listed_bytes());
        let work = off_thread(move || -> Result<_, Errno> {
            let mut beneath = Beneath::new(handle.clone())?;
            let listing = match kept {
                Some(listing) => listing,
                None => Arc::new(Listing::take(&handle.dir, &mut beneath, free)?),
            };
            let page = listing.page(cookie, room, &mut beneath);
            Ok((listing, page))
        });
        let (listing, page) = work.await??;
        let mut out = Vec::new();
        for (index, (entry, identity)) in (1..).zip(page) {
            // One that is gone since then has no identity any more; 0 has the guest ask for it.
            let shown = identity.map_or(Ok(0), |identity| self.identities.number(identity))?;
            entry.write(cookie.saturating_add(index), shown, &mut out);
        }
        // A call that does not fill its buffer says that there is no more, so this is bounded by the snapshot alone.
        out.truncate(room);
        let folder = self.descriptors.folder_mut(number)?;
        folder.listing = Some(listing);
        // `.` is the shortest of entries, and the first.
        folder.listed = cookie != 0 || out.len() > HEAD;
        let used = u32::try_from(out.len()).map_err(|_| Errno::Overflow)?;
        memory.copy_from_slice(&out, buffer.as_array(used))?;
        Ok(used)
    }
}

/// A name that a guest can say and that is not the folder's own or its parent's.
fn own(name: &CStr) -> Option<&str> {
    let name = name.to_str().ok()?;
    (name != "." && name != "..").then_some(name)
}

/// What an entry is; a file system that does not say so is asked once more.
fn kind(kind: FileType, name: &str, beneath: &mut Beneath) -> Filetype {
    match kind {
        FileType::RegularFile => Filetype::RegularFile,
        FileType::Directory => Filetype::Directory,
        FileType::Symlink => Filetype::SymbolicLink,
        FileType::BlockDevice => Filetype::BlockDevice,
        FileType::CharacterDevice => Filetype::CharacterDevice,
        FileType::Unknown => {
            let found = beneath.look(name, PathFlags::empty()).ok().flatten();
            found.map_or(Filetype::Unknown, |found| found.kind())
        }
        _ => Filetype::Unknown,
    }
}

fn errno(error: rustix::io::Errno) -> Errno {
    match error {
        rustix::io::Errno::ACCESS => Errno::Acces,
        rustix::io::Errno::NOENT => Errno::Noent,
        rustix::io::Errno::NOTDIR => Errno::Notdir,
        _ => Errno::Io,
    }
}
