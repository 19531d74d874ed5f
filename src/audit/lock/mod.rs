//! The lock, version 1: what was approved, one record a module.

mod content;
mod file;
mod message;
mod reading;
mod record;
mod text;

use crate::audit::signature::{Distrust, Trust, is_whole};
use crate::source::{Fields, Mistake, Node, SourceId, Span, parse};

pub use file::{Entry, LockError, Pin, attach, record_approval};
pub use record::{ApprovedWaiver, Record};

/// A lock that was read.
#[derive(Debug, Clone)]
pub struct Lock {
    /// Its first line.
    pub span: Span,
    /// Its records in order.
    pub records: Vec<Record>,
    /// Whose signatures count; none has to be signed where nobody is named.
    trust: Option<Trust>,
}

impl Lock {
    /// Reads a lock.
    ///
    /// # Errors
    /// Every mistake in it; a lock with one is trusted for nothing.
    pub fn read(text: &str, source: SourceId) -> Result<Self, Vec<Mistake>> {
        refuse_conflicts(text, source)?;
        let root = parse(text, source)?;
        let mut mistakes = Vec::new();
        let lock = Self::from_node(&root, &mut mistakes);
        match lock {
            Some(lock) if mistakes.is_empty() => Ok(lock),
            _ => Err(mistakes),
        }
    }

    fn from_node(root: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let mut fields = Fields::open(root, "a lock", mistakes)?;
        let version = fields.need("version", mistakes)?;
        if version.integer() != Some(1) {
            mistakes.push(
                Mistake::new("lock-version", "a lock of another version", version.span)
                    .help("this ringfence reads `version: 1`: use the one that wrote it, or approve again"),
            );
        }
        let modules = fields.need("modules", mistakes)?;
        fields.finish(mistakes);
        let Some(items) = modules.list() else {
            mistakes.push(Mistake::new(
                "wrong-type",
                "`modules` must be a list",
                modules.span,
            ));
            return None;
        };
        let records: Vec<Record> = items
            .iter()
            .filter_map(|item| Record::read(item, mistakes))
            .collect();
        let mut seen = std::collections::BTreeMap::new();
        for record in &records {
            let key = (
                record.sha256.value.as_str(),
                record.name.as_ref().map(|name| name.value.as_str()),
            );
            if let Some(first) = seen.insert(key, record.sha256.span) {
                mistakes.push(
                    Mistake::new(
                        "lock-duplicate",
                        "two records for one module",
                        record.sha256.span,
                    )
                    .also(first, "first here")
                    .help("keep one of the two, and approve again if in doubt"),
                );
            }
        }
        Some(Self {
            span: version.span,
            records,
            trust: None,
        })
    }

    /// From now on each record has to be signed.
    pub fn demand(&mut self, trust: Trust) {
        self.trust = Some(trust);
    }

    /// Why a record cannot be trusted, if it cannot. One that bears a signature has to be what was signed, also where none is
    /// asked for.
    pub fn distrust(&self, record: &Record) -> Option<Distrust> {
        let by = record.by.as_ref().map(|by| by.value.as_str());
        let signature = record.signature.as_ref();
        match (&self.trust, signature.map(|one| one.value.as_str())) {
            (Some(trust), Some(signature)) => trust.check(signature, by, &record.message()).err(),
            (Some(_), None) => Some(Distrust::Unsigned),
            (None, Some(signature)) => is_whole(signature, &record.message()).err(),
            (None, None) => None,
        }
    }

    /// The one record whose digest starts so, under a policy's name if one is given.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn find(&self, digest: &str, name: Option<&str>) -> Result<&Record, String> {
        let matching = |record: &&Record| {
            let named = name.is_none_or(|name| record.policy_name() == Some(name));
            named && record.sha256.value.starts_with(digest)
        };
        let mut found = self.records.iter().filter(matching);
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(format!("no record has a digest that starts with {digest}")),
            (Some(_), Some(_)) => Err(format!(
                "more than one record has a digest that starts with {digest}: write more of it, or name the policy with --name"
            )),
        }
    }

    /// The record to which a module is best compared: its own, else the last one of the same policy and file.
    pub fn nearest(&self, digest: &str, name: Option<&str>, file: Option<&str>) -> Option<&Record> {
        self.exact(digest, name).or_else(|| {
            let records = self
                .records
                .iter()
                .filter(|record| record.policy_name() == name);
            records
                .filter(|record| record.file.as_deref() == file || !record.pin_digest)
                .max_by_key(|record| (record.file.as_deref() == file, record.approved))
        })
    }

    /// The record of these very bytes under a policy's name; one without a name speaks where none has it.
    pub fn exact(&self, digest: &str, name: Option<&str>) -> Option<&Record> {
        let records = self.records.iter();
        records
            .filter(|record| record.sha256.value == digest && record.is_for(name))
            .max_by_key(|record| record.name.is_some())
    }

    /// The digest that a file of this name most likely has, if it is to run under a policy of this name: a guess to get
    /// things ready by, as nothing may go by a file's name.
    pub fn expected(&self, file: Option<&str>, name: Option<&str>) -> Option<[u8; 32]> {
        let records = self.records.iter().filter(|record| record.is_for(name));
        let likely = records.max_by_key(|record| record.file.as_deref() == file)?;
        digest_of(&likely.sha256.value)
    }

    /// The records that may speak for a module under a policy's name: the one for its very digest, else those of that
    /// name that pin capabilities alone. A record that names another policy never does.
    pub fn candidates(&self, digest: &str, name: Option<&str>) -> Vec<&Record> {
        if let Some(exact) = self.exact(digest, name) {
            return vec![exact];
        }
        let records = self.records.iter();
        records
            .filter(|record| record.is_for(name))
            .filter(|record| !record.pin_digest && record.name.is_some())
            .collect()
    }
}

/// The bytes of a digest in hexadecimal.
fn digest_of(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 2 * digest.len() {
        return None;
    }
    for (at, byte) in digest.iter_mut().enumerate() {
        let digits = text.get(2 * at..2 * at + 2)?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(digest)
}

/// A merge that was not resolved could otherwise read as one side, or as both.
fn refuse_conflicts(text: &str, source: SourceId) -> Result<(), Vec<Mistake>> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let marked = ["<<<<<<<", "=======", ">>>>>>>", "|||||||"];
        if marked.iter().any(|mark| line.starts_with(mark)) {
            let end = start + line.trim_end().len();
            let at = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
            let span = Span {
                source,
                start: at(start),
                end: at(end),
            };
            let mistake = Mistake::new("lock-conflict", "a merge that was not resolved", span);
            return Err(vec![mistake.help(
                "take the lock of one side, and approve the other side's modules again",
            )]);
        }
        start += line.len();
    }
    Ok(())
}

#[cfg(test)]
mod tests;
