//! Blocks, branches and what is forgotten where code may run again.

use std::ops::Range;
use std::rc::Rc;

use wasmparser::{BlockType, BrTable, Catch, TryTable};

use super::frame::{Frame, Shape, edge};
use super::machine::Machine;
use super::memory::Write;
use super::scan::label;
use super::state::{Edge, State};
use super::value::Key;
use crate::wasm::Why;

impl Machine<'_, '_> {
    fn enter(&mut self, shape: Shape, ty: BlockType) -> Option<()> {
        let arity = self.context.block(ty)?;
        let below = match self.state {
            Some(_) => self.stack.len().checked_sub(arity.params)?,
            None => self.stack.len(),
        };
        self.control
            .push(Frame::new(shape, self.offset, below, arity));
        Some(())
    }

    pub(super) fn block(&mut self, ty: BlockType) -> Option<()> {
        self.enter(Shape::Block, ty)
    }

    /// What may differ the next time is forgotten at once.
    pub(super) fn enter_loop(&mut self, ty: BlockType) -> Option<()> {
        let dispatches = self
            .dispatcher()
            .is_some_and(|dispatch| dispatch.offset == self.offset);
        if !dispatches && self.scan.is_repeated(self.offset) && self.state.is_some() {
            let params = self.context.block(ty)?.params;
            self.pop_many(params)?;
            self.push_unknown(params, Why::Computed);
            let span = self.scan.span(self.offset);
            self.forget(&span)?;
        }
        self.enter(Shape::Loop, ty)
    }

    /// Forgets what code within offsets may write.
    fn forget(&mut self, span: &Range<u32>) -> Option<()> {
        let Some(mut state) = self.state.take() else {
            return Some(());
        };
        self.forget_in(&mut state, span)?;
        self.state = Some(state);
        Some(())
    }

    fn forget_in(&mut self, state: &mut State, span: &Range<u32>) -> Option<()> {
        let locals: Vec<u32> = self.scan.locals(span).collect();
        self.spend(locals.len() + 1).ok()?;
        for local in locals {
            let unknown = self.values.fresh(Why::Computed);
            state.set_local(local, unknown);
        }
        let globals: Vec<u32> = self.scan.globals(span).collect();
        self.spend(globals.len()).ok()?;
        for global in globals {
            let unknown = self.values.fresh(Why::Computed);
            state.set_global(&mut self.values, global, unknown);
        }
        if self.scan.writes_memory(span) {
            self.forget_memory(state, span)?;
        }
        Some(())
    }

    /// Forgets all that was stored before, or where code within offsets is known to write.
    fn forget_memory(&mut self, state: &mut State, span: &Range<u32>) -> Option<()> {
        let memory = Rc::make_mut(&mut state.memory);
        let Some(written) = &self.written else {
            memory.forget();
            return Some(());
        };
        let from = written.partition_point(|(offset, _)| *offset < span.start);
        let to = written.partition_point(|(offset, _)| *offset < span.end);
        let within = written.get(from..to).unwrap_or_default();
        for (_, write) in within {
            match write {
                Write::Bytes(spot, width) => {
                    let unknown = self.values.fresh(Why::Memory);
                    memory.store(&mut self.values, *spot, *width, unknown);
                }
                Write::From(spot) => memory.pass_on(*spot),
            }
        }
        let steps = within.len() * 2;
        self.spend(steps).ok()
    }

    pub(super) fn enter_if(&mut self, ty: BlockType) -> Option<()> {
        let Some(state) = self.state.clone() else {
            return self.enter(Shape::If(None), ty);
        };
        let condition = self.pop()?;
        let key = if self.values.is_sound(condition) {
            Key::Condition(condition)
        } else {
            Key::Likely(condition)
        };
        self.enter(Shape::If(Some(key)), ty)?;
        let params = self.control.last()?.arity.params;
        let otherwise = edge(&state, self.top(params)?);
        let decided = self.decided(condition);
        if decided != Some(true) {
            self.control.last_mut()?.otherwise = Some(otherwise);
        }
        if decided == Some(false) {
            self.state = None;
        }
        Some(())
    }

    pub(super) fn enter_else(&mut self) -> Option<()> {
        self.fall_through()?;
        let frame = self.control.last_mut()?;
        self.stack.truncate(frame.height);
        let otherwise = frame.otherwise.take();
        self.resume(otherwise);
        Some(())
    }

    /// Code runs on with the state and operands of an edge, if there is one.
    fn resume(&mut self, edge: Option<Edge>) {
        self.state = edge.map(|edge| {
            self.stack.extend(edge.operands);
            edge.state
        });
    }

