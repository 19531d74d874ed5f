//! Abstract values of one function, shared and numbered: equal numbers stand for equal values at run time, as long as
//! neither went through memory.

use std::hash::BuildHasher as _;
use std::rc::Rc;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::bound::{MAX_ALTERNATIVES, MAX_NESTING, MAX_PARTS, MAX_VALUES};
use super::operation::Operation;
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
}

impl Key {
    /// Whether two choices by it may differ after all.
    pub(super) fn is_weak(self) -> bool {
        matches!(self, Self::Likely(_))
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
    /// Whether no part of it went through memory or a mutable global, nor was chosen by what did: only then is an equal
    /// number an equal value.
    sound: bool,
}

/// All values of one function.
#[derive(Debug, Default)]
pub(super) struct Values {
    nodes: Vec<Node>,
    /// All numbers, each with the hash of its value; the hash's seed is drawn by chance, as a module chooses the values.
    numbers: HashTable<(u64, Id)>,
    hashes: DefaultHashBuilder,
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

    /// Whether no part of it went through memory or a mutable global, nor was chosen by what did.
    pub(super) fn is_sound(&self, id: Id) -> bool {
        self.node(id).is_some_and(|node| node.sound)
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
        let hash = self.hashes.hash_one((&kind, tier));
        let nodes = &self.nodes;
        let same = |(_, id): &(u64, Id)| {
            let node = nodes.get(id.0 as usize);
            node.is_some_and(|node| node.tier == tier && node.kind == kind)
        };
        if let Some((_, id)) = self.numbers.find(hash, same) {
            return *id;
        }
        if self.nodes.len() >= MAX_VALUES {
            self.exhausted = true;
            return Id(0);
        }
        let Some(node) = self.sized(kind, tier) else {
            return self.fresh(Why::Bounded);
        };
        let id = Id(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        self.numbers
            .insert_unique(hash, (hash, id), |(hash, _)| *hash);
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
        };
        match &node.kind {
            Kind::Load(address, _) => {
                let address = self.node(*address)?;
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
                if !operation.is_unary() {
                    node.parts = node.parts.saturating_add(b.parts);
                    node.alternatives = node.alternatives.saturating_mul(b.alternatives);
                }
            }
            Kind::Choice(key, among) => {
                node.plain = true;
                node.sound &= !key.is_weak();
                node.alternatives = 0;
                for one in among.iter() {
                    let one = self.node(*one)?;
                    node.parts = node.parts.saturating_add(one.parts);
                    node.alternatives = node.alternatives.saturating_add(one.alternatives);
                    node.nesting = node.nesting.max(one.nesting + 1);
                    node.plain &= one.plain;
                    node.sound &= one.sound;
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
}

#[cfg(test)]
mod tests {
    use super::super::operation::Binary;
    use super::*;

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
