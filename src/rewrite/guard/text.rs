//! Patterns as comparisons of bytes. A pattern that is one text, or a text and then anything, is held exactly; of others only
//! the text that they start with.

use std::fmt::Write as _;

use crate::policy::guard::TextRule;
use crate::policy::{Argument, Role, is_literal};
use crate::source::Spanned;

/// The longest path.
const MAX_PATH: u64 = 4096;
/// The most bytes of texts that one argument is compared with.
const MAX_COMPARED: usize = 64 << 10;
/// Two patterns that together deny every segment that starts with a dot.
const DOTS: [&str; 2] = ["**/.*", "**/.*/**"];

/// What a text is compared with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// The whole of it.
    Exact(Vec<u8>),
    /// Its start.
    Prefix(Vec<u8>),
}

/// Comparisons of which one has to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer(pub Vec<Match>);

/// What form a text has to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// UTF-8 without NUL.
    Plain,
    /// The same, and a path in its normal form; `dots` tells whether segments may start with a dot.
    Path {
        /// Whether segments may start with a dot.
        dots: bool,
    },
}

/// The check of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextCheck {
    /// It is one of these.
    Set(Vec<Vec<u8>>),
    /// It has a form, none of `deny` holds, and one of each layer does.
    Layers {
        /// Its form.
        form: Form,
        /// None of these.
        deny: Vec<Match>,
        /// One of each.
        allow: Vec<Layer>,
    },
}

impl TextCheck {
    /// That of an argument; what it leaves out is said in `left`.
    pub fn of(argument: &Argument, rule: &TextRule, left: &mut Vec<String>) -> Self {
        if let Some(set) = set(argument, rule) {
            return Self::Set(set);
        }
        let is = argument.role.value;
        let path = matches!(is, Role::Path | Role::Root);
        if matches!(is, Role::Url | Role::Host) {
            let patterns = argument.allow.0.iter().flatten().chain(&argument.deny);
            left.extend(
                patterns.map(|one| format!("`{}`: a {} has many spellings", one.value, is.name())),
            );
            if left.is_empty() {
                left.push(format!("whether it is a {} at all", is.name()));
            }
            return Self::Layers {
                form: Form::Plain,
                deny: Vec::new(),
                allow: Vec::new(),
            };
        }
        let allow = argument.allow.0.iter();
        let allow = allow.map(|layer| self::layer(layer, path, left)).collect();
        let (dots, deny) = deny(&argument.deny, path, left);
        let whole = Self::Layers {
            form: if path {
                Form::Path { dots }
            } else {
                Form::Plain
            },
            deny,
            allow,
        };
        if whole.size() <= MAX_COMPARED {
            return whole;
        }
        left.push(format!("its patterns: they are over {MAX_COMPARED} bytes"));
        Self::Layers {
            form: if path {
                Form::Path { dots }
            } else {
                Form::Plain
            },
            deny: Vec::new(),
            allow: Vec::new(),
        }
    }

    /// The most bytes that it can have.
    pub fn most(&self) -> u64 {
        match self {
            Self::Set(texts) => texts
                .iter()
                .map(|text| text.len() as u64)
                .max()
                .unwrap_or(0),
            Self::Layers {
                form: Form::Path { .. },
                ..
            } => MAX_PATH,
            Self::Layers { .. } => u64::MAX,
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Set(texts) => texts.iter().map(Vec::len).sum(),
            Self::Layers { deny, allow, .. } => {
                let all = allow.iter().flat_map(|layer| &layer.0).chain(deny);
                all.map(|one| one.bytes().len() + 16).sum()
            }
        }
    }

    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Set(texts) => format!("one of {} texts", texts.len()),
            Self::Layers { form, deny, allow } => {
                let form = match form {
                    Form::Plain => "UTF-8",
                    Form::Path { dots: true } => "a path in its normal form",
                    Form::Path { dots: false } => {
                        "a path in its normal form, no part of which starts with a dot"
                    }
                };
                let mut words = form.to_owned();
                for layer in allow {
                    let _ = write!(words, ", one of {} texts or starts of texts", layer.0.len());
                }
                if !deny.is_empty() {
                    let _ = write!(words, ", none of {} that are denied", deny.len());
                }
                words
            }
        }
    }
}

impl Match {
    /// What is compared.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Exact(bytes) | Self::Prefix(bytes) => bytes,
        }
    }

    /// The comparison that a pattern is, and whether it is the whole pattern.
    pub fn of(pattern: &str, path: bool) -> (Self, bool) {
        if is_literal(pattern) {
            return (Self::Exact(pattern.as_bytes().to_vec()), true);
        }
        let rest = if path {
            pattern.strip_suffix("**")
        } else {
            pattern.strip_suffix('*')
        };
        if let Some(start) = rest.filter(|start| start.is_empty() || is_literal(start)) {
            return (Self::Prefix(start.as_bytes().to_vec()), true);
        }
        let special = |one: char| matches!(one, '*' | '?' | '[' | ']' | '{' | '}' | '\\');
        let start = pattern.split(special).next().unwrap_or_default();
        (Self::Prefix(start.as_bytes().to_vec()), false)
    }

    /// The same with a path's first slash, or without it: both lead to the same place.
    fn toggled(&self) -> Self {
        let toggle = |bytes: &Vec<u8>| match bytes.split_first() {
            Some((b'/', rest)) => rest.to_vec(),
            _ => [b"/", bytes.as_slice()].concat(),
        };
        match self {
            Self::Exact(bytes) => Self::Exact(toggle(bytes)),
            Self::Prefix(bytes) => Self::Prefix(toggle(bytes)),
        }
    }
}

