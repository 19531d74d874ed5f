//! The resolved view of a policy: every key with its value and where that comes from.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::{Value as Json, json};

use crate::source::{Sources, Span, credential, visible};

use super::keys::{Key, POLICY, Record, Shape};
use super::lines::Lines;
use super::model::Policy;
use super::quantity::{show_duration, show_size};
use super::tree::{Item, Map, Value};

/// A value as it may be shown: the one place where credentials in policies are hidden.
pub fn redacted(value: &str) -> Cow<'_, str> {
    credential::redact(value)
}

/// One key of the resolved view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// `limits.memory`, `grants.preopens[0].host`; what would not be plain YAML is in quotes.
    pub key: String,
    /// The value as YAML, so that nothing in it acts or passes for a comment; `None` where nobody states one.
    pub value: Option<String>,
    /// `platform.yaml:12`, or what absence means.
    pub origin: String,
}

/// Every key of the language, a row each, in the table's order; what a list takes from several files is a row a file.
pub fn show(policy: &Policy, sources: &Sources) -> Vec<Shown> {
    let mut view = View {
        lines: Lines::new(sources),
        rows: Vec::new(),
    };
    let none = Map::new();
    let root = match &policy.resolved.value {
        Value::Map(map) => map,
        _ => &none,
    };
    view.record("", &POLICY, root);
    view.rows
}

/// The view as text: key, value, origin, a line each.
pub fn show_text(rows: &[Shown]) -> String {
    let mut text = String::new();
    for row in rows {
        let (key, origin) = (&row.key, visible::line(&row.origin, usize::MAX));
        let _ = match &row.value {
            Some(value) => writeln!(text, "{key}: {value}  # {origin}"),
            None => writeln!(text, "# {key}: absent: {origin}"),
        };
    }
    text
}

/// The view as JSON: a list of `{key, value, origin}`, with `absent` for what nobody states.
pub fn show_json(rows: &[Shown]) -> Json {
    let row = |row: &Shown| match &row.value {
        Some(value) => json!({"key": row.key, "value": value, "origin": row.origin}),
        None => json!({"key": row.key, "value": null, "absent": row.origin}),
    };
    Json::Array(rows.iter().map(row).collect())
}

struct View<'s> {
    lines: Lines<'s>,
    rows: Vec<Shown>,
}

impl View<'_> {
    fn record(&mut self, path: &str, record: &'static Record, map: &Map) {
        let free = map
            .iter()
            .filter(|(name, _)| !record.keys.iter().any(|key| key.name == name.as_str()));
        for key in record.keys {
            self.key(&join(path, key.name), key, map.get(key.name));
        }
        for (name, item) in free {
            if let Some(key) = record.rest {
                self.key(&join(path, name), key, Some(item));
            }
        }
    }

    fn key(&mut self, path: &str, key: &'static Key, item: Option<&Item>) {
        let Some(item) = item else {
            return self.rows.push(Shown {
                key: path.to_owned(),
                value: None,
                origin: key.absent.to_owned(),
            });
        };
        self.item(path, key.shape, item);
    }

    fn item(&mut self, path: &str, shape: Shape, item: &Item) {
        match (shape, &item.value) {
            (_, Value::Layers(layers)) => {
                for layer in layers {
                    self.scalars(path, layer, item.key);
                }
            }
            (Shape::Map(record) | Shape::Either(_, record), Value::Map(map)) => {
                self.record(path, record, map);
            }
            (Shape::MapOf(_, key), Value::Map(map)) if !map.is_empty() => {
                for (name, item) in map {
                    self.key(&join(path, name), key, Some(item));
                }
            }
            (Shape::Entries(record, _), Value::List(items)) if !items.is_empty() => {
                for (at, item) in items.iter().enumerate() {
                    self.item(&format!("{path}[{at}]"), Shape::Map(record), item);
                }
            }
            (Shape::List(Shape::Map(record) | Shape::Either(_, record)), Value::List(items))
                if items.iter().any(|item| matches!(item.value, Value::Map(_))) =>
            {
                for (at, item) in items.iter().enumerate() {
                    self.item(&format!("{path}[{at}]"), Shape::Map(record), item);
                }
            }
            (_, Value::List(items)) => self.files(path, items, item.key),
            (shape, value) => self.row(path, text(&shape, value), item.span),
        }
    }

    /// A list that several files add to, a row a file.
    fn files(&mut self, path: &str, items: &[Item], key: Span) {
        if items.is_empty() {
            return self.scalars(path, items, key);
        }
        for file in items.chunk_by(|one, next| one.span.source == next.span.source) {
            self.scalars(path, file, key);
        }
    }

    fn scalars(&mut self, path: &str, items: &[Item], key: Span) {
        let at = items.first().map_or(key, |item| item.span);
        let texts: Vec<String> = items
            .iter()
            .map(|item| text(&Shape::Flag, &item.value))
            .collect();
        self.row(path, format!("[{}]", texts.join(", ")), at);
    }

    fn row(&mut self, path: &str, value: String, at: Span) {
        self.rows.push(Shown {
            key: path.to_owned(),
            value: Some(value),
            origin: self.lines.origin(at),
        });
    }
}

