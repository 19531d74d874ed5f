//! One file of the taxonomy, read: a host interface and its functions.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::entry::{Entry, Family};
use super::pattern::{check_order, check_pattern, prefix_of};
use super::reading::{args, capabilities, list, text, unknown, wrong_type};
use super::signature;
use crate::source::{Fields, Mistake, Node, Span, Text};

/// A host interface.
#[derive(Debug, Clone)]
pub struct Interface {
    /// Its name: the stem of its file.
    pub name: Text,
    /// Its title for people.
    pub title: Text,
    /// Where its facts come from.
    pub source: Text,
    /// Its family.
    pub family: Family,
    /// Import module names, with their places; a trailing `*` matches any end.
    pub modules: Vec<(Text, Span)>,
    /// Functions by name.
    pub(super) exact: HashMap<Text, Entry>,
    /// Functions by beginning, the longest first.
    pub(super) prefixes: Vec<(Text, Entry)>,
    /// Every function as written, with its place, for messages.
    pub(super) written: Vec<(Text, Span)>,
}

impl Interface {
    /// The function that begins like `name`, and how long that beginning is; the longest wins.
    pub(super) fn by_prefix(&self, name: &str) -> Option<(usize, &Entry)> {
        let found = self
            .prefixes
            .iter()
            .find(|(prefix, _)| name.starts_with(&**prefix));
        found.map(|(prefix, entry)| (prefix.len(), entry))
    }

    /// The names of the functions that are known by their whole name, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.exact.keys().map(|name| &**name).collect();
        names.sort_unstable();
        names
    }

    /// Reads a file's tree; `stem` is the file's name without its end.
    pub(super) fn read(stem: &str, node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let mut fields = Fields::open(node, "an interface", mistakes)?;
        let name = fields.need("interface", mistakes);
        let title = fields.need("title", mistakes);
        let source = fields.need("source", mistakes);
        let family = fields.need("family", mistakes);
        let modules = fields.need("modules", mistakes);
        let functions = fields.need("functions", mistakes);
        fields.finish(mistakes);
        let name = name.and_then(|node| read_name(stem, node, mistakes));
        let title = title.and_then(|node| text(node, mistakes));
        let source = source.and_then(|node| text(node, mistakes));
        let family = family.and_then(|node| read_family(node, mistakes));
        let modules = modules.map(|node| read_modules(node, mistakes));
        let mut interface = Self {
            name: name.unwrap_or_default(),
            title: title.unwrap_or_default(),
            source: source.unwrap_or_default(),
            family: family.unwrap_or(Family::Host),
            modules: modules.unwrap_or_default(),
            exact: HashMap::new(),
            prefixes: Vec::new(),
            written: Vec::new(),
        };
        interface.read_functions(functions?, mistakes);
        Some(interface)
    }

    fn read_functions(&mut self, node: &Node, mistakes: &mut Vec<Mistake>) {
        let Some(entries) = node.map().filter(|entries| !entries.is_empty()) else {
            let help = "write `name: {capabilities: []}` lines";
            mistakes.push(wrong_type("a map of functions", node).help(help));
            return;
        };
        self.exact.reserve(entries.len());
        for function in entries {
            self.written.push((function.key.clone(), function.key_span));
            check_pattern(&function.key, function.key_span, mistakes);
            let entry = self.read_function(&function.node, mistakes);
            match (entry, prefix_of(&function.key)) {
                (Some(entry), Some(prefix)) => self.prefixes.push((prefix, entry)),
                (Some(entry), None) => drop(self.exact.insert(function.key.clone(), entry)),
                (None, _) => {}
            }
        }
        check_order(
            self.written.iter().map(|(name, span)| (&**name, *span)),
            mistakes,
        );
        self.prefixes
            .sort_by_key(|(prefix, _)| Reverse(prefix.len()));
    }

    fn read_function(&self, node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Entry> {
        let mut fields = Fields::open(node, "a function", mistakes)?;
        let given = fields.take("capabilities");
        let if_opens = fields.take("if_opens");
        let opens = fields.flag("opens", mistakes);
        let signature = fields.take("signature");
        let hints = fields.take("args");
        fields.finish(mistakes);
        let signature = signature.and_then(|node| Some((text(node, mistakes)?, node.span)));
        let parameters = signature
            .as_ref()
            .and_then(|(text, span)| signature::check(text, *span, mistakes));
        Some(Entry {
            interface: self.name.clone(),
            family: self.family,
            capabilities: given.map(|node| capabilities(node, mistakes)),
            if_opens: if_opens
                .map(|node| capabilities(node, mistakes))
                .unwrap_or_default(),
            opens: opens.unwrap_or_default(),
            signature: signature.map(|(text, _)| text),
            args: hints
                .map(|node| args(node, parameters, mistakes))
                .unwrap_or_default(),
        })
    }
}

fn read_name(stem: &str, node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Text> {
    let name = text(node, mistakes)?;
    if name != stem {
        let message = format!("the file is named `{stem}`, its interface `{name}`");
        let help = format!("write `interface: {stem}`, or rename the file");
        mistakes.push(Mistake::new("wrong-name", message, node.span).help(help));
    }
    Some(name)
}

fn read_family(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Family> {
    let name = text(node, mistakes)?;
    let family = Family::of(&name);
    if family.is_none() {
        let known = Family::NAMES.iter().map(|(name, _)| *name);
        mistakes.push(unknown("family", &name, node.span, known));
    }
    family
}

fn read_modules(node: &Node, mistakes: &mut Vec<Mistake>) -> Vec<(Text, Span)> {
    let items = list(node, mistakes);
    if items.is_empty() {
        mistakes.push(Mistake::new(
            "wrong-type",
            "`modules` names no module",
            node.span,
        ));
    }
    let mut modules = Vec::with_capacity(items.len());
    for item in items {
        if let Some(module) = text(item, mistakes) {
            check_pattern(&module, item.span, mistakes);
            modules.push((module, item.span));
        }
    }
    check_order(
        modules.iter().map(|(module, span)| (&**module, *span)),
        mistakes,
    );
    modules
}
