//! The words of a module's data as compiled, and sets of them.

use crate::wasm::DataSegment;

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
#[derive(Debug)]
pub(super) struct Image<'m> {
    start: u64,
    /// Segments by address.
    pub(super) pieces: Vec<Piece<'m>>,
}

impl<'m> Image<'m> {
    pub(super) fn new(start: u64, segments: &[DataSegment], bytes: &'m [u8]) -> Self {
        let segments = segments.iter().filter(|segment| segment.size > 0);
        let pieces = segments.filter_map(|segment| Piece::of(segment, bytes));
        let mut pieces: Vec<_> = pieces.collect();
        pieces.sort_by_key(|piece| piece.from);
        Self { start, pieces }
    }

    /// Reads from a word on.
    pub(super) fn at(&self, word: u64) -> Reader {
        let address = self.start + word * WORD;
        let piece = self.pieces.partition_point(|piece| piece.to <= address);
        Reader::new(address, piece)
    }

    /// Reads from a word on that has a part in a piece.
    pub(super) fn of_piece(&self, piece: usize, word: u64) -> Reader {
        Reader::new(self.start + word * WORD, piece)
    }
}

/// What a segment fills.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'m> {
    pub(super) from: u64,
    pub(super) to: u64,
    content: &'m [u8],
}

impl<'m> Piece<'m> {
    fn of(segment: &DataSegment, bytes: &'m [u8]) -> Option<Self> {
        let content = bytes.get(segment.offset..)?.get(..segment.size)?;
        let from = segment.address?;
        Some(Self {
            from,
            to: from.checked_add(segment.size as u64)?,
            content,
        })
    }

    /// The word at an address, if it fills all of it.
    fn word(&self, address: u64) -> Option<u64> {
        let start = usize::try_from(address.checked_sub(self.from)?).ok()?;
        let word = self.content.get(start..)?.first_chunk()?;
        Some(u64::from_le_bytes(*word))
    }

    /// Takes what it has of the word at an address; whether it has something.
    fn fill(&self, address: u64, word: &mut [u8; 8]) -> bool {
        let mut has = false;
        for (at, byte) in (address..).zip(word) {
            let start = at.checked_sub(self.from);
            let start = start.and_then(|start| usize::try_from(start).ok());
            if let Some(known) = start.and_then(|start| self.content.get(start)) {
                *byte = *known;
                has = true;
            }
        }
        has
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
        match piece.word(self.address) {
            Some(word) => {
                self.address += WORD;
                self.piece += usize::from(piece.to <= self.address);
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
            is_filled |= piece.fill(start, &mut bytes);
            if piece.to > self.address || piece.from >= self.address {
                break;
            }
            self.piece += 1;
        }
        self.gap = if is_filled { 0 } else { self.gap + 1 };
        (self.gap < GAP).then_some(u64::from_le_bytes(bytes))
    }
}
