//! A file of revoked keys: a public key a line. OpenSSH's binary lists are refused.

use std::path::Path;

use ssh_key::public::KeyData;

use crate::source::{Mistake, SourceId, Sources, file};

use super::allowed::{key, lines};

/// Keys that nothing may be signed with.
#[derive(Debug, Clone, Default)]
pub struct RevokedKeys(Vec<KeyData>);

/// How OpenSSH's binary lists start.
const BINARY: &[u8] = b"SSHKRL\n\0";

impl RevokedKeys {
    /// Takes the file's bytes.
    ///
    /// # Errors
    /// It is a binary list, or has a line that is not understood.
    pub fn decode(
        path: &Path,
        bytes: Vec<u8>,
        sources: &mut Sources,
    ) -> Result<Self, Vec<Mistake>> {
        let name = path.display().to_string();
        if bytes.starts_with(BINARY) {
            let source = sources.add(&name, "");
            let message = "a binary list of revoked keys, which is not supported";
            let mistake = Mistake::new(
                "revoked",
                message,
                crate::source::Span {
                    source,
                    start: 0,
                    end: 0,
                },
            );
            return Err(vec![
                mistake.help("list the public keys, one a line as in a .pub file"),
            ]);
        }
        let source = file::decode(&name, bytes, sources)?;
        let text = sources.get(source).map(|source| source.text.clone());
        Self::read(&text.unwrap_or_default(), source)
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// Every line that is no public key; a file with one revokes everything.
    pub fn read(text: &str, source: SourceId) -> Result<Self, Vec<Mistake>> {
        let (mut keys, mut mistakes) = (Vec::new(), Vec::new());
        for (span, line) in lines(text, source)? {
            match key(line) {
                Some(key) => keys.push(key),
                None => mistakes.push(
                    Mistake::new("revoked", "no public key that reads", span)
                        .help("write a line of a .pub file"),
                ),
            }
        }
        if mistakes.is_empty() {
            Ok(Self(keys))
        } else {
            Err(mistakes)
        }
    }

    pub(super) fn has(&self, key: &KeyData) -> bool {
        self.0.contains(key)
    }
}
