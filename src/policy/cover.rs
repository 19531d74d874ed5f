//! Whether a base's list covers an entry of its child's. Only entries that match nothing but themselves are judged; what
//! is a pattern stays one more list that must match, so nothing here decides what is allowed.

use std::collections::HashSet;

use super::keys::Cover;
use super::pattern::{Pattern, is_literal};
use super::tree::Item;
use super::vocabulary::Vocabulary;

/// What compiling a pattern costs, in questions to one.
const COMPILE: usize = 200;
/// Entries that admit everything.
const ALL: &[&str] = &["*", "**", "/**", "*:*"];

/// One list of a base, made ready for questions.
pub struct Covered<'c> {
    cover: Cover,
    known: &'c Vocabulary<'c>,
    texts: HashSet<&'c str>,
    patterns: Vec<(Pattern, String)>,
    any_pattern: bool,
    judged: bool,
}

impl<'c> Covered<'c> {
    /// Makes a list ready; `segmented` says that `*` stays within a segment in it. `budget` bounds the work on one policy.
    pub fn new(
        layer: &'c [Item],
        cover: Cover,
        segmented: bool,
        known: &'c Vocabulary<'c>,
        budget: &mut usize,
    ) -> Self {
        let texts: HashSet<&str> = layer.iter().filter_map(Item::text).collect();
        let any_pattern = texts.iter().any(|text| !is_literal(text));
        let wanted = texts.iter().filter(|text| match cover {
            Cover::Capability => false,
            Cover::Endpoint => true,
            Cover::Name | Cover::Guard => !is_literal(text),
        });
        let cost = wanted.clone().count().saturating_mul(COMPILE);
        let judged = cost <= *budget;
        let patterns = if judged {
            *budget -= cost;
            wanted
                .filter_map(|text| compile(cover, segmented, text))
                .collect()
        } else {
            Vec::new()
        };
        Self {
            cover,
            known,
            texts,
            patterns,
            any_pattern,
            judged,
        }
    }

    /// Whether the list covers `item`, or that cannot be said.
    pub fn holds(&self, item: &Item, budget: &mut usize) -> bool {
        let Some(text) = item.text() else { return true };
        if self.texts.contains(text) || !self.judged {
            return true;
        }
        match self.cover {
            Cover::Capability => self.names(text),
            _ if ALL.contains(&text) => ALL.iter().any(|all| self.texts.contains(all)),
            _ => self.matched(text, budget),
        }
    }

    /// A function may belong to any of the capabilities listed: only the taxonomy knows, and the linker asks it.
    fn names(&self, text: &str) -> bool {
        let mut capabilities = self
            .texts
            .iter()
            .filter(|text| !self.known.is_function(text));
        self.known.is_function(text) && capabilities.next().is_some()
    }

    /// A pattern over a list of plain names asks for more than these; over patterns it cannot be said.
    fn matched(&self, text: &str, budget: &mut usize) -> bool {
        let (subject, port) = split(self.cover, text);
        if !is_literal(subject) || port == "*" {
            return self.any_pattern;
        }
        *budget = budget.saturating_sub(self.patterns.len());
        let fits = |(pattern, ports): &(Pattern, String)| {
            (ports == "*" || ports == port) && pattern.matches(subject)
        };
        *budget == 0 || self.patterns.iter().any(fits)
    }
}

fn compile(cover: Cover, segmented: bool, text: &str) -> Option<(Pattern, String)> {
    let (subject, port) = split(cover, text);
    let pattern = if segmented && cover == Cover::Guard {
        Pattern::path(subject)
    } else {
        Pattern::name(subject)
    };
    Some((pattern.ok()?, port.to_owned()))
}

/// An endpoint's host and port; for other texts the port is empty.
fn split(cover: Cover, text: &str) -> (&str, &str) {
    match cover {
        Cover::Endpoint if text == "*" => ("*", "*"),
        Cover::Endpoint => text.rsplit_once(':').unwrap_or((text, "")),
        _ => (text, ""),
    }
}
