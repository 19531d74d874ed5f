//! Patterns of paths and of names. The only user of globset, because its defaults let `*` cross `/`: here a path's `*`
//! stays within a segment, case matters on every system, and a pattern is bounded before it is compiled.

use std::str::Chars;

use globset::{GlobBuilder, GlobMatcher};

/// The longest pattern, in bytes.
pub const MAX_PATTERN: usize = 4096;
/// The most alternatives in `{a,b}` in one pattern.
const MAX_ALTERNATIVES: usize = 64;
/// The most wildcards and escapes in all patterns of one policy file: compiled, each takes some kilobytes.
pub const MAX_WILDCARDS: usize = 20_000;
/// How deep `{a,{b,c}}` may nest.
const MAX_BRACES: usize = 4;

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Nothing can match it.
    #[error("an empty pattern matches nothing")]
    Empty,
    /// Over [`MAX_PATTERN`] bytes.
    #[error("a pattern has at most {MAX_PATTERN} bytes")]
    TooLong,
    /// Too many or too deep braces.
    #[error(
        "a pattern has at most {MAX_ALTERNATIVES} alternatives, nested at most {MAX_BRACES} deep"
    )]
    TooManyAlternatives,
    /// A class that could match `/`, or compares bytes where characters are meant.
    #[error("a class holds ASCII letters, digits, `_`, `.` and ranges of these, as in [a-z0-9]")]
    Class,
    /// `**` that is not a whole segment, or stands in braces.
    #[error("`**` must be a whole segment, as in /data/** or **/x")]
    Crossing,
    /// The pattern's grammar.
    #[error("{0}")]
    Grammar(String),
}

/// A compiled pattern. It matches whole texts.
#[derive(Debug, Clone)]
pub struct Pattern(Matcher);

#[derive(Debug, Clone)]
enum Matcher {
    /// Most patterns are one text, which needs no engine.
    Literal(Box<str>),
    Glob(GlobMatcher),
}

impl Pattern {
    /// A pattern of paths and URLs: `*` stays within a segment, `**` crosses, `?` is one byte that is not `/`.
    pub fn path(text: &str) -> Result<Self, PatternError> {
        Self::compile(text, true)
    }

    /// A pattern of names, variables, arguments and other plain text: `*` crosses `/`.
    pub fn name(text: &str) -> Result<Self, PatternError> {
        Self::compile(text, false)
    }

    fn compile(text: &str, segments: bool) -> Result<Self, PatternError> {
        if is_literal(text) {
            bound(text)?;
            return Ok(Self(Matcher::Literal(text.into())));
        }
        let matcher = glob(text, segments)?.compile_matcher();
        Ok(Self(Matcher::Glob(matcher)))
    }

    /// Whether the whole of `text` matches. A path must be normalised first: see [`super::normalise`].
    pub fn matches(&self, text: &str) -> bool {
        match &self.0 {
            Matcher::Literal(literal) => **literal == *text,
            Matcher::Glob(matcher) => matcher.is_match(text),
        }
    }
}

/// Checks a pattern without compiling it, which costs a hundred times less.
pub fn check(text: &str) -> Result<(), PatternError> {
    glob(text, true).map(|_| ())
}

