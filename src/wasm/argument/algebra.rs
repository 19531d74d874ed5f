//! Arithmetic on abstract values, in a form that makes equal addresses equal numbers.

use super::operation::{Binary, Operation, Unary};
use super::value::{Id, Key, Kind, Values};
use crate::wasm::Tier;

impl Values {
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
        // The one may have been chosen at another time than the other.
        let twice = matches!(
            (self.kind(a), self.kind(b)),
            (Kind::Choice(..), Kind::Choice(..))
        );
        let tier = if twice && key.is_weak() && !operation.is_unary() {
            Tier::Recovered
        } else {
            tier
        };
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
        let operation = |binary| {
            if wide {
                Operation::Wide(binary)
            } else {
                Operation::Narrow(binary)
            }
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
            Kind::Apply(
                Operation::Wide(_) | Operation::Unary(Unary::ExtendU | Unary::ExtendS),
                ..
            )
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
}
