//! A module from a file or standard input, read once and bounded; the text format becomes a binary first.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::limit::MAX_MODULE;
use super::text_format::encode;
use super::{Malformed, Module, decode};

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Input {
    /// The path as given; `-` is standard input.
    pub path: String,
    /// The binary; the text itself where it cannot be encoded.
    pub bytes: Vec<u8>,
    /// Why the text could not be encoded, if it could not.
    pub fault: Option<Malformed>,
}

/// Why a module could not be read. Not a finding: nothing is known of the module.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum InputError {
    /// No such file.
    #[error(
        "{path} does not exist: give the path of a .wasm or .wat file, or - for standard input"
    )]
    Missing {
        /// The path.
        path: String,
    },
    /// A folder.
    #[error("{path} is a folder: give a file in it, such as {path}/plugin.wasm")]
    Folder {
        /// The path.
        path: String,
    },
    /// A pipe, a socket or a device.
    #[error("{path} is no ordinary file: pass its content on standard input, with - as the path")]
    Special {
        /// The path.
        path: String,
    },
    /// More bytes than are read.
    #[error(
        "{path} has more than {max} bytes, the most that ringfence reads: strip it, or check that it is a module"
    )]
    TooLarge {
        /// The path.
        path: String,
        /// The bound, in bytes.
        max: usize,
    },
    /// The system refused.
    #[error("cannot read {path}: {source}; check that it may be read")]
    Unreadable {
        /// The path.
        path: String,
        /// The system's reason.
        source: io::Error,
    },
}

/// Reads the module at a path, or from standard input for `-`.
pub fn read(path: &str) -> Result<Input, InputError> {
    read_within(path, MAX_MODULE)
}

/// The same with a smaller bound, in bytes of the file; [`MAX_MODULE`] holds all the same.
pub fn read_within(path: &str, max: usize) -> Result<Input, InputError> {
    let max = max.min(MAX_MODULE);
    let bytes = if path == "-" {
        bounded(io::stdin().lock(), 0, path, max)?
    } else {
        read_file(path, max)?
    };
    let mut input = Input {
        path: path.to_owned(),
        bytes,
        fault: None,
    };
    if input.is_text() {
        input.encode();
    }
    Ok(input)
}

fn read_file(path: &str, max: usize) -> Result<Vec<u8>, InputError> {
    let fail = |source| unreadable(path, source);
    // Looked at before opening: opening a pipe waits for its writer.
    check_kind(path, &fs::metadata(path).map_err(fail)?, max)?;
    let file = File::open(path).map_err(fail)?;
    let metadata = file.metadata().map_err(fail)?;
    check_kind(path, &metadata, max)?;
    bounded(file, metadata.len(), path, max)
}

fn unreadable(path: &str, source: io::Error) -> InputError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => InputError::Missing { path },
        io::ErrorKind::IsADirectory => InputError::Folder { path },
        _ => InputError::Unreadable { path, source },
    }
}

fn check_kind(path: &str, metadata: &fs::Metadata, max: usize) -> Result<(), InputError> {
    let path = path.to_owned();
    if metadata.is_dir() {
        return Err(InputError::Folder { path });
    }
    if !metadata.is_file() {
        return Err(InputError::Special { path });
    }
    if metadata.len() > max as u64 {
        return Err(InputError::TooLarge { path, max });
    }
    Ok(())
}

fn bounded(
    source: impl Read,
    expected: u64,
    path: &str,
    max: usize,
) -> Result<Vec<u8>, InputError> {
    let expected = usize::try_from(expected).unwrap_or(0).min(max);
    let mut bytes = Vec::with_capacity(expected);
    source
        .take(max as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| unreadable(path, source))?;
    if bytes.len() > max {
        return Err(InputError::TooLarge {
            path: path.to_owned(),
            max,
        });
    }
    Ok(bytes)
}

