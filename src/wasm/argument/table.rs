//! Tables of texts in memory as compiled, for an index that is not known: every entry that reads as one is a candidate.

use super::bound::MAX_ENTRIES;
use super::context::Context;
use super::operation::{Binary, Operation, Unary};
use super::term::{Known, Term};
use super::value::{Id, Kind, Values};
use crate::wasm::{Image, Tier};

/// How an entry says its text.
#[derive(Clone, Copy)]
enum Layout {
    /// A pointer to bytes that end with a NUL, or to an AssemblyScript string.
    Pointer,
    /// A pointer and a number of bytes, each of a width.
    Pair(u8),
}

/// The integers of `width` bytes that stand at an address and every `stride` bytes from there, in a table of texts.
pub(super) fn entries(image: &Image<'_>, address: i64, stride: i64, width: u8) -> Vec<i64> {
    let address = address & 0xffff_ffff;
    let layouts = match stride {
        4 => &[(Layout::Pointer, 0)][..],
        8 | 12 | 24 => &[(Layout::Pair(4), 0), (Layout::Pair(4), 4)],
        16 => &[
            (Layout::Pair(8), 0),
            (Layout::Pair(8), 8),
            (Layout::Pair(4), 0),
            (Layout::Pair(4), 4),
        ],
        _ => &[],
    };
    let counted = layouts.iter().map(|(layout, back)| {
        let start = address - back;
        let reads = |index: &i64| reads(image, *layout, start + index * stride);
        (0..).take(MAX_ENTRIES).take_while(reads).count()
    });
    let count = counted.into_iter().find(|count| *count > 0).unwrap_or(0);
    let word = |index: i64| image.word((address + index * stride).cast_unsigned(), width);
    (0..).take(count).map_while(word).collect()
}

/// Whether an entry is a text of printable characters.
fn reads(image: &Image<'_>, layout: Layout, at: i64) -> bool {
    let word = |at: i64, width| image.word(u64::try_from(at).ok()?, width);
    let text = match layout {
        Layout::Pointer => word(at, 4).and_then(|pointer| image.reading(pointer, None)),
        Layout::Pair(width) => word(at, width)
            .zip(word(at + i64::from(width), width))
            .and_then(|(pointer, length)| image.text(pointer, length)),
    };
    text.is_some_and(|text| !text.text.is_empty() && !text.text.contains(char::is_control))
}

/// By how many bytes a value goes up where what it is computed from goes up by one.
pub(super) fn stride(values: &Values, id: Id) -> Option<i64> {
    match *values.kind(id) {
        Kind::Apply(Operation::Unary(Unary::Wrap), inner, _) => stride(values, inner),
        Kind::Apply(operation, _, factor) => scale(operation, values.constant(factor)?),
        _ => None,
    }
}

/// A way for each entry of a table that arguments are loaded from, by an index that no caller tells.
pub(super) fn tabled(context: &Context<'_>, arguments: &[Known]) -> Vec<Vec<Known>> {
    let loads: Vec<(usize, Lookup<'_>)> = arguments
        .iter()
        .enumerate()
        .filter_map(|(place, known)| Some((place, Lookup::of(context, &known.term)?)))
        .collect();
    let Some((_, first)) = loads.first() else {
        return Vec::new();
    };
    if loads.iter().any(|(_, one)| one.index != first.index) {
        return Vec::new();
    }
    let counts = loads.iter().map(|(_, lookup)| lookup.entries.len());
    let row = |entry: usize| {
        let mut row = arguments.to_vec();
        for (place, lookup) in &loads {
            let value = lookup.entries.get(entry)?;
            *row.get_mut(*place)? = Known {
                term: Term::Constant(*value),
                tier: Tier::Recovered,
            };
        }
        Some(row)
    };
    (0..counts.min().unwrap_or(0)).map_while(row).collect()
}

/// A load from a table of texts.
struct Lookup<'t> {
    index: &'t Term,
    entries: Vec<i64>,
}

impl<'t> Lookup<'t> {
    fn of(context: &Context<'_>, term: &'t Term) -> Option<Self> {
        let mut term = term;
        let mut conversions = Vec::new();
        while let Term::Apply(operation @ Operation::Unary(_), operands) = term {
            conversions.push(*operation);
            term = &operands.0;
        }
        let Term::Load(address, width) = term else {
            return None;
        };
        let Term::Apply(Operation::Narrow(Binary::Add), operands) = &**address else {
            return None;
        };
        let Term::Constant(start) = operands.1 else {
            return None;
        };
        let index = &operands.0;
        let entries = entries(&context.image, start, term_stride(index)?, *width);
        let converted = |value: i64| {
            let back = conversions.iter().rev();
            back.fold(value, |value, one| one.evaluate(value, value))
        };
        Some(Self {
            index,
            entries: entries.into_iter().map(converted).collect(),
        })
    }
}

/// The same for a term.
fn term_stride(term: &Term) -> Option<i64> {
    match term {
        Term::Apply(Operation::Unary(Unary::Wrap), operands) => term_stride(&operands.0),
        Term::Apply(operation, operands) => match operands.1 {
            Term::Constant(factor) => scale(*operation, factor),
            _ => None,
        },
        _ => None,
    }
}

fn scale(operation: Operation, factor: i64) -> Option<i64> {
    match operation {
        Operation::Narrow(Binary::Shl) | Operation::Wide(Binary::Shl)
            if (0..8).contains(&factor) =>
        {
            Some(1 << factor)
        }
        Operation::Narrow(Binary::Mul) | Operation::Wide(Binary::Mul) => Some(factor),
        _ => None,
    }
}
