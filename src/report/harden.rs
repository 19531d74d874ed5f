//! What hardening did, and what it leaves to the host, in text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::audit::{Deed, Hardened, HardeningRecord};

use super::{escape, wording};

/// The most lines of one kind.
const MAX_LINES: usize = 40;

/// Writes the text.
pub fn write(hardened: &Hardened, output: &Path, out: &mut dyn io::Write) -> io::Result<()> {
    let record = &hardened.record;
    let path = escape::name(&output.display().to_string());
    let size = wording::size(hardened.size);
    let was = if hardened.unchanged {
        " (it was hardened already, and comes out as it went in)"
    } else {
        ""
    };
    let mut text = format!("{path}: {size}, sha256 {}{was}\n", hardened.sha256);
    let _ = writeln!(text, "made from sha256 {}", record.source);
    text.push_str(&done_and_left(record));
    let paths = hardened.build_paths.iter();
    let paths = paths.map(|path| format!("  {}\n", escape::name(path)));
    list(
        &mut text,
        "paths of the machine that built it, still in it",
        paths.collect(),
    );
    out.write_all(escape::log_lines(&text).as_bytes())
}

/// What a record says was done, and what is left to the host.
pub(super) fn done_and_left(record: &HardeningRecord) -> String {
    let mut text = String::new();
    if let Some(fuel) = &record.fuel {
        let _ = writeln!(text, "{}", wording::fuel(fuel));
    }
    let mut kinds: BTreeMap<&str, Vec<&Deed>> = BTreeMap::new();
    for deed in &record.done {
        kinds.entry(&deed.what).or_default().push(deed);
    }
    for (title, kind) in KINDS {
        let Some(deeds) = kinds.get(kind) else {
            continue;
        };
        let lines = deeds.iter().map(|deed| {
            let (subject, how) = (escape::name(&deed.subject), escape::text(&deed.how));
            format!("  {subject}: {how}\n")
        });
        list(&mut text, title, lines.collect());
    }
    let left = record.left.iter().map(|left| {
        format!(
            "  {}: {}\n",
            escape::name(&left.what),
            escape::text(&left.why)
        )
    });
    list(&mut text, "left to the host", left.collect());
    text
}

/// What was done, in the order in which it is told.
const KINDS: &[(&str, &str)] = &[
    ("imports that are gone", "import"),
    ("arguments that are checked", "guard"),
    ("memories", "memory"),
    ("tables", "table"),
    ("exports that are gone", "export"),
    ("start section", "start"),
    ("custom sections that are gone", "section"),
];

fn list(text: &mut String, title: &str, lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "{title}:");
    let more = lines.len().saturating_sub(MAX_LINES);
    text.extend(lines.into_iter().take(MAX_LINES));
    if more > 0 {
        let _ = writeln!(text, "  and {more} more, which --format json has");
    }
}
