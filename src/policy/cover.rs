//! Whether a base's list covers an entry of its child's. Only entries that match nothing but themselves are judged; what
//! is a pattern stays one more list that must match, so nothing here decides what is allowed.

use std::collections::HashSet;

use super::keys::Cover;
use super::pattern::{Pattern, is_literal};
use super::tree::Item;
use super::vocabulary::Vocabulary;

/// The most patterns of one list that are compiled to judge.
const MAX_PATTERNS: usize = 1000;

/// One list of a base, made ready for questions.
pub struct Covered<'c> {
    cover: Cover,
    known: &'c Vocabulary<'c>,
    texts: HashSet<&'c str>,
    patterns: Vec<(Pattern, String)>,
    any_capability: bool,
    judged: bool,
}

impl<'c> Covered<'c> {
    /// Makes a list ready; `segmented` says that `*` stays within a segment in it.
    pub fn new(
        layer: &'c [Item],
        cover: Cover,
        segmented: bool,
        known: &'c Vocabulary<'c>,
    ) -> Self {
        let texts: HashSet<&str> = layer.iter().filter_map(Item::text).collect();
        let wild: Vec<&str> = texts
            .iter()
            .copied()
            .filter(|text| cover == Cover::Endpoint || !is_literal(text))
            .collect();
        let judged = wild.len() <= MAX_PATTERNS;
        let patterns = match judged && cover != Cover::Capability {
            true => wild
                .into_iter()
                .filter_map(|text| compile(cover, segmented, text))
                .collect(),
            false => Vec::new(),
        };
        let any_capability = texts.iter().any(|text| !known.is_function(text));
        Self {
            cover,
            known,
            texts,
            patterns,
            any_capability,
            judged,
        }
    }

    /// Whether the list covers `item`, or that cannot be said. `budget` bounds the questions of one policy.
    pub fn holds(&mut self, item: &Item, budget: &mut usize) -> bool {
        let Some(text) = item.text() else { return true };
        if self.texts.contains(text) || !self.judged {
            return true;
        }
        if self.cover == Cover::Capability {
            return self.any_capability && self.known.is_function(text);
        }
        let (subject, port) = split(self.cover, text);
        if !is_literal(subject) || port == "*" {
            return !self.patterns.is_empty();
        }
        *budget = budget.saturating_sub(self.patterns.len());
        *budget == 0
            || self
                .patterns
                .iter()
                .any(|(pattern, ports)| (ports == "*" || ports == port) && pattern.matches(subject))
    }
}

fn compile(cover: Cover, segmented: bool, text: &str) -> Option<(Pattern, String)> {
    let (subject, port) = split(cover, text);
    let pattern = match segmented && cover == Cover::Guard {
        true => Pattern::path(subject),
        false => Pattern::name(subject),
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
