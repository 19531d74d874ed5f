//! One pattern of a guard, compiled with what it needs to be matched safely.

use crate::policy::{Pattern, PatternError};
use crate::source::{Span, Spanned};

use super::url::Spelling;

/// The most question marks of a URL pattern that may be where its query begins.
const MAX_QUERIES: usize = 8;

/// A compiled pattern with its place.
#[derive(Debug, Clone)]
pub struct PlacedPattern {
    /// As written.
    pub written: String,
    /// Where.
    pub span: Span,
    whole: Pattern,
    /// For URLs: what stands before a question mark that may begin a query.
    bases: Vec<Pattern>,
}

impl PlacedPattern {
    /// A pattern of names, in which `*` crosses everything.
    pub fn name(written: &Spanned<String>) -> Result<Self, PatternError> {
        Ok(Self::new(written, Pattern::name(&written.value)?))
    }

    /// A pattern of paths, in which `*` stays within a segment.
    pub fn path(written: &Spanned<String>) -> Result<Self, PatternError> {
        Ok(Self::new(written, Pattern::path(&written.value)?))
    }

    /// A pattern of URLs.
    pub fn url(written: &Spanned<String>) -> Result<Self, PatternError> {
        let mut pattern = Self::path(written)?;
        pattern.bases = bases(&written.value);
        Ok(pattern)
    }

    fn new(written: &Spanned<String>, whole: Pattern) -> Self {
        Self {
            written: written.value.clone(),
            span: written.span,
            whole,
            bases: Vec::new(),
        }
    }

    /// Whether it matches a text.
    pub fn matches(&self, text: &str) -> bool {
        self.whole.matches(text)
    }

    /// Whether it lets a URL in. A wildcard must not reach over into the query, or `*.json` would admit `secret?.json`: the
    /// part before the query has to match too, by itself or by what the pattern has before its own `?`.
    pub fn admits(&self, url: &Spelling) -> bool {
        let before = |base: &String| {
            self.matches(base) || self.bases.iter().any(|pattern| pattern.matches(base))
        };
        self.matches(&url.whole) && url.base.as_ref().is_none_or(before)
    }

    /// Whether it denies a URL: with its query or without.
    pub fn denies(&self, url: &Spelling) -> bool {
        self.matches(&url.whole) || url.base.as_ref().is_some_and(|base| self.matches(base))
    }
}

/// A `?` that is escaped begins a query; another may, unless a `/` follows, which says that a path goes on.
fn bases(written: &str) -> Vec<Pattern> {
    let marks = written.match_indices('?').take(MAX_QUERIES);
    let before = |(at, _): (usize, &str)| {
        let (head, tail) = written.split_at_checked(at)?;
        let head = match head.strip_suffix('\\') {
            Some(head) => head,
            None if tail.contains('/') => return None,
            None => head,
        };
        Pattern::path(head).ok()
    };
    marks.filter_map(before).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::guard::url::Url;

    fn admits(pattern: &str, url: &str) -> bool {
        let pattern = Spanned::new(pattern.to_owned(), Span::default());
        let pattern = PlacedPattern::url(&pattern).unwrap();
        let url = Url::read(url).unwrap();
        url.spellings().iter().any(|url| pattern.admits(url))
    }

    #[test]
    fn no_wildcard_reaches_into_a_query() {
        for (pattern, url) in [
            ("https://a.test/*.json", "https://a.test/secret?.json"),
            ("https://a.test/**/public", "https://a.test/secret?/public"),
            (
                "https://a.test/*/search?q=*",
                "https://a.test/secret?/searchXq=1",
            ),
            ("https://a.test/v?/x", "https://a.test/v?/x"),
            ("https://a.test/x", "https://a.test/x?delete=all"),
        ] {
            assert!(!admits(pattern, url), "{pattern} {url}");
        }
    }

    #[test]
    fn a_pattern_may_speak_of_the_query() {
        for (pattern, url) in [
            ("https://a.test/search?q=*", "https://a.test/search?q=1"),
            (r"https://a.test/search\?q=*", "https://a.test/search?q=1"),
            ("https://a.test/**", "https://a.test/x?q=/a/../b"),
            ("https://a.test/v?/x", "https://a.test/v1/x"),
            ("https://a.test:443/**", "https://a.test/x"),
            ("https://a.test", "https://a.test/"),
        ] {
            assert!(admits(pattern, url), "{pattern} {url}");
        }
    }
}