/// The pattern that matches a text and nothing else.
pub fn escape_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for char in text.chars() {
        if matches!(char, '*' | '?' | '[' | ']' | '{' | '}' | '\\') {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern
}

/// Whether a pattern can match one text only.
pub fn is_literal(text: &str) -> bool {
    !text.contains(['*', '?', '[', ']', '{', '}', '\\'])
}

/// The wildcards, escapes and alternatives in a pattern, or a few more: what it costs to compile.
pub fn wildcards(text: &str) -> usize {
    if is_literal(text) {
        return 0;
    }
    let costly = ['*', '?', '[', '{', '\\', ','];
    text.matches(costly).count().max(1)
}

fn glob(text: &str, segments: bool) -> Result<globset::Glob, PatternError> {
    bound(text)?;
    GlobBuilder::new(text)
        .literal_separator(segments)
        .case_insensitive(false)
        .backslash_escape(true)
        .empty_alternates(false)
        .build()
        .map_err(|error| PatternError::Grammar(error.kind().to_string()))
}

fn bound(text: &str) -> Result<(), PatternError> {
    if text.is_empty() {
        return Err(PatternError::Empty);
    }
    if text.len() > MAX_PATTERN {
        return Err(PatternError::TooLong);
    }
    let mut scan = Scan::default();
    let mut rest = text.chars();
    while let Some(symbol) = rest.next() {
        match symbol {
            '\\' => drop(rest.next()),
            '[' => class(&mut rest)?,
            '*' if rest.as_str().starts_with('*') => scan.crossing(text, &mut rest)?,
            other => scan.brace(other)?,
        }
    }
    Ok(())
}

/// A look at the pattern's text before globset sees it.
#[derive(Default)]
struct Scan {
    depth: usize,
    alternatives: usize,
}

impl Scan {
    fn brace(&mut self, symbol: char) -> Result<(), PatternError> {
        match symbol {
            '{' => self.depth += 1,
            '}' => self.depth = self.depth.saturating_sub(1),
            ',' if self.depth > 0 => self.alternatives += 1,
            _ => {}
        }
        if self.depth > MAX_BRACES || self.alternatives >= MAX_ALTERNATIVES {
            return Err(PatternError::TooManyAlternatives);
        }
        Ok(())
    }

    /// Takes the second star. globset reads a `**` that is not a whole segment as `*`: a deny that looks deep and is not.
    fn crossing(&self, text: &str, rest: &mut Chars<'_>) -> Result<(), PatternError> {
        let before = text.len() - rest.as_str().len() - 1;
        let starts = before == 0 || text.get(..before).is_some_and(|head| head.ends_with('/'));
        rest.next();
        let ends = rest.as_str().is_empty() || rest.as_str().starts_with('/');
        (starts && ends && self.depth == 0)
            .then_some(())
            .ok_or(PatternError::Crossing)
    }
}

/// Reads `[a-z_]`. globset lets a class match `/`, and compares bytes, not characters: so only these simple ones.
fn class(rest: &mut Chars<'_>) -> Result<(), PatternError> {
    let (inside, tail) = rest.as_str().split_once(']').ok_or(PatternError::Class)?;
    let mut symbols = inside.bytes().peekable();
    while let Some(first) = symbols.next() {
        let range = symbols.next_if_eq(&b'-').and_then(|_| symbols.next());
        let sound = match range {
            Some(last) => first <= last && same_kind(first, last),
            None => first.is_ascii_alphanumeric() || matches!(first, b'_' | b'.'),
        };
        if !sound {
            return Err(PatternError::Class);
        }
    }
    *rest = tail.chars();
    if inside.is_empty() || inside.ends_with('-') {
        return Err(PatternError::Class);
    }
    Ok(())
}

fn same_kind(first: u8, last: u8) -> bool {
    [
        u8::is_ascii_digit,
        u8::is_ascii_lowercase,
        u8::is_ascii_uppercase,
    ]
    .iter()
    .any(|kind: &fn(&u8) -> bool| kind(&first) && kind(&last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(pattern: &str, text: &str) -> bool {
        Pattern::path(pattern).unwrap().matches(text)
    }

    fn name(pattern: &str, text: &str) -> bool {
        Pattern::name(pattern).unwrap().matches(text)
    }

    #[test]
    fn in_paths_a_star_stays_within_its_segment() {
        assert!(path("/data/*", "/data/x"));
        assert!(!path("/data/*", "/data/x/y"));
        assert!(!path("/data/*.txt", "/data/x/y.txt"));
        assert!(!path("/data?x", "/data/x"));
        assert!(path("/data/**", "/data/x/y"));
        assert!(!path("/data/**", "/data2/x") && !path("/data/**", "/etc/data/x"));
    }

    #[test]
    fn dot_files_are_denied_at_any_depth() {
        for file in ["/.ssh", "/a/.ssh", ".ssh", "a/b/.env"] {
            assert!(path("**/.*", file), "{file}");
        }
        assert!(path("**/.*/**", "/a/.ssh/key") && !path("**/.*", "/a/b.txt"));
    }

    #[test]
    fn in_names_a_star_crosses_everything() {
        assert!(name("--*", "--file=/etc/passwd"));
        assert!(name("*", "a/b\nc") && name("LC_*", "LC_ALL"));
        assert!(!name("LC_*", "lc_all"));
    }

    #[test]
    fn patterns_match_whole_texts_and_mind_case() {
        assert!(!path("/data", "/data/x") && !path("/data", "/DATA"));
        assert!(!name("LANG", "LANGUAGE") && !name("LANG", "XLANG"));
        assert!(name("a\\*b", "a*b") && !name("a\\*b", "axb"));
    }

    #[test]
    fn patterns_are_bounded() {
        let refused = |text: &str| Pattern::path(text).unwrap_err();
        assert_eq!(refused(""), PatternError::Empty);
        assert_eq!(refused(&"a".repeat(MAX_PATTERN + 1)), PatternError::TooLong);
        let deep = "{a,".repeat(5) + "b" + &"}".repeat(5);
        assert_eq!(refused(&deep), PatternError::TooManyAlternatives);
        let wide = format!("{{{}}}", vec!["a"; 65].join(","));
        assert_eq!(refused(&wide), PatternError::TooManyAlternatives);
        for text in [
            "[a", "[]", "[!a]", "[^a]", "[/]", "[.-0]", "[a-Z]", "[é]", "[a-]",
        ] {
            assert_eq!(refused(text), PatternError::Class, "{text}");
        }
        for text in ["**.key", "/a**", "***", "/a/**b", "{**/a,b}", "/{a,**}"] {
            assert_eq!(refused(text), PatternError::Crossing, "{text}");
        }
        assert!(path("[a-z0-9_.]x", "qx") && !path("/d[a-z]x", "/d/x"));
        assert!(matches!(refused("a}"), PatternError::Grammar(_)));
    }

    #[test]
    fn the_worst_pattern_within_bounds_ends_soon() {
        let start = std::time::Instant::now();
        let worst = "*a?".repeat(MAX_PATTERN / 3);
        let deep = "**/".repeat(MAX_PATTERN / 3);
        let text = "a/".repeat(2048);
        let _ = (path(&worst, &text), path(&deep, &text), name(&worst, &text));
        assert!(start.elapsed().as_secs() < 5);
    }

    proptest! {
        #[test]
        fn a_literal_matches_itself_and_nothing_else(a in "[a-c/.]{1,6}", b in "[a-c/.]{1,6}") {
            prop_assert!(is_literal(&a));
            prop_assert_eq!(path(&a, &b), a == b);
            prop_assert_eq!(name(&a, &b), a == b);
        }

        #[test]
        fn no_pattern_panics(text in ".{0,60}", subject in ".{0,20}") {
            for pattern in [Pattern::path(&text), Pattern::name(&text)] {
                let _ = pattern.map(|pattern| pattern.matches(&subject));
            }
        }

        #[test]
        fn brackets_do_not_panic(text in "[*?\\[\\]{},!a\\\\/-]{0,40}") {
            let _ = Pattern::path(&text).map(|pattern| pattern.matches("a/a"));
        }
    }
}
