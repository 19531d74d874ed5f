//! From the text of a file to a record: what is not as a record is written counts for nothing.

use serde::Deserialize;

use crate::capability::is_capability;
use crate::policy::{Role, normalise};
use crate::source::MAX_TEXT;

use super::files::FileUse;
use super::room::{MOST_TEXT, MOST_VALUES};
use super::runs::{ArgumentUse, ImportUse, MOST_IMPORTS, Runs};
use super::{MOST_POLICIES, RunRecord, VERSION};

/// How runs end, as run reports say it.
const OUTCOMES: &[&str] = &[
    "exit", "fuel", "memory", "output", "deadline", "denied", "trap", "refused", "error",
];
/// The standard streams.
const STREAMS: &[&str] = &["stdin", "stdout", "stderr"];

/// What every version of the format has.
#[derive(Deserialize)]
struct Head {
    ringfence_record: Option<u32>,
}

impl RunRecord {
    /// Reads a record.
    ///
    /// # Errors
    /// Why it is none, in words that follow its name.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MAX_TEXT {
            return Err("is larger than any record".to_owned());
        }
        let head: Head = serde_json::from_slice(bytes)
            .map_err(|error| format!("is no record of `run --record`: {error}"))?;
        match head.ringfence_record {
            Some(VERSION) => {}
            Some(_) => {
                return Err(format!(
                    "is a record of another version; this ringfence reads version {VERSION}: record anew"
                ));
            }
            None => return Err("is no record of `run --record`".to_owned()),
        }
        let changed = |reason: String| {
            format!(
                "is not as ringfence writes a record ({reason}): it was changed, and counts for nothing"
            )
        };
        let record: Self =
            serde_json::from_slice(bytes).map_err(|error| changed(error.to_string()))?;
        match record.wrong() {
            None => Ok(record),
            Some(reason) => Err(changed(reason.to_owned())),
        }
    }

    fn wrong(&self) -> Option<&'static str> {
        let policies = self.under.iter().map(|runs| &runs.policy);
        let wrong = [
            (!is_digest(&self.module), "a digest that is none"),
            (
                self.under.is_empty() || self.under.len() > MOST_POLICIES,
                "runs under no policy, or under too many",
            ),
            (!rises(policies), "policies out of order"),
        ];
        first(&wrong).or_else(|| self.under.iter().find_map(Runs::wrong))
    }
}

impl Runs {
    fn wrong(&self) -> Option<&'static str> {
        let names = self.imports.iter().map(|one| (&one.module, &one.name));
        let guests = self.files.iter().map(|one| &one.guest);
        let wrong = [
            (!is_digest(&self.policy), "a digest that is none"),
            (
                self.runs == 0 || self.complete > self.runs,
                "more complete runs than runs",
            ),
            (
                !self.outcomes.keys().all(|one| is_of(OUTCOMES, one)),
                "an unknown outcome",
            ),
            (
                !self.truncated.iter().all(|one| is_of(STREAMS, one)),
                "an unknown stream",
            ),
            (
                !self
                    .capabilities
                    .keys()
                    .all(|one| is_capability(one) && is_short(one)),
                "an unknown capability",
            ),
            (
                self.imports.len() > MOST_IMPORTS || !rises(names),
                "imports out of order, or too many",
            ),
            (!rises(guests), "folders out of order"),
        ];
        first(&wrong)
            .or_else(|| self.imports.iter().find_map(ImportUse::wrong))
            .or_else(|| self.files.iter().find_map(FileUse::wrong))
    }
}

impl ImportUse {
    fn wrong(&self) -> Option<&'static str> {
        let parameters = self.arguments.iter().map(|one| one.parameter);
        let wrong = [
            (self.denied > self.calls, "more denied calls than calls"),
            (!rises(parameters), "arguments out of order"),
            (
                !is_short(&self.module) || !is_short(&self.name),
                "a name that is too long",
            ),
        ];
        first(&wrong).or_else(|| self.arguments.iter().find_map(ArgumentUse::wrong))
    }
}

impl ArgumentUse {
    fn wrong(&self) -> Option<&'static str> {
        let seen = &self.seen;
        let wrong = [
            (Role::named(&self.role).is_none(), "an unknown role"),
            (
                seen.texts.len() > MOST_VALUES || seen.numbers.len() > MOST_VALUES,
                "more values than are kept",
            ),
            (
                !is_short(&self.name) || !seen.texts.iter().all(|one| is_short(one)),
                "a text that is too long",
            ),
        ];
        first(&wrong)
    }
}

impl FileUse {
    fn wrong(&self) -> Option<&'static str> {
        let paths = self.paths.iter().map(|one| &one.path);
        let lies_below = |path: &String| {
            let root = self.guest.trim_end_matches('/');
            let rest = path.strip_prefix(root);
            is_plain(path) && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let wrong = [
            (!is_plain(&self.guest), "a folder that is no plain path"),
            (self.paths.len() > MOST_VALUES, "more paths than are kept"),
            (!paths.clone().all(lies_below), "a path out of its folder"),
            (!rises(paths), "paths out of order"),
            (
                self.paths.iter().any(|one| one.modes.is_empty()),
                "a path that was not used",
            ),
        ];
        first(&wrong)
    }
}

fn first(wrong: &[(bool, &'static str)]) -> Option<&'static str> {
    let found = wrong.iter().find(|(wrong, _)| *wrong);
    found.map(|(_, reason)| *reason)
}

/// Whether each is larger than the one before: sorted, and none twice.
fn rises<T: PartialOrd>(items: impl Iterator<Item = T> + Clone) -> bool {
    let next = items.clone().skip(1);
    items.zip(next).all(|(one, next)| one < next)
}

fn is_of(known: &[&str], text: &str) -> bool {
    known.contains(&text)
}

fn is_short(text: &str) -> bool {
    text.len() <= MOST_TEXT
}

/// Whether it is an absolute path in its normal form.
fn is_plain(path: &str) -> bool {
    path.starts_with('/') && is_short(path) && normalise(path).as_deref() == Ok(path)
}

fn is_digest(text: &str) -> bool {
    let hexadecimal = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == 64 && text.bytes().all(hexadecimal)
}
