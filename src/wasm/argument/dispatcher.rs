//! Functions as Go's compiler writes them: a jump at the start goes to the basic block at which the function was suspended.
//! Blocks are followed by their numbers, and the frame in memory is taken to lie where it lay.

use std::ops::Range;
use std::rc::Rc;

use super::frame::edge;
use super::machine::Machine;
use super::state::State;
use super::value::{Id, Kind};
use crate::wasm::{Tier, Why};

impl Machine<'_, '_> {
    /// Nothing is left to tell of a loop's start; to a dispatcher's, the block's number says where it goes on.
    pub(super) fn repeat(&mut self, start: u32, state: &State) -> Option<()> {
        let number = state.local(0).and_then(|local| self.values.constant(local));
        let Some(dispatch) = self.dispatcher().filter(|one| one.offset == start) else {
            return Some(());
        };
        let Some(block) = number.and_then(|number| dispatch.target(number)) else {
            return Some(());
        };
        self.reach_block(block, state)
    }

    /// A way to the end of the open block that starts at an offset, if it is open.
    fn reach_block(&mut self, start: u32, state: &State) -> Option<()> {
        let found = self
            .control
            .binary_search_by_key(&start, |frame| frame.offset);
        match found {
            Ok(index) => self.add(index, edge(state, &[])),
            Err(_) => Some(()),
        }
    }

    /// The dispatcher's own jump: a call starts with block 0, and the others are reached as their numbers are set.
    pub(super) fn dispatch(&mut self, mut targets: Vec<u32>) -> Option<()> {
        let first = self.dispatcher()?.target(0);
        self.settled.clone_from(&self.state);
        if let (Some(first), Some(state)) = (first, self.state.clone()) {
            self.reach_block(first, &state)?;
        }
        targets.sort_unstable();
        targets.dedup();
        for depth in targets {
            let index = self.target(depth)?;
            let inside = self.dispatcher().is_some_and(|one| {
                self.control
                    .get(index)
                    .is_some_and(|frame| frame.offset > one.offset)
            });
            if inside {
                self.control.get_mut(index)?.resumed = true;
            } else {
                self.reach(depth)?;
            }
        }
        self.state = None;
        Some(())
    }

    /// After a block that a dispatcher jumps to: the frame in memory lies where it lay, and what is jumped back over is
    /// forgotten.
    pub(super) fn resume_block(&mut self, start: u32) -> Option<()> {
        let dispatch = self.dispatcher()?;
        let back = dispatch.back.get(&start).copied();
        let back = if dispatch.obscure {
            Some(u32::MAX)
        } else {
            back
        };
        if self.state.is_none() {
            self.state.clone_from(&self.settled);
            return self.unsettle(0..u32::MAX);
        }
        match back {
            Some(back) => self.unsettle(self.offset..back),
            None => Some(()),
        }
    }

    /// Forgets locals that are written within offsets, and what the function keeps in its frame.
    fn unsettle(&mut self, span: Range<u32>) -> Option<()> {
        let Some(mut state) = self.state.take() else {
            return Some(());
        };
        let pointer = state.global(&mut self.values, self.context, 0);
        let locals: Vec<u32> = self.scan.locals(&span).collect();
        self.spend(locals.len() + 1).ok()?;
        for local in locals {
            let value = state.local(local)?;
            let own = self.is_frame(value);
            let value = if own {
                pointer
            } else {
                self.values.fresh(Why::Memory)
            };
            state.set_local(local, value);
        }
        self.drop_frame(&mut state);
        self.state = Some(state);
        Some(())
    }

    /// Whether a value is an address relative to the stack pointer at entry.
    fn is_frame(&mut self, value: Id) -> bool {
        let (base, _) = self.values.split(value);
        base.is_some_and(|base| *self.values.kind(base) == Kind::Global(0))
    }

    /// Forgets what lies in memory below the stack pointer at entry.
    pub(super) fn drop_frame(&mut self, state: &mut State) {
        let pointer = self.values.number(Kind::Global(0), Tier::Recovered);
        let (base, _) = self.values.split(pointer);
        if let Some(base) = base
            && state.memory.is_stored_below(base, 0)
        {
            Rc::make_mut(&mut state.memory).drop_below(base, 0);
        }
    }
}
