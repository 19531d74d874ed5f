//! Records on disk: read without following a link, added to, written whole or not at all, this user's alone.

use std::io;
use std::path::{Path, PathBuf};

use crate::audit::replace::{Readers, draft, replace, turn};
use crate::source::MAX_TEXT;
use crate::source::file::{Refused, read};

use super::RunRecord;

/// Why a record was not read or not written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The system refused.
    #[error("cannot {doing} the record {}: {source}", path.display())]
    Io {
        /// `read` or `write`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What lies there is no record, or not one that counts.
    #[error("{} {reason}", path.display())]
    NoRecord {
        /// The file.
        path: PathBuf,
        /// Why, in words that follow its name.
        reason: String,
    },
    /// What lies there is a record that takes in no such runs.
    #[error("nothing is added to the record {}: {reason}", path.display())]
    Another {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// Reads a record that was named, wherever a link leads.
///
/// # Errors
/// It cannot be read, or is none.
pub fn load_record(path: &Path) -> Result<RunRecord, RecordError> {
    let bytes = read(path, true).map_err(|refused| failed("read", path)(refused.into()))?;
    parsed(path, &bytes)
}

/// Whether a run can be recorded there: nothing, or a record of the same module and engine, in a folder that takes a file.
///
/// # Errors
/// It cannot. Nothing was changed.
pub fn check_record(path: &Path, module: &str, engine: &str) -> Result<(), RecordError> {
    if let Some(known) = known(path)? {
        known.same(module, engine).map_err(another(path))?;
    }
    // The draft goes at once: it shows that there is a place for the one to come.
    draft(path).map(drop).map_err(failed("write", path))
}

/// Adds runs to the record of a path, or makes that record. Others who do the same wait for each other.
///
/// # Errors
/// What lies there is no record of the same module and engine, or it cannot be written; it is as it was.
pub fn add_record(path: &Path, record: RunRecord) -> Result<(), RecordError> {
    let _turn = turn(path);
    let record = match known(path)? {
        None => record,
        Some(mut known) => {
            known.merge(record).map_err(another(path))?;
            known
        }
    };
    let text = record.text().map_err(io::Error::from);
    let text = text.and_then(|text| match text.len() {
        length if length > MAX_TEXT => Err(io::Error::other("it would be larger than any record")),
        _ => Ok(text),
    });
    text.and_then(|text| replace(path, &text, Readers::Owner))
        .map_err(failed("write", path))
}

/// The record that lies there, if anything does. A symbolic link is refused: who can set one chooses what is replaced.
fn known(path: &Path) -> Result<Option<RunRecord>, RecordError> {
    match read(path, false) {
        Ok(bytes) => parsed(path, &bytes).map(Some),
        Err(Refused::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(refused) => Err(failed("read", path)(refused.into())),
    }
}

fn parsed(path: &Path, bytes: &[u8]) -> Result<RunRecord, RecordError> {
    RunRecord::read(bytes).map_err(|reason| RecordError::NoRecord {
        path: path.to_owned(),
        reason,
    })
}

fn another(path: &Path) -> impl FnOnce(String) -> RecordError {
    let path = path.to_owned();
    move |reason| RecordError::Another { path, reason }
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> RecordError {
    let path = path.to_owned();
    move |source| RecordError::Io {
        doing,
        path,
        source,
    }
}
