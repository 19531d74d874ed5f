//! The built-in files as `build.rs` packed them: each top-level value by itself, unpacked when it is asked for.

use crate::source::{Entry, Node, Span, Text, Value, unpack};

/// A built-in file: its stem, and its top-level keys with their packed values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Embedded {
    /// The file's name without its end.
    pub(super) stem: &'static str,
    values: &'static [(&'static str, &'static [u8])],
}

type Packed = &'static [(&'static str, &'static [(&'static str, &'static [u8])])];

const PACKED: Packed = include!(concat!(env!("OUT_DIR"), "/capabilities.rs"));

impl Embedded {
    /// Every built-in file, sorted by stem.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        PACKED.iter().map(|(stem, values)| Self { stem, values })
    }

    /// SHA-256 over all of them, in hexadecimal: what the build must have found.
    #[cfg(test)]
    pub(super) fn digest() -> String {
        use sha2::{Digest as _, Sha256};
        let mut digest = Sha256::new();
        for (stem, values) in PACKED {
            for (key, packed) in *values {
                for part in [stem.as_bytes(), key.as_bytes(), packed] {
                    digest.update(part.len().to_le_bytes());
                    digest.update(part);
                }
            }
        }
        let digest = digest.finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// One value.
    pub(super) fn get(self, key: &str) -> Option<Node> {
        let (_, packed) = self.values.iter().find(|(known, _)| *known == key)?;
        let mut packed: &'static [u8] = packed;
        unpack(&mut packed)
    }

    /// The whole file but for some keys.
    pub(super) fn without(self, keys: &[&str]) -> Node {
        let wanted = self.values.iter().filter(|(key, _)| !keys.contains(key));
        let entries = wanted.filter_map(|(key, _)| {
            Some(Entry {
                key: Text::Borrowed(key),
                key_span: Span::default(),
                node: self.get(key)?,
            })
        });
        Node {
            span: Span::default(),
            value: Value::Map(entries.collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::Taxonomy;

    #[test]
    fn the_build_hashed_what_it_embedded() {
        assert_eq!(Taxonomy::builtin_digest(), Embedded::digest());
    }
}
