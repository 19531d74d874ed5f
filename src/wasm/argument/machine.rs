//! The interpreter of one body: forward, each operator once.

use std::collections::BTreeMap;
use std::rc::Rc;

use wasmparser::{BinaryReader, FunctionBody, ValType};

use super::call::{Found, Interest};
use super::context::{Context, arity};
use super::effect::{Callees, Reading};
use super::frame::{Frame, Shape};
use super::memory::{Memory, Write};
use super::scan::Scan;
use super::slot::Spot;
use super::state::{Edge, State};
use super::value::{Id, Kind, Values};
use crate::wasm::{Tier, Why};

/// The interpreter's state.
pub(super) struct Machine<'m, 'a> {
    /// The module.
    pub(super) context: &'m Context<'a>,
    /// What called functions return.
    pub(super) callees: &'m mut Callees,
    /// Which calls matter.
    pub(super) interest: &'m Interest,
    /// The function.
    pub(super) function: u32,
    /// How results of calls are followed.
    pub(super) reading: Reading,
    /// Whether it keeps to Go's convention of calls.
    go: bool,
    pub(super) scan: Scan,
    pub(super) values: Values,
    pub(super) control: Vec<Frame>,
    pub(super) stack: Vec<Id>,
    /// `None` where code is not reached.
    pub(super) state: Option<State>,
    /// The last state in which the function's own frame lay where it lies throughout, for Go.
    pub(super) settled: Option<State>,
    /// The operator's offset.
    pub(super) offset: u32,
    steps: usize,
    /// What is known of calls that matter.
    pub(super) found: Vec<Found>,
    /// What is known at the function's end.
    pub(super) exit: Option<Edge>,
    /// What is written to memory, by offset.
    pub(super) writes: Vec<(u32, Write)>,
    /// What was written when the body was interpreted before; loops forget no more than that.
    pub(super) written: Option<Vec<(u32, Write)>>,
}

/// More than is followed, or nothing that decodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Beyond;

impl<'m, 'a> Machine<'m, 'a> {
    /// Interprets a function's body.
    pub(super) fn run(
        context: &'m Context<'a>,
        callees: &'m mut Callees,
        interest: &'m Interest,
        function: u32,
        reading: Reading,
    ) -> Result<Self, Beyond> {
        let body = context.body(function).ok_or(Beyond)?;
        let operators = body.get_operators_reader().map_err(|_| Beyond)?;
        // Each operator is a step: with more of them than that, it ends the same way, only later.
        let most = callees.left().min(reading.steps());
        let Some(scan) = Scan::of(operators, most) else {
            callees.spend(most);
            return Err(Beyond);
        };
        let again = scan.loops_write_memory();
        let mut machine = Self {
            context,
            callees,
            interest,
            function,
            reading,
            go: context
                .function(function)
                .is_some_and(|ty| context.is_go_call(ty)),
            scan,
            values: Values::default(),
            control: Vec::new(),
            stack: Vec::new(),
            state: None,
            settled: None,
            offset: 0,
            steps: 0,
            found: Vec::new(),
            exit: None,
            writes: Vec::new(),
            written: None,
        };
        machine.pass(&body)?;
        if again {
            machine.written = Some(std::mem::take(&mut machine.writes));
            machine.found.clear();
            machine.pass(&body)?;
        }
        Ok(machine)
    }

    /// From the body's start to its end.
    fn pass(&mut self, body: &FunctionBody<'_>) -> Result<(), Beyond> {
        self.start(body)?;
        let mut operators = body.get_operators_reader().map_err(|_| Beyond)?;
        while !operators.eof() {
            let (operator, offset) = operators.read_with_offset().map_err(|_| Beyond)?;
            self.offset = u32::try_from(offset).map_err(|_| Beyond)?;
            self.values.at(self.offset);
            self.step(&operator).ok_or(Beyond)?;
            self.spend(1)?;
        }
        Ok(())
    }

