//! A compiled module's bytes in memory that nobody else can change: what is hashed while it is read is what is loaded.
//! The one place of this part that needs unsafe code, since the engine runs what it deserialises.

use std::fs::File;
use std::io::{Read, Write as _};

use super::cache_use::Refusal;

/// How much is read, hashed and kept at a time; fits a core's own cache, which saves reading it from memory twice.
const PIECE: usize = 256 << 10;

/// Bytes whose keyed hash was found to hold; there is no other way to one.
pub(super) struct Image(Kept);

enum Kept {
    /// A file without a name that is sealed against writing. The engine maps it, which saves one copy of all of it.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Sealed(File),
    /// Where there are no such files. The engine makes a copy.
    Memory(Vec<u8>),
}

impl Image {
    /// Reads `length` bytes, each once, and holds them against `hash`; `hasher` has the cache's key and the header already.
    pub fn read(
        file: &mut File,
        length: u64,
        mut hasher: blake3::Hasher,
        hash: blake3::Hash,
    ) -> Result<Self, Refusal> {
        let kept = Kept::read(file, length, &mut hasher)?;
        // In constant time.
        if hasher.finalize() == hash {
            Ok(Self(kept))
        } else {
            Err(Refusal::Hash)
        }
    }

    /// Hands it to the engine.
    #[allow(
        unsafe_code,
        reason = "the engine runs what it deserialises; see SAFETY"
    )]
    pub fn module(self, engine: &wasmtime::Engine) -> Result<wasmtime::Module, wasmtime::Error> {
        match self.0 {
            // SAFETY: the bytes were made by `Module::serialize` in a ringfence of this user. The keyed hash over all of them
            // says so: its key lies in a file that only this user can read, and the header beneath it names the module, this
            // version, this engine's exact version and its settings. The bytes are those that were hashed, as each piece was
            // written here from the buffer that was hashed, and they stay so: the file has no name, its seals let
            // nobody write, cut or lengthen it, by whatever handle, and they cannot be taken off.
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Kept::Sealed(file) => unsafe { wasmtime::Module::deserialize_open_file(engine, file) },
            // SAFETY: as above; the bytes are in this process's own memory, and the engine makes its own copy.
            Kept::Memory(bytes) => unsafe { wasmtime::Module::deserialize(engine, bytes) },
        }
    }
}

impl Kept {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn read(file: &mut File, length: u64, hasher: &mut blake3::Hasher) -> Result<Self, Refusal> {
        use rustix::fs::SealFlags;
        let Some(mut kept) = sealable() else {
            return Self::read_to_memory(file, length, hasher);
        };
        pieces(file, length, |piece| {
            hasher.update(piece);
            kept.write_all(piece)
        })?;
        let seals = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
        rustix::fs::fcntl_add_seals(&kept, seals)
            .map_err(|errno| Refusal::Unreadable(errno.to_string()))?;
        Ok(Self::Sealed(kept))
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn read(file: &mut File, length: u64, hasher: &mut blake3::Hasher) -> Result<Self, Refusal> {
        Self::read_to_memory(file, length, hasher)
    }

    fn read_to_memory(
        file: &mut File,
        length: u64,
        hasher: &mut blake3::Hasher,
    ) -> Result<Self, Refusal> {
        let mut kept = Vec::with_capacity(usize::try_from(length).map_err(|_| Refusal::Length)?);
        pieces(file, length, |piece| {
            hasher.update(piece);
            kept.write_all(piece)
        })?;
        Ok(Self::Memory(kept))
    }
}

/// A file without a name, in memory, that can be sealed; none where the system knows or allows none.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn sealable() -> Option<File> {
    use rustix::fs::MemfdFlags;
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // Not to be started as a program; mapping code from it is another matter. Unknown to Linux before 6.3.
    rustix::fs::memfd_create("ringfence", flags | MemfdFlags::NOEXEC_SEAL)
        .or_else(|_| rustix::fs::memfd_create("ringfence", flags))
        .ok()
        .map(File::from)
}

fn pieces(
    file: &mut File,
    length: u64,
    mut take: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> Result<(), Refusal> {
    let unreadable = |error: std::io::Error| Refusal::Unreadable(error.to_string());
    let size = usize::try_from(length).map_or(PIECE, |length| length.min(PIECE));
    let mut buffer = vec![0; size];
    let mut left = length;
    let mut file = file.take(length);
    while left > 0 {
        let read = file.read(&mut buffer).map_err(unreadable)?;
        let piece = buffer.get(..read).filter(|piece| !piece.is_empty());
        let piece = piece.ok_or(Refusal::Length)?;
        take(piece).map_err(unreadable)?;
        left = left.saturating_sub(read as u64);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> File {
        use std::io::Seek as _;
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        file
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_was_hashed_is_kept_and_can_no_longer_be_written() {
        use std::io::Seek as _;
        let bytes: Vec<u8> = (0..PIECE * 2 + 5).map(|at| at.to_le_bytes()[1]).collect();
        let length = bytes.len() as u64;
        let mut hasher = blake3::Hasher::new();
        let Kept::Sealed(mut sealed) = Kept::read(&mut file(&bytes), length, &mut hasher).unwrap()
        else {
            panic!("not sealed");
        };
        assert_eq!(hasher.finalize(), blake3::hash(&bytes));
        sealed.rewind().unwrap();
        assert!(sealed.write_all(b"x").is_err());
        assert!(sealed.set_len(0).is_err());
        assert!(sealed.set_len(length + 1).is_err());
        let mut kept = Vec::new();
        sealed.read_to_end(&mut kept).unwrap();
        assert!(kept == bytes);
    }

    #[test]
    fn a_system_without_sealed_files_loads_from_memory() {
        let engine = wasmtime::Engine::default();
        let wasm = crate::wasm::encode_text("(module (func (export \"f\")))").unwrap();
        let body = engine.precompile_module(&wasm).unwrap();
        let mut hasher = blake3::Hasher::new();
        let length = body.len() as u64;
        let kept = Kept::read_to_memory(&mut file(&body), length, &mut hasher).unwrap();
        assert_eq!(hasher.finalize(), blake3::hash(&body));
        let module = Image(kept).module(&engine).unwrap();
        assert!(module.get_export("f").is_some());
    }

    #[test]
    fn fewer_bytes_than_stated_are_refused() {
        let mut hasher = blake3::Hasher::new();
        let kept = Kept::read(&mut file(b"1234"), 5, &mut hasher);
        assert!(matches!(kept, Err(Refusal::Length)));
    }
}
