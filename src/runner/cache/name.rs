//! What an entry is called: a hash over all that its code depends on.

use std::hash::{Hash as _, Hasher};

/// The name of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    bytes: [u8; 32],
    hex: String,
}

impl Name {
    /// That of a module for an engine. What the engine hashes holds its exact version, the target, the features of the
    /// host's processor, the proposals and every setting that changes code: fuel, epochs, NaN, memory layout.
    pub fn new(engine: &wasmtime::Engine, module: &[u8; 32]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("ringfence: name of a compiled module");
        hasher.update(module);
        let version = env!("CARGO_PKG_VERSION");
        hasher.update(&(version.len() as u64).to_le_bytes());
        hasher.update(version.as_bytes());
        engine
            .precompile_compatibility_hash()
            .hash(&mut Feed(&mut hasher));
        let hash = hasher.finalize();
        Self {
            bytes: *hash.as_bytes(),
            hex: hash.to_hex().to_string(),
        }
    }

    /// Its 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The file's name, 64 hexadecimal digits.
    pub fn file(&self) -> &str {
        &self.hex
    }

    /// Whether a file is called like an entry.
    pub fn is_file(name: &str) -> bool {
        name.len() == 64
            && name
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }
}

/// Takes what the engine hashes in full, rather than 64 bits of it.
struct Feed<'h>(&'h mut blake3::Hasher);

impl Hasher for Feed<'_> {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}