    /// Parameters, then locals, which are zero.
    fn start(&mut self, body: &FunctionBody<'_>) -> Result<(), Beyond> {
        self.values.at(0);
        self.stack.clear();
        self.settled = None;
        let ty = self.context.function(self.function).ok_or(Beyond)?;
        let mut locals = Vec::new();
        for (index, ty) in (0..).zip(ty.params()) {
            locals.push(match ty {
                ValType::I32 | ValType::I64 => {
                    self.values.number(Kind::Parameter(index), Tier::Proved)
                }
                _ => self.values.fresh(Why::Computed),
            });
        }
        let mut reader: BinaryReader<'_> = body.get_binary_reader();
        for _ in 0..reader.read_var_u32().map_err(|_| Beyond)? {
            let count: u32 = reader.read().map_err(|_| Beyond)?;
            let ty: ValType = reader.read().map_err(|_| Beyond)?;
            let count = count as usize;
            self.spend(count / 8)?;
            let value = match ty {
                ValType::I32 | ValType::I64 => self.values.integer(0, Tier::Proved),
                _ => self.values.fresh(Why::Computed),
            };
            locals.resize(locals.len().saturating_add(count), value);
        }
        self.state = Some(State {
            locals: Rc::new(locals),
            globals: Rc::new(BTreeMap::new()),
            memory: Rc::new(Memory::default()),
        });
        self.control.push(Frame::new(Shape::Block, 0, 0, arity(ty)));
        Ok(())
    }

    /// Counts steps.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Beyond> {
        self.steps = self.steps.saturating_add(steps);
        if !self.callees.spend(steps) || self.steps > self.reading.steps() || self.values.exhausted
        {
            return Err(Beyond);
        }
        Ok(())
    }

    /// Takes an operand.
    pub(super) fn pop(&mut self) -> Option<Id> {
        self.stack.pop()
    }

    /// Takes operands, in order.
    pub(super) fn pop_many(&mut self, count: usize) -> Option<Vec<Id>> {
        let from = self.stack.len().checked_sub(count)?;
        Some(self.stack.split_off(from))
    }

    /// The topmost operands, in order.
    pub(super) fn top(&self, count: usize) -> Option<&[Id]> {
        self.stack.get(self.stack.len().checked_sub(count)?..)
    }

    /// Pushes values that nothing is known of.
    pub(super) fn push_unknown(&mut self, count: usize, why: Why) {
        for _ in 0..count {
            let id = self.values.fresh(why);
            self.stack.push(id);
        }
    }

    /// Writes the low bytes of a 64-bit value to memory.
    pub(super) fn write(&mut self, spot: Spot, width: u8, value: Id) -> Option<()> {
        let memory = &self.state.as_ref()?.memory;
        let steps = if Rc::strong_count(memory) > 1 {
            memory.size() * 4
        } else {
            0
        };
        self.spend(steps).ok()?;
        let value = self.values.recovered(value);
        self.writes.push((self.offset, Write::Bytes(spot, width)));
        let memory = Rc::make_mut(&mut self.state.as_mut()?.memory);
        memory.store(&mut self.values, spot, width, value);
        Some(())
    }

    /// Memory from a place on may have been written.
    pub(super) fn write_from(&mut self, spot: Spot) -> Option<()> {
        self.writes.push((self.offset, Write::From(spot)));
        let memory = &mut self.state.as_mut()?.memory;
        if !memory.is_passed_on(spot) {
            Rc::make_mut(memory).pass_on(spot);
        }
        Some(())
    }

    /// Whether a condition is known to hold, or not to: proved, and in code whose ways are all followed.
    pub(super) fn decided(&self, condition: Id) -> Option<bool> {
        let value = self.values.constant(condition)?;
        let firm = self.values.tier(condition) == Tier::Proved && self.dispatcher().is_none();
        (firm || self.reading.trusts).then_some(value != 0)
    }

    /// A dispatcher over Go's basic blocks, in whose function ways are followed by the numbers of blocks.
    pub(super) fn dispatcher(&self) -> Option<&super::scan::Dispatch> {
        self.scan.dispatch.as_ref().filter(|_| self.go)
    }
}
