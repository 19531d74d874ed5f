//! One file of the taxonomy: a host interface. A built-in one reads its functions when they are first asked for.

use std::sync::OnceLock;

use super::embedded::Embedded;
use super::entry::{Entry, Family};
use super::functions::Functions;
use super::pattern::{check_order, check_pattern};
use super::reading::{list, text, unknown};
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
    functions: OnceLock<Functions>,
    embedded: Option<Embedded>,
}

impl Interface {
    /// The functions that are known by their whole name or by a beginning with a `*`, as written, sorted.
    pub fn written(&self) -> impl Iterator<Item = (&str, Span)> {
        self.functions().written()
    }

    /// The entry of a function as written.
    pub fn entry(&self, written: &str) -> Option<&Entry> {
        match written.strip_suffix('*') {
            Some(prefix) => self.functions().by_exact_prefix(prefix),
            None => self.functions().exact(written),
        }
    }

    /// Its functions.
    pub(super) fn functions(&self) -> &Functions {
        self.functions.get_or_init(|| {
            let packed = self.embedded.and_then(|file| file.get("functions"));
            let read = |node| Functions::read(self, &node, &mut Vec::new());
            packed.map(read).unwrap_or_default()
        })
    }

    /// Reads a file's tree; `stem` is the file's name without its end.
    pub(super) fn read(stem: &str, node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let mut fields = Fields::open(node, "an interface", mistakes)?;
        let functions = fields.need("functions", mistakes);
        let interface = Self::head(stem, fields, mistakes);
        let functions = Functions::read(&interface, functions?, mistakes);
        let _ = interface.functions.set(functions);
        Some(interface)
    }

    /// Reads all of a built-in file but its functions.
    pub(super) fn embedded(file: Embedded) -> Option<Self> {
        let head = file.without(&["functions"]);
        let mistakes = &mut Vec::new();
        let fields = Fields::open(&head, "an interface", mistakes)?;
        Some(Self {
            embedded: Some(file),
            ..Self::head(file.stem, fields, mistakes)
        })
    }

    fn head(stem: &str, mut fields: Fields<'_>, mistakes: &mut Vec<Mistake>) -> Self {
        let name = fields.need("interface", mistakes);
        let title = fields.need("title", mistakes);
        let source = fields.need("source", mistakes);
        let family = fields.need("family", mistakes);
        let modules = fields.need("modules", mistakes);
        fields.finish(mistakes);
        let name = name.and_then(|node| read_name(stem, node, mistakes));
        let title = title.and_then(|node| text(node, mistakes));
        let source = source.and_then(|node| text(node, mistakes));
        let family = family.and_then(|node| read_family(node, mistakes));
        let modules = modules.map(|node| read_modules(node, mistakes));
        Self {
            name: name.unwrap_or_default(),
            title: title.unwrap_or_default(),
            source: source.unwrap_or_default(),
            family: family.unwrap_or(Family::Host),
            modules: modules.unwrap_or_default(),
            functions: OnceLock::new(),
            embedded: None,
        }
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
