//! The guard of one argument in the draft: what it admits by the code, and what of that runs passed.

use std::collections::BTreeSet;

use crate::policy::guard::TextRule;
use crate::policy::{Argument, Layers, Role, escape_pattern};
use crate::source::credential::redact;
use crate::source::{Span, Spanned, ascii};
use crate::wasm::Tier;

use super::host::{ArgumentNeed, Constant};
use super::page::list;
use super::sighted::{Sightings, twice_in};

/// The most values that a comment tells.
const MOST_TOLD: usize = 5;
/// The steps in which a size is narrowed.
const STEP: u64 = 256;

/// What an argument may be.
pub(super) struct Guard {
    /// The list that admits, as YAML; empty for a role that has none.
    pub(super) allow: String,
    /// Why.
    pub(super) reason: String,
    /// What runs passed and the guard does not admit.
    pub(super) beyond: Option<String>,
}

impl Guard {
    /// By the code alone, or also by what runs passed, with the words for those.
    pub(super) fn of(need: &ArgumentNeed, sighted: Option<(&str, &Sightings)>) -> Self {
        let admitted = Admitted::of(need);
        let Some((words, seen)) = sighted.filter(|_| need.wants_guard()) else {
            return Self {
                reason: known(need, &admitted),
                allow: admitted.text(),
                beyond: None,
            };
        };
        let held = admitted.hold(need, seen);
        let known = known(need, &admitted);
        let beyond = (!held.beyond.is_empty() || seen.others).then(|| {
            format!(
                "{words} and not granted for {}: {}",
                ascii::json(&need.name),
                told(&held.beyond, seen.others)
            )
        });
        let reason = match (&held.narrowed, held.unseen.is_empty()) {
            (Some(_), _) => format!("{words}: these alone"),
            (None, _) if held.within == 0 => format!("{known}; {words}: none of these"),
            (None, true) => format!("{known}; {words}: each of these"),
            (None, false) => {
                let unseen = told(&held.unseen, false);
                format!("{known}; {words}: all but {unseen}")
            }
        };
        Self {
            allow: held.narrowed.unwrap_or(admitted).text(),
            reason,
            beyond,
        }
    }
}

/// The bytes of an argument at most.
pub(super) fn most(need: &ArgumentNeed, seen: Option<&Sightings>) -> u64 {
    let most = match need.role {
        Role::Buffer | Role::OutBuffer => 1 << 20,
        Role::Text => 64 << 10,
        // What a constant says of a length that is no text's, as an attack would, is not followed.
        _ => {
            let passed = need.length.min(64 << 10).max(need.longest as u64);
            return passed.max(256).next_multiple_of(1 << 10);
        }
    };
    match seen {
        // What the code passes by constants has to pass.
        Some(seen) if seen.longest > 0 && !seen.partial => twice_in(seen.longest, STEP)
            .max(need.length)
            .max(need.longest as u64)
            .min(most),
        _ => most,
    }
}

/// What a guard's list admits.
enum Admitted {
    None,
    /// Patterns, and whether they come from constants of the code.
    Texts(Vec<String>, bool),
    Numbers(BTreeSet<i64>, bool),
}

/// What runs passed, held against a guard.
#[derive(Default)]
struct Held {
    /// How many of the values are admitted.
    within: usize,
    /// The values that are not.
    beyond: Vec<String>,
    /// What is admitted and was never passed.
    unseen: Vec<String>,
    /// A narrower list.
    narrowed: Option<Admitted>,
}

impl Admitted {
    fn of(need: &ArgumentNeed) -> Self {
        if !need.wants_guard() {
            return Self::None;
        }
        let constants = need.constants.keys();
        if need.role == Role::Opcode {
            let numbers = constants.filter_map(|constant| match constant {
                Constant::Number(number) => Some(*number),
                Constant::Text(_) => None,
            });
            let numbers: BTreeSet<i64> = numbers.collect();
            return if numbers.is_empty() {
                Self::Numbers(BTreeSet::from([0]), false)
            } else {
                Self::Numbers(numbers, true)
            };
        }
        let texts = constants.filter_map(|constant| match constant {
            Constant::Text(text) => {
                normal(need.role, text).map(|text| escape_pattern(&redact(&text)))
            }
            Constant::Number(_) => None,
        });
        let texts: Vec<String> = texts.collect();
        if texts.is_empty() {
            Self::Texts(vec![nowhere(need.role).to_owned()], false)
        } else {
            Self::Texts(texts, true)
        }
    }

