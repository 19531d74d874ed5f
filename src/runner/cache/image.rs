//! A compiled module's bytes in memory of this process alone: what is hashed after it was read is what is loaded. The one
//! place beside `pages` that needs unsafe code, since the engine runs what it deserialises.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use super::cache_use::Refusal;
use super::pages::{CodePages, Region};
use super::secret::Secret;

/// How much is read and hashed at a time; fits a core's own cache.
const PIECE: usize = 1 << 20;

/// Bytes whose keyed hash was found to hold; there is no other way to one.
#[derive(Debug)]
pub(super) struct Image(Region);

/// The hash over a header and a body: keyed, over the header and the keyed hash of each piece of the body in order. How many
/// pieces there are and how long the last one is follows from the header, which has the body's length.
pub(super) fn hash(secret: &Secret, stated: &[u8], body: &[u8]) -> blake3::Hash {
    let pieces = body.chunks(PIECE).map(|piece| secret.piece_hash(piece));
    over(secret, stated, pieces)
}

fn over(
    secret: &Secret,
    stated: &[u8],
    pieces: impl Iterator<Item = blake3::Hash>,
) -> blake3::Hash {
    let mut hasher = secret.hasher();
    hasher.update(stated);
    for piece in pieces {
        hasher.update(piece.as_bytes());
    }
    hasher.finalize()
}

impl Image {
    /// Reads `length` bytes from an offset on, and holds them with the header against `expected`.
    pub fn read(
        file: &File,
        (offset, length): (u64, u64),
        secret: &Secret,
        stated: &[u8],
        expected: blake3::Hash,
    ) -> Result<Self, Refusal> {
        let size = usize::try_from(length).map_err(|_| Refusal::Length)?;
        let region = Region::new(size);
        let mut region = region.map_err(|errno| Refusal::Unreadable(errno.to_string()))?;
        let pieces = read(file, offset, region.bytes_mut(), secret)?;
        // In constant time.
        if over(secret, stated, pieces.into_iter()) == expected {
            Ok(Self(region))
        } else {
            Err(Refusal::Hash)
        }
    }

    /// Hands it to the engine, which runs it where it lies if it is the engine of these pages, and else from its own copy.
    #[allow(
        unsafe_code,
        reason = "the engine runs what it deserialises; see SAFETY"
    )]
    pub fn module(
        self,
        engine: &wasmtime::Engine,
        pages: Option<&Arc<CodePages>>,
    ) -> Result<wasmtime::Module, wasmtime::Error> {
        match pages {
            // SAFETY: the bytes were made by `Module::serialize` in a ringfence of this user. The keyed hash over all of them
            // says so: its key lies in a file that only this user can read, and the header beneath it names the module, this
            // version, this engine's exact version and its settings. The bytes are those that were hashed: they were hashed
            // in this memory, which no other process has a part in, and from here on nobody can write to it. It lives as long
            // as the pages, which the module holds, as they are its engine's `CustomCodeMemory`.
            Some(pages) => unsafe {
                wasmtime::Module::deserialize_raw(engine, pages.keep(self.0)?)
            },
            // SAFETY: as above; the engine makes its own copy.
            None => unsafe { wasmtime::Module::deserialize(engine, self.0.bytes()) },
        }
    }
}

/// Reads a body piece by piece, and gives the hash of each.
fn read(
    file: &File,
    offset: u64,
    body: &mut [u8],
    secret: &Secret,
) -> Result<Vec<blake3::Hash>, Refusal> {
    let pieces = body.chunks_mut(PIECE).enumerate();
    let hashes = pieces.map(|(number, piece)| {
        let at = offset.saturating_add((number * PIECE) as u64);
        file.read_exact_at(piece, at).map_err(|error| {
            if error.kind() == std::io::ErrorKind::UnexpectedEof {
                Refusal::Length
            } else {
                Refusal::Unreadable(error.to_string())
            }
        })?;
        Ok(secret.piece_hash(piece))
    });
    hashes.collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn bytes(length: usize) -> Vec<u8> {
        (0..length)
            .map(|at| u8::try_from(at / 7 % 251).unwrap())
            .collect()
    }

    #[test]
    fn what_was_read_is_what_was_hashed_however_long_it_is() {
        let secret = Secret::of([3; 32]);
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE + 17] {
            let body = bytes(length);
            let file = file(&[&b"header"[..], &body].concat());
            let part = (6, length as u64);
            let hash = hash(&secret, b"stated", &body);
            let image = Image::read(&file, part, &secret, b"stated", hash);
            assert!(image.unwrap().0.bytes() == body, "{length}");
            let other = Image::read(&file, part, &secret, b"state", hash);
            assert_eq!(other.err(), Some(Refusal::Hash), "{length}");
            let other = Image::read(&file, part, &Secret::of([4; 32]), b"stated", hash);
            assert_eq!(other.err(), Some(Refusal::Hash), "{length}");
        }
    }

    /// Whole pieces that change places have the same hashes, and not the same order.
    #[test]
    fn pieces_cannot_change_places() {
        let secret = Secret::of([3; 32]);
        let body = bytes(3 * PIECE);
        let hash = hash(&secret, b"stated", &body);
        let (first, rest) = body.split_at(PIECE);
        let (second, third) = rest.split_at(PIECE);
        let swapped = [second, first, third].concat();
        assert_ne!(swapped, body);
        let part = (0, body.len() as u64);
        let image = Image::read(&file(&swapped), part, &secret, b"stated", hash);
        assert_eq!(image.err(), Some(Refusal::Hash));
    }

    #[test]
    fn fewer_bytes_than_stated_are_refused() {
        let secret = Secret::of([3; 32]);
        for length in [5, 3 * PIECE as u64] {
            let image = Image::read(&file(b"1234"), (0, length), &secret, b"", blake3::hash(b""));
            assert_eq!(image.err(), Some(Refusal::Length));
        }
    }

    #[test]
    fn a_module_runs_where_it_was_read_and_from_a_copy() {
        let wasm = crate::wasm::encode_text("(module (func (export \"f\")))").unwrap();
        for pages in [CodePages::new(), None] {
            let mut config = wasmtime::Config::new();
            if let Some(pages) = &pages {
                config.with_custom_code_memory(Some(Arc::clone(pages) as _));
            }
            let engine = wasmtime::Engine::new(&config).unwrap();
            let body = engine.precompile_module(&wasm).unwrap();
            let secret = Secret::of([3; 32]);
            let (part, hash) = ((0, body.len() as u64), hash(&secret, b"", &body));
            let image = Image::read(&file(&body), part, &secret, b"", hash).unwrap();
            let module = image.module(&engine, pages.as_ref()).unwrap();
            // The module alone keeps what it runs from.
            drop((engine, pages));
            let engine = module.engine().clone();
            let mut store = wasmtime::Store::new(&engine, ());
            let instance = wasmtime::Instance::new(&mut store, &module, &[]).unwrap();
            let function = instance.get_typed_func::<(), ()>(&mut store, "f").unwrap();
            drop((module, engine));
            function.call(&mut store, ()).unwrap();
        }
    }
}
