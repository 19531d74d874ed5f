//! Memory as far as one function is known to have written it. Nothing that is read here is ever more than recovered.

use super::bound::MAX_SLOTS;
use super::context::Context;
use super::operation::{Binary, Operation, Unary};
use super::slot::{Slot, Slots, Spot};
use super::value::{Id, Kind, Values};
use crate::wasm::{Tier, Why};

/// What is written: some bytes, or whatever lies from a place on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// So many bytes.
    Bytes(Spot, u8),
    /// The bytes of a base from an offset on.
    From(Spot),
}

/// What was stored where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Memory {
    slots: Slots,
    /// From which offset on nothing is known, of what is not in `slots`, by base and in their order.
    stale: Vec<(Id, i64)>,
    /// Whether nothing at all is known but `slots`.
    forgotten: bool,
}

impl Memory {
    /// Everything that is stored, by place.
    pub(super) fn slots(&self) -> &[(Spot, Slot)] {
        self.slots.all()
    }

    /// From where on each base's bytes are not known.
    pub(super) fn stale(&self) -> &[(Id, i64)] {
        &self.stale
    }

    /// How many places are looked at when two memories are compared.
    pub(super) fn size(&self) -> usize {
        self.slots.len() + self.stale.len()
    }

    /// Whether nothing is known but what was stored since.
    pub(super) fn is_forgotten(&self) -> bool {
        self.forgotten
    }

    /// Forgets everything.
    pub(super) fn forget(&mut self) {
        self.slots.clear();
        self.stale.clear();
        self.forgotten = true;
    }

    /// Stores the low bytes of a 64-bit value. What is left of a wider slot on either side stays.
    pub(super) fn store(&mut self, values: &mut Values, spot: Spot, width: u8, value: Id) {
        let (base, offset) = spot;
        let end = offset.saturating_add(i64::from(width));
        let (mut low, mut high) = (None, None);
        for ((_, start), held) in self.slots.overlapping(spot, width) {
            let slot_end = start.saturating_add(i64::from(held.width));
            if let Some(width) = bytes(*start, offset) {
                let value = held.value;
                low = Some(((base, *start), Slot { width, value }));
            }
            if let Some(width) = bytes(end, slot_end) {
                let value = shifted(values, held.value, end - start);
                high = Some(((base, end), Slot { width, value }));
            }
        }
        let new = Slot { width, value };
        let all = low.into_iter().chain([(spot, new)]).chain(high);
        self.slots.exchange(spot, width, all);
        if self.slots.len() > MAX_SLOTS {
            self.forget();
            self.slots.push(spot, new);
        }
    }

    /// Keeps a slot that lies behind all others.
    pub(super) fn append(&mut self, spot: Spot, held: Slot) {
        self.slots.push(spot, held);
    }

    /// Whether a base's bytes from an offset on are forgotten already.
    pub(super) fn is_passed_on(&self, (base, offset): Spot) -> bool {
        let Some(base) = base else {
            return true;
        };
        let stale = self.stale_from(base).is_some_and(|from| from <= offset);
        let from = (Some(base), offset);
        stale && !self.slots.starts_in(from..(Some(base), i64::MAX))
    }

    /// Forgets a base's bytes from an offset on: someone was given the address.
    pub(super) fn pass_on(&mut self, (base, offset): Spot) {
        let Some(base) = base else {
            return;
        };
        match self.stale.binary_search_by_key(&base, |(base, _)| *base) {
            Ok(at) => {
                if let Some((_, from)) = self.stale.get_mut(at) {
                    *from = offset.min(*from);
                }
            }
            Err(at) => self.stale.insert(at, (base, offset)),
        }
        let from = (Some(base), offset);
        self.slots.forget_in(from..(Some(base), i64::MAX));
    }

    fn stale_from(&self, base: Id) -> Option<i64> {
        let at = self.stale.binary_search_by_key(&base, |(base, _)| *base);
        let (_, from) = self.stale.get(at.ok()?)?;
        Some(*from)
    }

    /// Whether anything is stored at a base's offsets below one.
    pub(super) fn is_stored_below(&self, base: Id, offset: i64) -> bool {
        let base = Some(base);
        self.slots.starts_in((base, i64::MIN)..(base, offset))
    }

    /// Forgets a base's bytes below an offset.
    pub(super) fn drop_below(&mut self, base: Id, offset: i64) {
        let base = Some(base);
        self.slots.forget_in((base, i64::MIN)..(base, offset));
    }

    /// `width` bytes at an address, zero-extended to 64 bits.
    pub(super) fn load(
        &self,
        values: &mut Values,
        context: &Context<'_>,
        address: Id,
        width: u8,
    ) -> Id {
        let spot = values.split(address);
        let id = match self.stored(values, spot, width) {
            Stored::Value(id) => id,
            Stored::Partly => values.fresh(Why::Memory),
            Stored::Nothing => self.initial(values, context, address, spot, width),
        };
        values.recovered(id)
    }

