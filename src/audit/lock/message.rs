//! The bytes that a signature of a record is over: a first line that names what is signed, then a line a key in the order of
//! their bytes, its content as JSON in ASCII without a space that is not in a text. No two records have the same bytes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::source::ascii::json as string;

use super::Record;
use super::content::Content;

/// What is signed, and the version of this form.
const HEAD: &str = "ringfence approval 1\n";

impl Record {
    /// What a signature of it is over.
    pub fn message(&self) -> String {
        let content: BTreeMap<&str, Content> = self.content().into_iter().collect();
        let mut text = HEAD.to_owned();
        for (key, content) in content {
            let _ = writeln!(text, "{key} {}", json(&content));
        }
        text
    }
}

fn json(content: &Content) -> String {
    match content {
        Content::Text(text) => string(text),
        Content::Texts(texts) => list(texts.iter().map(|text| string(text))),
        Content::Map(map) => object(map.iter().map(|(name, text)| (name.as_str(), text))),
        Content::Maps(maps) => list(maps.iter().map(|map| {
            let map: BTreeMap<&str, &String> = map.iter().map(|(key, text)| (*key, text)).collect();
            object(map.into_iter())
        })),
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    format!("[{}]", items.join(","))
}

fn object<'t>(entries: impl Iterator<Item = (&'t str, &'t String)>) -> String {
    let entries: Vec<String> = entries
        .map(|(name, text)| format!("{}:{}", string(name), string(text)))
        .collect();
    format!("{{{}}}", entries.join(","))
}
