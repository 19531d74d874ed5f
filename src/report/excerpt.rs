//! The few lines around each place of a finding, escaped, for miette to draw. miette reads its whole source for every
//! label and counts columns in bytes; here it gets windows of a few short lines that know their own numbers.

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::audit::Listing;
use crate::source::{SourceId, Span};

use super::escape;
use super::places::Places;

/// Lines shown before and after a labelled one.
const CONTEXT: usize = 1;
/// Labelled lines closer than this share a window.
const NEAR: usize = 4;
/// The most labels of one finding that are drawn.
const MAX_MARKS: usize = 8;
/// The most lines of a listing that are drawn.
const MAX_LISTING: usize = 16;
/// Bytes between two windows, so that no label belongs to both.
const GAP: usize = 16;

/// Windows laid out one after the other in one offset space, and the labels in them.
#[derive(Debug, Default)]
pub struct Excerpts {
    windows: Vec<Window>,
    labels: Vec<LabeledSpan>,
    width: usize,
}

#[derive(Debug)]
struct Window {
    name: String,
    text: String,
    first_line: usize,
    base: usize,
}

impl Window {
    fn end(&self) -> usize {
        self.base + self.text.len()
    }
}

struct Group<'m> {
    source: SourceId,
    name: String,
    first: usize,
    last: usize,
    marks: Vec<(Span, &'m str)>,
}

impl Excerpts {
    /// Windows whose lines have at most `width` characters, roughly.
    pub fn new(width: usize) -> Self {
        Self {
            width: width.max(20),
            ..Self::default()
        }
    }

    /// Adds windows around places in texts; places that do not fit their text are left out.
    pub fn add(&mut self, places: &Places, marks: &[(Span, &str)]) {
        for group in groups(places, marks) {
            self.open(group.name, group.first.saturating_sub(CONTEXT).max(1));
            for line in group.first.saturating_sub(CONTEXT).max(1)..=group.last + CONTEXT {
                if let Some((text, start)) = places.redacted(group.source, line)
                    && (line <= group.last || !text.is_empty())
                {
                    self.line(&text, start, &group.marks);
                }
            }
        }
    }

    /// Adds a window on disassembly.
    pub fn add_listing(&mut self, name: String, listing: &Listing) {
        let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        let mark = Span {
            source: SourceId(0),
            start: at(listing.start),
            end: at(listing.end),
        };
        self.open(name, 1);
        let mut start = 0;
        for line in listing.text.split_inclusive('\n').take(MAX_LISTING) {
            self.line(line.trim_end(), start, &[(mark, "")]);
            start += line.len();
        }
    }

    /// Every label, in the windows' offset space.
    pub fn labels(&self) -> &[LabeledSpan] {
        &self.labels
    }

    fn open(&mut self, name: String, first_line: usize) {
        let base = self.windows.last().map_or(0, |last| last.end() + GAP);
        self.windows.push(Window {
            name,
            text: String::new(),
            first_line,
            base,
        });
    }

    /// Adds a line that starts at `start` in its text, and the labels on it.
    fn line(&mut self, raw: &str, start: usize, marks: &[(Span, &str)]) {
        let Some(window) = self.windows.last_mut() else {
            return;
        };
        let marks: Vec<(usize, usize, &str)> = marks
            .iter()
            .filter_map(|(span, label)| within(raw, start, *span).map(|(s, e)| (s, e, *label)))
            .collect();
        let (from, to) = shown_part(raw, marks.first().map(|mark| mark.0), self.width);
        let lead = if from > 0 { "…" } else { "" };
        let upto = |offset: usize| {
            code(raw.get(from..offset.clamp(from, to)).unwrap_or_default()).len() + lead.len()
        };
        for (mark_start, mark_end, label) in marks {
            let offset = window.end() + upto(mark_start);
            let length = upto(mark_end) - upto(mark_start);
            let label = (!label.is_empty()).then(|| escape::line(label, 200));
            self.labels.push(LabeledSpan::new(label, offset, length));
        }
        window.text.push_str(lead);
        window
            .text
            .push_str(&code(raw.get(from..to).unwrap_or_default()));
        window
            .text
            .push_str(if to < raw.len() { "…\n" } else { "\n" });
    }
}

/// Marks that are near each other in one text, in order of first sight.
fn groups<'m>(places: &Places, marks: &[(Span, &'m str)]) -> Vec<Group<'m>> {
    let mut groups: Vec<Group> = Vec::new();
    for (span, label) in marks.iter().take(MAX_MARKS) {
        let Some((place, _)) = places.of(*span) else {
            continue;
        };
        let line = place.line;
        let near = groups.iter_mut().find(|group| {
            group.source == span.source && line + NEAR >= group.first && line <= group.last + NEAR
        });
        if let Some(group) = near {
            group.first = group.first.min(line);
            group.last = group.last.max(line);
            group.marks.push((*span, label));
        } else {
            let name = escape::name(places.name(*span));
            groups.push(Group {
                source: span.source,
                name: format!("{name}:{line}:{}", place.column),
                first: line,
                last: line,
                marks: vec![(*span, label)],
            });
        }
    }
    groups
}

/// The part of a span on the line that it starts on, as offsets in the line.
fn within(raw: &str, start: usize, span: Span) -> Option<(usize, usize)> {
    let from = (span.start as usize).checked_sub(start)?;
    let to = (span.end as usize).checked_sub(start)?.min(raw.len());
    raw.get(from..to.max(from)).map(|_| (from, to.max(from)))
}

/// The part of a line that is shown: all of it, or what surrounds the first label.
fn shown_part(raw: &str, anchor: Option<usize>, width: usize) -> (usize, usize) {
    if raw.len() <= width {
        return (0, raw.len());
    }
    let anchor = anchor.unwrap_or(0);
    let from = if anchor + width / 2 < width {
        0
    } else {
        raw.floor_char_boundary(anchor.saturating_sub(width / 3))
    };
    (from, raw.floor_char_boundary(from + width))
}

fn code(raw: &str) -> String {
    escape::line(&raw.replace('\t', "    "), usize::MAX)
}

impl SourceCode for Excerpts {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let end = span.offset() + span.len();
        let window = self
            .windows
            .iter()
            .find(|window| window.base <= span.offset() && end <= window.end())
            .ok_or(MietteError::OutOfBounds)?;
        Ok(Box::new(MietteSpanContents::new_named(
            window.name.clone(),
            window.text.as_bytes(),
            (window.base, window.text.len()).into(),
            window.first_line - 1,
            0,
            window.text.lines().count(),
        )))
    }
}
