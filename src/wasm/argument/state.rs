//! What is known at one place of a function, and what is left of it where ways meet.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::context::Context;
use super::memory::Memory;
use super::slot::{Slot, Spot};
use super::value::{Id, Key, Kind, Values};
use crate::wasm::{Tier, Why};

/// Locals, globals and memory. Cheap to copy: what branches do not change is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    /// One a local.
    pub(super) locals: Rc<Vec<Id>>,
    /// Mutable globals that were written.
    pub(super) globals: Rc<BTreeMap<u32, Id>>,
    /// What was stored.
    pub(super) memory: Rc<Memory>,
}

/// One way to a label: what is known at its start, and the values it carries.
#[derive(Debug, Clone)]
pub(super) struct Edge {
    /// What is known.
    pub(super) state: State,
    /// The label's operands.
    pub(super) operands: Vec<Id>,
}

impl State {
    /// A local.
    pub(super) fn local(&self, index: u32) -> Option<Id> {
        self.locals.get(index as usize).copied()
    }

    /// Sets a local.
    pub(super) fn set_local(&mut self, index: u32, value: Id) {
        if let Some(local) = Rc::make_mut(&mut self.locals).get_mut(index as usize) {
            *local = value;
        }
    }

    /// A global.
    pub(super) fn global(&self, values: &mut Values, context: &Context<'_>, index: u32) -> Id {
        match self.globals.get(&index) {
            Some(id) => *id,
            None => context.global(values, index),
        }
    }

    /// Sets a global.
    pub(super) fn set_global(&mut self, values: &mut Values, index: u32, value: Id) {
        let value = values.recovered(value);
        Rc::make_mut(&mut self.globals).insert(index, value);
    }

    /// Whether both share everything.
    pub(super) fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.locals, &other.locals)
            && Rc::ptr_eq(&self.globals, &other.globals)
            && Rc::ptr_eq(&self.memory, &other.memory)
    }
}

/// Meets of ways.
pub(super) struct Meeting<'m, 'a> {
    /// The function's values.
    pub(super) values: &'m mut Values,
    /// The module.
    pub(super) context: &'m Context<'a>,
    /// The label that is met at.
    pub(super) key: Key,
    /// Whether alternatives are given up: what differs is unknown.
    pub(super) coarse: bool,
    /// Slots that were looked at.
    pub(super) steps: usize,
}

impl Meeting<'_, '_> {
    /// What is known when a label was reached by any of the edges, which are not none.
    pub(super) fn of(&mut self, edges: &[Edge]) -> Option<Edge> {
        let first = edges.first()?;
        if edges.len() == 1 {
            return Some(first.clone());
        }
        let states: Vec<&State> = edges.iter().map(|edge| &edge.state).collect();
        let operands = (0..first.operands.len())
            .map(|index| {
                let all = edges.iter().filter_map(|edge| edge.operands.get(index));
                let all: Vec<Id> = all.copied().collect();
                self.one(&all)
            })
            .collect();
        let state = State {
            locals: self.locals(&states),
            globals: self.globals(&states),
            memory: self.memory(&states),
        };
        Some(Edge { state, operands })
    }

    fn one(&mut self, among: &[Id]) -> Id {
        self.steps += among.len();
        let same = among.windows(2).all(|pair| pair.first() == pair.last());
        match among.first() {
            Some(first) if same => *first,
            Some(_) if !self.coarse => self.values.choice(self.key, among),
            _ => self.values.fresh(Why::Bounded),
        }
    }

    fn locals(&mut self, states: &[&State]) -> Rc<Vec<Id>> {
        let Some(first) = states.first() else {
            return Rc::default();
        };
        if states
            .iter()
            .all(|one| Rc::ptr_eq(&one.locals, &first.locals))
        {
            return first.locals.clone();
        }
        let mut met = Vec::with_capacity(first.locals.len());
        for (index, local) in first.locals.iter().enumerate() {
            let of = |state: &&State| state.locals.get(index).copied();
            let same = states.iter().all(|state| of(state) == Some(*local));
            if same {
                self.steps += states.len();
                met.push(*local);
                continue;
            }
            let all: Vec<Id> = states.iter().filter_map(of).collect();
            met.push(self.one(&all));
        }
        Rc::new(met)
    }

    fn globals(&mut self, states: &[&State]) -> Rc<BTreeMap<u32, Id>> {
        let Some(first) = states.first() else {
            return Rc::default();
        };
        if states.iter().all(|one| one.globals == first.globals) {
            return first.globals.clone();
        }
        let mut indices: Vec<u32> = states
            .iter()
            .flat_map(|state| state.globals.keys().copied())
            .collect();
        indices.sort_unstable();
        indices.dedup();
        let met = indices
            .into_iter()
            .map(|index| {
                let all: Vec<Id> = states
                    .iter()
                    .map(|state| state.global(self.values, self.context, index))
                    .collect();
                (index, self.one(&all))
            })
            .collect();
        Rc::new(met)
    }

    fn memory(&mut self, states: &[&State]) -> Rc<Memory> {
        let Some(first) = states.first() else {
            return Rc::default();
        };
        if states
            .iter()
            .all(|one| Rc::ptr_eq(&one.memory, &first.memory))
        {
            return first.memory.clone();
        }
        self.steps += states.iter().map(|one| one.memory.size()).sum::<usize>();
        if states.iter().all(|one| one.memory == first.memory) {
            return first.memory.clone();
        }
        let mut met = Memory::default();
        if states.iter().any(|one| one.memory.is_forgotten()) {
            met.forget();
        }
        for state in states {
            for (base, from) in state.memory.stale() {
                met.pass_on((Some(*base), *from));
            }
        }
        let mut left: Vec<&[(Spot, Slot)]> =
            states.iter().map(|state| state.memory.slots()).collect();
        while let Some(spot) = left.iter().filter_map(|slots| Some(slots.first()?.0)).min() {
            self.slots_at(states, spot, &mut left, &mut met);
        }
        Rc::new(met)
    }

    /// Meets what starts at a place, the next in order, and takes it from what is left of each state's slots.
    fn slots_at(
        &mut self,
        states: &[&State],
        spot: Spot,
        left: &mut [&[(Spot, Slot)]],
        met: &mut Memory,
    ) {
        let mut found = Vec::with_capacity(left.len());
        for slots in left.iter_mut() {
            if let Some(((at, slot), rest)) = slots.split_first()
                && *at == spot
            {
                found.push(*slot);
                *slots = rest;
            }
        }
        let first = found.first().copied();
        if let Some(slot) = first
            && found.len() == states.len()
            && found.iter().all(|one| *one == slot)
        {
            met.append(spot, slot);
            return;
        }
        found.sort_unstable_by_key(|slot| slot.width);
        found.dedup_by_key(|slot| slot.width);
        for slot in found {
            let value = self.slot(states, spot, slot.width);
            met.store(self.values, spot, slot.width, value);
        }
    }

    /// What a place holds, whichever way it was come by.
    fn slot(&mut self, states: &[&State], spot: Spot, width: u8) -> Id {
        let address = self.address(spot);
        let all: Vec<Id> = states
            .iter()
            .map(|state| state.memory.load(self.values, self.context, address, width))
            .collect();
        self.one(&all)
    }

    fn address(&mut self, (base, offset): Spot) -> Id {
        match base {
            None => self.values.integer(offset, Tier::Recovered),
            Some(base) if offset == 0 => base,
            Some(base) => match self.values.kind(base) {
                Kind::Constant(_) => base,
                _ => self.values.moved(base, offset),
            },
        }
    }
}
