//! Function values that stand as constants in what Go's compiler makes: in code, and in data that code leads to. There every
//! function has one type and stands in one table, so that calls through it tell nothing. For the reader alone.

use std::ops::Range;

use super::origin::{Mode, NO_FUNCTION, Origins};
use super::trace::Trace;
use crate::wasm::{DataSegment, Module};

/// How far a function's index in the table is shifted in its value; below is where in the function it goes on.
const SHIFT: u32 = 16;
/// Bytes of a word.
const WORD: u64 = 8;
/// How many words without a byte in the binary end an object.
const GAP: u64 = 64;
/// The most words that are looked at in one object.
const MAX_OBJECT: u64 = 8 << 10;
/// The most functions by which the value of the end of the code may differ from the last one.
const NEAR_END: u64 = 16;
/// How many words before and after the place where it names the code's bounds the linker's description of the module has.
const DESCRIPTION: u64 = 56;
/// The most functions that initialize one package.
const MAX_INITIALIZERS: u64 = 1 << 16;

/// The values that are worth a look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::wasm) struct Addresses {
    data: Range<u64>,
    functions: Range<u64>,
}

impl Addresses {
    /// Of a module whose table and data are as Go's linker lays them out: data, then functions.
    pub(in crate::wasm) fn of(
        module: &Module,
        data: &[DataSegment],
        origins: &Origins,
    ) -> Option<Self> {
        let ([table], [segment]) = (module.tables.as_slice(), origins.segments.as_slice()) else {
            return None;
        };
        let Mode::Active {
            start: Some(start), ..
        } = segment.mode
        else {
            return None;
        };
        let is_go = module.toolchain.language.as_deref() == Some("Go");
        let first = u64::from(start) << SHIFT;
        let addresses = data.iter().filter_map(|segment| segment.address);
        let ends = data.iter().filter_map(end);
        let data = addresses.min()? / WORD * WORD..ends.max()?;
        let functions = first..first + ((segment.items.len() as u64) << SHIFT);
        let fits = data.end <= first && functions.end <= 1 << u32::BITS;
        (is_go && !table.imported && fits).then_some(Self { data, functions })
    }

    /// Whether a constant may be an address: a cheap test that lets others through.
    #[inline]
    pub(super) fn may_contain(&self, value: u64) -> bool {
        value >= self.data.start && value < self.functions.end
    }

    /// Whether a constant is the address of data or of a function's start.
    pub(super) fn contain(&self, value: u64) -> bool {
        self.data.contains(&value) || self.function(value).is_some()
    }

    /// The place in the element segment of the function whose value this is.
    fn function(&self, value: u64) -> Option<usize> {
        let starts = value & ((1 << SHIFT) - 1) == 0;
        let index = value.checked_sub(self.functions.start)? >> SHIFT;
        (starts && value < self.functions.end).then_some(usize::try_from(index).ok()?)
    }

    /// Whether these two words, one after the other, say where the code starts and ends: only the linker's description of
    /// the whole module does, which leads to everything.
    fn are_bounds(&self, word: u64, next: u64) -> bool {
        let last = self.functions.end.saturating_sub(NEAR_END << SHIFT);
        word == self.functions.start && next > word && (last..=self.functions.end).contains(&next)
    }
}

fn end(segment: &DataSegment) -> Option<u64> {
    segment.address?.checked_add(segment.size as u64)
}

/// A set of words by their place.
#[derive(Debug)]
struct Words(Vec<u64>);

impl Words {
    fn of(count: u64) -> Self {
        let blocks = usize::try_from(count.div_ceil(u64::from(u64::BITS))).unwrap_or_default();
        Self(vec![0; blocks + 1])
    }

    fn place(word: u64) -> (usize, u64) {
        let block = usize::try_from(word / u64::from(u64::BITS)).unwrap_or(usize::MAX);
        (block, 1 << (word % u64::from(u64::BITS)))
    }

    fn contains(&self, word: u64) -> bool {
        let (block, bit) = Self::place(word);
        self.0.get(block).is_none_or(|block| block & bit != 0)
    }

    /// Whether it was not in it before.
    fn insert(&mut self, word: u64) -> bool {
        let (block, bit) = Self::place(word);
        let Some(block) = self.0.get_mut(block) else {
            return false;
        };
        let is_new = *block & bit == 0;
        *block |= bit;
        is_new
    }
}

/// The data as compiled, with where its objects start.
pub(super) struct Statics<'m> {
    addresses: &'m Addresses,
    bytes: &'m [u8],
    functions: &'m [u32],
    /// Segments by address.
    pieces: Vec<&'m DataSegment>,
    /// Words to which code or data point.
    starts: Words,
    seen: Words,
    /// Where the linker's description of the module lies, about.
    description: Range<u64>,
    /// What of it is still to be read.
    described: Range<u64>,
}

impl<'m> Statics<'m> {
    /// Looks where objects start.
    pub(super) fn new(
        addresses: &'m Addresses,
        module: &'m Module,
        bytes: &'m [u8],
        origins: &'m Origins,
        traces: &[Trace],
    ) -> Self {
        let mut pieces: Vec<_> = module.data.iter().collect();
        pieces.retain(|piece| piece.address.is_some() && piece.size > 0);
        pieces.sort_by_key(|piece| piece.address);
        let words = (addresses.data.end - addresses.data.start) / WORD + 1;
        let mut statics = Self {
            addresses,
            bytes,
            functions: &origins.items,
            pieces,
            starts: Words::of(words),
            seen: Words::of(words),
            description: 0..0,
            described: 0..0,
        };
        statics.find_starts(traces);
        statics.described = statics.description.clone();
        statics
    }

