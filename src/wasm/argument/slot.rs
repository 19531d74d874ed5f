//! What is known to lie where in memory: a list in order of places, which is cheap to copy and to walk beside others.

use std::ops::Range;

use super::value::Id;

/// Where something is stored: what is not known of the address, and a number of bytes from there.
pub(super) type Spot = (Option<Id>, i64);

/// Bytes that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// How many bytes.
    pub(super) width: u8,
    /// Their value in the low bits of a 64-bit one.
    pub(super) value: Id,
}

/// The widest slot, in bytes.
const WIDEST: i64 = 8;

/// Slots in order of places, without overlaps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Slots(Vec<(Spot, Slot)>);

impl Slots {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them.
    pub(super) fn all(&self) -> &[(Spot, Slot)] {
        &self.0
    }

    /// The one that starts at a place.
    pub(super) fn get(&self, spot: Spot) -> Option<Slot> {
        let (at, held) = self.0.get(self.before(spot))?;
        (*at == spot).then_some(*held)
    }

    /// Those that hold any of some bytes.
    pub(super) fn overlapping(&self, spot: Spot, width: u8) -> &[(Spot, Slot)] {
        self.0.get(self.span(spot, width)).unwrap_or_default()
    }

    /// Exchanges those that hold any of some bytes for others, which are in order and lie where those lay.
    pub(super) fn exchange(
        &mut self,
        spot: Spot,
        width: u8,
        others: impl IntoIterator<Item = (Spot, Slot)>,
    ) {
        let span = self.span(spot, width);
        self.0.splice(span, others);
    }

    /// Adds one that lies behind all others.
    pub(super) fn push(&mut self, spot: Spot, held: Slot) {
        self.0.push((spot, held));
    }

    /// Whether any starts within places.
    pub(super) fn starts_in(&self, span: Range<Spot>) -> bool {
        self.before(span.start) < self.before(span.end)
    }

    /// Forgets those that start within places.
    pub(super) fn forget_in(&mut self, span: Range<Spot>) {
        let span = self.before(span.start)..self.before(span.end);
        if !span.is_empty() {
            self.0.drain(span);
        }
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// How many start before a place.
    fn before(&self, spot: Spot) -> usize {
        self.0.partition_point(|(at, _)| *at < spot)
    }

    /// Where those lie that hold any of some bytes.
    fn span(&self, (base, offset): Spot, width: u8) -> Range<usize> {
        let end = offset.saturating_add(i64::from(width));
        let near = self.before((base, offset.saturating_sub(WIDEST)))..self.before((base, end));
        let ended = |((_, start), slot): &(Spot, Slot)| {
            start.saturating_add(i64::from(slot.width)) <= offset
        };
        let early = self.0.get(near.clone()).unwrap_or_default();
        let early = early.iter().take_while(|one| ended(one)).count();
        near.start + early..near.end.max(near.start + early)
    }
}
