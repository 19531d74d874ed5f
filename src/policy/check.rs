//! A YAML tree against the table of keys: every mistake of the file at once, each at its place.

use std::collections::HashMap;

use crate::source::{
    Entry, MAX_MISTAKES, Mistake, Node, Span, Spanned, Value as Yaml, did_you_mean, first_mistakes,
};

use super::constraint;
use super::keys::{Key, Merge, Names, POLICY, Record, SECTIONS, Shape};
use super::pattern::{MAX_WILDCARDS, wildcards};
use super::scalar::{self, Wrong, shown};
use super::tree::{Item, Map, Value};
use super::vocabulary::Vocabulary;
use super::word;

/// What a file says: its tree and every key in it.
#[derive(Debug)]
pub struct Checked {
    /// The tree.
    pub root: Item,
    /// Every key with its full name and place.
    pub keys: Vec<Spanned<String>>,
}

/// Checks a whole policy file.
pub fn check(node: &Node, known: &Vocabulary<'_>) -> Result<Checked, Vec<Mistake>> {
    let mut checker = Checker {
        known,
        inherits: node.get("extends").is_some(),
        path: String::new(),
        keys: Vec::new(),
        wildcards: 0,
        mistakes: Vec::new(),
    };
    if node.is_null() {
        let mistake = Mistake::new("empty-policy", "the policy is empty", node.span);
        return Err(vec![mistake.help("start with `version: 1`")]);
    }
    let root = checker.record(node, &POLICY);
    match root {
        Some(root) if checker.mistakes.is_empty() => Ok(Checked {
            root: Item {
                span: node.span,
                key: node.span,
                value: Value::Map(root),
            },
            keys: checker.keys,
        }),
        _ => Err(first_mistakes(checker.mistakes)),
    }
}

struct Checker<'c> {
    known: &'c Vocabulary<'c>,
    inherits: bool,
    path: String,
    keys: Vec<Spanned<String>>,
    wildcards: usize,
    mistakes: Vec<Mistake>,
}

