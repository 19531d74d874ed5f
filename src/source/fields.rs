//! Reading a map field by field: what is asked for is known, what is left over is a mistake.

use super::mistake::{MAX_MISTAKES, Mistake};
use super::node::{Entry, Node};
use super::span::{Span, Spanned};
use super::suggest::did_you_mean;

/// A cursor over one map. Call [`Fields::finish`] at the end.
#[derive(Debug)]
pub struct Fields<'n> {
    what: &'static str,
    span: Span,
    left: Vec<&'n Entry>,
    asked: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// Starts reading `node` as a map; `what` names it in messages (`a rule`).
    pub fn open(node: &'n Node, what: &'static str, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let Some(entries) = node.map() else {
            mistakes.push(
                Mistake::new(
                    "wrong-type",
                    format!("{what} must be a map, this is {}", node.describe()),
                    node.span,
                )
                .help("write `key: value` lines"),
            );
            return None;
        };
        Some(Self {
            what,
            span: node.span,
            left: entries.iter().collect(),
            asked: Vec::new(),
        })
    }

    /// Where the map stands.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Takes an optional field; a null counts as absent.
    pub fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.asked.push(key);
        let at = self.left.iter().position(|entry| entry.key == key)?;
        let node = &self.left.swap_remove(at).node;
        (!node.is_null()).then_some(node)
    }

    /// Takes a field that must be there.
    pub fn need(&mut self, key: &'static str, mistakes: &mut Vec<Mistake>) -> Option<&'n Node> {
        let found = self.take(key);
        if found.is_none() {
            mistakes.push(
                Mistake::new(
                    "missing-key",
                    format!("{} needs `{key}`", self.what),
                    self.span,
                )
                .help(format!("add `{key}:`")),
            );
        }
        found
    }

    /// Takes a text that must be there.
    pub fn need_text(
        &mut self,
        key: &'static str,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<Spanned<String>> {
        let node = self.need(key, mistakes)?;
        text(node, mistakes)
    }

    /// Takes an optional text.
    pub fn text(
        &mut self,
        key: &'static str,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<Spanned<String>> {
        let node = self.take(key)?;
        text(node, mistakes)
    }

    /// Takes an optional list of texts.
    pub fn texts(
        &mut self,
        key: &'static str,
        mistakes: &mut Vec<Mistake>,
    ) -> Vec<Spanned<String>> {
        let Some(node) = self.take(key) else {
            return Vec::new();
        };
        let Some(items) = node.list() else {
            mistakes.push(
                Mistake::new(
                    "wrong-type",
                    format!("`{key}` must be a list, this is {}", node.describe()),
                    node.span,
                )
                .help(format!("write `{key}: [first, second]`")),
            );
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| text(item, mistakes))
            .collect()
    }

    /// Takes an optional `true` or `false`.
    pub fn flag(&mut self, key: &'static str, mistakes: &mut Vec<Mistake>) -> Option<bool> {
        let node = self.take(key)?;
        let flag = node.flag();
        if flag.is_none() {
            mistakes.push(
                Mistake::new(
                    "wrong-type",
                    format!("`{key}` must be true or false"),
                    node.span,
                )
                .help("write `true` or `false` without quotes"),
            );
        }
        flag
    }

    /// Ends the reading: every key that nobody asked for is a mistake, until there are more than anybody reads.
    pub fn finish(self, mistakes: &mut Vec<Mistake>) {
        let mut left = self.left;
        left.sort_by_key(|entry| entry.key_span);
        for entry in left {
            if mistakes.len() > MAX_MISTAKES {
                return;
            }
            let mistake = Mistake::new(
                "unknown-key",
                format!("{} has no key `{}`", self.what, entry.key),
                entry.key_span,
            );
            mistakes.push(match did_you_mean(&entry.key, self.asked.iter().copied()) {
                Some(help) => mistake.help(help),
                None => mistake,
            });
        }
    }
}

fn text(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Spanned<String>> {
    let found = node.spanned();
    if found.is_none() {
        mistakes.push(
            Mistake::new(
                "wrong-type",
                format!("expected text, this is {}", node.describe()),
                node.span,
            )
            .help("write one line of text, quoted if it has `:` or `#` in it"),
        );
    }
    found
}
