//! The key of a cache's hashes: 32 random bytes in the file `key` of its folder.

use std::fmt;
use std::io::{self, Read as _};

use rustix::fs::AtFlags;
use rustix::io::Errno;

use super::cache_use::Refusal;
use super::entry;
use crate::runner::private::{Private, random_name};

/// The file's name.
const FILE: &str = "key";

/// The key of a cache's hashes.
#[derive(Clone)]
pub struct Secret {
    key: [u8; 32],
    pieces: [u8; 32],
}

impl Secret {
    /// Of these bytes.
    pub(super) fn of(key: [u8; 32]) -> Self {
        let pieces = blake3::derive_key("ringfence: pieces of a compiled module", &key);
        Self { key, pieces }
    }

    /// Reads it, or makes it if it is missing; one that is damaged or not this user's alone is replaced, and the entries
    /// that it vouched for with it.
    ///
    /// # Errors
    /// The system refused to store it.
    pub fn open(folder: &Private) -> io::Result<Self> {
        match read(folder)? {
            Found::Secret(secret) => return Ok(secret),
            Found::Nothing => create(folder, false)?,
            Found::Damage => create(folder, true)?,
        }
        // Not what was just written: another process may have been faster, and its key is the one.
        match read(folder)? {
            Found::Secret(secret) => Ok(secret),
            Found::Nothing | Found::Damage => Err(io::Error::other("its key does not stay")),
        }
    }

    /// The hash of a piece under a key of its own, so that it can never pass for that of an entry.
    pub fn piece_hash(&self, piece: &[u8]) -> blake3::Hash {
        blake3::keyed_hash(&self.pieces, piece)
    }

    /// A hasher under this key.
    pub fn hasher(&self) -> blake3::Hasher {
        blake3::Hasher::new_keyed(&self.key)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret")
    }
}

enum Found {
    Secret(Secret),
    Nothing,
    Damage,
}

fn read(folder: &Private) -> io::Result<Found> {
    let (mut file, stat) = match entry::open_plain(folder, FILE) {
        Ok(opened) => opened,
        Err(Refusal::Missing) => return Ok(Found::Nothing),
        // Maybe for now only, as where too many files are open; no reason to give up all entries.
        Err(refusal @ Refusal::Unreadable(_)) => return Err(io::Error::other(refusal)),
        Err(_) => return Ok(Found::Damage),
    };
    if stat.st_size != 32 {
        return Ok(Found::Damage);
    }
    let mut bytes = [0_u8; 32];
    file.read_exact(&mut bytes)?;
    // A crash can leave zeros where a file's content was not yet on the disk.
    if bytes == [0; 32] {
        return Ok(Found::Damage);
    }
    Ok(Found::Secret(Secret::of(bytes)))
}

/// Puts a new key in place whole; without `replace`, only if there is none by then.
fn create(folder: &Private, replace: bool) -> io::Result<()> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    let temporary = entry::temporary_name(&random_name()?);
    let written = entry::write(folder, &temporary, &[&bytes]).and_then(|file| file.sync_all());
    let placed = written.and_then(|()| Ok(place(folder, &temporary, replace)?));
    // Already gone after a rename.
    let _ = rustix::fs::unlinkat(folder, &temporary, AtFlags::empty());
    placed
}

fn place(folder: &Private, temporary: &str, replace: bool) -> Result<(), Errno> {
    if !replace {
        match rustix::fs::linkat(folder, temporary, folder, FILE, AtFlags::empty()) {
            Ok(()) | Err(Errno::EXIST) => return Ok(()),
            // Some file systems have no second names.
            Err(_) => {}
        }
    }
    rustix::fs::renameat(folder, temporary, folder, FILE)
}
