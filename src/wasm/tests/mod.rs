//! Tests of decoding as a whole: facts, proposals, components, hostile input.

mod component;
mod facts;
mod hostile;
mod proposals;

use super::{Module, decode};

/// Decodes text that must be a valid module.
pub(super) fn valid(wat: &str) -> Module {
    let module = decode(&bytes(wat));
    assert_eq!(module.malformed, None, "{wat}");
    module
}

pub(super) fn bytes(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}"))
}

/// An unsigned number as the binary format writes it.
pub(super) fn leb(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value /= 0x80;
    }
    bytes.push(value.to_le_bytes()[0]);
    bytes
}

/// A section with its size.
pub(super) fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [vec![id], leb(content.len()), content.to_vec()].concat()
}

/// A core module of these sections.
pub(super) fn module(sections: &[Vec<u8>]) -> Vec<u8> {
    [b"\0asm\x01\0\0\0".to_vec(), sections.concat()].concat()
}
