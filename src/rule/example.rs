//! An example of a rule: what it is run on, and whether the rule must fire there.

use std::sync::LazyLock;

use crate::source::{Fields, Mistake, Node, Spanned, Text, unpack};

/// One example.
#[derive(Debug, Clone)]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// Whether the rule fires.
    pub fires: bool,
    /// The subject of the finding, if the example states it.
    pub subject: Option<String>,
    /// The severity of the finding, if the example states it.
    pub severity: Option<String>,
    /// The policy; `builtin:baseline` without one.
    pub policy: Option<Text>,
    /// The module as WAT; an empty module without one.
    pub module: Option<Text>,
    /// The lock.
    pub lock: Option<Text>,
    /// What lies on disk beside the policy.
    pub files: Vec<Fixture>,
}

/// Something on disk that an example needs, relative to the policy's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fixture {
    /// `data/`: a directory.
    Directory(String),
    /// `data/a.txt`: an empty file; or one with the text after ` = `.
    File(String, String),
    /// `data/link -> ../outside`: a symbolic link.
    Link(String, String),
}

static EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/examples.bin"));

impl Example {
    /// The examples of a built-in rule.
    pub(super) fn embedded(rule: &str) -> Vec<Self> {
        static TREE: LazyLock<Option<Node>> = LazyLock::new(|| unpack(&mut &*EMBEDDED));
        let node = TREE.as_ref().and_then(|tree| tree.get(rule));
        Self::read_all(node, &mut Vec::new())
    }

    /// Every example of a list.
    pub(super) fn read_all(node: Option<&Node>, mistakes: &mut Vec<Mistake>) -> Vec<Self> {
        let items = node.and_then(Node::list).unwrap_or_default().iter();
        items
            .filter_map(|item| Self::read(item, mistakes))
            .collect()
    }

    fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let mut fields = Fields::open(node, "an example", mistakes)?;
        let name = fields.need_text("name", mistakes);
        let fires = fields.flag("fires", mistakes);
        if fires.is_none() {
            mistakes.push(
                Mistake::new("missing-key", "an example needs `fires`", fields.span())
                    .help("write `fires: true` or `fires: false`"),
            );
        }
        let example = Self {
            name: name.map(|name| name.value).unwrap_or_default(),
            fires: fires.unwrap_or_default(),
            subject: fields
                .text("subject", mistakes)
                .map(|subject| subject.value),
            severity: fields
                .text("severity", mistakes)
                .map(|severity| severity.value),
            policy: fields.take("policy").and_then(text),
            module: fields.take("module").and_then(text),
            lock: fields.take("lock").and_then(text),
            files: fields
                .texts("files", mistakes)
                .iter()
                .filter_map(|line| Fixture::read(line, mistakes))
                .collect(),
        };
        fields.finish(mistakes);
        Some(example)
    }
}

fn text(node: &Node) -> Option<Text> {
    match &node.value {
        crate::source::Value::Scalar { text, .. } => Some(text.clone()),
        _ => None,
    }
}

impl Fixture {
    fn read(line: &Spanned<String>, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let (path, fixture) = if let Some((path, target)) = line.value.split_once(" -> ") {
            (path, Self::Link(path.to_owned(), target.to_owned()))
        } else if let Some((path, content)) = line.value.split_once(" = ") {
            (path, Self::File(path.to_owned(), content.to_owned()))
        } else if let Some(path) = line.value.strip_suffix('/') {
            (path, Self::Directory(path.to_owned()))
        } else {
            (
                line.value.as_str(),
                Self::File(line.value.clone(), String::new()),
            )
        };
        let inside = !path.is_empty()
            && !path.contains(['\\', '\0'])
            && path
                .split('/')
                .all(|part| !part.is_empty() && part != "." && part != "..");
        if !inside {
            mistakes.push(
                Mistake::new(
                    "fixture-path",
                    "a file of an example lies below the policy's folder",
                    line.span,
                )
                .help("write a relative path without `..`, such as `data/a.txt`"),
            );
        }
        inside.then_some(fixture)
    }
}