    fn stored(&self, values: &mut Values, spot: Spot, width: u8) -> Stored {
        let (_, offset) = spot;
        match self.slots.overlapping(spot, width) {
            [] => Stored::Nothing,
            [((_, start), held)]
                if *start <= offset
                    && offset.saturating_add(i64::from(width))
                        <= start.saturating_add(i64::from(held.width)) =>
            {
                Stored::Value(part(values, *held, offset - start, width))
            }
            _ => self
                .halves(values, spot, width)
                .map_or(Stored::Partly, Stored::Value),
        }
    }

    /// Eight bytes that were stored as two constants of four.
    fn halves(&self, values: &mut Values, (base, offset): Spot, width: u8) -> Option<Id> {
        let half = |at| self.slots.get((base, at)).filter(|slot| slot.width == 4);
        let (low, high) = (half(offset)?, half(offset.checked_add(4)?)?);
        if width != 8 || !values.is_plain(low.value) || !values.is_plain(high.value) {
            return None;
        }
        let (low, high) = (part(values, low, 0, 4), part(values, high, 0, 4));
        let count = values.integer(32, Tier::Proved);
        let high = values.apply(Operation::Wide(Binary::Shl), high, count);
        Some(values.apply(Operation::Wide(Binary::Or), low, high))
    }

    /// What was there before the function wrote.
    fn initial(
        &self,
        values: &mut Values,
        context: &Context<'_>,
        address: Id,
        (base, offset): Spot,
        width: u8,
    ) -> Id {
        let Some(base) = base else {
            let word = context.image.word(offset.cast_unsigned(), width);
            return match word.filter(|_| !self.forgotten) {
                Some(word) => values.integer(word, Tier::Recovered),
                None => values.fresh(Why::Memory),
            };
        };
        let stale = self
            .stale_from(base)
            .is_some_and(|from| offset.saturating_add(i64::from(width)) > from);
        // What lies below the stack pointer is the function's own.
        let own = offset < 0 && matches!(values.kind(base), Kind::Global(_));
        if self.forgotten || stale || own {
            return values.fresh(Why::Memory);
        }
        if let Some(id) = self.each(values, context, base, offset, width) {
            return id;
        }
        values.number(Kind::Load(address, width), Tier::Recovered)
    }

    /// At each of the alternatives that an address has.
    fn each(
        &self,
        values: &mut Values,
        context: &Context<'_>,
        base: Id,
        offset: i64,
        width: u8,
    ) -> Option<Id> {
        let Kind::Choice(key, among) = values.kind(base).clone() else {
            return None;
        };
        let nested = |id: &Id| matches!(values.kind(*id), Kind::Choice(..));
        if among.len() > MAX_SPLIT || among.iter().any(nested) {
            return None;
        }
        let found: Vec<_> = among
            .iter()
            .map(|one| {
                let address = values.moved(*one, offset);
                self.load(values, context, address, width)
            })
            .collect();
        Some(values.choice(key, &found))
    }
}

/// The most alternatives of an address that are looked up.
const MAX_SPLIT: usize = 8;

enum Stored {
    Value(Id),
    Partly,
    Nothing,
}

/// How many bytes lie between two offsets, if any.
fn bytes(from: i64, to: i64) -> Option<u8> {
    u8::try_from(to.saturating_sub(from))
        .ok()
        .filter(|width| *width > 0)
}

/// Some bytes of a slot, zero-extended.
fn part(values: &mut Values, slot: Slot, skip: i64, width: u8) -> Id {
    let id = shifted(values, slot.value, skip);
    masked(values, id, width)
}

/// A 64-bit value without its low bytes.
fn shifted(values: &mut Values, value: Id, bytes: i64) -> Id {
    if bytes == 0 {
        return value;
    }
    let count = values.integer(bytes.saturating_mul(8), Tier::Proved);
    values.apply(Operation::Wide(Binary::ShrU), value, count)
}

/// The low bytes of a 64-bit value.
fn masked(values: &mut Values, id: Id, width: u8) -> Id {
    let mask = match width {
        1 => 0xff,
        2 => 0xffff,
        4 => 0xffff_ffff,
        _ => return id,
    };
    let mask = values.integer(mask, Tier::Proved);
    values.apply(Operation::Wide(Binary::And), id, mask)
}

/// What a load makes of zero-extended bytes.
pub(super) fn loaded(values: &mut Values, raw: Id, load: Load) -> Id {
    let low = |values: &mut Values| values.unary(Unary::Wrap, raw);
    match (load.wide, load.signed, load.width) {
        (false, true, 1) => {
            let low = low(values);
            values.unary(Unary::Extend8S32, low)
        }
        (false, true, 2) => {
            let low = low(values);
            values.unary(Unary::Extend16S32, low)
        }
        (false, ..) => low(values),
        (true, true, 1) => values.unary(Unary::Extend8S64, raw),
        (true, true, 2) => values.unary(Unary::Extend16S64, raw),
        (true, true, 4) => values.unary(Unary::Extend32S64, raw),
        (true, ..) => raw,
    }
}

/// A load of an integer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    /// How many bytes.
    pub(super) width: u8,
    /// Whether the sign is extended.
    pub(super) signed: bool,
    /// Whether the result has 64 bits.
    pub(super) wide: bool,
}
