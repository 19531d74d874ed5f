//! A lock as text: every line of a record by itself, sorted, so that a change shows in a review as what it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::source::ascii::yaml as quoted;

use super::content::Content;
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
        (self.policy_name(), &self.sha256.value)
    }

    fn write(&self, text: &mut String) {
        let mut dash = "-";
        for (key, content) in self.content() {
            let value = match content {
                Content::Text(value) if is_digest(key) => format!(" {}", quoted(&value)),
                Content::Text(value) if is_day(key) => format!(" {value}"),
                Content::Text(value) => format!(" {}", scalar(&value)),
                Content::Texts(items) => list(items.iter().map(|item| scalar(item))),
                Content::Map(map) => entries(&map),
                Content::Maps(maps) => list(maps.iter().map(|map| flow(map))),
            };
            let _ = writeln!(text, "  {dash} {key}:{value}");
            dash = " ";
        }
        if let Some(signature) = &self.signature {
            let _ = writeln!(text, "    signature: {}", quoted(&signature.value));
        }
    }
}

fn is_day(key: &str) -> bool {
    matches!(key, "approved" | "until")
}

fn is_digest(key: &str) -> bool {
    matches!(key, "sha256" | "policy" | "rules")
}

fn list(items: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = items.map(|item| format!("\n      - {item}")).collect();
    if lines.is_empty() {
        return " []".to_owned();
    }
    lines.concat()
}

/// Values in quotes: one that was cut off does not read.
fn entries(map: &BTreeMap<String, String>) -> String {
    if map.is_empty() {
        return " {}".to_owned();
    }
    let line =
        |(name, value): (&String, &String)| format!("\n      {}: {}", scalar(name), quoted(value));
    map.iter().map(line).collect()
}

/// A small map on one line; what has a name alone is that name.
fn flow(map: &[(&'static str, String)]) -> String {
    if let [("name", name)] = map {
        return scalar(name);
    }
    let entry = |(key, value): &(&str, String)| {
        let plain = matches!(*key, "number" | "any" | "until");
        let value = if plain { value.clone() } else { scalar(value) };
        format!("{key}: {value}")
    };
    let entries: Vec<String> = map.iter().map(entry).collect();
    format!("{{{}}}", entries.join(", "))
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
