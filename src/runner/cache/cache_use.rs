//! What the cache did for one module, and why it did not trust an entry.

/// What the cache did for one module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheUse {
    /// The compiled module came from the cache.
    Hit,
    /// There was none; it was compiled and stored.
    Miss,
    /// There was one that is not trusted; it was compiled and the entry replaced.
    Refused(Refusal),
    /// It was compiled and could not be stored: the folder is read-only, the disk is full, the module too large.
    NotStored {
        /// Why it could not be stored.
        why: String,
        /// Why an entry that is there was not trusted.
        refused: Option<Refusal>,
    },
}

/// Why an entry was not loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is none.
    #[error("there is no entry")]
    Missing,
    /// It could not be read.
    #[error("the entry cannot be read: {0}")]
    Unreadable(String),
    /// A link, a pipe, a folder, a device, or a file with a second name.
    #[error("the entry is not a plain file")]
    NotPlain,
    /// It is another user's, or open to others.
    #[error("the entry is not this user's alone")]
    NotPrivate,
    /// Its length is not the one that it states, or too large.
    #[error("the entry is cut short or too long")]
    Length,
    /// Its header is not one of this version and this module.
    #[error("the entry is of another version or another module")]
    Header,
    /// Its keyed hash does not hold.
    #[error("the entry was not written with this cache's key, or was changed")]
    Hash,
    /// The engine refuses it.
    #[error("the engine refuses the entry: {0}")]
    Engine(String),
}
