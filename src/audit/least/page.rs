//! Lines of YAML with the reason beside each.

use crate::source::ascii::yaml as quoted;
use crate::source::credential::redact;
use crate::source::visible;

/// Where comments begin, if what stands before is no longer.
const COLUMN: usize = 44;
/// How much of a reason is told.
const MOST: usize = 160;

/// A text that grows line by line.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
}

impl Page {
    /// A line, and why it is there; an empty reason is none.
    pub(super) fn line(&mut self, line: &str, reason: &str) {
        // Whatever it is made of, it stays one line.
        let line = line.replace(char::is_control, " ");
        self.text.push_str(&line);
        if !reason.is_empty() {
            let width = line.chars().count();
            let gap = COLUMN.saturating_sub(width).max(2);
            self.text.push_str(&" ".repeat(gap));
            self.text.push_str("# ");
            self.text.push_str(&visible::line(&redact(reason), MOST));
        }
        self.text.push('\n');
    }

    /// A sentence on a line of its own.
    pub(super) fn remark(&mut self, indent: &str, sentence: &str) {
        let sentence = visible::line(&redact(sentence), MOST);
        self.text.extend([indent, "# ", &sentence, "\n"]);
    }

    /// An empty line, and the key of a section.
    pub(super) fn section(&mut self, key: &str, reason: &str) {
        self.text.push('\n');
        self.line(&format!("{key}:"), reason);
    }

    /// What was written.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// Whether a policy can say a name: none is empty, and what looks like a credential is written nowhere.
pub(super) fn is_sayable(name: &str) -> bool {
    !name.is_empty() && redact(name) == name
}

/// A list on one line, each text quoted.
pub(super) fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let texts: Vec<String> = texts.into_iter().map(quoted).collect();
    format!("[{}]", texts.join(", "))
}

/// Bytes as policies write them, in the largest unit that divides them.
pub(super) fn size(bytes: u64) -> String {
    let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let unit = units
        .into_iter()
        .find(|(_, unit)| bytes >= *unit && bytes.is_multiple_of(*unit));
    match unit {
        Some((name, unit)) => format!("{}{name}", bytes / unit),
        None => format!("{bytes}B"),
    }
}

/// The next multiple of a step, with an eighth of head-room.
pub(super) fn with_room(value: u64, step: u64) -> u64 {
    value
        .saturating_add(value / 8)
        .max(1)
        .next_multiple_of(step)
}