impl Checker<'_> {
    /// Whether there are more mistakes than are told: then the rest is not looked at, as each look costs.
    fn is_full(&self) -> bool {
        self.mistakes.len() > MAX_MISTAKES
    }

    fn wrong_type(&mut self, node: &Node, wanted: &str, help: &str) {
        let message = format!("expected {wanted}, this is {}", node.describe());
        self.mistakes
            .push(Mistake::new("wrong-type", message, node.span).help(help));
    }

    fn wrong(&mut self, wrong: Wrong, span: Span) {
        let mut mistake = Mistake::new(wrong.code, wrong.message, span);
        mistake.help = wrong.help;
        self.mistakes.push(mistake);
    }

    /// Runs `inside` one step further down.
    fn under<T>(&mut self, step: &str, inside: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        if length > 0 && !step.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(step);
        let result = inside(self);
        self.path.truncate(length);
        result
    }

    fn record(&mut self, node: &Node, record: &'static Record) -> Option<Map> {
        let Some(entries) = node.map() else {
            self.wrong_type(node, record.what, "write `key: value` lines");
            return None;
        };
        let mut map = Map::new();
        for entry in entries {
            if self.is_full() {
                return None;
            }
            let Some(key) = record.key(&entry.key).filter(|key| fits(key, &entry.key)) else {
                self.unknown_key(entry, record);
                continue;
            };
            if let Some(item) = self.entry(entry, key) {
                map.insert(entry.key.to_string(), item);
            }
        }
        self.required(node, record);
        constraint::hold(record, node, &map, self.inherits, &mut self.mistakes);
        Some(map)
    }

    fn unknown_key(&mut self, entry: &Entry, record: &Record) {
        let message = format!("{} has no key `{}`", record.what, shown(&entry.key));
        let mut mistake = Mistake::new("unknown-key", message, entry.key_span);
        mistake.help = did_you_mean(&entry.key, record.keys.iter().map(|key| key.name));
        self.mistakes.push(mistake);
    }

    fn required(&mut self, node: &Node, record: &Record) {
        for key in record.keys.iter().filter(|key| key.required) {
            if node.get(key.name).is_none() {
                let message = format!("{} needs `{}`", record.what, key.name);
                self.mistakes.push(
                    Mistake::new("missing-key", message, node.span)
                        .help(format!("add `{}:`", key.name)),
                );
            }
        }
    }

    fn entry(&mut self, entry: &Entry, key: &'static Key) -> Option<Item> {
        self.under(&entry.key, |checker| {
            checker
                .keys
                .push(Spanned::new(checker.path.clone(), entry.key_span));
            if entry.node.is_null() {
                checker.missing_value(entry);
                return None;
            }
            let value = checker.value(&entry.node, &key.shape)?;
            Some(Item {
                span: entry.node.span,
                key: entry.key_span,
                value: match (key.merge, value) {
                    (Merge::Intersect(_), Value::List(items)) => Value::Layers(vec![items]),
                    (_, value) => value,
                },
            })
        })
    }

    fn missing_value(&mut self, entry: &Entry) {
        let message = format!("`{}` has no value", shown(&entry.key));
        self.mistakes.push(
            Mistake::new("missing-value", message, entry.key_span)
                .help("write one, or take the key out: what is absent is denied or inherited"),
        );
    }

    fn value(&mut self, node: &Node, shape: &'static Shape) -> Option<Value> {
        match shape {
            Shape::Map(record) => self.record(node, record).map(Value::Map),
            Shape::Either(_, record) if node.map().is_some() => {
                self.record(node, record).map(Value::Map)
            }
            Shape::Either(scalar, _) => self.value(node, scalar),
            Shape::MapOf(names, key) => self.names(node, *names, key).map(Value::Map),
            Shape::List(inside) => self.list(node, |checker, item| checker.value(item, inside)),
            Shape::Entries(record, by) => {
                let list = self.list(node, |checker, item| {
                    checker.record(item, record).map(Value::Map)
                })?;
                self.distinct(&list, record.what, by);
                Some(list)
            }
            scalar => self.scalar(node, scalar),
        }
    }

    fn scalar(&mut self, node: &Node, shape: &Shape) -> Option<Value> {
        let (Some(text), Yaml::Scalar { plain, .. }) = (node.text(), &node.value) else {
            self.wrong_type(node, "one value", "write it on one line");
            return None;
        };
        if matches!(shape, Shape::Pattern) {
            self.count(text, node.span);
        }
        match scalar::read(shape, text, *plain, self.known) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.wrong(wrong, node.span);
                None
            }
        }
    }

    /// Counts a pattern's wildcards; it is said once that there are too many.
    fn count(&mut self, pattern: &str, span: Span) {
        let before = self.wildcards;
        self.wildcards += wildcards(pattern);
        if before <= MAX_WILDCARDS && self.wildcards > MAX_WILDCARDS {
            let message =
                format!("more than {MAX_WILDCARDS} wildcards in the patterns of one file");
            self.mistakes.push(
                Mistake::new("too-many-wildcards", message, span)
                    .help("write fewer and broader patterns, or literal ones; each `*`, `?`, `[`, `{` and `,` of a pattern counts"),
            );
        }
    }

    fn list(
        &mut self,
        node: &Node,
        mut item: impl FnMut(&mut Self, &Node) -> Option<Value>,
    ) -> Option<Value> {
        let Some(nodes) = node.list() else {
            self.wrong_type(node, "a list", "write `[first, second]`, or `[]` for none");
            return None;
        };
        let mut items = Vec::with_capacity(nodes.len());
        for (at, node) in nodes.iter().enumerate() {
            if self.is_full() {
                return None;
            }
            let value = self.under(&format!("[{at}]"), |checker| item(checker, node));
            items.extend(value.map(|value| Item {
                span: node.span,
                key: node.span,
                value,
            }));
        }
        Some(Value::List(items))
    }

    fn names(&mut self, node: &Node, names: Names, key: &'static Key) -> Option<Map> {
        let Some(entries) = node.map() else {
            self.wrong_type(node, "a map", "write `name: value` lines");
            return None;
        };
        let mut map = Map::new();
        for entry in entries {
            if self.is_full() {
                return None;
            }
            if let Err(wrong) = self.name(names, &entry.key) {
                self.wrong(wrong, entry.key_span);
            } else if let Some(item) = self.entry(entry, key) {
                map.insert(entry.key.to_string(), item);
            }
        }
        Some(map)
    }

    fn name(&self, names: Names, name: &str) -> Result<(), Wrong> {
        let refused = match names {
            Names::Rule => return word::rule(name, self.known),
            Names::Variable => Shape::Variable,
            Names::Config => Shape::Text { empty: false },
            Names::Section => Shape::Choice(SECTIONS),
        };
        scalar::read(&refused, name, true, self.known).map(|_| ())
    }

    /// Two entries that mean the same thing would hide one of them.
    fn distinct(&mut self, list: &Value, what: &str, by: &[&str]) {
        let Value::List(items) = list else { return };
        let mut seen: HashMap<Vec<&str>, Span> = HashMap::new();
        for item in items {
            let identity = identity(item, by);
            if identity.len() < by.len() {
                continue;
            }
            if let Some(first) = seen.insert(identity, item.span) {
                let message = format!("{what} is listed twice");
                self.mistakes.push(
                    Mistake::new("duplicate-entry", message, item.span)
                        .label("again here")
                        .also(first, "first here")
                        .help("keep one of the two"),
                );
            }
        }
    }
}

/// The texts that tell an entry of a list from the others.
pub fn identity<'i>(item: &'i Item, by: &[&str]) -> Vec<&'i str> {
    by.iter()
        .filter_map(|key| item.get(key).and_then(Item::text))
        .collect()
}

fn fits(key: &Key, name: &str) -> bool {
    !key.name.starts_with('<') || word::is_parameter(name)
}
