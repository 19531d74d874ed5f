//! Texts in data and custom sections that reviewers want to see: credentials, URLs, build paths. Code is not searched.

mod straddle;
mod text;
mod wide;

use std::collections::BTreeSet;
use std::ops::Range;

use rayon::prelude::*;

use super::layout::Layout;
use super::limit::{MAX_NAME, cut};
use super::segment::DataArea;
use super::{Literal, LiteralKind, MAX_LITERALS};
use text::Text;

/// One custom section's name or content.
#[derive(Debug, Clone)]
pub(super) struct CustomArea<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Where that is.
    pub(super) range: Range<usize>,
}

/// How many bytes one task searches.
const CHUNK: usize = 512 << 10;

/// A part of one area, for one task.
struct Job<'j> {
    area: &'j Range<usize>,
    range: Range<usize>,
}

/// Finds the texts, in order of offset, each once. `layout` is that of the outermost module's data.
pub(super) fn scan(
    bytes: &[u8],
    (data, layout): (&[DataArea], &Layout),
    customs: &[CustomArea<'_>],
    parallel: bool,
) -> Vec<Literal> {
    let areas = data.iter().map(|area| &area.range);
    let areas = areas.chain(customs.iter().map(|area| &area.range));
    let jobs: Vec<_> = areas.flat_map(jobs).collect();
    let places = Places { data, customs };
    let mut found = Vec::new();
    // In waves, so that what is dropped later does not pile up.
    for wave in jobs.chunks(WAVE) {
        found.extend(places.whole(run(wave, bytes, parallel)));
        found = choose(found);
    }
    for area in data {
        let own = area.nested.map(|_| Layout::of(&area.segments));
        found.extend(straddle::texts(bytes, own.as_ref().unwrap_or(layout)));
        found.extend(straddle::openings(bytes, &area.segments));
    }
    let chosen = choose(found);
    chosen
        .into_iter()
        .map(|text| places.literal(text))
        .collect()
}

/// How many tasks are under way before their texts are sorted out.
const WAVE: usize = 64;

fn run(jobs: &[Job<'_>], bytes: &[u8], parallel: bool) -> Vec<Text> {
    if parallel {
        let found = jobs.par_iter().flat_map_iter(|job| job.run(bytes));
        found.collect()
    } else {
        jobs.iter().flat_map(|job| job.run(bytes)).collect()
    }
}

fn jobs(area: &Range<usize>) -> impl Iterator<Item = Job<'_>> {
    area.clone().step_by(CHUNK).map(|start| Job {
        area,
        range: start..area.end.min(start + CHUNK),
    })
}

impl Job<'_> {
    fn run(&self, bytes: &[u8]) -> Vec<Text> {
        let haystack = bytes.get(self.area.clone()).unwrap_or_default();
        let base = self.area.start;
        let range = self.range.start - base..self.range.end - base;
        let mut all = text::find(haystack, range.clone());
        all.extend(wide::find(haystack, range));
        for text in &mut all {
            text.range = text.range.start + base..text.range.end + base;
        }
        all
    }
}

/// The first of each text, at most [`MAX_LITERALS`] of a kind.
fn choose(mut found: Vec<Text>) -> Vec<Text> {
    found.sort_by_key(|text| (text.range.start, text.kind));
    let mut seen = BTreeSet::new();
    let mut counts = [0usize; 3];
    found.retain(|text| {
        if !seen.insert((text.kind, text.key)) {
            return false;
        }
        let slot = match text.kind {
            LiteralKind::Credential => 0,
            LiteralKind::Url => 1,
            LiteralKind::BuildPath => 2,
        };
        let Some(count) = counts.get_mut(slot) else {
            return false;
        };
        *count += 1;
        *count <= MAX_LITERALS
    });
    found
}

/// Names places by offset.
struct Places<'p> {
    data: &'p [DataArea],
    customs: &'p [CustomArea<'p>],
}

impl Places<'_> {
    fn literal(&self, text: Text) -> Literal {
        Literal {
            kind: text.kind,
            place: self.place(text.range.start),
            offset: text.range.start,
            text: text.shown,
            detail: text.detail,
        }
    }

    /// Only what lies in one segment, and not across the headers between them.
    fn whole(&self, found: Vec<Text>) -> impl Iterator<Item = Text> {
        found.into_iter().filter(|text| {
            let area = self.data_area(text.range.start);
            area.is_none_or(|area| area.holds(&text.range))
        })
    }

    fn data_area(&self, offset: usize) -> Option<&DataArea> {
        let after = self.data.partition_point(|area| area.range.start <= offset);
        let area = self.data.get(after.checked_sub(1)?)?;
        area.range.contains(&offset).then_some(area)
    }

    fn place(&self, offset: usize) -> String {
        if let Some(area) = self.data_area(offset) {
            let segment = area.segment_at(offset).unwrap_or_default();
            return match area.nested {
                None => format!("data segment {segment}"),
                Some(module) => format!("data segment {segment} of nested module {module}"),
            };
        }
        let after = self
            .customs
            .partition_point(|area| area.range.start <= offset);
        let custom = after
            .checked_sub(1)
            .and_then(|index| self.customs.get(index));
        let name = custom.map_or("", |custom| cut(custom.name, MAX_NAME));
        format!("custom section {name}")
    }
}

impl DataArea {
    /// The segment whose bytes an offset is in.
    fn segment_at(&self, offset: usize) -> Option<usize> {
        let after = self
            .segments
            .partition_point(|segment| segment.offset <= offset);
        let index = after.checked_sub(1)?;
        let segment = self.segments.get(index)?;
        (offset < segment.offset + segment.size).then_some(index)
    }

    /// Whether a text lies in one segment, and not across the headers between them.
    fn holds(&self, text: &Range<usize>) -> bool {
        let first = self.segment_at(text.start);
        first.is_some() && first == self.segment_at(text.end.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests;
