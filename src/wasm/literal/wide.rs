//! Texts in UTF-16, as AssemblyScript, C# and Kotlin store their strings.

use std::ops::Range;

use super::text::{self, Text};

/// How far a run is followed before the place where it was met, and after the range.
const MARGIN: usize = 4096;
/// The fewest characters of a run that is looked at.
const MIN_RUN: usize = 8;

/// Every text in runs of UTF-16 that are met in `range`.
pub(super) fn find(bytes: &[u8], range: Range<usize>) -> Vec<Text> {
    let mut all = Vec::new();
    let mut place = range.start;
    let limit = (range.end + MARGIN).min(bytes.len());
    while let Some(met) = next_window(bytes, place..range.end) {
        let run = run_around(bytes, met, range.start, limit);
        place = run.end.max(met + 8);
        if run.len() >= 2 * MIN_RUN {
            all.extend(texts(bytes, &run));
        }
    }
    all
}

/// The next eight bytes that are four printable characters with zeros between.
fn next_window(bytes: &[u8], range: Range<usize>) -> Option<usize> {
    let searched = bytes.get(range.clone())?;
    let (windows, _) = searched.as_chunks::<8>();
    let index = windows.iter().position(|window| {
        let word = u64::from_le_bytes(*window);
        word != 0 && (is_wide(word) || is_wide(word.rotate_right(8)))
    })?;
    let window = u64::from_le_bytes(*windows.get(index)?);
    let odd = usize::from(!is_wide(window));
    Some(range.start + 8 * index + odd)
}

/// Whether every even byte is printable and every odd one zero.
fn is_wide(word: u64) -> bool {
    word & 0xff00_ff00_ff00_ff00 == 0
        && word
            .to_le_bytes()
            .iter()
            .step_by(2)
            .all(|byte| is_text(*byte))
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t')
}

/// The whole run of characters around one of them, within bounds.
fn run_around(bytes: &[u8], met: usize, from: usize, limit: usize) -> Range<usize> {
    let is_unit = |start: usize| {
        let unit = bytes.get(start..start + 2);
        matches!(unit, Some([byte, 0]) if is_text(*byte))
    };
    let mut start = met;
    while start >= 2 && start + MARGIN > from && is_unit(start - 2) {
        start -= 2;
    }
    let mut end = met;
    while end + 2 <= limit && is_unit(end) {
        end += 2;
    }
    start..end
}

fn texts(bytes: &[u8], run: &Range<usize>) -> Vec<Text> {
    let units = bytes.get(run.clone()).unwrap_or_default();
    let narrow: Vec<u8> = units.iter().copied().step_by(2).collect();
    let mut found = text::find(&narrow, 0..narrow.len());
    for text in &mut found {
        text.range = run.start + 2 * text.range.start..run.start + 2 * text.range.end;
    }
    found
}
