//! Abstract values of one function, shared and numbered: equal numbers stand for equal values at run time, as long as
//! neither went through memory.

use std::collections::HashMap;
use std::rc::Rc;

use super::bound::{MAX_ALTERNATIVES, MAX_NESTING, MAX_PARTS, MAX_VALUES};
use super::operation::{Binary, Operation, Unary};
use crate::wasm::{Tier, Why};

/// A value's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id(u32);

/// Where an unknown value came to be: each place is passed at most once before what it made is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    /// A byte offset in the binary.
    pub(super) offset: u32,
    /// Which of the values that come to be there.
    pub(super) slot: u32,
}

/// What chooses among alternatives. Choices with equal keys choose alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    /// The edge by which a label was reached, by the offset of its `end`.
    Join(u32),
    /// Whether a value is not zero.
    Condition(Id),
    /// The same of a value that went through memory, which may have changed between two choices.
    Likely(Id),
    /// The way by which the function called at an offset returned.
    Returned(u32),
    /// An entry of a table.
    Entry(Id),
}

impl Key {
    /// Whether two choices by it may differ after all.
    pub(super) fn is_weak(self) -> bool {
        matches!(self, Self::Likely(_) | Self::Entry(_))
    }
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// An integer.
    Constant(i64),
    /// Anything.
    Opaque(Place, Why),
    /// A parameter of the function.
    Parameter(u32),
    /// A mutable global as the function found it.
    Global(u32),
    /// Bytes of memory as the function found them: address and how many. The upper ones are zero.
    Load(Id, u8),
    /// The result of an operation; the second operand of a unary one is its first again.
    Apply(Operation, Id, Id),
    /// One of several.
    Choice(Key, Rc<[Id]>),
}

#[derive(Debug)]
struct Node {
    kind: Kind,
    tier: Tier,
    parts: u16,
    alternatives: u16,
    nesting: u8,
    /// Whether it is a constant, or a choice among nothing else.
    plain: bool,
    /// Whether no part of it went through memory or a mutable global.
    sound: bool,
    /// Whether callers can tell more of it.
    open: bool,
}

/// All values of one function.
#[derive(Debug, Default)]
pub(super) struct Values {
    nodes: Vec<Node>,
    numbers: HashMap<(Kind, Tier), Id>,
    offset: u32,
    slot: u32,
    /// Whether there are more values than are followed.
    pub(super) exhausted: bool,
}

impl Values {
    /// Says at which operator values come to be from now on.
    pub(super) fn at(&mut self, offset: u32) {
        self.offset = offset;
        self.slot = 0;
    }

    /// What a value is.
    pub(super) fn kind(&self, id: Id) -> &Kind {
        self.node(id).map_or(&Kind::Constant(0), |node| &node.kind)
    }

    /// How it is known.
    pub(super) fn tier(&self, id: Id) -> Tier {
        self.node(id).map_or(Tier::Recovered, |node| node.tier)
    }

    /// Its integer, if it is one.
    pub(super) fn constant(&self, id: Id) -> Option<i64> {
        match self.kind(id) {
            Kind::Constant(value) => Some(*value),
            _ => None,
        }
    }

    /// Whether it is a constant, or a choice among nothing else.
    pub(super) fn is_plain(&self, id: Id) -> bool {
        self.node(id).is_some_and(|node| node.plain)
    }

    /// Whether no part of it went through memory or a mutable global.
    pub(super) fn is_sound(&self, id: Id) -> bool {
        self.node(id).is_some_and(|node| node.sound)
    }

    /// Whether callers can tell more of it.
    pub(super) fn is_open(&self, id: Id) -> bool {
        self.node(id).is_some_and(|node| node.open)
    }

    /// How many parts its expression has.
    pub(super) fn parts(&self, id: Id) -> usize {
        self.node(id).map_or(0, |node| usize::from(node.parts))
    }

