//! The lock, version 1: what was approved, one record a module.

use std::collections::BTreeSet;

use crate::policy::{Date, date};
use crate::source::{Fields, Mistake, Node, SourceId, Span, Spanned, parse};

/// A lock that was read.
#[derive(Debug, Clone)]
pub struct Lock {
    /// Its first line.
    pub span: Span,
    /// Its records in order.
    pub records: Vec<Record>,
}

/// One approval.
#[derive(Debug, Clone)]
pub struct Record {
    /// The policy's name under which the module was approved.
    pub name: Option<Spanned<String>>,
    /// The module's digest.
    pub sha256: Spanned<String>,
    /// `pin: digest`: the record holds for these very bytes alone. Otherwise for any module without new powers.
    pub pin_digest: bool,
    /// Its last day.
    pub until: Option<Spanned<Date>>,
    /// Capabilities that were approved.
    pub capabilities: BTreeSet<String>,
    /// Imports that were approved.
    pub imports: BTreeSet<String>,
    /// Exports that were approved.
    pub exports: BTreeSet<String>,
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

    /// The records that may speak for a module under a policy's name: the one for its very digest, else those of that
    /// name that pin capabilities alone. A record that names another policy never does.
    pub fn candidates(&self, digest: &str, name: Option<&str>) -> Vec<&Record> {
        let records = self.records.iter();
        let own: Vec<&Record> = records.filter(|record| record.is_for(name)).collect();
        let exact = own.iter().filter(|record| record.sha256.value == digest);
        // A record with the policy's name says more than one without.
        if let Some(exact) = exact.max_by_key(|record| record.name.is_some()) {
            return vec![exact];
        }
        own.into_iter()
            .filter(|record| !record.pin_digest && record.name.is_some())
            .collect()
    }
}

impl Record {
    /// Whether it was made under a policy of this name, or under one without a name.
    fn is_for(&self, name: Option<&str>) -> bool {
        let own = self.name.as_ref().map(|own| own.value.as_str());
        own.is_none() || own == name
    }

    fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let mut fields = Fields::open(node, "a lock's record", mistakes)?;
        let name = fields.text("name", mistakes);
        let sha256 = fields.need_text("sha256", mistakes);
        let pin = fields.text("pin", mistakes);
        let until = fields.text("until", mistakes);
        let mut names = |key| {
            fields
                .texts(key, mistakes)
                .into_iter()
                .map(|one| one.value)
                .collect()
        };
        let (capabilities, imports, exports) =
            (names("capabilities"), names("imports"), names("exports"));
        fields.finish(mistakes);
        let sha256 = sha256?;
        if sha256.value.len() != 64
            || !sha256
                .value
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        {
            mistakes.push(
                Mistake::new("lock-digest", "not a SHA-256 digest", sha256.span)
                    .help("64 lower-case hexadecimal digits"),
            );
        }
        let pin_digest = match pin.as_ref().map(|pin| pin.value.as_str()) {
            None | Some("digest") => true,
            Some("capabilities") => false,
            Some(other) => {
                let span = pin.as_ref().map_or(sha256.span, |pin| pin.span);
                mistakes.push(
                    Mistake::new("lock-pin", format!("no pin `{other}`"), span)
                        .help("write `digest` or `capabilities`"),
                );
                true
            }
        };
        Some(Self {
            until: until.and_then(|until| read_day(&until, mistakes)),
            name,
            sha256,
            pin_digest,
            capabilities,
            imports,
            exports,
        })
    }
}

fn read_day(text: &Spanned<String>, mistakes: &mut Vec<Mistake>) -> Option<Spanned<Date>> {
    let day = date(&text.value);
    if day.is_none() {
        let message = format!("not a day: `{}`", text.value);
        let mistake = Mistake::new("lock-until", message, text.span);
        mistakes.push(mistake.help("write the last day as 2027-03-31"));
    }
    day.map(|day| Spanned::new(day, text.span))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222222222222222222222222222";

    fn read(records: &str) -> Result<Lock, Vec<&'static str>> {
        let text = format!("version: 1\nmodules:\n{records}");
        Lock::read(&text, SourceId(0))
            .map_err(|mistakes| mistakes.iter().map(|mistake| mistake.code).collect())
    }

    fn found(lock: &Lock, digest: &str, name: Option<&str>) -> Vec<String> {
        let candidates = lock.candidates(digest, name);
        let found = candidates.iter().map(|record| &record.capabilities);
        found.flatten().cloned().collect()
    }

    #[test]
    fn a_record_speaks_for_its_digest_and_its_policy() {
        let lock = read(&format!(
            "  - {{sha256: {ONE}, capabilities: [any]}}\n  - {{sha256: {ONE}, name: mail, capabilities: [mail]}}\n  - {{sha256: {TWO}, name: mail, capabilities: [other]}}\n"
        ))
        .unwrap();
        assert_eq!(found(&lock, ONE, Some("mail")), ["mail"]);
        assert_eq!(found(&lock, ONE, Some("bank")), ["any"]);
        assert_eq!(found(&lock, TWO, Some("mail")), ["other"]);
        assert!(lock.candidates(TWO, Some("bank")).is_empty());
        assert!(lock.candidates(TWO, None).is_empty());
    }

    #[test]
    fn capabilities_speak_for_new_bytes_under_the_same_name_alone() {
        let lock = read(&format!(
            "  - {{sha256: {ONE}, name: mail, pin: capabilities, capabilities: [stdin]}}\n  - {{sha256: {ONE}, pin: capabilities, capabilities: [nameless]}}\n"
        ))
        .unwrap();
        assert_eq!(found(&lock, TWO, Some("mail")), ["stdin"]);
        assert!(lock.candidates(TWO, Some("bank")).is_empty());
        assert!(lock.candidates(TWO, None).is_empty());
    }

    #[test]
    fn a_lock_with_a_mistake_is_no_lock() {
        let twice = format!("  - {{sha256: {ONE}}}\n  - {{sha256: {ONE}}}\n");
        assert_eq!(read(&twice).unwrap_err(), ["lock-duplicate"]);
        assert_eq!(read("  - {sha256: 11}\n").unwrap_err(), ["lock-digest"]);
        let wrong = format!("  - {{sha256: {ONE}, pin: name, until: soon, note: x}}\n");
        let mut codes = read(&wrong).unwrap_err();
        codes.sort_unstable();
        assert_eq!(codes, ["lock-pin", "lock-until", "unknown-key"]);
        let version = Lock::read("version: 2\nmodules: []\n", SourceId(0));
        assert_eq!(version.unwrap_err()[0].code, "lock-version");
    }
}
