//! The functions of one interface, by whole name and by beginning.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::capabilities::Capabilities;
use super::entry::Entry;
use super::interface::Interface;
use super::pattern::{check_order, check_pattern, prefix_of};
use super::reading::{args, capabilities, flag, text, unknown_key, wrong_type};
use super::signature;
use crate::source::{Mistake, Node, Span, Text};

/// The functions of an interface.
#[derive(Debug, Clone, Default)]
pub(super) struct Functions {
    exact: HashMap<Text, Entry>,
    /// The longest first.
    prefixes: Vec<(Text, Entry)>,
    written: Vec<(Text, Span)>,
}

impl Functions {
    /// The function of this whole name.
    pub(super) fn exact(&self, name: &str) -> Option<&Entry> {
        self.exact.get(name)
    }

    /// The functions that begin like `name`, and how long that beginning is; the longest wins.
    pub(super) fn by_prefix(&self, name: &str) -> Option<(usize, &Entry)> {
        let mut all = self.prefixes.iter();
        let found = all.find(|(prefix, _)| name.starts_with(&**prefix));
        found.map(|(prefix, entry)| (prefix.len(), entry))
    }

    /// The functions that are written with this very beginning.
    pub(super) fn by_exact_prefix(&self, prefix: &str) -> Option<&Entry> {
        let found = self.prefixes.iter().find(|(known, _)| known == prefix);
        found.map(|(_, entry)| entry)
    }

    /// Every function as written, with its place.
    pub(super) fn written(&self) -> impl Iterator<Item = (&str, Span)> {
        self.written.iter().map(|(name, span)| (&**name, *span))
    }

    /// Reads the `functions` of an interface.
    pub(super) fn read(of: &Interface, node: &Node, mistakes: &mut Vec<Mistake>) -> Self {
        let mut functions = Self::default();
        let Some(entries) = node.map().filter(|entries| !entries.is_empty()) else {
            let help = "write `name: {capabilities: []}` lines";
            mistakes.push(wrong_type("a map of functions", node).help(help));
            return functions;
        };
        functions.exact.reserve(entries.len());
        functions.written.reserve(entries.len());
        for function in entries {
            functions
                .written
                .push((function.key.clone(), function.key_span));
            check_pattern(&function.key, function.key_span, mistakes);
            let entry = read_function(of, &function.node, mistakes);
            match (entry, prefix_of(&function.key)) {
                (Some(entry), Some(prefix)) => functions.prefixes.push((prefix, entry)),
                (Some(entry), None) => drop(functions.exact.insert(function.key.clone(), entry)),
                (None, _) => {}
            }
        }
        check_order(functions.written(), mistakes);
        functions
            .prefixes
            .sort_by_key(|(prefix, _)| Reverse(prefix.len()));
        functions
    }
}

fn read_function(of: &Interface, node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Entry> {
    let Some(fields) = node.map() else {
        mistakes
            .push(wrong_type("a map", node).help("write `{}` for a function with a name alone"));
        return None;
    };
    let mut entry = Entry {
        interface: of.name.clone(),
        family: of.family,
        capabilities: None,
        if_opens: Capabilities::default(),
        opens: false,
        signature: None,
        args: Vec::new(),
    };
    let mut hints = None;
    let mut parameters = None;
    for field in fields {
        let node = &field.node;
        match &*field.key {
            "capabilities" => entry.capabilities = Some(capabilities(node, mistakes)),
            "if_opens" => entry.if_opens = capabilities(node, mistakes),
            "opens" => entry.opens = flag(node, mistakes),
            "signature" => {
                entry.signature = text(node, mistakes);
                let written = entry.signature.as_deref().unwrap_or_default();
                parameters = signature::check(written, node.span, mistakes);
            }
            "args" => hints = Some(node),
            _ => mistakes.push(unknown_key("a function", field, FIELDS)),
        }
    }
    entry.args = hints
        .map(|node| args(node, parameters, mistakes))
        .unwrap_or_default();
    Some(entry)
}

const FIELDS: &[&str] = &["capabilities", "if_opens", "opens", "signature", "args"];