    /// The end of the innermost block is reached from right before it.
    fn fall_through(&mut self) -> Option<()> {
        let Some(state) = self.state.take() else {
            return Some(());
        };
        let results = self.control.last()?.arity.results;
        let way = edge(&state, self.top(results)?);
        self.add(self.control.len().checked_sub(1)?, way)
    }

    pub(super) fn add(&mut self, index: usize, way: Edge) -> Option<()> {
        let frame = self.control.get_mut(index)?;
        let steps = frame.reach(way, &mut self.values, self.context);
        self.spend(steps + 1).ok()
    }

    pub(super) fn end(&mut self) -> Option<()> {
        self.fall_through()?;
        if let Some(way) = self.control.last_mut()?.otherwise.take() {
            self.add(self.control.len().checked_sub(1)?, way)?;
        }
        let frame = self.control.pop()?;
        self.stack.truncate(frame.height);
        let (met, steps) = frame.meet(&mut self.values, self.context, self.offset);
        self.spend(steps).ok()?;
        if self.control.is_empty() {
            self.exit = met;
            return Some(());
        }
        self.resume(met);
        if frame.resumed {
            self.resume_block(frame.offset)?;
        }
        if self.dispatcher().is_some() && self.state.is_some() {
            self.settled.clone_from(&self.state);
        }
        Some(())
    }

    /// The index of the block that a branch goes to.
    pub(super) fn target(&self, depth: u32) -> Option<usize> {
        self.control
            .len()
            .checked_sub(1)?
            .checked_sub(depth as usize)
    }

    /// A way to a label, with the topmost operands.
    pub(super) fn reach(&mut self, depth: u32) -> Option<()> {
        let index = self.target(depth)?;
        let frame = self.control.get_mut(index)?;
        frame.branched();
        let (label, shape, start) = (frame.label(), frame.shape, frame.offset);
        let Some(state) = self.state.clone() else {
            return Some(());
        };
        if shape == Shape::Loop {
            return self.repeat(start, &state);
        }
        let way = edge(&state, self.top(label)?);
        self.add(index, way)
    }

    pub(super) fn branch(&mut self, depth: u32) -> Option<()> {
        self.reach(depth)?;
        self.state = None;
        Some(())
    }

    pub(super) fn branch_if(&mut self, depth: u32) -> Option<()> {
        if self.state.is_none() {
            return Some(());
        }
        let condition = self.pop()?;
        match self.decided(condition) {
            Some(true) => self.branch(depth),
            Some(false) => Some(()),
            None => self.reach(depth),
        }
    }

    /// A branch that takes the operands without the reference on top, which stays.
    pub(super) fn branch_without(&mut self, depth: u32) -> Option<()> {
        let reference = self.pop()?;
        self.reach(depth)?;
        self.stack.push(reference);
        Some(())
    }

    /// A branch that takes the reference on top, which does not stay.
    pub(super) fn branch_with(&mut self, depth: u32) -> Option<()> {
        self.reach(depth)?;
        self.pop().map(drop)
    }

    pub(super) fn branch_table(&mut self, table: &BrTable<'_>) -> Option<()> {
        if self.state.is_none() {
            return Some(());
        }
        let index = self.pop()?;
        self.spend(table.len() as usize / 4).ok()?;
        if self.decided(index).is_some() {
            let number = self.values.constant(index)? & 0xffff_ffff;
            let mut targets = table.targets().map_while(Result::ok);
            let chosen = usize::try_from(number).ok();
            let target = chosen.and_then(|number| targets.nth(number));
            return self.branch(target.unwrap_or(table.default()));
        }
        let mut targets: Vec<u32> = table.targets().map_while(Result::ok).collect();
        targets.push(table.default());
        if self.dispatcher().is_some_and(|one| one.jump == self.offset) {
            return self.dispatch(targets);
        }
        targets.sort_unstable();
        targets.dedup();
        for target in targets {
            self.reach(target)?;
        }
        self.state = None;
        Some(())
    }

    pub(super) fn enter_try(&mut self, table: &TryTable) -> Option<()> {
        if self.state.is_some() {
            for catch in &table.catches {
                self.catch(catch)?;
            }
        }
        self.enter(Shape::Block, table.ty)
    }

    /// From wherever in the block it is thrown: what the block writes is not known.
    fn catch(&mut self, catch: &Catch) -> Option<()> {
        let index = self.target(label(catch))?;
        let frame = self.control.get_mut(index)?;
        frame.branched();
        let (count, shape) = (frame.label(), frame.shape);
        if shape == Shape::Loop {
            return Some(());
        }
        let mut state = self.state.clone()?;
        let span = self.scan.span(self.offset);
        self.forget_in(&mut state, &span)?;
        let operands = (0..count)
            .map(|_| self.values.fresh(Why::Computed))
            .collect();
        self.add(index, Edge { state, operands })
    }
}
