//! `ringfence diff` in text, JSON and markdown.

mod json;
mod markdown;
#[cfg(test)]
mod tests;
mod text;

use std::io::{self, Write};

use crate::audit::{Change, Diff, Direction, Weight};

use super::style::Style;
use super::wording;

/// The formats of `diff`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffFormat {
    /// For people.
    Text,
    /// The documented shape.
    Json,
    /// A pull-request comment.
    Markdown,
}

/// Writes what changed.
pub fn diff(diff: &Diff, format: DiffFormat, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        DiffFormat::Text => text::write(diff, style, out),
        DiffFormat::Json => json::write(diff, out),
        DiffFormat::Markdown => markdown::write(diff, out),
    }
}

/// `+`, `-` or `~`.
fn sign(direction: Direction) -> &'static str {
    match direction {
        Direction::Gained => "+",
        Direction::Lost => "-",
        Direction::Widened | Direction::Changed | Direction::Narrowed => "~",
    }
}

/// Sections of a report, the weightiest first.
const SECTIONS: [(Weight, &str); 3] = [
    (Weight::Escalation, "new powers"),
    (Weight::Change, "other changes"),
    (Weight::Information, "size and toolchain"),
];

/// What is said of a new version that was shown to be the old one hardened.
const SHOWN: &str = "The new version is the old one hardened under this policy: hardening it again gives the same bytes.";
/// What follows from that, before what was done.
const SAME: &str = "It behaves as the old one does, but for what is listed here";

/// A byte count for people; other texts as they are.
fn shown(change: &Change, text: &str) -> String {
    let bytes = matches!(change.topic, "section" | "size");
    match text.parse() {
        Ok(count) if bytes => wording::size(count),
        _ => text.to_owned(),
    }
}

/// What is to be said behind a change.
fn marks(change: &Change) -> Vec<&'static str> {
    let granted = match change.granted {
        Some(true) => Some("granted by the policy"),
        Some(false) => Some("refused by the policy"),
        None => None,
    };
    let breaks = change.breaks.then_some("breaks the ABI");
    granted.into_iter().chain(breaks).collect()
}

/// `2 new powers, 1 other change; the ABI breaks`.
fn summary(diff: &Diff) -> String {
    let powers = diff.count(Weight::Escalation);
    let changes = diff.count(Weight::Change);
    let parts: Vec<String> = [(powers, "new power"), (changes, "other change")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| wording::count(count, noun))
        .collect();
    let found = if parts.is_empty() {
        "no change but size and toolchain".to_owned()
    } else {
        parts.join(", ")
    };
    let breaks = if diff.breaks() {
        "; the ABI breaks"
    } else {
        ""
    };
    format!("{found}{breaks}")
}