fn join(path: &str, name: &str) -> String {
    let name = visible::yaml(name);
    if path.is_empty() {
        name.into_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn text(shape: &Shape, value: &Value) -> String {
    match (shape, value) {
        (Shape::Size, Value::Number(bytes)) => show_size(*bytes),
        (Shape::Duration, Value::Number(nanoseconds)) => show_duration(*nanoseconds),
        (_, Value::Number(number)) => number.to_string(),
        (_, Value::Integer(number)) => number.to_string(),
        (_, Value::Word(word)) => (*word).to_owned(),
        (_, Value::Text(text)) => visible::yaml(&redacted(text)).into_owned(),
        (_, Value::Date(date)) => date.to_string(),
        (_, Value::Signature(signature)) => signature.to_string(),
        (_, Value::Map(map)) if map.is_empty() => "{}".to_owned(),
        _ => "[]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::keys::rows;
    use crate::policy::tests::{FULL, VARIANTS, read};
    use crate::source::{SourceId, ascii, parse};

    fn view(text: &str) -> Vec<Shown> {
        let (policy, sources) = read(text).unwrap();
        show(&policy, &sources)
    }

    #[test]
    fn every_key_of_the_table_appears_or_lies_under_an_absent_one() {
        for text in [FULL, VARIANTS, "version: 1"] {
            let view = view(text);
            for row in rows() {
                let top = row
                    .path
                    .split(['[', '<'])
                    .next()
                    .unwrap()
                    .trim_end_matches('.');
                let shown = view.iter().any(|shown| {
                    shown.key.starts_with(top)
                        || (shown.value.as_deref().is_none_or(|value| value == "[]")
                            && top.starts_with(&shown.key))
                });
                assert!(shown, "{} is not shown", row.path);
            }
        }
    }

    #[test]
    fn values_say_where_they_come_from() {
        let view = view(
            "extends: builtin:strict\nlimits: {memory: 2048KiB}\nimports: {wasi: {deny: [fd_read]}}\n",
        );
        let row = |key: &str| view.iter().find(|row| row.key == key).unwrap().clone();
        let memory = row("limits.memory");
        assert_eq!(
            (memory.value.as_deref(), memory.origin.as_str()),
            (Some("2MiB"), "test.yaml:2")
        );
        assert!(row("limits.deadline").origin.starts_with("builtin:strict:"));
        assert_eq!(row("imports.wasi.deny").value.as_deref(), Some("[fd_read]"));
        let preopens = row("grants.preopens");
        assert_eq!((preopens.value, preopens.origin.as_str()), (None, "denied"));
        assert!(show_text(&view).contains("# grants.preopens: absent: denied\n"));
        assert_eq!(show_json(&view).as_array().unwrap().len(), view.len());
    }

    #[test]
    fn what_could_fool_a_terminal_is_escaped() {
        let name = "a\u{1b}[31m\u{202e}\u{e0041}\u{ad}\u{3164}\u{34f}\u{fe0f}\u{180e}##vso[task.setvariable variable=x]y";
        let value = "true  # platform.yaml:3";
        let (name_text, value_text) = (ascii::yaml(name), ascii::yaml(value));
        let view = view(&format!(
            "name: {name_text}\ngrants: {{env: {{set: {{{value_text}: {value_text}}}, pass: [{value_text}, B]}}}}\n"
        ));
        let text = show_text(&view);
        let acts = |char: char| char != '\n' && visible::deceives(char);
        assert!(!text.chars().any(acts) && !text.contains("##"), "{text}");
        let value_of = |key: &str| {
            let prefix = format!("{key}: ");
            let rest = text.lines().find_map(|line| line.strip_prefix(&prefix));
            parse(rest.unwrap_or_default(), SourceId(0)).unwrap()
        };
        assert_eq!(value_of("name").text(), Some(name));
        let set = value_of("grants.env.set.\"true  # platform.yaml:3\"");
        assert_eq!(set.text(), Some(value));
        assert_eq!(
            value_of("grants.env.pass").list().unwrap()[0].text(),
            Some(value)
        );
    }
}
