//! The lock, version 1: what was approved, one record a module.

mod file;
mod record;
mod text;

use crate::source::{Fields, Mistake, Node, SourceId, Span, parse};

pub use file::{LockError, record_approval};
pub use record::{ApprovedWaiver, Record};
pub(super) use text::quoted;

/// A lock that was read.
#[derive(Debug, Clone)]
pub struct Lock {
    /// Its first line.
    pub span: Span,
    /// Its records in order.
    pub records: Vec<Record>,
}

impl Lock {
    /// Reads a lock.
    ///
    /// # Errors
    /// Every mistake in it; a lock with one is trusted for nothing.
    pub fn read(text: &str, source: SourceId) -> Result<Self, Vec<Mistake>> {
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
                    .help("this ringfence reads `version: 1`"),
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
        })
    }

    /// The record of these very bytes under a policy's name; one without a name speaks where none has it.
    pub fn exact(&self, digest: &str, name: Option<&str>) -> Option<&Record> {
        let records = self.records.iter();
        records
            .filter(|record| record.sha256.value == digest && record.is_for(name))
            .max_by_key(|record| record.name.is_some())
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

#[cfg(test)]
mod tests;
