//! Where a thing stands: a source text, a byte range in it, and the line and column of that.

use std::sync::Arc;

/// The index of a text in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SourceId(pub u32);

/// A half-open byte range `[start, end)` in one source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The text that the range is in.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A value and where it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value at a place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned {
            value: change(self.value),
            span: self.span,
        }
    }
}

/// A line and a column, both counted from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A named text.
#[derive(Debug, Clone)]
pub struct Source {
    /// The path as the user wrote it, or `builtin:NAME`.
    pub name: String,
    /// The whole text.
    pub text: Arc<str>,
}

/// Every text that was read in one invocation; spans point into it.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    all: Vec<Source>,
}

impl Sources {
    /// Adds a text and gives its identity.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.all.push(Source {
            name: name.into(),
            text: text.into(),
        });
        id
    }

    /// The names of all texts.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|source| source.name.as_str())
    }

    /// The text with this identity, if it is one of ours.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.all.get(id.0 as usize)
    }

    /// The name of a span's text, or `?`.
    pub fn name(&self, span: Span) -> &str {
        self.get(span.source).map_or("?", |source| &source.name)
    }

    /// `policy.yaml:58`: a span's text and the line that it starts on.
    pub fn line(&self, span: Span) -> String {
        let name = self.name(span);
        match self.places(span) {
            Some((start, _)) => format!("{name}:{}", start.line),
            None => name.to_owned(),
        }
    }

    /// The characters that a span covers; empty where it does not fit its text.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.source)
            .and_then(|source| source.text.get(span.start as usize..span.end as usize))
            .unwrap_or_default()
    }

    /// Line and column of a span's start and end.
    pub fn places(&self, span: Span) -> Option<(Place, Place)> {
        let text = &*self.get(span.source)?.text;
        Some((
            place(text, span.start as usize)?,
            place(text, span.end as usize)?,
        ))
    }
}

fn place(text: &str, offset: usize) -> Option<Place> {
    let before = text.get(..offset)?;
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Some(Place {
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        column: before.get(line_start..)?.chars().count() + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", "é: 1\nb: 2\n");
        let span = Span {
            source,
            start: 9,
            end: 10,
        };
        assert_eq!(sources.slice(span), "2");
        let (start, end) = sources.places(span).unwrap();
        assert_eq!((start.line, start.column), (2, 4));
        assert_eq!((end.line, end.column), (2, 5));
        assert_eq!(sources.line(span), "a.yaml:2");
    }

    #[test]
    fn a_span_beyond_its_text_has_no_place() {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", "é");
        for (start, end) in [(1, 2), (0, 9)] {
            let span = Span { source, start, end };
            assert_eq!(sources.slice(span), "");
            assert!(sources.places(span).is_none());
        }
    }
}
