//! What a credential looks like: the one place that knows. Values are found by telling prefixes and by assignments to telling
//! names, with high precision: a prefix or a PEM header alone, as parsers carry them, is none.

mod name;
mod pattern;
mod shape;

use std::borrow::Cow;
use std::ops::Range;

pub use name::is_name;
use pattern::Searcher;

/// A credential in some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where its secret part is.
    pub range: Range<usize>,
    /// The pattern's name: `aws-access-key`.
    pub pattern: &'static str,
    /// How many bytes at its start are the kind's public prefix.
    pub prefix: usize,
}

impl Found {
    /// The public prefix and the length: `AKIA…(redacted, 20 characters)`.
    pub fn redacted(&self, bytes: &[u8]) -> String {
        let start = self.range.start;
        let prefix = bytes.get(start..start + self.prefix).unwrap_or_default();
        format!(
            "{}…(redacted, {} characters)",
            String::from_utf8_lossy(prefix),
            self.range.len()
        )
    }
}

/// Every credential in `bytes`, in order and apart from each other.
pub fn find(bytes: &[u8]) -> Vec<Found> {
    find_in(bytes, 0..bytes.len(), usize::MAX)
}

/// At most `limit` credentials whose telling part starts in `range`; what stands around it is looked at as well.
pub fn find_in(bytes: &[u8], range: Range<usize>, limit: usize) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    let mut searcher = Searcher::new(bytes, range);
    while all.len() < limit
        && let Some(found) = searcher.next_found()
    {
        let last = all.last().map_or(0, |last| last.range.end);
        if found.range.start >= last {
            all.push(found);
        }
    }
    all
}

/// `text` with every credential in it redacted.
pub fn redact(text: &str) -> Cow<'_, str> {
    let found = find(text.as_bytes());
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    for credential in found {
        let before = text.as_bytes().get(done..credential.range.start);
        clean.push_str(&String::from_utf8_lossy(before.unwrap_or_default()));
        clean.push_str(&credential.redacted(text.as_bytes()));
        done = credential.range.end;
    }
    let rest = text.as_bytes().get(done..).unwrap_or_default();
    clean.push_str(&String::from_utf8_lossy(rest));
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests;
