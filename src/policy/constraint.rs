//! What must hold between the keys of one map.

use crate::source::{Mistake, Node, Span};

use super::keys::{Constraint, Record};
use super::tree::{Item, Map};

/// Checks a map's constraints. `inherits` says that a base may hold the key that decides.
pub fn hold(record: &Record, node: &Node, map: &Map, inherits: bool, mistakes: &mut Vec<Mistake>) {
    let at = At {
        what: record.what,
        node,
        map,
        inherits,
    };
    for constraint in record.constraints {
        match *constraint {
            Constraint::OneOf(keys) => at.one_of(keys, mistakes),
            Constraint::Exclusive(first, second) => at.exclusive(first, second, mistakes),
            Constraint::Only { keys, when, is } => at.only(keys, when, is, mistakes),
            Constraint::Needs { keys, when, is } => at.needs(keys, when, is, mistakes),
            Constraint::Check(check) => check(map, node.span, mistakes),
        }
    }
}

struct At<'a> {
    what: &'static str,
    node: &'a Node,
    map: &'a Map,
    inherits: bool,
}

impl At<'_> {
    /// The places of those keys that were written.
    fn written(&self, keys: &[&'static str]) -> Vec<(&'static str, Span)> {
        let entries = self.node.map().unwrap_or_default();
        keys.iter()
            .filter_map(|key| {
                let entry = entries.iter().find(|entry| entry.key == *key)?;
                Some((*key, entry.key_span))
            })
            .collect()
    }

    fn one_of(&self, keys: &[&'static str], mistakes: &mut Vec<Mistake>) {
        let written = self.written(keys);
        if let [(first, at), (second, again), ..] = written.as_slice() {
            mistakes.push(both(first, *at, second, *again));
        }
        if written.is_empty() {
            let message = format!("{} needs one of {}", self.what, keys.join(", "));
            mistakes.push(
                Mistake::new("missing-key", message, self.node.span)
                    .help("add exactly one of them"),
            );
        }
    }

    fn exclusive(
        &self,
        first: &[&'static str],
        second: &[&'static str],
        mistakes: &mut Vec<Mistake>,
    ) {
        let (first, second) = (self.written(first), self.written(second));
        if let Some((key, at)) = first.first() {
            for (other, again) in second {
                mistakes.push(both(key, *at, other, again));
            }
        }
    }

    fn only(
        &self,
        keys: &[&'static str],
        when: &'static str,
        is: &[&str],
        mistakes: &mut Vec<Mistake>,
    ) {
        let decides = self.map.get(when).and_then(Item::text);
        let unclear = decides.is_none() && (self.inherits || !self.written(&[when]).is_empty());
        if unclear || decides.is_some_and(|word| is.contains(&word)) {
            return;
        }
        for (key, at) in self.written(keys) {
            let message = format!("`{key}` has no meaning here");
            let help = format!("it belongs to `{when}: {}`", is.join("`, `"));
            mistakes.push(Mistake::new("misplaced-key", message, at).help(help));
        }
    }

    fn needs(
        &self,
        keys: &[&'static str],
        when: &'static str,
        is: &[&str],
        mistakes: &mut Vec<Mistake>,
    ) {
        let Some(word) = self.map.get(when).and_then(Item::text) else {
            return;
        };
        if !is.contains(&word) {
            return;
        }
        for key in keys.iter().filter(|key| self.written(&[key]).is_empty()) {
            let message = format!("`{when}: {word}` needs `{key}`");
            mistakes.push(
                Mistake::new("missing-key", message, self.node.span).help(format!("add `{key}:`")),
            );
        }
    }
}

fn both(first: &str, at: Span, second: &str, again: Span) -> Mistake {
    let message = format!("`{first}` and `{second}` do not go together");
    Mistake::new("exclusive-keys", message, again)
        .also(at, format!("`{first}` is here"))
        .help("keep one of the two")
}
