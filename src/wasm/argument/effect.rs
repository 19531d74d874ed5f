//! What a small function does for its caller: what it returns, and what it leaves in globals and memory.

use std::rc::Rc;

use hashbrown::HashMap;

use super::bound::{
    CALLEE_SHARE, MAX_CALLEE, MAX_CALLEE_DEPTH, MAX_CALLEE_STEPS, MAX_CALLEES, MAX_STEPS,
};
use super::call::Interest;
use super::context::Context;
use super::machine::Machine;
use super::slot::Spot;
use super::state::Edge;
use super::term::{Known, Term, combinations};
use super::value::{Kind, Values};
use crate::wasm::{Tier, Why};

/// A function's effect, in terms of what it is called with.
#[derive(Debug, Clone, Default)]
pub(super) struct Effect {
    /// Whether it may return.
    pub(super) returns: bool,
    /// How many results it has.
    pub(super) results: usize,
    /// The ways it returns: results, then globals, then what is stored.
    pub(super) rows: Vec<Vec<Known>>,
    /// The globals it writes.
    pub(super) globals: Vec<u32>,
    /// Where it stores, and how many bytes.
    pub(super) places: Vec<(Known, u8)>,
    /// From where on memory may have been written.
    pub(super) stale: Vec<Known>,
    /// Whether it writes memory in ways that are not followed.
    pub(super) scatters: bool,
}

/// Effects that were looked for; bounded over a whole module.
#[derive(Debug)]
pub(super) struct Callees {
    known: HashMap<(u32, Reading), Option<Rc<Effect>>>,
    scanned: usize,
    /// Steps that are left, over all functions.
    steps: usize,
    /// Those of them that are left for functions which are called.
    own: usize,
}

/// How results of calls are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Reading {
    /// How many calls deep.
    depth: u8,
    /// Whether conditions that are only recovered decide which way code goes. Nothing is proved then.
    pub(super) trusts: bool,
}

impl Reading {
    /// The most steps of a function.
    pub(super) fn steps(self) -> usize {
        if self.depth < MAX_CALLEE_DEPTH {
            MAX_CALLEE_STEPS
        } else {
            MAX_STEPS
        }
    }
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            depth: MAX_CALLEE_DEPTH,
            trusts: false,
        }
    }
}

/// The most ways of returning that are told apart.
const MAX_WAYS: usize = 8;
/// The most values that a way of returning has.
const MAX_WIDTH: usize = 48;

impl Effect {
    /// How many values a way of returning has.
    pub(super) fn width(&self) -> usize {
        self.results + self.globals.len() + self.places.len()
    }
}

impl Callees {
    /// With so many steps over all functions.
    pub(super) fn of(steps: usize) -> Self {
        Self {
            known: HashMap::new(),
            scanned: 0,
            steps,
            own: steps / CALLEE_SHARE,
        }
    }

    /// Takes steps from those of all functions; whether there were as many.
    pub(super) fn spend(&mut self, steps: usize) -> bool {
        let left = self.steps.checked_sub(steps);
        self.steps = left.unwrap_or(0);
        left.is_some()
    }

    /// How many steps there are left.
    pub(super) fn left(&self) -> usize {
        self.steps
    }

    /// What a defined function does, if it is small and there are calls left to follow.
    pub(super) fn effect(
        &mut self,
        context: &Context<'_>,
        function: u32,
        reading: Reading,
    ) -> Option<Rc<Effect>> {
        let depth = reading.depth.checked_sub(1)?;
        // What was read with more calls to follow is at least as good.
        for depth in depth..MAX_CALLEE_DEPTH {
            let deeper = Reading { depth, ..reading };
            if let Some(known) = self.known.get(&(function, deeper)) {
                return known.clone();
            }
        }
        let reading = Reading { depth, ..reading };
        let size = context.size(function);
        let scanned = self.scanned.saturating_add(size);
        if size > MAX_CALLEE || scanned > MAX_CALLEES || self.own == 0 {
            return None;
        }
        self.scanned = scanned;
        let (before, own) = (self.steps, self.own);
        let interest = Interest::default();
        let effect = Machine::run(context, self, &interest, function, reading)
            .ok()
            .and_then(of)
            .map(Rc::new);
        // Calls within it count in what it took.
        self.own = own.saturating_sub(before.saturating_sub(self.steps));
        self.known.insert((function, reading), effect.clone());
        effect
    }
}

/// What an interpreted function leaves.
fn of(mut machine: Machine<'_, '_>) -> Option<Effect> {
    let Some(Edge { state, operands }) = machine.exit.take() else {
        return Some(Effect::default());
    };
    let weak = machine.dispatcher().is_some() || machine.reading.trusts;
    let values = &mut machine.values;
    let mut effect = Effect {
        returns: true,
        results: operands.len(),
        scatters: state.memory.is_forgotten(),
        ..Effect::default()
    };
    let mut row = operands;
    for (global, value) in state.globals.iter() {
        effect.globals.push(*global);
        row.push(*value);
    }
    for (spot, slot) in state.memory.slots() {
        if let Some(place) = place(values, *spot) {
            effect.places.push((place, slot.width));
            row.push(slot.value);
        }
        if row.len() > MAX_WIDTH {
            return None;
        }
    }
    let stale = state.memory.stale().iter();
    effect.stale = stale
        .filter_map(|(base, from)| place(values, (Some(*base), *from)))
        .collect();
    if row.len() > MAX_WIDTH {
        return None;
    }
    effect.rows = combinations(values, &row, MAX_WAYS)?;
    if weak {
        for known in effect.rows.iter_mut().flatten() {
            known.tier = Tier::Recovered;
        }
    }
    Some(effect)
}

/// A place in memory in a caller's terms; none for what lies in the function's own frame, and for what no caller can name.
fn place(values: &mut Values, (base, offset): Spot) -> Option<Known> {
    let address = match base {
        None => values.integer(offset, Tier::Recovered),
        Some(base) => {
            if offset < 0 && matches!(values.kind(base), Kind::Global(_)) {
                return None;
            }
            values.moved(base, offset)
        }
    };
    let mut rows = combinations(values, &[address], 1)?;
    let known = rows.pop()?.pop()?;
    let plain = rows.is_empty() && !matches!(known.term, Term::Unknown(_));
    plain.then_some(known)
}

/// What a function without parameters always returns, and how that is known.
pub(super) fn returned(
    context: &Context<'_>,
    callees: &mut Callees,
    function: u32,
) -> Option<(i64, Tier)> {
    let mut reading = Reading::default();
    if let Some(known) = sole(context, &*callees.effect(context, function, reading)?) {
        return Some(known);
    }
    reading.trusts = true;
    sole(context, &*callees.effect(context, function, reading)?)
}

/// The constant that is the first result on every way.
fn sole(context: &Context<'_>, effect: &Effect) -> Option<(i64, Tier)> {
    let mut constants = effect.rows.iter().map(|row| {
        let argument = row.first()?.argument(context, Why::Computed);
        argument.constant()
    });
    let (first, mut tier) = constants.next()??;
    for constant in constants {
        let (value, weaker) = constant?;
        if value != first {
            return None;
        }
        tier = tier.max(weaker);
    }
    Some((first, tier))
}
