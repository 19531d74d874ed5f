//! What the name of an unknown host import tells of the authority behind it. A hint, not proof: who names an import
//! `helper_7` hides from it, so the rules that use it come on top of "every host import must be declared".

use std::collections::HashMap;

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

    fn of(name: &str) -> Option<Self> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, class)| *class)
    }
}

/// The classes that a name speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Authority(u8);

impl Authority {
    /// Whether the name speaks of this class.
    pub fn has(self, class: AuthorityClass) -> bool {
        self.0 & (1 << class as u8) != 0
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
    /// What a name speaks of: any run of its words that is a phrase, also where the phrase is written in one word.
    pub(super) fn judge(&self, name: &str) -> Authority {
        let tokens = tokens(name);
        let mut found = Authority::default();
        for start in 0..tokens.len() {
            for phrase in runs(tokens.get(start..).unwrap_or_default()) {
                found = found.with(self.phrases.get(&*phrase).copied().unwrap_or_default());
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
            match AuthorityClass::of(&entry.key) {
                Some(class) => words.read_class(class, &entry.node, mistakes),
                None => {
                    let known = AuthorityClass::NAMES.iter().map(|(name, _)| *name);
                    mistakes.push(unknown("class", &entry.key, entry.key_span, known));
                }
            }
        }
        words
    }

    fn read_class(&mut self, class: AuthorityClass, node: &Node, mistakes: &mut Vec<Mistake>) {
        let items = list(node, mistakes);
        let mut written = Vec::with_capacity(items.len());
        for item in items {
            if let Some(phrase) = text(item, mistakes) {
                check_phrase(&phrase, item.span, mistakes);
                self.add(phrase.clone(), class);
                written.push((phrase, item.span));
            }
        }
        check_order(
            written.iter().map(|(phrase, span)| (&**phrase, *span)),
            mistakes,
        );
    }

    fn add(&mut self, phrase: Text, class: AuthorityClass) {
        let one = Authority(1 << class as u8);
        if phrase.contains(' ') {
            let glued = Text::Owned(phrase.replace(' ', ""));
            let known = self.phrases.entry(glued).or_default();
            *known = known.with(one);
        }
        let known = self.phrases.entry(phrase).or_default();
        *known = known.with(one);
    }
}

fn runs(tokens: &[String]) -> impl Iterator<Item = String> {
    let longest = tokens.len().min(MAX_PHRASE);
    (1..=longest).map(|length| tokens.get(..length).unwrap_or_default().join(" "))
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