    fn find_starts(&mut self, traces: &[Trace]) {
        for constant in traces.iter().flat_map(Trace::constants) {
            self.start(u64::from(constant.value));
        }
        let (mut next, mut before) = (0, 0);
        for at in 0..self.pieces.len() {
            let piece = self.pieces.get(at).copied();
            let Some((address, end)) = piece.and_then(|piece| Some((piece.address?, end(piece)?)))
            else {
                continue;
            };
            next = self.word_of(address).map_or(next, |first| first.max(next));
            let mut reader = Reader::new(self, next);
            while reader.address < end {
                let value = reader.next_word(self).unwrap_or_default();
                self.start(value);
                if self.addresses.are_bounds(before, value) {
                    self.description = next.saturating_sub(DESCRIPTION)..next + DESCRIPTION;
                }
                before = value;
                next += 1;
            }
        }
    }

    fn start(&mut self, value: u64) {
        if let Some(word) = self.word_of(value) {
            self.starts.insert(word);
        }
    }

    /// Which word of the data an address lies in.
    fn word_of(&self, address: u64) -> Option<u64> {
        let is_data = self.addresses.data.contains(&address);
        is_data.then(|| (address - self.addresses.data.start) / WORD)
    }

    /// The functions to whose values a constant leads, as far as nothing led there before.
    pub(super) fn follow(&mut self, value: u32) -> Vec<u32> {
        let mut found = Vec::new();
        let mut open = Vec::new();
        self.look(u64::from(value), &mut found, &mut open);
        while let Some(word) = open.pop() {
            if self.seen.insert(word) {
                self.object(word, &mut found, &mut open);
            }
        }
        found
    }

    /// What one value is: a function's, an address, or nothing of the kind.
    fn look(&self, value: u64, found: &mut Vec<u32>, open: &mut Vec<u64>) {
        if let Some(index) = self.addresses.function(value) {
            let function = self.functions.get(index).copied();
            found.extend(function.filter(|function| *function != NO_FUNCTION));
        } else if let Some(word) = self.word_of(value) {
            open.push(word);
        }
    }

    /// Looks at every word of an object: up to where the next one starts.
    fn object(&mut self, start: u64, found: &mut Vec<u32>, open: &mut Vec<u64>) {
        if self.description.contains(&start) {
            self.initializers(open);
            return;
        }
        let mut reader = Reader::new(self, start);
        for word in start..start + MAX_OBJECT {
            let next = word > start && self.starts.contains(word);
            let value = reader.next_word(self).filter(|_| !next);
            let Some(value) = value else {
                return;
            };
            self.look(value, found, open);
        }
    }

    /// Of the linker's description of the module, only the list of what initializes packages is followed.
    fn initializers(&mut self, open: &mut Vec<u64>) {
        let mut reader = Reader::new(self, self.description.start);
        for _ in std::mem::take(&mut self.described) {
            let value = reader.next_word(self).unwrap_or_default();
            let list = self.word_of(value);
            let first = list.and_then(|list| Reader::new(self, list).next_word(self));
            let task = first.and_then(|first| self.word_of(first));
            if task.is_some_and(|task| self.is_task(task)) {
                open.extend(list);
                return;
            }
        }
    }

    /// A state of zero, how many functions, and the functions.
    fn is_task(&self, word: u64) -> bool {
        let mut reader = Reader::new(self, word);
        let count = reader.next_word(self);
        let count = count.map(|word| word.rotate_right(u32::BITS));
        let first = reader.next_word(self);
        count.is_some_and(|count| (1..MAX_INITIALIZERS).contains(&count))
            && first.is_some_and(|first| self.addresses.function(first).is_some())
    }
}

/// Reads words one after the other.
#[derive(Debug, Clone, Copy)]
struct Reader {
    address: u64,
    piece: usize,
    gap: u64,
}

impl Reader {
    fn new(statics: &Statics<'_>, word: u64) -> Self {
        let address = statics.addresses.data.start + word * WORD;
        let before = |piece: &&DataSegment| end(piece).is_some_and(|end| end <= address);
        Self {
            address,
            piece: statics.pieces.partition_point(before),
            gap: 0,
        }
    }

    /// The next word; what no segment fills is zero. `None` after the last, or after too many that nothing fills.
    fn next_word(&mut self, statics: &Statics<'_>) -> Option<u64> {
        let mut bytes = [0; 8];
        let mut filled = false;
        let end_of_word = self.address + WORD;
        while let Some(piece) = statics.pieces.get(self.piece) {
            let (from, to) = (piece.address?, end(piece)?);
            if from >= end_of_word {
                break;
            }
            filled |= self.fill(statics, piece, &mut bytes).is_some();
            if to > end_of_word {
                break;
            }
            self.piece += 1;
        }
        self.address = end_of_word;
        self.gap = if filled { 0 } else { self.gap + 1 };
        let is_over = !filled && self.piece >= statics.pieces.len();
        (self.gap < GAP && !is_over).then_some(u64::from_le_bytes(bytes))
    }

    /// Takes what a segment has of this word.
    fn fill(&self, statics: &Statics<'_>, piece: &DataSegment, bytes: &mut [u8; 8]) -> Option<()> {
        let from = piece.address?;
        let start = from.max(self.address);
        let stop = end(piece)?.min(self.address + WORD);
        let offset = piece.offset + usize::try_from(start - from).ok()?;
        let length = usize::try_from(stop.checked_sub(start)?).ok()?;
        let source = statics.bytes.get(offset..offset.checked_add(length)?)?;
        let skipped = usize::try_from(start - self.address).ok()?;
        let target = bytes.get_mut(skipped..skipped + length)?;
        target.copy_from_slice(source);
        Some(())
    }
}
