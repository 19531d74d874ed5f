//! Function values that stand as constants in what Go's compiler makes: in code, and in data that code leads to. There every
//! function has one type and stands in one table, so that calls through it tell nothing. For the reader alone.

use std::ops::Range;

use super::origin::{Mode, NO_FUNCTION, Origins};
use super::trace::Trace;
use super::word::{Image, WORD, Words};
use crate::wasm::layout::Layout;
use crate::wasm::{DataSegment, Module};

/// How far a function's index in the table is shifted in its value; below is where in the function it goes on.
const SHIFT: u32 = 16;
/// The most bytes that data may span: Go's functions have values from 256 MiB on.
const MAX_DATA: u64 = 256 << 20;
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
    pub(in crate::wasm) fn of(module: &Module, origins: &Origins) -> Option<Self> {
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
        let addresses = module.data.iter().filter_map(|segment| segment.address);
        let ends = module.data.iter().filter_map(end);
        let data = addresses.min()? / WORD * WORD..ends.max()?;
        let functions = first..first + ((segment.items.len() as u64) << SHIFT);
        let fits = data.end <= first && functions.end <= 1 << u32::BITS;
        let fits = fits && data.end.saturating_sub(data.start) <= MAX_DATA;
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

    /// Which word of the data an address lies in.
    fn word_of(&self, address: u64) -> Option<u64> {
        let is_data = self.data.contains(&address);
        is_data.then(|| (address - self.data.start) / WORD)
    }

    /// None of the words of the data.
    fn no_words(&self) -> Words {
        Words::of((self.data.end - self.data.start) / WORD + 1)
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

/// Where objects start in data, as far as data points to them.
pub(in crate::wasm) struct Starts {
    /// Words to which data points.
    words: Words,
    /// Where the linker's description of the module lies, about.
    description: Range<u64>,
}

impl Starts {
    /// Looks at every word of the data.
    pub(in crate::wasm) fn of(addresses: &Addresses, layout: &Layout, bytes: &[u8]) -> Self {
        let mut starts = Self {
            words: addresses.no_words(),
            description: 0..0,
        };
        let mut before = 0;
        Image::new(addresses.data.start, layout, bytes).each(|word, value| {
            starts.add(addresses, value);
            if addresses.are_bounds(before, value) {
                starts.description = word.saturating_sub(DESCRIPTION)..word + DESCRIPTION;
            }
            before = value;
        });
        starts
    }

    fn add(&mut self, addresses: &Addresses, value: u64) {
        if let Some(word) = addresses.word_of(value) {
            self.words.insert(word);
        }
    }
}

/// The data as compiled, with where its objects start.
pub(super) struct Statics<'m> {
    addresses: &'m Addresses,
    functions: &'m [u32],
    image: Image<'m>,
    /// Where objects start to which code or data point.
    starts: Starts,
    seen: Words,
    /// What of the linker's description is still to be read.
    described: Range<u64>,
}

impl<'m> Statics<'m> {
    /// Adds where objects start to which code points.
    pub(super) fn new(
        (addresses, mut starts): (&'m Addresses, Starts),
        module: &'m Module,
        bytes: &'m [u8],
        origins: &'m Origins,
        traces: &[Trace],
    ) -> Self {
        for constant in traces.iter().flat_map(Trace::constants) {
            starts.add(addresses, u64::from(constant.value));
        }
        Self {
            addresses,
            functions: &origins.items,
            image: Image::new(addresses.data.start, &module.layout, bytes),
            seen: addresses.no_words(),
            described: starts.description.clone(),
            starts,
        }
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
        } else if let Some(word) = self.addresses.word_of(value) {
            open.push(word);
        }
    }

    /// Looks at every word of an object: up to where the next one starts.
    fn object(&mut self, start: u64, found: &mut Vec<u32>, open: &mut Vec<u64>) {
        if self.starts.description.contains(&start) {
            self.initializers(open);
            return;
        }
        let mut reader = self.image.at(start);
        for word in start..start + MAX_OBJECT {
            let next = word > start && self.starts.words.contains(word);
            let value = reader.next_word(&self.image).filter(|_| !next);
            let Some(value) = value else {
                return;
            };
            self.look(value, found, open);
        }
    }

    /// Of the linker's description of the module, only the list of what initializes packages is followed.
    fn initializers(&mut self, open: &mut Vec<u64>) {
        let mut reader = self.image.at(self.starts.description.start);
        for _ in std::mem::take(&mut self.described) {
            let value = reader.next_word(&self.image).unwrap_or_default();
            let list = self.addresses.word_of(value);
            let first = list.and_then(|list| self.image.at(list).next_word(&self.image));
            let task = first.and_then(|first| self.addresses.word_of(first));
            if task.is_some_and(|task| self.is_task(task)) {
                open.extend(list);
                return;
            }
        }
    }

    /// A state of zero, how many functions, and the functions.
    fn is_task(&self, word: u64) -> bool {
        let mut reader = self.image.at(word);
        let count = reader.next_word(&self.image);
        let count = count.map(|word| word.rotate_right(u32::BITS));
        let first = reader.next_word(&self.image);
        count.is_some_and(|count| (1..MAX_INITIALIZERS).contains(&count))
            && first.is_some_and(|first| self.addresses.function(first).is_some())
    }
}
