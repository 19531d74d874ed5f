//! Lines and columns of many spans in the same texts: the line starts are found once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::source::{Place, Source, SourceId, Sources, Span};

use super::redact;

/// Lines that are longer are looked through once, bytes: a policy may be a single one, and every finding draws it.
const LONG: usize = 1024;

/// Line starts of every source.
#[derive(Debug)]
pub struct Places<'s> {
    sources: &'s Sources,
    starts: Vec<Vec<usize>>,
    /// Long lines, by their text and number.
    redacted: RefCell<HashMap<(SourceId, usize), Rc<str>>>,
    /// The characters of such a line up to the end of each block of [`LONG`] bytes, as far as was asked.
    counts: RefCell<HashMap<(SourceId, usize), Vec<usize>>>,
}

impl<'s> Places<'s> {
    /// Reads all texts once.
    pub fn new(sources: &'s Sources) -> Self {
        let starts = (0..)
            .map_while(|id| sources.get(SourceId(id)))
            .map(line_starts)
            .collect();
        Self {
            sources,
            starts,
            redacted: RefCell::default(),
            counts: RefCell::default(),
        }
    }

    /// The name of a span's text.
    pub fn name(&self, span: Span) -> &'s str {
        self.sources.name(span)
    }

    /// Line and column of a span's start and end; `None` where it does not fit its text.
    pub fn of(&self, span: Span) -> Option<(Place, Place)> {
        Some((
            self.place(span.source, span.start as usize)?,
            self.place(span.source, span.end.max(span.start) as usize)?,
        ))
    }

    /// A line (from 1) without its end, and the offset it starts at.
    pub fn line(&self, source: SourceId, line: usize) -> Option<(&'s str, usize)> {
        let start = *self.starts(source)?.get(line.checked_sub(1)?)?;
        let rest = self.sources.get(source)?.text.get(start..)?;
        let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let text = rest.get(..end)?;
        Some((text.strip_suffix('\r').unwrap_or(text), start))
    }

    /// The same with credentials masked, byte for byte.
    pub fn redacted(&self, source: SourceId, line: usize) -> Option<(Rc<str>, usize)> {
        let (text, start) = self.line(source, line)?;
        if text.len() < LONG {
            return Some((redact::line(text).into(), start));
        }
        let mut redacted = self.redacted.borrow_mut();
        let kept = redacted.entry((source, line));
        let text = kept.or_insert_with(|| redact::line(text).into());
        Some((Rc::clone(text), start))
    }

    fn place(&self, source: SourceId, offset: usize) -> Option<Place> {
        let text = &self.sources.get(source)?.text;
        let starts = self.starts(source)?;
        let line = starts.partition_point(|start| *start <= offset);
        let start = *starts.get(line.checked_sub(1)?)?;
        let before = text.get(start..offset)?;
        let column = match before.len() {
            0..LONG => before.chars().count(),
            _ => self.characters((source, line), before.as_bytes()),
        };
        let column = column + 1;
        Some(Place { line, column })
    }

    /// The characters of the start of a long line, from how many there are before each block of it.
    fn characters(&self, line: (SourceId, usize), before: &[u8]) -> usize {
        let starts = |bytes: &[u8]| bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        let mut counts = self.counts.borrow_mut();
        let counts = counts.entry(line).or_default();
        let mut blocks = before.chunks_exact(LONG);
        for block in blocks.by_ref().skip(counts.len()) {
            let last = counts.last().copied().unwrap_or(0);
            counts.push(last + starts(block));
        }
        let whole = before.len() / LONG;
        let counted = whole.checked_sub(1).and_then(|at| counts.get(at));
        counted.copied().unwrap_or(0) + starts(blocks.remainder())
    }

    fn starts(&self, source: SourceId) -> Option<&[usize]> {
        self.starts.get(source.0 as usize).map(Vec::as_slice)
    }
}

fn line_starts(source: &Source) -> Vec<usize> {
    let ends = memchr::memchr_iter(b'\n', source.text.as_bytes());
    std::iter::once(0).chain(ends.map(|end| end + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn it_says_what_the_sources_say(text in "(a|é|\n|\r\n){0,40}", start in 0u32..60, length in 0u32..20) {
            let mut sources = Sources::default();
            let source = sources.add("a.yaml", text);
            let span = Span { source, start, end: start + length };
            proptest::prop_assert_eq!(Places::new(&sources).of(span), sources.places(span));
        }
    }

    #[test]
    fn columns_of_a_long_line_are_those_of_the_sources() {
        let mut sources = Sources::default();
        let source = sources.add(
            "a.yaml",
            "first\n".to_owned() + &"aé€😀".repeat(1000) + "\nlast",
        );
        let places = Places::new(&sources);
        let text = sources.get(source).unwrap().text.clone();
        let ends = (0..text.len()).filter(|at| text.is_char_boundary(*at));
        // In an order in which later blocks are asked for first, too.
        for at in ends.clone().rev().step_by(37).chain(ends.step_by(11)) {
            let at = u32::try_from(at).unwrap();
            let span = Span {
                source,
                start: at,
                end: at,
            };
            assert_eq!(places.of(span), sources.places(span), "{at}");
        }
    }

    #[test]
    fn a_long_line_is_redacted_once() {
        let mut sources = Sources::default();
        let text = format!("{{password: hunter22, a: [{}]}}\n", "b, ".repeat(1000));
        let source = sources.add("a.yaml", text);
        let places = Places::new(&sources);
        let (one, start) = places.redacted(source, 1).unwrap();
        let (other, _) = places.redacted(source, 1).unwrap();
        assert!(!one.contains("hunter22") && one.contains("[b, b") && start == 0);
        assert!(Rc::ptr_eq(&one, &other));
        assert_eq!(places.redacted(source, 2).unwrap().0.as_ref(), "");
    }

    #[test]
    fn a_line_comes_without_its_end() {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", "a\r\nbc");
        let places = Places::new(&sources);
        assert_eq!(places.line(source, 1), Some(("a", 0)));
        assert_eq!(places.line(source, 2), Some(("bc", 3)));
        assert_eq!(
            (places.line(source, 3), places.line(source, 0)),
            (None, None)
        );
    }
}
