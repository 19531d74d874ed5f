//! The lock on disk: read without following a link, written whole or not at all.

use std::io;
use std::path::{Path, PathBuf};

use crate::audit::replace::{Readers, replace, turn};
use crate::audit::signature::{Distrust, Signer, SignerError, is_whole};
use crate::source::file::{Refused, decode, read};
use crate::source::{Mistake, SourceId, Sources, Span, Spanned};

use super::{Lock, Record};

/// Why a lock was not read or not written.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The system refused.
    #[error("cannot {doing} the lock {}: {source}", path.display())]
    Io {
        /// `read` or `write`.
        doing: &'static str,
        /// The lock.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What lies there does not read, so it approves nothing and nothing is added to it.
    #[error("the lock {} does not read", path.display())]
    Mistakes {
        /// The lock.
        path: PathBuf,
        /// Every mistake in it.
        mistakes: Vec<Mistake>,
    },
    /// What would be written does not read back.
    #[error("the record cannot be written: {reason}")]
    Record {
        /// Why not.
        reason: String,
    },
    /// The key does not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// A signature that was made elsewhere is not of the record.
    #[error("the signature is not taken: {0}")]
    Signature(Distrust),
}

/// What a record holds for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    /// These very bytes.
    Digest,
    /// Any module without new powers.
    Capabilities,
}

/// A record to put into a lock.
#[derive(Debug)]
pub struct Entry<'s> {
    /// The record.
    pub record: Record,
    /// What it holds for; otherwise as the record that it replaces.
    pub pin: Option<Pin>,
    /// Who signs it.
    pub signer: Option<&'s Signer>,
}

impl Lock {
    /// Reads the lock of a path; `None` if nothing lies there. A symbolic link is refused: who can set one chooses what is
    /// approved.
    ///
    /// # Errors
    /// It cannot be read, or holds mistakes.
    pub fn load(path: &Path, sources: &mut Sources) -> Result<Option<Self>, LockError> {
        let bytes = match read(path, false) {
            Ok(bytes) => bytes,
            Err(Refused::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(refused) => return Err(failed("read", path)(refused.into())),
        };
        let name = path.display().to_string();
        let lock = decode(&name, bytes, sources).and_then(|source| {
            let text = sources.get(source).map(|source| source.text.clone());
            Self::read(&text.unwrap_or_default(), source)
        });
        lock.map(Some).map_err(|mistakes| LockError::Mistakes {
            path: path.to_owned(),
            mistakes,
        })
    }

    /// Puts a record in, in place of that of the same bytes under the same name.
    fn put(&mut self, entry: Entry<'_>) -> Result<(), LockError> {
        let mut record = entry.record;
        let same = |old: &Record| {
            old.sha256.value == record.sha256.value && old.policy_name() == record.policy_name()
        };
        let old = self.records.iter().position(same);
        let old = old.map(|at| self.records.remove(at));
        record.pin_digest = match entry.pin {
            Some(Pin::Capabilities) if record.name.is_none() => {
                return Err(LockError::Record {
                    reason: "what is pinned to capabilities holds under a named policy alone: give the policy a `name`".to_owned(),
                });
            }
            Some(pin) => pin == Pin::Digest,
            None => old.is_none_or(|old| old.pin_digest),
        };
        if let Some(signer) = entry.signer {
            let signature = signer.sign(&record.message())?;
            record.signature = Some(Spanned::new(signature, Span::default()));
        }
        self.records.push(record);
        Ok(())
    }

    pub(super) fn empty() -> Self {
        Self {
            span: Span::default(),
            records: Vec::new(),
            trust: None,
        }
    }

    /// Its text, if that says the same when it is read.
    fn checked_text(&self) -> Result<String, LockError> {
        let text = self.text();
        let reason = match Self::read(&text, SourceId::default()) {
            Ok(back) if back.messages() == self.messages() => return Ok(text),
            Ok(_) => Some("it would not say what was approved".to_owned()),
            Err(mistakes) => mistakes.first().map(|mistake| mistake.message.clone()),
        };
        Err(LockError::Record {
            reason: reason.unwrap_or_default(),
        })
    }

    fn messages(&self) -> Vec<String> {
        let mut messages: Vec<String> = self.records.iter().map(Record::message).collect();
        messages.sort_unstable();
        messages
    }
}

/// Adds a record to the lock of a path, or makes that lock. Others who do the same wait for each other, and a failure at any
/// point leaves the lock as it was.
///
/// # Errors
/// The lock there does not read, or the new one cannot be written.
pub fn record_approval(
    path: &Path,
    entry: Entry<'_>,
    sources: &mut Sources,
) -> Result<(), LockError> {
    let _turn = turn(path);
    let mut lock = Lock::load(path, sources)?.unwrap_or_else(Lock::empty);
    lock.put(entry)?;
    replace(path, &lock.checked_text()?, Readers::All).map_err(failed("write", path))
}

/// Puts a signature that was made elsewhere to the record whose digest starts so.
///
/// # Errors
/// There is no such record, the signature is not of it, or the lock cannot be read or written.
pub fn attach(
    path: &Path,
    (digest, name): (&str, Option<&str>),
    signature: String,
    sources: &mut Sources,
) -> Result<(), LockError> {
    let _turn = turn(path);
    let mut lock = Lock::load(path, sources)?.unwrap_or_else(Lock::empty);
    let no = |reason| LockError::Record { reason };
    let record = lock.find(digest, name).map_err(no)?;
    if record.by.is_none() {
        return Err(LockError::Signature(Distrust::Nameless));
    }
    let message = record.message();
    is_whole(&signature, &message).map_err(LockError::Signature)?;
    let signature = Spanned::new(signature, Span::default());
    for record in &mut lock.records {
        if record.message() == message {
            record.signature = Some(signature.clone());
        }
    }
    replace(path, &lock.checked_text()?, Readers::All).map_err(failed("write", path))
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LockError {
    let path = path.to_owned();
    move |source| LockError::Io {
        doing,
        path,
        source,
    }
}
