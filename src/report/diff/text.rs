//! `diff` for people: new powers first, a line a change.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::audit::{Change, Diff, Severity, Side, Weight};

use super::{SAME, SECTIONS, SHOWN, marks, shown, sign, summary};
use crate::report::style::Style;
use crate::report::{escape, harden, json, table, wording};

/// Lines a section may take.
const MAX_ROWS: usize = 40;

/// Writes the comparison.
pub fn write(diff: &Diff, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    for (word, side) in [("old", &diff.old), ("new", &diff.new)] {
        let _ = writeln!(text, "{word}  {}", style.bold(&escape::name(&side.path)));
        let _ = writeln!(text, "     {}", facts(side));
    }
    if let Some(policy) = &diff.policy {
        let _ = writeln!(text, "under the policy {}", escape::name(policy));
    }
    if let Some(derivation) = &diff.hardening {
        let _ = writeln!(text, "\n{}", style.bold(SHOWN));
        let _ = writeln!(text, "{SAME}:");
        text.push_str(&harden::done_and_left(&derivation.record));
    }
    for (weight, title) in SECTIONS {
        section(diff, weight, title, style, &mut text);
    }
    for caveat in &diff.caveats {
        let _ = writeln!(text, "\nnote: {}", escape::text(caveat));
    }
    let _ = writeln!(text, "\n{}", summary(diff));
    out.write_all(escape::log_lines(&text).as_bytes())
}

fn facts(side: &Side) -> String {
    let abi = side.abi.as_deref().map_or_else(String::new, |abi| {
        format!(", ABI version {}", escape::name(abi))
    });
    let (kind, bytes) = (json::kind(side.kind), wording::size(side.size));
    format!("{kind}, {bytes}, sha256 {}{abi}", side.sha256)
}

fn section(diff: &Diff, weight: Weight, title: &str, style: &Style, text: &mut String) {
    let changes = diff.changes.iter().filter(|change| change.weight == weight);
    let changes: Vec<&Change> = changes.collect();
    if changes.is_empty() {
        return;
    }
    let title = match weight {
        Weight::Escalation => style.severity(Severity::Error, title),
        _ => style.bold(title),
    };
    let _ = writeln!(text, "\n{title}");
    for change in changes.iter().take(MAX_ROWS) {
        let _ = writeln!(text, "  {}", line(change));
    }
    text.push_str(&table::more(changes.len(), MAX_ROWS.min(changes.len())));
}

/// Its texts are escaped and cut each for itself, so that none of them can hide what stands behind it.
fn line(change: &Change) -> String {
    let subject = subject(change);
    let text = |text: &String| escape::name(&shown(change, text));
    let values = match (&change.old, &change.new) {
        (Some(old), Some(new)) => format!(": {} → {}", text(old), text(new)),
        (None, Some(one)) | (Some(one), None) => format!(": {}", text(one)),
        (None, None) => String::new(),
    };
    let marks = marks(change);
    let marks = if marks.is_empty() {
        String::new()
    } else {
        format!(" ({})", marks.join(", "))
    };
    format!(
        "{} {} {subject}{values}{marks}",
        sign(change.direction),
        change.topic
    )
}

/// Names that could be taken for a name with something behind it are quoted.
fn subject(change: &Change) -> String {
    let shown = escape::name(&change.subject);
    let named = !matches!(change.topic, "argument" | "section" | "toolchain");
    if named && change.subject.contains([' ', ',', '"', '(', '→']) {
        format!("\"{}\"", shown.replace('"', "\\\""))
    } else {
        shown
    }
}
