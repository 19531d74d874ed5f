//! A lock as text: every line of a record by itself, sorted, so that a change shows in a review as what it is.

use std::fmt::Write as _;

use crate::source::credential::redact;

use super::{Lock, Record};

const HEAD: &str = "\
# Modules that were approved; written by `ringfence approve`, which keeps no comments.
# Review a change to this file as you would review code.
version: 1
modules:";

impl Lock {
    /// The whole lock. Names come from modules: what looks like a credential is redacted, what is not plain is quoted.
    pub fn text(&self) -> String {
        let mut records: Vec<&Record> = self.records.iter().collect();
        records.sort_by(|one, other| one.order().cmp(&other.order()));
        let mut text = HEAD.to_owned();
        text.push_str(if records.is_empty() { " []\n" } else { "\n" });
        for record in records {
            record.write(&mut text);
        }
        text
    }
}

impl Record {
    /// Records are sorted by name, then by digest.
    fn order(&self) -> (Option<&str>, &str) {
        let name = self.name.as_ref().map(|name| name.value.as_str());
        (name, &self.sha256.value)
    }

    fn write(&self, text: &mut String) {
        let until = self.until.map(|until| until.value.to_string());
        let key = self.key.as_ref();
        let fields = [
            ("name", self.name.as_ref().map(|name| scalar(&name.value))),
            ("file", self.file.as_deref().map(shown)),
            ("sha256", Some(quoted(&self.sha256.value))),
            ("pin", (!self.pin_digest).then(|| "capabilities".to_owned())),
            ("policy", key.map(|key| quoted(&key.policy))),
            ("rules", key.map(|key| quoted(&key.rules))),
            ("engine", key.map(|key| scalar(&key.engine))),
            ("tool", self.tool.as_deref().map(scalar)),
            ("until", until),
        ];
        let mut dash = "-";
        for (key, value) in fields {
            if let Some(value) = value {
                let _ = writeln!(text, "  {dash} {key}: {value}");
                dash = " ";
            }
        }
        for (key, names) in [
            ("capabilities", &self.capabilities),
            ("imports", &self.imports),
            ("exports", &self.exports),
        ] {
            list(key, names.iter().map(|name| shown(name)), text);
        }
        list("waivers", self.waivers.iter().map(waiver), text);
    }
}

fn list(key: &str, items: impl Iterator<Item = String>, text: &mut String) {
    let items: Vec<String> = items.collect();
    if items.is_empty() {
        return;
    }
    let _ = writeln!(text, "    {key}:");
    for item in items {
        let _ = writeln!(text, "      - {item}");
    }
}

fn waiver(waiver: &super::ApprovedWaiver) -> String {
    let mut text = format!("{{rule: {}", scalar(&waiver.rule));
    if let Some(subject) = &waiver.subject {
        let _ = write!(text, ", subject: {}", quoted(&redact(subject)));
    }
    if let Some(until) = waiver.until {
        let _ = write!(text, ", until: {until}");
    }
    text.push('}');
    text
}

/// A name that may hold a credential.
fn shown(name: &str) -> String {
    scalar(&redact(name))
}

/// Plain where no reader of YAML could take it for anything but this text, else quoted.
fn scalar(text: &str) -> String {
    let starts = |char: char| char.is_ascii_alphabetic() || char == '_';
    let plain = |char: char| char.is_ascii_alphanumeric() || "_./- ".contains(char);
    let word = [
        "true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf",
    ];
    let is_plain = text.starts_with(starts)
        && text.chars().all(plain)
        && !text.ends_with(' ')
        && !word.contains(&text.to_ascii_lowercase().as_str());
    if is_plain {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// In double quotes, everything but printable ASCII by its number: nothing in a lock may look like something else.
pub(in crate::audit) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            ' '..='~' => quoted.push(char),
            char => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(char));
            }
        }
    }
    quoted.push('"');
    quoted
}
