//! Whose signatures are asked for.

use ssh_key::HashAlg;

use super::sealed::{holds, read};
use super::{AllowedSigners, Distrust, RevokedKeys};

/// Whose signatures are asked for, and when it is.
#[derive(Debug, Clone)]
pub struct Trust {
    allowed: AllowedSigners,
    revoked: RevokedKeys,
    now: i64,
}

impl Trust {
    /// That in some signers, today.
    pub fn new(allowed: AllowedSigners, revoked: RevokedKeys) -> Self {
        let now = jiff::Timestamp::now().as_second();
        Self::at(allowed, revoked, now)
    }

    /// The same at a time, in seconds since 1970.
    pub fn at(allowed: AllowedSigners, revoked: RevokedKeys, now: i64) -> Self {
        Self {
            allowed,
            revoked,
            now,
        }
    }

    /// Whether a message is signed by the one who says so, and may.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, signature: &str, by: Option<&str>, message: &str) -> Result<(), Distrust> {
        let by = by.ok_or(Distrust::Nameless)?;
        let signature = read(signature)?;
        let key = signature.public_key();
        if self.revoked.has(key) {
            let key = key.fingerprint(HashAlg::Sha256);
            return Err(Distrust::Revoked(key.to_string()));
        }
        self.allowed.allows(by, key, self.now)?;
        holds(&signature, message)
    }
}

/// Whether a signature is of a message, whoever made it: one that is not was changed, or its record was.
///
/// # Errors
/// Why not.
pub(in crate::audit) fn is_whole(signature: &str, message: &str) -> Result<(), Distrust> {
    holds(&read(signature)?, message)
}
