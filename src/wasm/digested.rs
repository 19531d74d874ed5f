//! A module's bytes with their digest, which is looked up in a lock, and what they declare: no code of it is decoded.

use sha2::{Digest as _, Sha256};

use super::declared::declarations;
use super::{Input, Module};

/// An input, the digest of its bytes and its declarations.
#[derive(Debug, Clone)]
pub struct Digested {
    input: Input,
    declared: Module,
}

impl Digested {
    /// Hashes an input and reads its declarations.
    pub fn new(input: Input) -> Self {
        let sha256 = Sha256::digest(&input.bytes).into();
        let declared = declarations(&input.bytes, sha256);
        Self { input, declared }
    }

    /// The digest in lower-case hexadecimal.
    pub fn digest(&self) -> String {
        self.declared.digest()
    }

    /// Its declarations alone: imports, exports, memories, tables, globals, the start and the list of sections of a core
    /// module. What needs code, data or names stays empty: complexities, proposals, literals, names, the toolchain and the
    /// constants that functions return.
    pub fn declarations(&self) -> &Module {
        &self.declared
    }

    /// The input and its declarations.
    pub fn into_parts(self) -> (Input, Module) {
        (self.input, self.declared)
    }

    /// The input.
    pub fn into_input(self) -> Input {
        self.input
    }
}
