//! The content of an open file, on a thread that may wait: every change is judged before it is made.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt;

use wasmtime_wasi::p1::types::{Errno, Error};

use crate::runner::stop::Budget;

/// What may still be written, bytes.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Of the invocation's quota.
    pub written: u64,
    /// Of a scratch: by how much its files may grow.
    pub scratch: Option<u64>,
}

/// What became of a change to a file's content.
pub struct Change<T> {
    /// Bytes to be charged, also where the system then refused.
    pub charged: u64,
    /// The file's length afterwards.
    pub size: u64,
    /// What the system says.
    pub done: io::Result<T>,
}

/// Why nothing was changed.
pub enum Unchanged {
    /// It would go beyond this.
    Spent(Budget),
    /// The system refused before.
    Failed(Error),
}

impl Room {
    /// Judges a change before it is made.
    fn take(self, written: u64, growth: u64) -> Result<u64, Unchanged> {
        if self.scratch.is_some_and(|left| growth > left) {
            return Err(Unchanged::Spent(Budget::ScratchBytes));
        }
        if written > self.written {
            return Err(Unchanged::Spent(Budget::WrittenBytes));
        }
        Ok(written)
    }
}

/// Reads up to `most` bytes from an offset on.
///
/// # Errors
/// What the system says.
pub fn read_at(handle: &File, most: usize, from: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; most];
    let read = handle.read_at(&mut bytes, from);
    bytes.truncate(read.map_err(|error| system(&error))?);
    Ok(bytes)
}

/// Writes at an offset, or at the end.
///
/// # Errors
/// Nothing was written, as there was no room or the file has no length.
pub fn write_at(
    mut handle: &File,
    bytes: &[u8],
    from: u64,
    append: bool,
    room: Room,
) -> Result<Change<u64>, Unchanged> {
    let before = length(handle)?;
    let from = if append { before } else { from };
    let wanted = bytes.len() as u64;
    let end = from.checked_add(wanted);
    let end = end.ok_or_else(|| Unchanged::Failed(Errno::Fbig.into()))?;
    let growth = end.saturating_sub(before);
    let charged = room.take(growth.max(wanted), growth)?;
    // With the system's own append, so that what others append at the same time stays whole.
    let done = if append {
        handle.write(bytes)
    } else {
        handle.write_at(bytes, from)
    };
    Ok(Change {
        charged,
        size: length(handle).unwrap_or(end.max(before)),
        done: done.map(|written| written as u64),
    })
}

/// Cuts or extends a file.
///
/// # Errors
/// Nothing was done, as there was no room or the file has no length.
pub fn set_size(handle: &File, size: u64, room: Room) -> Result<Change<()>, Unchanged> {
    let before = length(handle)?;
    let growth = size.saturating_sub(before);
    let charged = room.take(growth, growth)?;
    let done = handle.set_len(size);
    Ok(Change {
        charged,
        size: length(handle).unwrap_or(size.max(before)),
        done,
    })
}

fn length(handle: &File) -> Result<u64, Unchanged> {
    let meta = handle.metadata();
    meta.map(|meta| meta.len())
        .map_err(|error| Unchanged::Failed(system(&error)))
}

/// An error of the system in WASI's words.
pub fn system(error: &io::Error) -> Error {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::StorageFull => Errno::Nospc,
        Kind::QuotaExceeded => Errno::Dquot,
        Kind::FileTooLarge => Errno::Fbig,
        Kind::InvalidInput => Errno::Inval,
        Kind::IsADirectory => Errno::Isdir,
        Kind::PermissionDenied => Errno::Acces,
        Kind::ReadOnlyFilesystem => Errno::Rofs,
        Kind::Interrupted => Errno::Intr,
        _ => Errno::Io,
    }
    .into()
}
