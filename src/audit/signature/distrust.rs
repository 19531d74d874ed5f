//! Why a record's signature is not enough.

/// Why a record's signature is not enough.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// It has none, and one is asked for.
    #[error("it is not signed")]
    Unsigned,
    /// It does not say who approved, so that no signer can be looked for.
    #[error("it does not say `by` whom it was approved")]
    Nameless,
    /// The signature is not one, or is written in an unusual way.
    #[error("its signature does not read")]
    Malformed,
    /// It was made for something else.
    #[error("its signature was made for `{0}` and not for `ringfence`")]
    Namespace(String),
    /// The record is not what was signed.
    #[error("its signature is not of this record: something in it was changed after it was signed")]
    Broken,
    /// Of a kind that is not accepted.
    #[error("a signature by a key of the kind {0} does not count: {1}")]
    Unsupported(String, &'static str),
    /// The key is revoked.
    #[error("it is signed with a key that is revoked, {0}")]
    Revoked(String),
    /// No line of the allowed signers is for this name and key.
    #[error("`{by}` is no allowed signer with the key {key}")]
    Unknown {
        /// Who approved.
        by: String,
        /// The key's fingerprint.
        key: String,
    },
    /// The line is for other things than approvals.
    #[error("the key of `{0}` is allowed for other namespaces than `ringfence`")]
    OtherNamespaces(String),
    /// The line is not in force yet.
    #[error("the key of `{0}` is not valid yet")]
    NotYet(String),
    /// The line is no longer in force.
    #[error("the key of `{0}` is no longer valid")]
    Expired(String),
}
