//! One entry: a header, then the compiled module. The header's keyed hash is over the header and every byte that is loaded.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::cache_use::Refusal;
use super::image::{self, Image};
use super::name::Name;
use super::secret::Secret;
use crate::runner::private::{Private, is_open_to_others, is_own, random_name};

const MAGIC: [u8; 8] = *b"ringmod\0";
const VERSION: u32 = 2;

/// Magic, version, the body's length and the entry's name: what the hash covers of the header.
const STATED: usize = 8 + 4 + 8 + 32;
const HEADER: usize = STATED + 32;

/// The largest compiled module that is kept, bytes.
pub(super) const BODY_MOST: u64 = 256 << 20;

/// After how many seconds a hit marks the entry as used again.
const DAY: i64 = 24 * 60 * 60;

/// Before the random part of a file that is still being written.
pub(super) const TEMPORARY: &str = "new-";

pub(super) fn temporary_name(random: &str) -> String {
    format!("{TEMPORARY}{random}")
}

/// Reads an entry if its keyed hash holds over what is read.
pub(super) fn read(folder: &Private, secret: &Secret, name: &Name) -> Result<Image, Refusal> {
    let (mut file, stat) = open_plain(folder, name.file())?;
    // None, if the entry was replaced after it was opened.
    if stat.st_nlink > 1 {
        return Err(Refusal::NotPlain);
    }
    let length = u64::try_from(stat.st_size).map_err(|_| Refusal::Length)?;
    let body = length.checked_sub(HEADER as u64).ok_or(Refusal::Length)?;
    let mut header = [0_u8; HEADER];
    file.read_exact(&mut header).map_err(|_| Refusal::Length)?;
    let (stated, hash) = header.split_at(STATED);
    if stated != state(body, name) {
        let only_length = stated.starts_with(&MAGIC) && stated.ends_with(name.bytes());
        return Err(if only_length {
            Refusal::Length
        } else {
            Refusal::Header
        });
    }
    if body > BODY_MOST {
        return Err(Refusal::Length);
    }
    let hash = blake3::Hash::from_slice(hash).map_err(|_| Refusal::Header)?;
    let image = Image::read(&file, (HEADER as u64, body), secret, stated, hash)?;
    mark_used(&file, stat.st_mtime);
    Ok(image)
}

/// Stores an entry whole, in place of any other of its name, and gives its size in bytes.
pub(super) fn store(
    folder: &Private,
    secret: &Secret,
    name: &Name,
    body: &[u8],
) -> Result<u64, String> {
    let length = body.len() as u64;
    if length > BODY_MOST {
        return Err(format!(
            "compiled, it has {length} bytes, and {BODY_MOST} are kept at most"
        ));
    }
    let stated = state(length, name);
    let hash = image::hash(secret, &stated, body);
    let random = random_name().map_err(|error| error.to_string())?;
    let temporary = temporary_name(&random);
    let written = write(folder, &temporary, &[&stated, hash.as_bytes(), body]);
    let stored = written.and_then(|_| {
        let renamed = rustix::fs::renameat(folder, &temporary, folder, name.file());
        renamed.map_err(std::io::Error::from)
    });
    if stored.is_err() {
        let _ = rustix::fs::unlinkat(folder, &temporary, AtFlags::empty());
    }
    stored.map_err(|error| error.to_string())?;
    Ok(HEADER as u64 + length)
}

/// A plain file of this user alone; opened without following a link or waiting for a pipe.
pub(super) fn open_plain(folder: &Private, name: &str) -> Result<(File, Stat), Refusal> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let unreadable = |errno: Errno| Refusal::Unreadable(errno.to_string());
    let handle = match rustix::fs::openat(folder, name, flags | OFlags::CLOEXEC, Mode::empty()) {
        Err(Errno::NOENT) => return Err(Refusal::Missing),
        // A link; a socket.
        Err(Errno::LOOP | Errno::NXIO) => return Err(Refusal::NotPlain),
        handle => handle.map_err(unreadable)?,
    };
    let stat = rustix::fs::fstat(&handle).map_err(unreadable)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Refusal::NotPlain);
    }
    if !is_own(&stat) || is_open_to_others(&stat) {
        return Err(Refusal::NotPrivate);
    }
    Ok((File::from(handle), stat))
}

/// A new file of this user alone.
pub(super) fn write(folder: &Private, name: &str, parts: &[&[u8]]) -> std::io::Result<File> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::RUSR | Mode::WUSR;
    let mut file = File::from(rustix::fs::openat(folder, name, flags, mode)?);
    parts.iter().try_for_each(|part| file.write_all(part))?;
    Ok(file)
}

/// The part of the header that the hash covers.
pub(super) fn state(length: u64, name: &Name) -> [u8; STATED] {
    let mut stated = [0; STATED];
    let parts: [&[u8]; 4] = [
        &MAGIC,
        &VERSION.to_le_bytes(),
        &length.to_le_bytes(),
        name.bytes(),
    ];
    let bytes = parts.into_iter().flatten();
    for (place, byte) in stated.iter_mut().zip(bytes) {
        *place = *byte;
    }
    stated
}

/// For the order in which entries are dropped; at most once a day, since it is a write.
fn mark_used(file: &File, used: i64) {
    let now = SystemTime::now();
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    if !(0..DAY).contains(&seconds.saturating_sub(used)) {
        // Fails in a read-only folder; the order is then less good.
        let _ = file.set_modified(now);
    }
}
