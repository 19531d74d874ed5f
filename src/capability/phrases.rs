//! The phrases by which the name of a host import tells its authority, as `authority.yaml` lists them.

use std::collections::HashMap;
use std::ops::Range;

use super::authority::{Authority, AuthorityClass};
use super::pattern::check_order;
use super::reading::{list, text, unknown, wrong_type};
use super::words::words;
use crate::source::{Entry, Fields, Mistake, Node, Span, Text};

/// What a run of words says.
#[derive(Debug, Clone, Copy, Default)]
struct Phrase {
    authority: Authority,
    /// It says nothing itself, and hides the shorter phrases in it.
    harmless: bool,
    /// A phrase of several words begins with it.
    begins: bool,
}

/// The phrases by which a name is judged.
#[derive(Debug, Clone, Default)]
pub(super) struct Phrases {
    known: HashMap<Text, Phrase>,
}

/// The most words that a phrase has.
const MAX_PHRASE: usize = 4;

impl Phrases {
    /// What a name speaks of: every run of its words that is a phrase, also where the phrase is written in one word.
    pub(super) fn judge(&self, name: &str) -> Authority {
        let found = self.find(&words(name));
        let all = || found.iter().map(|(run, phrase)| (run, *phrase));
        let harmless: Vec<_> = all().filter(|(_, phrase)| phrase.harmless).collect();
        let hidden = |run| harmless.iter().any(|(outer, _)| holds(outer, run));
        all()
            .filter(|(run, _)| !hidden(run))
            .fold(Authority::default(), |all, (_, one)| {
                all.with(one.authority)
            })
    }

    /// The phrases in a text of words, with their places.
    fn find(&self, text: &str) -> Vec<(Range<usize>, Phrase)> {
        let mut found = Vec::new();
        let mut start = 0;
        for word in text.split(' ') {
            let rest = text.get(start..).unwrap_or_default();
            let begins = self.known.get(word).is_some_and(|phrase| phrase.begins);
            for end in ends(rest).take(if begins { MAX_PHRASE } else { 1 }) {
                if let Some(phrase) = rest.get(..end).and_then(|run| self.known.get(run)) {
                    found.push((start..start + end, *phrase));
                }
            }
            start += word.len() + 1;
        }
        found
    }

    /// Reads the file.
    pub(super) fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Self {
        let mut phrases = Self::default();
        let Some(mut fields) = Fields::open(node, "the file of authority words", mistakes) else {
            return phrases;
        };
        for key in ["authority", "title"] {
            let _ = fields.need_text(key, mistakes);
        }
        let classes = fields.need("classes", mistakes);
        fields.finish(mistakes);
        match classes.map(|node| node.map().ok_or(node)) {
            Some(Ok(entries)) => entries
                .iter()
                .for_each(|one| phrases.read_class(one, mistakes)),
            Some(Err(node)) => mistakes.push(wrong_type("a map of classes", node)),
            None => {}
        }
        phrases
    }

    fn read_class(&mut self, class: &Entry, mistakes: &mut Vec<Mistake>) {
        let Some(phrase) = meaning(&class.key) else {
            let known = AuthorityClass::NAMES.iter().map(|(name, _)| *name);
            let known = known.chain([HARMLESS]);
            mistakes.push(unknown("class", &class.key, class.key_span, known));
            return;
        };
        let items = list(&class.node, mistakes);
        let mut written = Vec::with_capacity(items.len());
        for item in items {
            if let Some(text) = text(item, mistakes) {
                check_phrase(&text, item.span, mistakes);
                self.add(text.clone(), phrase);
                written.push((text, item.span));
            }
        }
        check_order(
            written.iter().map(|(text, span)| (&**text, *span)),
            mistakes,
        );
    }

    fn add(&mut self, text: Text, phrase: Phrase) {
        if let Some((first, _)) = text.split_once(' ') {
            self.known
                .entry(Text::Owned(first.to_owned()))
                .or_default()
                .begins = true;
            self.set(Text::Owned(text.replace(' ', "")), phrase);
        }
        self.set(text, phrase);
    }

    fn set(&mut self, text: Text, phrase: Phrase) {
        let known = self.known.entry(text).or_default();
        known.authority = known.authority.with(phrase.authority);
        known.harmless |= phrase.harmless;
    }
}

const HARMLESS: &str = "harmless";

fn meaning(class: &str) -> Option<Phrase> {
    let mut classes = AuthorityClass::NAMES.iter();
    let named = classes.find(|(known, _)| *known == class);
    let harmless = class == HARMLESS;
    (harmless || named.is_some()).then(|| Phrase {
        authority: named
            .map(|(_, class)| Authority::of(*class))
            .unwrap_or_default(),
        harmless,
        begins: false,
    })
}

fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer != inner && outer.start <= inner.start && inner.end <= outer.end
}

/// Where the first word of a text ends, the second, and so on.
fn ends(text: &str) -> impl Iterator<Item = usize> {
    let spaces = text.match_indices(' ').map(|(at, _)| at);
    spaces.chain(std::iter::once(text.len()))
}

fn check_phrase(phrase: &str, span: Span, mistakes: &mut Vec<Mistake>) {
    if phrase.is_empty() || phrase.split(' ').count() > MAX_PHRASE || words(phrase) != phrase {
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
