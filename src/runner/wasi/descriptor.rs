//! The guest's descriptors: what each number stands for.

use std::sync::Arc;

use wasmtime_wasi::filesystem::{Descriptor as Handle, Dir, File};
use wasmtime_wasi::p1::types::Errno;
use wasmtime_wasi::p2::bindings::filesystem::types::DescriptorFlags;

use super::listing::Listing;

/// What a number stands for.
pub enum Descriptor {
    /// Standard input.
    Stdin,
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// A folder.
    Folder(Folder),
    /// A regular file.
    File(OpenFile),
}

/// An open folder.
pub struct Folder {
    /// Its handle.
    pub handle: Dir,
    /// Which of the roots it lies under.
    pub root: usize,
    /// What tells it from others.
    pub identity: u64,
    /// Where the guest sees it, if it is a root itself.
    pub preopen: Option<String>,
    /// What was in it when the guest began to list it.
    pub listing: Option<Arc<Listing>>,
    /// Whether the guest got a whole entry of that; until then, beginning again gives the same.
    pub listed: bool,
}

/// An open file.
pub struct OpenFile {
    /// Its handle.
    pub handle: File,
    /// Which of the roots it lies under.
    pub root: usize,
    /// What tells it from others.
    pub identity: u64,
    /// Where the next read or write begins.
    pub position: u64,
    /// Whether writes go to its end.
    pub append: bool,
    /// Whether the guest asked not to wait; files never do.
    pub nonblocking: bool,
    /// Whether it was opened for reading, for writing, or both.
    pub access: DescriptorFlags,
}

impl OpenFile {
    /// Whether it was opened for reading.
    pub fn is_readable(&self) -> bool {
        self.access.contains(DescriptorFlags::READ)
    }

    /// Whether it was opened for writing.
    pub fn is_writable(&self) -> bool {
        self.access.contains(DescriptorFlags::WRITE)
    }
}

/// All of a guest's descriptors.
#[derive(Default)]
pub struct Descriptors(Vec<Option<Descriptor>>);

impl Descriptor {
    /// Its root, its identity and its handle; none for a stream.
    pub fn place(&self) -> Option<(usize, u64, Handle)> {
        match self {
            Self::Folder(one) => Some((one.root, one.identity, Handle::Dir(one.handle.clone()))),
            Self::File(one) => Some((one.root, one.identity, Handle::File(one.handle.clone()))),
            _ => None,
        }
    }
}

impl Descriptors {
    /// Gives a descriptor the lowest free number.
    ///
    /// # Errors
    /// `MFILE`: there is none, which the quota of open files prevents.
    pub fn add(&mut self, descriptor: Descriptor) -> Result<u32, Errno> {
        let free = self.0.iter().position(Option::is_none);
        let number = u32::try_from(free.unwrap_or(self.0.len())).map_err(|_| Errno::Mfile)?;
        self.put(number, descriptor);
        Ok(number)
    }

    /// The descriptor of a number.
    ///
    /// # Errors
    /// `BADF`: it is not open.
    pub fn get(&self, number: u32) -> Result<&Descriptor, Errno> {
        self.0
            .get(number as usize)
            .and_then(Option::as_ref)
            .ok_or(Errno::Badf)
    }

    /// The same, to be changed.
    ///
    /// # Errors
    /// `BADF`: it is not open.
    pub fn get_mut(&mut self, number: u32) -> Result<&mut Descriptor, Errno> {
        self.0
            .get_mut(number as usize)
            .and_then(Option::as_mut)
            .ok_or(Errno::Badf)
    }

    /// The file of a number.
    ///
    /// # Errors
    /// `BADF`: it is not open, or no file.
    pub fn file(&self, number: u32) -> Result<&OpenFile, Errno> {
        match self.get(number)? {
            Descriptor::File(file) => Ok(file),
            _ => Err(Errno::Badf),
        }
    }

    /// The same, to be changed.
    ///
    /// # Errors
    /// `BADF`: it is not open, or no file.
    pub fn file_mut(&mut self, number: u32) -> Result<&mut OpenFile, Errno> {
        match self.get_mut(number)? {
            Descriptor::File(file) => Ok(file),
            _ => Err(Errno::Badf),
        }
    }

    /// The folder of a number.
    ///
    /// # Errors
    /// `BADF`: it is not open; `NOTDIR`: it is no folder.
    pub fn folder(&self, number: u32) -> Result<&Folder, Errno> {
        match self.get(number)? {
            Descriptor::Folder(folder) => Ok(folder),
            _ => Err(Errno::Notdir),
        }
    }

    /// The same, to be changed.
    ///
    /// # Errors
    /// `BADF`: it is not open; `NOTDIR`: it is no folder.
    pub fn folder_mut(&mut self, number: u32) -> Result<&mut Folder, Errno> {
        match self.get_mut(number)? {
            Descriptor::Folder(folder) => Ok(folder),
            _ => Err(Errno::Notdir),
        }
    }

    /// Takes a descriptor out.
    ///
    /// # Errors
    /// `BADF`: it is not open.
    pub fn remove(&mut self, number: u32) -> Result<Descriptor, Errno> {
        self.0
            .get_mut(number as usize)
            .and_then(Option::take)
            .ok_or(Errno::Badf)
    }

    /// Puts a descriptor under a number that is free.
    pub fn put(&mut self, number: u32, descriptor: Descriptor) {
        let at = number as usize;
        if self.0.len() <= at {
            self.0.resize_with(at + 1, || None);
        }
        if let Some(place) = self.0.get_mut(at) {
            *place = Some(descriptor);
        }
    }

    /// Bytes of the snapshots of all open folders.
    pub fn listed_bytes(&self) -> usize {
        let folders = self.0.iter().flatten().filter_map(|one| match one {
            Descriptor::Folder(folder) => folder.listing.as_ref(),
            _ => None,
        });
        folders.map(|listing| listing.bytes()).sum()
    }
}
