//! Signatures of approvals, in OpenSSH's format: who may sign, whose keys are revoked, and whether a record is signed by one
//! of them. The only user of ssh-key.

mod allowed;
mod distrust;
#[cfg(test)]
mod made;
mod option;
mod pattern;
mod revoked;
mod sealed;
mod signer;
#[cfg(test)]
mod tests;
mod trust;

pub use allowed::AllowedSigners;
pub use distrust::Distrust;
pub use revoked::RevokedKeys;
pub use sealed::{armored, unarmored};
pub use signer::{Signer, SignerError};
pub use trust::Trust;
pub(in crate::audit) use trust::is_whole;

#[cfg(test)]
pub(in crate::audit) use tests::sample;

/// The namespace of every signature that is made or accepted.
pub const NAMESPACE: &str = "ringfence";
