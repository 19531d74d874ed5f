//! A folder's entries as they were when the guest began to list it.

use std::fs::File;
use std::sync::Arc;

use rustix::fs::{Dir, FileType};
use wasmtime_wasi::p1::types::{Errno, Filetype};

/// The most entries of one folder.
const ENTRIES: usize = 100_000;
/// The most bytes of names in all snapshots of one invocation.
pub const NAMES: usize = 32 << 20;

/// A snapshot, sorted by name.
#[derive(Debug)]
pub struct Listing {
    entries: Vec<Entry>,
    bytes: usize,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What it is, in the numbers of WASI.
    kind: u8,
}

impl Listing {
    /// Lists an open folder with `.` and `..` first; names that are not UTF-8 are left out, as the guest could not name
    /// them. Waits for the disk.
    ///
    /// # Errors
    /// `NOMEM`: more entries or longer names than a snapshot may hold; or what the system says.
    pub fn take(folder: &Arc<File>, room: usize) -> Result<Self, Errno> {
        let mut found = Vec::new();
        let mut bytes = 0_usize;
        for entry in Dir::read_from(folder).map_err(|error| errno(&error))? {
            let entry = entry.map_err(|error| errno(&error))?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            if name == "." || name == ".." {
                continue;
            }
            bytes += name.len();
            if found.len() == ENTRIES || bytes > room {
                return Err(Errno::Nomem);
            }
            found.push(Entry {
                name: name.to_owned(),
                kind: kind(entry.file_type()) as u8,
            });
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

    /// The entries from a cookie on.
    pub fn from(&self, cookie: u64) -> &[Entry] {
        let start = usize::try_from(cookie).unwrap_or(usize::MAX);
        self.entries.get(start..).unwrap_or_default()
    }

    /// Bytes of its names.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Entry {
    /// The 24 bytes before its name (`dirent`): the next cookie, the file's number, the name's length, what it is.
    pub fn head(&self, next: u64, number: u64) -> [u8; 24] {
        let length = u32::try_from(self.name.len()).unwrap_or(u32::MAX);
        let mut head = [0; 24];
        let parts = next
            .to_le_bytes()
            .into_iter()
            .chain(number.to_le_bytes())
            .chain(length.to_le_bytes())
            .chain([self.kind]);
        for (place, byte) in head.iter_mut().zip(parts) {
            *place = byte;
        }
        head
    }
}

fn kind(kind: FileType) -> Filetype {
    match kind {
        FileType::RegularFile => Filetype::RegularFile,
        FileType::Directory => Filetype::Directory,
        FileType::Symlink => Filetype::SymbolicLink,
        FileType::BlockDevice => Filetype::BlockDevice,
        FileType::CharacterDevice => Filetype::CharacterDevice,
        _ => Filetype::Unknown,
    }
}

fn errno(error: &rustix::io::Errno) -> Errno {
    match *error {
        rustix::io::Errno::ACCESS => Errno::Acces,
        rustix::io::Errno::NOENT => Errno::Noent,
        rustix::io::Errno::NOTDIR => Errno::Notdir,
        _ => Errno::Io,
    }
}
