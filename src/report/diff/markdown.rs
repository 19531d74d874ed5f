//! `diff --format markdown`: a pull-request comment, new powers first and the rest folded.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::audit::{Change, Derivation, Diff, Weight};
use crate::report::markdown::MAX_COMMENT;
use crate::report::{escape, wording};

use super::{SAME, SECTIONS, SHOWN, marks, shown, sign, summary};

/// What is kept for closing tags and the last line.
const RESERVE: usize = 600;

/// Writes the comment.
pub fn write(diff: &Diff, out: &mut dyn Write) -> io::Result<()> {
    let mark = match (diff.count(Weight::Escalation), diff.breaks()) {
        (1.., _) => "❌",
        (0, true) => "⚠️",
        (0, false) => "✅",
    };
    let [old, new] = [&diff.old, &diff.new].map(|side| {
        let path = escape::markdown_code(&side.path);
        format!(
            "{path} ({}, sha256 <code>{}</code>)",
            wording::size(side.size),
            side.sha256
        )
    });
    let mut text = format!(
        "## {mark} ringfence diff: {}\n\n{old} → {new}\n\n",
        summary(diff)
    );
    if let Some(policy) = &diff.policy {
        let _ = write!(
            text,
            "Under the policy {}.\n\n",
            escape::markdown_code(policy)
        );
    }
    if let Some(derivation) = &diff.hardening {
        hardening(derivation, &mut text);
    }
    for (weight, title) in SECTIONS {
        section(diff, weight, title, &mut text);
    }
    for caveat in &diff.caveats {
        let _ = write!(text, "_{}_\n\n", escape::markdown(caveat, escape::MAX_TEXT));
    }
    out.write_all(text.as_bytes())
}

fn hardening(derivation: &Derivation, text: &mut String) {
    let record = &derivation.record;
    let fuel = record
        .fuel
        .as_ref()
        .map_or_else(String::new, |fuel| format!("; {}", wording::fuel(fuel)));
    let done = &record.done;
    let number = wording::count(done.len(), "thing");
    let _ = write!(
        text,
        "{SHOWN} {SAME}{fuel}.\n\n<details><summary>{number} done by hardening</summary>\n\n"
    );
    for (at, deed) in done.iter().enumerate() {
        let (subject, how) = (
            escape::markdown_code(&deed.subject),
            escape::markdown(&deed.how, escape::MAX_TEXT),
        );
        let item = format!("- {} {subject}: {how}\n", escape::markdown_code(&deed.what));
        if text.len() + item.len() + RESERVE > MAX_COMMENT / 2 {
            let more = wording::number(done.len() - at);
            let _ = writeln!(text, "- and {more} more (`--format json`)");
            break;
        }
        text.push_str(&item);
    }
    text.push_str("\n</details>\n\n");
}

fn section(diff: &Diff, weight: Weight, title: &str, text: &mut String) {
    let changes = diff.changes.iter().filter(|change| change.weight == weight);
    let changes: Vec<&Change> = changes.collect();
    if changes.is_empty() {
        return;
    }
    let open = weight == Weight::Escalation;
    let count = changes.len();
    let number = wording::number(count);
    let _ = if open {
        write!(text, "**{title}**\n\n")
    } else {
        write!(text, "<details><summary>{title}: {number}</summary>\n\n")
    };
    for (at, change) in changes.into_iter().enumerate() {
        let item = item(change);
        if text.len() + item.len() + RESERVE > MAX_COMMENT {
            let more = wording::number(count - at);
            let _ = writeln!(text, "- and {more} more (`--format json`)");
            break;
        }
        text.push_str(&item);
    }
    text.push_str(if open { "\n" } else { "\n</details>\n\n" });
}

fn item(change: &Change) -> String {
    let code = |text: &String| escape::markdown_code(&shown(change, text));
    let values = match (&change.old, &change.new) {
        (Some(old), Some(new)) => format!(": {} → {}", code(old), code(new)),
        (None, Some(one)) | (Some(one), None) => format!(": {}", code(one)),
        (None, None) => String::new(),
    };
    let marks: Vec<String> = marks(change)
        .into_iter()
        .map(|mark| format!(" **{mark}**"))
        .collect();
    let sign = match sign(change.direction) {
        "+" => "added",
        "-" => "removed",
        _ => "changed",
    };
    let subject = escape::markdown_code(&change.subject);
    format!(
        "- {sign} {} {subject}{values}{}\n",
        change.topic,
        marks.join(",")
    )
}
