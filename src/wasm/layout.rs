//! Where data segments fill memory before any code runs.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::DataSegment;

/// The pieces of memory that data segments fill, in order and without overlaps: a later segment wins over an earlier one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout(Arc<Vec<Piece>>);

/// Bytes of the binary that lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// The address of the first.
    pub(super) start: u64,
    /// The address behind the last.
    pub(super) end: u64,
    /// Where the first stands in the binary.
    pub(super) offset: usize,
}

impl Layout {
    /// Of data segments, by index.
    pub(super) fn of(segments: &[DataSegment]) -> Self {
        let mut pieces: Vec<Piece> = filled(segments).collect();
        pieces.sort_by_key(|piece| piece.start);
        // Linkers write segments that lie apart; only others have to be laid upon each other, in the order of the binary.
        if !pieces.is_sorted_by(|a, b| a.end <= b.start) {
            pieces = laid(filled(segments));
        }
        Self(Arc::new(pieces))
    }

    /// All pieces.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The piece that an address lies in.
    pub(super) fn at(&self, address: u64) -> Option<Piece> {
        let before = self.0.partition_point(|piece| piece.start <= address);
        let piece = self.0.get(before.checked_sub(1)?)?;
        (address < piece.end).then_some(*piece)
    }

    /// Whether a piece starts at an address or beyond.
    pub(super) fn is_filled_beyond(&self, address: u64) -> bool {
        self.0.last().is_some_and(|last| last.start >= address)
    }
}

impl Piece {
    /// Where its bytes stand in the binary.
    pub(super) fn range(&self) -> Range<usize> {
        let size = usize::try_from(self.end.saturating_sub(self.start)).unwrap_or(usize::MAX);
        self.offset..self.offset.saturating_add(size)
    }

    /// What is left of it from an address on.
    pub(super) fn from(self, at: u64) -> Self {
        let skip = usize::try_from(at.saturating_sub(self.start)).unwrap_or(usize::MAX);
        Self {
            start: at.max(self.start),
            offset: self.offset.saturating_add(skip),
            ..self
        }
    }
}

/// What segments fill, one by one.
fn filled(segments: &[DataSegment]) -> impl Iterator<Item = Piece> {
    let filled = segments.iter().filter(|segment| segment.size > 0);
    filled.filter_map(|segment| {
        let start = segment.address.or(segment.copied)?;
        Some(Piece {
            start,
            end: start.saturating_add(segment.size as u64),
            offset: segment.offset,
        })
    })
}

/// Pieces put into place one after the other; what was there before is overwritten.
fn laid(pieces: impl Iterator<Item = Piece>) -> Vec<Piece> {
    let mut laid: BTreeMap<u64, Piece> = BTreeMap::new();
    for piece in pieces {
        if let Some((_, before)) = laid.range_mut(..piece.start).next_back()
            && before.end > piece.start
        {
            let rest = before.from(piece.end);
            let reaches = before.end > piece.end;
            before.end = piece.start;
            if reaches {
                laid.insert(rest.start, rest);
            }
        }
        let covered: Vec<u64> = laid
            .range(piece.start..piece.end)
            .map(|(start, _)| *start)
            .collect();
        for start in covered {
            if let Some(gone) = laid.remove(&start)
                && gone.end > piece.end
            {
                laid.insert(piece.end, gone.from(piece.end));
            }
        }
        laid.insert(piece.start, piece);
    }
    laid.into_values().collect()
}