/// All texts that a guard lets in, in one spelling each, where one list of literals says them.
fn set(argument: &Argument, rule: &TextRule) -> Option<Vec<Vec<u8>>> {
    let literals = |layer: &&Vec<Spanned<String>>| layer.iter().all(|one| is_literal(&one.value));
    let layer = argument.allow.0.iter().find(literals)?;
    let let_in = |text: &&Spanned<String>| {
        let read = rule.read(text.value.clone().into_bytes());
        read.is_ok_and(|text| rule.judge(&text).is_ok())
    };
    let texts = layer.iter().filter(let_in);
    let mut texts: Vec<Vec<u8>> = texts.map(|text| text.value.clone().into_bytes()).collect();
    texts.sort_unstable();
    texts.dedup();
    let size: usize = texts.iter().map(Vec::len).sum();
    (size <= MAX_COMPARED).then_some(texts)
}

fn layer(patterns: &[Spanned<String>], path: bool, left: &mut Vec<String>) -> Layer {
    let mut matches = Vec::new();
    for pattern in patterns {
        let (one, whole) = Match::of(&pattern.value, path);
        if !whole {
            let start = String::from_utf8_lossy(one.bytes()).into_owned();
            let pattern = &pattern.value;
            left.push(match start.as_str() {
                "" => format!("`allow: {pattern}`"),
                start => {
                    format!("`allow: {pattern}`, of which only the start `{start}` is checked")
                }
            });
        }
        matches.push(one);
    }
    matches.sort();
    matches.dedup();
    Layer(matches)
}

/// Whether segments may start with a dot, and what is denied.
fn deny(patterns: &[Spanned<String>], path: bool, left: &mut Vec<String>) -> (bool, Vec<Match>) {
    let has = |wanted: &str| patterns.iter().any(|one| one.value == wanted);
    let dots = !(path && DOTS.iter().all(|one| has(one)));
    let mut matches = Vec::new();
    for pattern in patterns {
        if !dots && DOTS.contains(&pattern.value.as_str()) {
            continue;
        }
        match Match::of(&pattern.value, path) {
            (one, true) => {
                if path {
                    matches.push(one.toggled());
                }
                matches.push(one);
            }
            (_, false) => left.push(format!("`deny: {}`", pattern.value)),
        }
    }
    matches.sort();
    matches.dedup();
    (dots, matches)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Pattern;

    /// All texts of up to six of these.
    fn texts() -> Vec<String> {
        let mut texts = vec![String::new()];
        for _ in 0..6 {
            let longer: Vec<String> = texts
                .iter()
                .flat_map(|text| ["a", "/", ".", "*"].map(|more| format!("{text}{more}")))
                .collect();
            texts.extend(longer);
            texts.sort();
            texts.dedup();
        }
        texts
    }

    #[test]
    fn a_comparison_is_the_pattern_or_lets_more_through() {
        let texts = texts();
        let patterns = [
            "a", "/a", "a*", "*", "*a", "a*a", "/a/**", "/**", "**", "**/a", "/a/*", "a?", "\\*a",
            "[a-b]", "{a,aa}", "/a/**/a", "**/.*", ".",
        ];
        for text in patterns {
            for path in [false, true] {
                let compiled = if path {
                    Pattern::path(text)
                } else {
                    Pattern::name(text)
                };
                let Ok(compiled) = compiled else {
                    continue;
                };
                let (one, whole) = Match::of(text, path);
                for candidate in &texts {
                    if path && crate::policy::normalise(candidate).as_ref() != Ok(candidate) {
                        continue;
                    }
                    let holds = match &one {
                        Match::Exact(bytes) => candidate.as_bytes() == bytes,
                        Match::Prefix(bytes) => candidate.as_bytes().starts_with(bytes),
                    };
                    let matches = compiled.matches(candidate);
                    assert!(holds || !matches, "{text} {path}: {candidate}");
                    assert!(!whole || matches || !holds, "{text} {path}: {candidate}");
                }
            }
        }
    }

    #[test]
    fn a_start_is_whole_only_where_anything_may_follow() {
        for (pattern, path, start, whole) in [
            ("a*", false, "a", true),
            ("a*", true, "a", false),
            ("/a/**", true, "/a/", true),
            ("/a/*.txt", true, "/a/", false),
            ("**/x", true, "", false),
            ("a\\*", false, "a", false),
        ] {
            let expected = (Match::Prefix(start.as_bytes().to_vec()), whole);
            assert_eq!(Match::of(pattern, path), expected, "{pattern}");
        }
        assert_eq!(
            Match::of("abc", true),
            (Match::Exact(b"abc".to_vec()), true)
        );
    }
}