    fn text(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Texts(patterns, _) => {
                format!(", allow: {}", list(patterns.iter().map(String::as_str)))
            }
            Self::Numbers(numbers, _) => {
                let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                format!(", values: [{}]", numbers.join(", "))
            }
        }
    }

    /// What the code passes by constants stays: a guard that refuses a constant is a finding, and the run that passes it may
    /// be the next. Where nothing was known, what runs passed within the list takes its place.
    fn hold(&self, need: &ArgumentNeed, seen: &Sightings) -> Held {
        match self {
            Self::None => Held::default(),
            Self::Texts(patterns, known) => texts(need.role, patterns, *known, seen),
            Self::Numbers(numbers, known) => {
                let (within, beyond): (BTreeSet<i64>, BTreeSet<i64>) =
                    seen.numbers.iter().partition(|one| numbers.contains(one));
                let unseen = numbers.difference(&within);
                Held {
                    within: within.len(),
                    beyond: beyond.iter().map(ToString::to_string).collect(),
                    unseen: unseen.filter(|_| *known).map(ToString::to_string).collect(),
                    narrowed: None,
                }
            }
        }
    }
}

fn texts(role: Role, patterns: &[String], known: bool, seen: &Sightings) -> Held {
    let rules: Vec<Option<TextRule>> = patterns.iter().map(|one| rule(role, one)).collect();
    let mut passed = vec![false; patterns.len()];
    let (mut within, mut held) = (Vec::new(), Held::default());
    for text in &seen.texts {
        let mut admitted = false;
        for (rule, passed) in rules.iter().zip(&mut passed) {
            if rule.as_ref().is_some_and(|rule| rule.judge(text).is_ok()) {
                (admitted, *passed) = (true, true);
            }
        }
        if admitted {
            within.push(text);
        } else {
            held.beyond.push(ascii::json(text));
        }
    }
    held.within = within.len();
    let unseen = patterns
        .iter()
        .zip(&passed)
        .filter(|(_, passed)| known && !**passed);
    held.unseen = unseen.map(|(pattern, _)| ascii::json(pattern)).collect();
    if !known && !seen.others && !within.is_empty() {
        let patterns: Vec<String> = within.iter().map(|text| escape_pattern(text)).collect();
        // A pattern that would not admit what it is made of is none.
        let fits = |(pattern, text): (&String, &&String)| {
            rule(role, pattern).is_some_and(|rule| rule.judge(text).is_ok())
        };
        if patterns.iter().zip(&within).all(fits) {
            held.narrowed = Some(Admitted::Texts(patterns, true));
        }
    }
    held
}

/// A text in the form in which guards judge it; none, where it has none and is refused whatever a guard says.
fn normal(role: Role, text: &str) -> Option<String> {
    ruled(role, Layers::default())?.read(text.into()).ok()
}

/// The runner's own rule for one pattern.
fn rule(role: Role, pattern: &str) -> Option<TextRule> {
    let pattern = Spanned::new(pattern.to_owned(), Span::default());
    ruled(role, Layers(vec![vec![pattern]]))
}

fn ruled(role: Role, allow: Layers<String>) -> Option<TextRule> {
    let span = Span::default();
    let argument = Argument {
        span,
        name: Spanned::new(String::new(), span),
        role: Spanned::new(role, span),
        ptr: None,
        len: None,
        index: None,
        max: None,
        min: None,
        values: None,
        allow,
        deny: Vec::new(),
    };
    TextRule::of(&argument).ok()
}

/// Some of the values, and whether there are more.
fn told(values: &[String], others: bool) -> String {
    let told: Vec<&str> = values.iter().take(MOST_TOLD).map(String::as_str).collect();
    match (told.is_empty(), others || values.len() > MOST_TOLD) {
        (true, _) => "values that are not kept".to_owned(),
        (false, true) => format!("{} and others", told.join(", ")),
        (false, false) => told.join(", "),
    }
}

/// A guard that scopes to what is not there: for the reviewer to widen.
fn nowhere(role: Role) -> &'static str {
    match role {
        Role::Path | Role::Root => "/plugin-data/**",
        Role::Url => "https://plugin.invalid/**",
        Role::Host => "plugin.invalid",
        _ => "nothing-is-known-yet",
    }
}

/// What the code tells of an argument's values.
fn known(need: &ArgumentNeed, admitted: &Admitted) -> String {
    let admits = !matches!(
        admitted,
        Admitted::Texts(_, false) | Admitted::Numbers(_, false)
    );
    if !admits && !need.constants.is_empty() {
        return "what the code is seen to pass is refused whatever stands here".to_owned();
    }
    let tier = |tier: Tier| match tier {
        Tier::Proved => "proved",
        Tier::Recovered => "recovered",
    };
    let tiers: BTreeSet<&str> = need.constants.values().map(|one| tier(*one)).collect();
    let tiers: Vec<&str> = tiers.into_iter().collect();
    match (tiers.is_empty(), need.is_open) {
        (true, _) if need.wants_guard() => "no value is known: say what it may be".to_owned(),
        (true, _) => String::new(),
        (false, true) => format!(
            "{}; it passes others too: say what they may be",
            tiers.join(" and ")
        ),
        (false, false) => format!("{}; it passes no others", tiers.join(" and ")),
    }
}
