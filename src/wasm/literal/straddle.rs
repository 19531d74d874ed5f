//! Texts at the borders of data segments: across those which meet in memory, and right after a header.

use std::ops::Range;

use super::text::{self, Text};
use crate::wasm::DataSegment;
use crate::wasm::layout::Layout;

/// How many bytes on each side of a border are looked at.
const MARGIN: usize = 2048;
/// How many joined bytes are searched at once.
const BUFFER: usize = 1 << 20;

/// How far into a segment a text that begins with it has its telling part, at most.
const OPENING: usize = 128;

/// Texts at the start of segments whose header ends with a printable byte: among all bytes, it looks like a part of them.
pub(super) fn openings(bytes: &[u8], segments: &[DataSegment]) -> Vec<Text> {
    let hidden = segments.iter().filter(|segment| {
        let before = segment.offset.checked_sub(1).and_then(|at| bytes.get(at));
        before.is_some_and(u8::is_ascii_graphic)
    });
    let mut found = Vec::new();
    for segment in hidden {
        let range = segment.offset..segment.offset + segment.size;
        let own = bytes.get(range).unwrap_or_default();
        for mut text in text::find(own, 0..OPENING.min(own.len())) {
            text.range = text.range.start + segment.offset..text.range.end + segment.offset;
            found.push(text);
        }
    }
    found
}

/// Part of a segment in the buffer.
struct Piece {
    at: usize,
    offset: usize,
}

/// Segments put one after the other as they will be in memory, long ones only by their ends.
#[derive(Default)]
struct Joined {
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
    found: Vec<Text>,
}

/// Every text that starts in one segment and ends in another that follows it in memory.
pub(super) fn texts(bytes: &[u8], layout: &Layout) -> Vec<Text> {
    let mut joined = Joined::default();
    for pair in layout.pieces().windows(2) {
        match pair {
            [before, piece] if before.end == piece.start => {
                if joined.pieces.is_empty() {
                    joined.tail(bytes, before.range());
                }
                joined.push(bytes, piece.range());
            }
            _ => joined.flush(),
        }
    }
    joined.flush();
    joined.found
}

impl Joined {
    fn piece(&mut self, bytes: &[u8], range: Range<usize>) {
        self.pieces.push(Piece {
            at: self.bytes.len(),
            offset: range.start,
        });
        let piece = bytes.get(range).unwrap_or_default();
        self.bytes.extend_from_slice(piece);
    }

    fn tail(&mut self, bytes: &[u8], range: Range<usize>) {
        self.piece(bytes, range.end - range.len().min(MARGIN)..range.end);
    }

    fn push(&mut self, bytes: &[u8], range: Range<usize>) {
        if range.len() <= 2 * MARGIN && self.bytes.len() < BUFFER {
            return self.piece(bytes, range);
        }
        self.piece(bytes, range.start..range.start + range.len().min(MARGIN));
        self.flush();
        self.tail(bytes, range);
    }

    /// Searches what was joined and starts anew.
    fn flush(&mut self) {
        if self.pieces.len() > 1 {
            let found = text::find(&self.bytes, 0..self.bytes.len());
            let across = found.into_iter().filter_map(|text| self.across(text));
            let across: Vec<_> = across.collect();
            self.found.extend(across);
        }
        self.bytes.clear();
        self.pieces.clear();
    }

    /// A text with its place in the binary, if it lies across segments. It keeps the length it has in memory.
    fn across(&self, mut text: Text) -> Option<Text> {
        let piece = |at: usize| {
            let after = self.pieces.partition_point(|piece| piece.at <= at);
            after.checked_sub(1)
        };
        let first = piece(text.range.start)?;
        (Some(first) != piece(text.range.end.checked_sub(1)?)).then_some(())?;
        let start = self.pieces.get(first)?;
        let offset = start.offset + text.range.start - start.at;
        text.range = offset..offset + text.range.len();
        Some(text)
    }
}
