//! What the name of an unknown host import tells of the authority behind it. A hint, not proof: who names an import
//! `helper_7` hides from it, so the rules that use it come on top of "every host import must be declared".

use std::collections::HashMap;
use std::ops::Range;

use super::pattern::check_order;
use super::reading::{list, text, unknown};
use super::tokens::tokens;
use crate::source::{Fields, Mistake, Node, Span, Text};

/// A kind of authority that a name can speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthorityClass {
    /// Takes a path.
    Path,
    /// Takes a URL, a host or an address.
    Url,
    /// Takes a command, code, a query or a template.
    Command,
    /// Takes the name of a variable, key, secret or config entry.
    Secret,
    /// Lets the guest choose the root, user, tenant or credential.
    Root,
    /// Does anything, by opcode or name.
    Dispatch,
    /// Is the whole host.
    Ambient,
    /// Writes a buffer into the guest.
    Output,
}

impl AuthorityClass {
    /// Every class under its name in the file, sorted.
    pub const NAMES: &[(&str, Self)] = &[
        ("ambient", Self::Ambient),
        ("command", Self::Command),
        ("dispatch", Self::Dispatch),
        ("output", Self::Output),
        ("path", Self::Path),
        ("root", Self::Root),
        ("secret", Self::Secret),
        ("url", Self::Url),
    ];
}

/// The classes that a name speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Authority(u16);

/// A phrase that says nothing itself, and hides the shorter ones in it.
const HARMLESS: Authority = Authority(1 << 15);

impl Authority {
    fn of(class: AuthorityClass) -> Self {
        Self(1 << class as u16)
    }

    /// Whether the name speaks of this class.
    pub fn has(self, class: AuthorityClass) -> bool {
        self.0 & Self::of(class).0 != 0
    }

    /// Whether it speaks of none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names of its classes, sorted.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let named = AuthorityClass::NAMES.iter();
        named
            .filter(move |(_, class)| self.has(*class))
            .map(|(name, _)| *name)
    }

    fn has_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    #[must_use]
    fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The words by which a name is judged.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    phrases: HashMap<Text, Authority>,
}

/// The most words that a phrase has.
const MAX_PHRASE: usize = 4;

impl Words {
    /// What a name speaks of: every run of its words that is a phrase, also where the phrase is written in one word.
    pub(super) fn judge(&self, name: &str) -> Authority {
        let found = self.find(&tokens(name));
        let hides = |(outer, run): &(Range<usize>, Authority), inner: &Range<usize>| {
            run.has_all(HARMLESS)
                && outer.len() > inner.len()
                && outer.start <= inner.start
                && inner.end <= outer.end
        };
        let told = found
            .iter()
            .filter(|(run, _)| !found.iter().any(|outer| hides(outer, run)));
        let all = told.fold(Authority::default(), |all, (_, one)| all.with(*one));
        Authority(all.0 & !HARMLESS.0)
    }

    fn find(&self, tokens: &[String]) -> Vec<(Range<usize>, Authority)> {
        let mut found = Vec::new();
        for start in 0..tokens.len() {
            for end in start + 1..=tokens.len().min(start + MAX_PHRASE) {
                let phrase = tokens.get(start..end).unwrap_or_default().join(" ");
                if let Some(authority) = self.phrases.get(&*phrase) {
                    found.push((start..end, *authority));
                }
            }
        }
        found
    }

    /// Reads the file.
    pub(super) fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Self {
        let mut words = Self::default();
        let Some(mut fields) = Fields::open(node, "the file of authority words", mistakes) else {
            return words;
        };
        for key in ["authority", "title"] {
            let _ = fields
                .need(key, mistakes)
                .and_then(|node| text(node, mistakes));
        }
        let classes = fields.need("classes", mistakes);
        fields.finish(mistakes);
        let entries = classes.and_then(Node::map).unwrap_or_default();
        for entry in entries {
            if let Some(authority) = class(&entry.key) {
                words.read_class(authority, &entry.node, mistakes);
            } else {
                let known = AuthorityClass::NAMES.iter().map(|(name, _)| *name);
                mistakes.push(unknown("class", &entry.key, entry.key_span, known));
            }
        }
        words
    }

    fn read_class(&mut self, authority: Authority, node: &Node, mistakes: &mut Vec<Mistake>) {
        let items = list(node, mistakes);
        let mut written = Vec::with_capacity(items.len());
        for item in items {
            if let Some(phrase) = text(item, mistakes) {
                check_phrase(&phrase, item.span, mistakes);
                self.add(phrase.clone(), authority);
                written.push((phrase, item.span));
            }
        }
        check_order(
            written.iter().map(|(phrase, span)| (&**phrase, *span)),
            mistakes,
        );
    }

    fn add(&mut self, phrase: Text, one: Authority) {
        if phrase.contains(' ') {
            let glued = Text::Owned(phrase.replace(' ', ""));
            let known = self.phrases.entry(glued).or_default();
            *known = known.with(one);
        }
        let known = self.phrases.entry(phrase).or_default();
        *known = known.with(one);
    }
}

fn class(name: &str) -> Option<Authority> {
    let found = AuthorityClass::NAMES
        .iter()
        .find(|(known, _)| *known == name);
    let named = found.map(|(_, class)| Authority::of(*class));
    named.or_else(|| (name == "harmless").then_some(HARMLESS))
}

fn check_phrase(phrase: &str, span: Span, mistakes: &mut Vec<Mistake>) {
    let words = tokens(phrase);
    if words.is_empty() || words.len() > MAX_PHRASE || words.join(" ") != phrase {
        mistakes.push(
            Mistake::new(
                "wrong-phrase",
                format!("`{phrase}` is no phrase of words"),
                span,
            )
            .help(format!(
                "write up to {MAX_PHRASE} words in lower case, letters only, one space between"
            )),
        );
    }
}
