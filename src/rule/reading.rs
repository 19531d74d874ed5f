//! What the reader of one rule file carries along: the file's text, the facts' schema and the mistakes found so far.

use std::ops::Range;

use crate::source::{Mistake, Span, Spanned};

use super::schema::Schema;

/// One rule file being read.
pub(super) struct Reading<'a> {
    /// The file's text; empty for an embedded file, whose mistakes were found when it was built.
    pub file: &'a str,
    /// What rules may name.
    pub schema: &'a Schema,
    /// What was wrong so far.
    pub mistakes: Vec<Mistake>,
}

impl Reading<'_> {
    /// Records a mistake at a byte range of a scalar's value.
    pub fn fault(
        &mut self,
        code: &'static str,
        message: String,
        help: Option<String>,
        text: &Spanned<String>,
        range: Range<usize>,
    ) {
        let mistake = Mistake::new(code, message, self.locate(text, range));
        self.mistakes.push(match help {
            Some(help) => mistake.help(help),
            None => mistake,
        });
    }

    /// The place in the file of a byte range of a scalar's value, through quotes, escapes, folding and indentation.
    pub fn locate(&self, text: &Spanned<String>, range: Range<usize>) -> Span {
        let whole = text.span;
        let Some(raw) = self.file.get(whole.start as usize..whole.end as usize) else {
            return whole;
        };
        let places = align(&text.value, raw);
        let at = |offset: usize| places.get(offset).copied();
        let (Some(start), Some(last)) = (at(range.start), at(range.end.max(range.start + 1) - 1))
        else {
            return whole;
        };
        let shift = |offset: usize| {
            whole
                .start
                .saturating_add(u32::try_from(offset).unwrap_or(u32::MAX))
        };
        Span {
            start: shift(start),
            end: shift(last + 1).min(whole.end),
            ..whole
        }
    }
}

/// For each byte of `value`, the offset in `raw` that it came from.
fn align(value: &str, raw: &str) -> Vec<usize> {
    let header = match raw.as_bytes().first() {
        Some(b'|' | b'>') => raw.find('\n').unwrap_or(0),
        Some(b'"' | b'\'') => 1,
        _ => 0,
    };
    let raw = raw.as_bytes();
    let mut places = Vec::with_capacity(value.len());
    let mut at = header;
    for byte in value.bytes() {
        if !byte.is_ascii_whitespace() {
            while raw.get(at).is_some_and(|here| *here != byte) {
                at += 1;
            }
        }
        places.push(at.min(raw.len().saturating_sub(1)));
        if at < raw.len()
            && (!byte.is_ascii_whitespace() || raw.get(at).is_some_and(u8::is_ascii_whitespace))
        {
            at += 1;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceId, parse};

    fn located(file: &str, word: &str) -> String {
        let root = parse(file, SourceId(0)).unwrap();
        let text = root.get("when").unwrap().spanned().unwrap();
        let schema = Schema {
            without_module: &[],
            kinds: &[],
            module: &super::super::schema::Kind {
                name: "",
                doc: "",
                fields: &[],
            },
            policy: &super::super::schema::Kind {
                name: "",
                doc: "",
                fields: &[],
            },
        };
        let reading = Reading {
            file,
            schema: &schema,
            mistakes: Vec::new(),
        };
        let start = text.value.find(word).unwrap();
        let span = reading.locate(&text, start..start + word.len());
        file[span.start as usize..span.end as usize].to_owned()
    }

    #[test]
    fn places_survive_every_style_of_scalar() {
        for file in [
            "when: it.a == it.bad\n",
            "when: 'it.a == \"x\" && it.bad'\n",
            "when: \"it.a == \\\"x\\\" && it.bad\"\n",
            "when: >-\n  it.a == 1 &&\n  it.bad\n",
            "when: |\n    it.a == 1 &&\n    it.bad\n",
            "when: it.a == 1 &&\n  it.bad\n",
        ] {
            assert_eq!(located(file, "it.bad"), "it.bad", "{file}");
        }
    }
}
