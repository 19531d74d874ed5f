//! A module's bytes with their digest: what is looked up in a lock, before anything of it is decoded.

use sha2::{Digest as _, Sha256};

use super::declared::declarations;
use super::{Input, Module};

/// An input and the digest of its bytes.
#[derive(Debug, Clone)]
pub struct Digested {
    input: Input,
    sha256: [u8; 32],
}

impl Digested {
    /// Hashes an input.
    pub fn new(input: Input) -> Self {
        let sha256 = Sha256::digest(&input.bytes).into();
        Self { input, sha256 }
    }

    /// The digest in lower-case hexadecimal.
    pub fn digest(&self) -> String {
        self.sha256
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Its declarations alone: imports, exports, memories, tables, globals, the start and the list of sections of a core
    /// module. What needs code, data or names stays empty: complexities, proposals, literals, names, the toolchain and the
    /// constants that functions return.
    pub fn declarations(&self) -> Module {
        declarations(&self.input.bytes, self.sha256)
    }

    /// The input.
    pub fn into_input(self) -> Input {
        self.input
    }
}
