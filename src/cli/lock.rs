//! `ringfence lock`.

use std::path::Path;

use crate::audit::{Lock, Record, armored, attach, unarmored};
use crate::source::{Sources, file};

use super::command::{AttachArgs, RecordArgs};
use super::gather;
use super::outcome::Outcome;
use super::terminal::{self, Terminal};

/// Prints the bytes that a signature of a record is over.
pub fn message(arguments: &RecordArgs, terminal: &Terminal) -> Result<Outcome, String> {
    let record = record(arguments, terminal)?;
    terminal::product(|out| out.write_all(record.message().as_bytes()))?;
    Ok(Outcome::Clean)
}

/// Prints a record's signature.
pub fn signature(arguments: &RecordArgs, terminal: &Terminal) -> Result<Outcome, String> {
    let record = record(arguments, terminal)?;
    let signature = record.signature.ok_or("the record is not signed")?;
    terminal::product(|out| out.write_all(armored(&signature.value).as_bytes()))?;
    Ok(Outcome::Clean)
}

/// Takes a signature that was made elsewhere.
pub fn attach_signature(arguments: &AttachArgs, terminal: &Terminal) -> Result<Outcome, String> {
    let path = &arguments.signature;
    let name = path.display();
    let bytes = file::read(path, true).map_err(|refused| {
        let error = std::io::Error::from(refused);
        format!("cannot read the signature {name}: {error}")
    })?;
    let text = String::from_utf8(bytes).ok();
    let signature = text.as_deref().and_then(unarmored).ok_or_else(|| {
        format!(
            "{name} is no signature: make one with `ssh-keygen -Y sign -n ringfence -f KEY MESSAGE`"
        )
    })?;
    let record = &arguments.record;
    let mut sources = Sources::default();
    let wanted = (record.digest.as_str(), record.name.as_deref());
    attach(&record.lock, wanted, signature, &mut sources)
        .map_err(|error| gather::lock_error(error, &sources, terminal))?;
    terminal::product(|out| writeln!(out, "the record is signed"))?;
    Ok(Outcome::Clean)
}

fn record(arguments: &RecordArgs, terminal: &Terminal) -> Result<Record, String> {
    let lock = read(&arguments.lock, terminal)?;
    lock.find(&arguments.digest, arguments.name.as_deref())
        .cloned()
}

fn read(path: &Path, terminal: &Terminal) -> Result<Lock, String> {
    let mut sources = Sources::default();
    gather::lock(path, &mut sources, terminal)
}
