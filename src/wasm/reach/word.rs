//! The words of a module's data as compiled, and sets of them.

use crate::wasm::layout::{Layout, Piece};

/// Bytes of a word.
pub(super) const WORD: u64 = 8;
/// How many words without a byte in the binary end what is read.
const GAP: u64 = 64;

/// A set of words by their place.
#[derive(Debug)]
pub(super) struct Words(Vec<u64>);

impl Words {
    pub(super) fn of(count: u64) -> Self {
        let blocks = usize::try_from(count.div_ceil(u64::from(u64::BITS))).unwrap_or_default();
        Self(vec![0; blocks + 1])
    }

    fn place(word: u64) -> (usize, u64) {
        let block = usize::try_from(word / u64::from(u64::BITS)).unwrap_or(usize::MAX);
        (block, 1 << (word % u64::from(u64::BITS)))
    }

    pub(super) fn contains(&self, word: u64) -> bool {
        let (block, bit) = Self::place(word);
        self.0.get(block).is_none_or(|block| block & bit != 0)
    }

    /// Whether it was not in it before.
    pub(super) fn insert(&mut self, word: u64) -> bool {
        let (block, bit) = Self::place(word);
        let Some(block) = self.0.get_mut(block) else {
            return false;
        };
        let is_new = *block & bit == 0;
        *block |= bit;
        is_new
    }
}

/// The data of a module as compiled, by words from an address on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Image<'m> {
    start: u64,
    bytes: &'m [u8],
    /// What segments fill, by address.
    pub(super) pieces: &'m [Piece],
}

impl<'m> Image<'m> {
    pub(super) fn new(start: u64, layout: &'m Layout, bytes: &'m [u8]) -> Self {
        Self {
            start,
            bytes,
            pieces: layout.pieces(),
        }
    }

    /// Reads from a word on.
    pub(super) fn at(&self, word: u64) -> Reader {
        let address = self.start + word * WORD;
        let piece = self.pieces.partition_point(|piece| piece.end <= address);
        Reader::new(address, piece)
    }

    /// Gives every word of which a piece has a part, in order, each once, with its place.
    pub(super) fn each(&self, mut take: impl FnMut(u64, u64)) {
        let mut word = 0;
        for (at, piece) in self.pieces.iter().enumerate() {
            word = word.max(piece.start.saturating_sub(self.start) / WORD);
            let partly = |word: u64| {
                let mut reader = Reader::new(self.start + word * WORD, at);
                reader.next_word(self).unwrap_or_default()
            };
            if self.start + word * WORD < piece.start {
                take(word, partly(word));
                word += 1;
            }
            let from = self.start + word * WORD;
            if from >= piece.end {
                continue;
            }
            let content = self.content(piece, from, piece.end).unwrap_or_default();
            let (whole, rest) = content.as_chunks();
            for value in whole {
                take(word, u64::from_le_bytes(*value));
                word += 1;
            }
            if !rest.is_empty() {
                take(word, partly(word));
                word += 1;
            }
        }
    }

    /// What a piece has from an address in it on, up to another.
    fn content(&self, piece: &Piece, from: u64, to: u64) -> Option<&'m [u8]> {
        let skip = usize::try_from(from - piece.start).ok()?;
        let size = usize::try_from(to - from).ok()?;
        self.bytes
            .get(piece.offset.checked_add(skip)?..)?
            .get(..size)
    }

    /// The word at an address, if a piece fills all of it.
    fn word(&self, piece: &Piece, address: u64) -> Option<u64> {
        if address < piece.start || piece.end.saturating_sub(address) < WORD {
            return None;
        }
        let word = self.content(piece, address, address + WORD)?;
        word.first_chunk().map(|word| u64::from_le_bytes(*word))
    }

    /// Takes what a piece has of the word at an address; whether it has something.
    fn fill(&self, piece: &Piece, address: u64, word: &mut [u8; 8]) -> bool {
        let (from, to) = (piece.start.max(address), piece.end.min(address + WORD));
        if from >= to {
            return false;
        }
        let known = self.content(piece, from, to).unwrap_or_default();
        let skip = usize::try_from(from - address).unwrap_or(usize::MAX);
        let part = word
            .get_mut(skip..)
            .and_then(|part| part.get_mut(..known.len()));
        if let Some(part) = part {
            part.copy_from_slice(known);
        }
        !known.is_empty()
    }
}

/// Reads words one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    pub(super) address: u64,
    piece: usize,
    gap: u64,
}

impl Reader {
    fn new(address: u64, piece: usize) -> Self {
        Self {
            address,
            piece,
            gap: 0,
        }
    }

    /// The next word; what no segment fills is zero. `None` after the last, or after too many that nothing fills.
    pub(super) fn next_word(&mut self, image: &Image<'_>) -> Option<u64> {
        let piece = image.pieces.get(self.piece)?;
        match image.word(piece, self.address) {
            Some(word) => {
                self.address += WORD;
                self.piece += usize::from(piece.end <= self.address);
                self.gap = 0;
                Some(word)
            }
            None => self.parts_of_word(image),
        }
    }

    fn parts_of_word(&mut self, image: &Image<'_>) -> Option<u64> {
        let (mut bytes, mut is_filled) = ([0; 8], false);
        let start = self.address;
        self.address += WORD;
        while let Some(piece) = image.pieces.get(self.piece) {
            is_filled |= image.fill(piece, start, &mut bytes);
            if piece.end > self.address || piece.start >= self.address {
                break;
            }
            self.piece += 1;
        }
        self.gap = if is_filled { 0 } else { self.gap + 1 };
        (self.gap < GAP).then_some(u64::from_le_bytes(bytes))
    }
}
