//! Text files from the disk: regular files only, bounded, and no symlink where the language forbids one.

use std::fs::{File, Metadata, symlink_metadata};
use std::io::{self, Read};
use std::path::Path;

use super::mistake::Mistake;
use super::span::{SourceId, Sources, Span};
use super::yaml::MAX_TEXT;

/// Why a file is not read.
#[derive(Debug)]
pub enum Refused {
    /// The system says no.
    Io(io::Error),
    /// A directory, a pipe, a device.
    NotAFile,
    /// A symlink where none may be.
    Symlink,
}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Io(error) => error,
            Refused::NotAFile => Self::other("not a regular file"),
            Refused::Symlink => Self::other("a symbolic link, or exchanged while it was read"),
        }
    }
}

/// Reads a file's bytes, at most one more than are parsed. A pipe is refused before it is opened, which would block.
pub fn read(path: &Path, follow: bool) -> Result<Vec<u8>, Refused> {
    let seen = if follow {
        path.metadata()
    } else {
        symlink_metadata(path)
    };
    let seen = seen.map_err(Refused::Io)?;
    if seen.is_symlink() {
        return Err(Refused::Symlink);
    }
    if !seen.is_file() {
        return Err(Refused::NotAFile);
    }
    let file = File::open(path).map_err(Refused::Io)?;
    let opened = file.metadata().map_err(Refused::Io)?;
    if !opened.is_file() || !same(&seen, &opened) {
        return Err(Refused::Symlink);
    }
    let mut bytes = Vec::new();
    file.take(MAX_TEXT as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(Refused::Io)?;
    Ok(bytes)
}

/// Whether what was opened is what was looked at: a link put there in between is not.
#[cfg(unix)]
fn same(seen: &Metadata, opened: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (seen.dev(), seen.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
fn same(seen: &Metadata, opened: &Metadata) -> bool {
    seen.len() == opened.len()
}

/// How a file in PEM's armour begins: mostly a private key, given where its public part was meant.
const ARMOUR: &[u8] = b"-----BEGIN ";

/// Adds a file's text to the sources; text that is not UTF-8 is a mistake at its first wrong byte. A file that looks like a key
/// is a mistake of which nothing is shown.
pub fn decode(name: &str, bytes: Vec<u8>, sources: &mut Sources) -> Result<SourceId, Vec<Mistake>> {
    if bytes.trim_ascii_start().starts_with(ARMOUR) {
        let span = Span {
            source: sources.add(name, ""),
            start: 0,
            end: 0,
        };
        let message = "a key or a certificate, of which nothing is shown";
        return Err(vec![
            Mistake::new("armour", message, span).help("name the file that was meant"),
        ]);
    }
    let error = match String::from_utf8(bytes) {
        Ok(text) => return Ok(sources.add(name, text)),
        Err(error) => error,
    };
    let valid = error.utf8_error().valid_up_to();
    let head = error.as_bytes().get(..valid).unwrap_or_default();
    let source = sources.add(name, String::from_utf8_lossy(head).into_owned());
    let at = u32::try_from(valid).unwrap_or(u32::MAX);
    let message = format!("not UTF-8 from byte {valid} on");
    let span = Span {
        source,
        start: at,
        end: at,
    };
    Err(vec![
        Mistake::new("not-utf8", message, span).help("save the file as UTF-8"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_of_a_key() {
        let mut sources = Sources::default();
        let key = b"\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\n".to_vec();
        let mistakes = decode("key", key, &mut sources).unwrap_err();
        let source = sources.get(mistakes[0].labels[0].span.source).unwrap();
        assert_eq!((mistakes[0].code, source.text.as_ref()), ("armour", ""));
    }
}