    fn node(&self, id: Id) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }

    /// An integer.
    pub(super) fn integer(&mut self, value: i64, tier: Tier) -> Id {
        self.number(Kind::Constant(value), tier)
    }

    /// A value that nothing is known of, of this operator.
    pub(super) fn fresh(&mut self, why: Why) -> Id {
        self.slot += 1;
        let place = Place {
            offset: self.offset,
            slot: self.slot,
        };
        self.number(Kind::Opaque(place, why), Tier::Proved)
    }

    /// The number of a value.
    pub(super) fn number(&mut self, kind: Kind, tier: Tier) -> Id {
        let key = (kind, tier);
        if let Some(id) = self.numbers.get(&key) {
            return *id;
        }
        if self.nodes.len() >= MAX_VALUES {
            self.exhausted = true;
            return Id(0);
        }
        let Some(node) = self.sized(key.0.clone(), tier) else {
            return self.fresh(Why::Bounded);
        };
        let id = Id(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        self.numbers.insert(key, id);
        id
    }

    /// With its size, if that is within bounds.
    fn sized(&self, kind: Kind, tier: Tier) -> Option<Node> {
        let mut node = Node {
            plain: matches!(kind, Kind::Constant(_)),
            kind,
            tier,
            parts: 1,
            alternatives: 1,
            nesting: 0,
            sound: tier == Tier::Proved,
            open: false,
        };
        match &node.kind {
            Kind::Parameter(_) | Kind::Global(_) => node.open = true,
            Kind::Load(address, _) => {
                let address = self.node(*address)?;
                node.open = address.open;
                node.parts = address.parts.saturating_add(1);
                node.alternatives = address.alternatives;
                node.nesting = address.nesting + 1;
            }
            Kind::Apply(operation, a, b) => {
                let (a, b) = (self.node(*a)?, self.node(*b)?);
                node.parts = a.parts.saturating_add(1);
                node.alternatives = a.alternatives;
                node.nesting = a.nesting.max(b.nesting) + 1;
                node.sound &= a.sound && b.sound;
                node.open = a.open || b.open;
                if !operation.is_unary() {
                    node.parts = node.parts.saturating_add(b.parts);
                    node.alternatives = node.alternatives.saturating_mul(b.alternatives);
                }
            }
            Kind::Choice(_, among) => {
                node.plain = true;
                node.alternatives = 0;
                for one in among.iter() {
                    let one = self.node(*one)?;
                    node.parts = node.parts.saturating_add(one.parts);
                    node.alternatives = node.alternatives.saturating_add(one.alternatives);
                    node.nesting = node.nesting.max(one.nesting + 1);
                    node.plain &= one.plain;
                    node.sound &= one.sound;
                    node.open |= one.open;
                }
            }
            _ => {}
        }
        let fits = node.parts <= MAX_PARTS
            && node.alternatives <= MAX_ALTERNATIVES
            && node.nesting <= MAX_NESTING;
        fits.then_some(node)
    }

    /// The same value, known no better than by what memory held.
    pub(super) fn recovered(&mut self, id: Id) -> Id {
        if self.tier(id) == Tier::Recovered {
            return id;
        }
        let kind = self.kind(id).clone();
        self.number(kind, Tier::Recovered)
    }

    /// The same value at a given tier at least.
    pub(super) fn with(&mut self, id: Id, tier: Tier) -> Id {
        match tier {
            Tier::Proved => id,
            Tier::Recovered => self.recovered(id),
        }
    }

    /// One of several, by what chooses; the value itself where all are the same.
    pub(super) fn choice(&mut self, key: Key, among: &[Id]) -> Id {
        match among.split_first() {
            Some((first, rest)) if rest.iter().all(|one| one == first) => *first,
            _ => self.number(Kind::Choice(key, among.into()), Tier::Proved),
        }
    }

    /// The result of a unary operation.
    pub(super) fn unary(&mut self, unary: Unary, a: Id) -> Id {
        self.apply(Operation::Unary(unary), a, a)
    }

    /// The result of an operation, in its simplest form.
    pub(super) fn apply(&mut self, operation: Operation, a: Id, b: Id) -> Id {
        let tier = self.tier(a).max(self.tier(b));
        if let (Some(x), Some(y)) = (self.constant(a), self.constant(b)) {
            return self.integer(operation.evaluate(x, y), tier);
        }
        if let Some(id) = self.distributed(operation, a, b, tier) {
            return id;
        }
        let id = match operation {
            Operation::Unary(unary) => self.simple_unary(unary, a),
            Operation::Narrow(binary) => self.simple_binary(binary, false, a, b),
            Operation::Wide(binary) => self.simple_binary(binary, true, a, b),
        };
        let id = id.unwrap_or_else(|| self.number(Kind::Apply(operation, a, b), tier));
        self.with(id, tier)
    }

    /// Over each alternative, where all of them are constants.
    fn distributed(&mut self, operation: Operation, a: Id, b: Id, tier: Tier) -> Option<Id> {
        if !self.is_plain(a) || !self.is_plain(b) {
            return None;
        }
        let (key, pairs): (Key, Vec<(Id, Id)>) = match (self.kind(a), self.kind(b)) {
            (Kind::Choice(key, among), Kind::Choice(other, others))
                if key == other && (a == b || !key.is_weak()) =>
            {
                let pairs = among.iter().copied().zip(others.iter().copied());
                (*key, pairs.collect())
            }
            (Kind::Choice(key, among), Kind::Constant(_)) => {
                (*key, among.iter().map(|one| (*one, b)).collect())
            }
            (Kind::Constant(_), Kind::Choice(key, among)) => {
                (*key, among.iter().map(|one| (a, *one)).collect())
            }
            _ => return None,
        };
        let among: Vec<_> = pairs
            .into_iter()
            .map(|(a, b)| self.apply(operation, a, b))
            .collect();
        let id = self.choice(key, &among);
        Some(self.with(id, tier))
    }

    fn simple_unary(&mut self, unary: Unary, a: Id) -> Option<Id> {
        let Unary::Wrap = unary else {
            return None;
        };
        match *self.kind(a) {
            Kind::Apply(Operation::Unary(Unary::ExtendU | Unary::ExtendS), inner, _) => Some(inner),
            Kind::Apply(Operation::Wide(Binary::Add), inner, more) => {
                self.constant(more)?;
                let (inner, more) = (self.unary(unary, inner), self.unary(unary, more));
                Some(self.apply(Operation::Narrow(Binary::Add), inner, more))
            }
            Kind::Apply(Operation::Wide(Binary::And), inner, mask) => {
                let mask = self.constant(mask)?;
                (mask & 0xffff_ffff == 0xffff_ffff).then(|| self.unary(unary, inner))
            }
            Kind::Load(address, 8) => {
                let low = self.number(Kind::Load(address, 4), Tier::Recovered);
                Some(self.unary(unary, low))
            }
            _ => None,
        }
    }

    fn simple_binary(&mut self, binary: Binary, wide: bool, a: Id, b: Id) -> Option<Id> {
        let operation = |binary| match wide {
            true => Operation::Wide(binary),
            false => Operation::Narrow(binary),
        };
        let Some(constant) = self.constant(b) else {
            // A constant stands right where that does not matter.
            self.constant(a)?;
            let commutes = matches!(
                binary,
                Binary::Add | Binary::Mul | Binary::And | Binary::Or | Binary::Xor
            );
            return commutes.then(|| self.apply(operation(binary), b, a));
        };
        let tier = self.tier(b);
        match binary {
            Binary::Sub => {
                let negated = operation(Binary::Sub).evaluate(0, constant);
                let negated = self.integer(negated, tier);
                Some(self.apply(operation(Binary::Add), a, negated))
            }
            Binary::Add => self.sum(operation(Binary::Add), a, constant, tier),
            Binary::Or | Binary::Xor | Binary::Shl | Binary::ShrS if constant == 0 => Some(a),
            Binary::And if wide && constant == 0xffff_ffff => self.low_half(a),
            Binary::ShrU if wide => self.upper(a, constant),
            _ => None,
        }
    }

    fn sum(&mut self, operation: Operation, a: Id, constant: i64, tier: Tier) -> Option<Id> {
        if constant == 0 {
            return Some(a);
        }
        let Kind::Apply(inner, base, more) = *self.kind(a) else {
            return None;
        };
        let more = (inner == operation).then(|| self.constant(more))??;
        let sum = self.integer(operation.evaluate(more, constant), tier);
        Some(self.apply(operation, base, sum))
    }

    fn low_half(&mut self, a: Id) -> Option<Id> {
        match *self.kind(a) {
            Kind::Apply(Operation::Unary(Unary::ExtendU), ..) | Kind::Load(_, 1 | 2 | 4) => Some(a),
            Kind::Load(address, 8) => Some(self.number(Kind::Load(address, 4), Tier::Recovered)),
            _ => None,
        }
    }

    fn upper(&mut self, a: Id, count: i64) -> Option<Id> {
        match (self.kind(a), count & 63) {
            (_, 0) => Some(a),
            (Kind::Load(address, 8), 32) => {
                let address = *address;
                let upper = self.moved(address, 4);
                Some(self.number(Kind::Load(upper, 4), Tier::Recovered))
            }
            _ => None,
        }
    }

    /// An address some bytes on.
    pub(super) fn moved(&mut self, address: Id, by: i64) -> Id {
        let by = self.integer(by, Tier::Proved);
        let wide = matches!(
            self.kind(address),
            Kind::Apply(Operation::Wide(_), ..)
                | Kind::Apply(Operation::Unary(Unary::ExtendU | Unary::ExtendS), ..)
        );
        let operation = if wide {
            Operation::Wide(Binary::Add)
        } else {
            Operation::Narrow(Binary::Add)
        };
        self.apply(operation, address, by)
    }

    /// An address as what is not known of it, if anything, and a number of bytes.
    pub(super) fn split(&mut self, address: Id) -> (Option<Id>, i64) {
        match *self.kind(address) {
            Kind::Constant(value) => (None, value & 0xffff_ffff),
            Kind::Apply(
                Operation::Narrow(Binary::Add) | Operation::Wide(Binary::Add),
                base,
                more,
            ) if self.constant(more).is_some() => {
                let more = self.constant(more).unwrap_or_default();
                (Some(self.bare(base)), more)
            }
            _ => (Some(self.bare(address)), 0),
        }
    }

    /// The same value whatever its tier, to compare addresses by.
    fn bare(&mut self, id: Id) -> Id {
        let kind = self.kind(id).clone();
        match kind {
            Kind::Parameter(_) | Kind::Opaque(..) | Kind::Choice(..) => {
                self.number(kind, Tier::Proved)
            }
            _ => self.recovered(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_go_and_llvm_come_to_the_same_form() {
        let mut values = Values::default();
        let pointer = values.number(Kind::Global(0), Tier::Recovered);
        let wide = values.unary(Unary::ExtendU, pointer);
        let eight = values.integer(8, Tier::Proved);
        let sum = values.apply(Operation::Wide(Binary::Add), wide, eight);
        let go = values.unary(Unary::Wrap, sum);
        let minus = values.integer(-8, Tier::Proved);
        let llvm = values.apply(Operation::Narrow(Binary::Sub), pointer, minus);
        assert_eq!(go, llvm);
        assert_eq!(values.split(go), (Some(pointer), 8));
    }

    #[test]
    fn alternatives_are_computed_together() {
        let mut values = Values::default();
        let ids: Vec<_> = (1..=3).map(|n| values.integer(n, Tier::Proved)).collect();
        let choice = values.choice(Key::Join(7), &ids[..2]);
        let sum = values.apply(Operation::Narrow(Binary::Add), choice, choice);
        let two = values.integer(2, Tier::Proved);
        let four = values.integer(4, Tier::Proved);
        assert_eq!(sum, values.choice(Key::Join(7), &[two, four]));
    }

    #[test]
    fn sizes_are_bounded() {
        let mut values = Values::default();
        let mut id = values.number(Kind::Parameter(0), Tier::Proved);
        for _ in 0..1000 {
            id = values.apply(Operation::Narrow(Binary::Mul), id, id);
        }
        assert!(values.nodes.len() < 1100);
        assert!(values.nodes.iter().all(|node| node.parts <= MAX_PARTS));
    }
}