impl Input {
    /// A binary from elsewhere.
    pub fn binary(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            ..Self::default()
        }
    }

    /// Text by its name, or by how it starts.
    fn is_text(&self) -> bool {
        if self.bytes.starts_with(b"\0asm") {
            return false;
        }
        let named = Path::new(&self.path)
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("wat"));
        let start = self.bytes.trim_ascii_start();
        named || start.starts_with(b"(") || start.starts_with(b";;")
    }

    fn encode(&mut self) {
        match encode(&self.bytes) {
            Ok(binary) => self.bytes = binary,
            Err(fault) => self.fault = Some(fault),
        }
    }
}

/// Decodes what was read; text that could not be encoded is a malformed module.
pub fn decode_input(input: &Input) -> Module {
    let Some(fault) = &input.fault else {
        return decode(&input.bytes);
    };
    Module {
        sha256: Sha256::digest(&input.bytes).into(),
        malformed: Some(fault.clone()),
        ..Module::empty(input.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::MAX_TEXT;

    fn file(name: &str, content: &[u8]) -> Result<Input, InputError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        read(path.to_str().unwrap())
    }

    #[test]
    fn text_is_known_by_name_or_start() {
        let text = b" (module)";
        for (name, content) in [
            ("a.wat", &text[..]),
            ("a.txt", text),
            ("b", b";; remark\n(module)"),
        ] {
            let input = file(name, content).unwrap();
            assert_eq!(input.bytes, b"\0asm\x01\0\0\0", "{name}");
            assert_eq!(decode_input(&input), decode(&input.bytes));
        }
    }

    #[test]
    fn a_binary_stays_as_it_is() {
        let input = file("a.wat", b"\0asm\x01\0\0\0").unwrap();
        assert_eq!(input.bytes, b"\0asm\x01\0\0\0");
        assert_eq!(input.fault, None);
    }

    #[test]
    fn broken_text_is_a_malformed_module_with_its_place() {
        let input = file("a.wat", "(module\n  (func é".as_bytes()).unwrap();
        let fault = decode_input(&input).malformed.unwrap();
        assert_eq!(fault.offset, 16);
        assert!(fault.reason.starts_with("line 2, column "), "{fault:?}");
        let input = file("a.wat", b"(module \xff)").unwrap();
        assert_eq!(decode_input(&input).malformed.unwrap().offset, 8);
        let large = vec![b' '; MAX_TEXT + 1];
        let fault = file("a.wat", &large).unwrap().fault.unwrap();
        assert!(fault.reason.contains("own limit"), "{fault:?}");
    }

    #[test]
    fn deep_text_ends() {
        for open in [
            "(block ",
            "(i32.add ",
            "(component ",
            "(module ",
            "(type (func (param ",
        ] {
            let text = "(module (func ".to_owned() + &open.repeat(100_000);
            let input = file("a.wat", text.as_bytes()).unwrap();
            assert!(input.fault.is_some(), "{open}");
        }
    }

    #[test]
    fn an_empty_file_is_a_malformed_module() {
        let module = decode_input(&file("a.wasm", b"").unwrap());
        assert_eq!(module.malformed.unwrap().reason, "the file is empty");
        let text = file("a.wat", b"").unwrap();
        assert!(decode_input(&text).malformed.is_some());
    }

    #[test]
    fn what_is_no_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        assert!(matches!(read(&path(".")), Err(InputError::Folder { .. })));
        assert!(matches!(
            read(&path("none")),
            Err(InputError::Missing { .. })
        ));
        let long = File::create(path("long")).unwrap();
        long.set_len(MAX_MODULE as u64 + 1).unwrap();
        let error = read(&path("long")).unwrap_err();
        assert!(error.to_string().contains("has more than 536870912 bytes"));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let path = pipe.to_str().unwrap();
        assert!(matches!(read(path), Err(InputError::Special { .. })));
        assert!(matches!(read("/dev/null"), Err(InputError::Special { .. })));
    }
}
