//! One function's body, written anew: functions have other indices, and fuel is counted.

use std::ops::Range;

use wasmparser::{BinaryReader, FunctionBody, Operator, OperatorsReader};

use crate::wasm::{Malformed, features};

use super::bytes::{signed, unsigned};
use super::cost;

/// How fuel is counted in what comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meter {
    /// The global that holds what is left, an `i64`.
    pub fuel: u32,
    /// The global that becomes 1 when nothing is left, an `i32`.
    pub exhausted: u32,
    /// Functions below this index are the host's.
    pub imported: u32,
    /// What a call of the host costs more than another call.
    pub host_call: u32,
}

/// What all bodies are written with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'t> {
    /// The new index of each function, where references to it go; `None` if all stay.
    pub(super) references: Option<&'t [u32]>,
    pub(super) meter: Option<&'t Meter>,
    pub(super) memories: &'t [bool],
    pub(super) tables: &'t [bool],
}

/// Writes a body anew: locals and code, without its size.
pub(super) fn body(
    bytes: &[u8],
    offset: usize,
    parameters: u32,
    terms: Terms<'_>,
) -> Result<Vec<u8>, Malformed> {
    if terms.references.is_none() && terms.meter.is_none() {
        return Ok(bytes.to_vec());
    }
    let reader = BinaryReader::new_features(bytes, offset, features());
    let locals = Locals::of(&FunctionBody::new(reader), parameters)?;
    let code = locals.code - offset;
    let mut writer = Writer {
        source: bytes,
        base: offset,
        copied: code,
        out: Vec::with_capacity(bytes.len() + bytes.len() / 2),
        terms,
        fuel: locals.total,
        scratch: locals.total.saturating_add(1),
        scratched: false,
        pending: cost::entry(locals.declared),
        opening: None,
        frames: vec![Frame::Function],
    };
    let rest = bytes.get(code..).unwrap_or_default();
    let mut operators =
        OperatorsReader::new(BinaryReader::new_features(rest, locals.code, features()));
    while !operators.eof() {
        let (operator, at) = operators.read_with_offset()?;
        let span = at..operators.original_position();
        writer.operator(&operator, span)?;
    }
    Ok(writer.finish(&locals))
}

/// What a body declares.
pub(super) struct Locals {
    /// How many groups of locals there are.
    pub(super) groups: u32,
    /// The last group: how many of which type, and where it starts.
    pub(super) last: Option<(u32, wasmparser::ValType, usize)>,
    /// Where the groups start.
    pub(super) start: usize,
    /// How many there are beside parameters.
    pub(super) declared: u32,
    /// How many there are with parameters: the index of the next one.
    pub(super) total: u32,
    /// Where the code starts.
    pub(super) code: usize,
}

impl Locals {
    pub(super) fn of(body: &FunctionBody<'_>, parameters: u32) -> Result<Self, Malformed> {
        let mut reader = body.get_locals_reader()?;
        let mut locals = Self {
            groups: reader.get_count(),
            last: None,
            start: reader.original_position(),
            declared: 0,
            total: parameters,
            code: 0,
        };
        for _ in 0..locals.groups {
            let at = reader.original_position();
            let (count, ty) = reader.read()?;
            locals.declared = locals.declared.saturating_add(count);
            locals.last = Some((count, ty, at));
        }
        locals.total = locals.total.saturating_add(locals.declared);
        locals.code = reader.original_position();
        Ok(locals)
    }
}

/// A block that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// The function itself: its end is left.
    Function,
    /// A block, and whether anything jumps to its end.
    Block(bool),
    /// Jumps go to its start.
    Loop,
    /// Two ways lead to its end.
    If,
}

struct Writer<'b> {
    source: &'b [u8],
    base: usize,
    /// The source is copied up to here.
    copied: usize,
    out: Vec<u8>,
    terms: Terms<'b>,
    /// The local that holds the fuel while the function runs.
    fuel: u32,
    /// A local for sizes.
    scratch: u32,
    scratched: bool,
    /// What the code since the last charge costs; at first, what entering costs.
    pending: u64,
    /// What is charged on entering: for that and the first straight stretch of code, once that is known.
    opening: Option<u64>,
    frames: Vec<Frame>,
}

impl Writer<'_> {
    fn operator(&mut self, operator: &Operator<'_>, span: Range<usize>) -> Result<(), Malformed> {
        let Some(meter) = self.terms.meter else {
            self.refer(operator, &span);
            return Ok(());
        };
        self.pending += cost::of(operator);
        match operator {
            Operator::Block { .. } => self.frames.push(Frame::Block(false)),
            Operator::Loop { .. } => {
                self.charge_at(span.start);
                self.take(meter);
                self.copy_to(span.end);
                self.check(meter);
                self.frames.push(Frame::Loop);
            }
            Operator::If { .. } => {
                self.charge_at(span.start);
                self.frames.push(Frame::If);
            }
            Operator::Else => self.charge_at(span.start),
            Operator::End => self.end(meter, span.start),
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                self.branch(meter, &[*relative_depth], span.start);
            }
            Operator::BrTable { targets } => {
                let mut depths: Vec<u32> = targets.targets().collect::<wasmparser::Result<_>>()?;
                depths.push(targets.default());
                self.branch(meter, &depths, span.start);
            }
            Operator::Return | Operator::Unreachable => self.settle_at(meter, span.start),
            Operator::Call { function_index } => {
                self.call(meter, Some(*function_index), operator, &span);
                self.load(meter);
            }
            Operator::ReturnCall { function_index } => {
                self.call(meter, Some(*function_index), operator, &span);
            }
            Operator::CallIndirect { .. } => {
                self.call(meter, None, operator, &span);
                self.load(meter);
            }
            Operator::ReturnCallIndirect { .. } => self.call(meter, None, operator, &span),
            Operator::RefFunc { .. } => self.refer(operator, &span),
            Operator::CallRef { .. }
            | Operator::ReturnCallRef { .. }
            | Operator::BrOnNull { .. }
            | Operator::BrOnNonNull { .. }
            | Operator::TryTable { .. }
            | Operator::Throw { .. }
            | Operator::ThrowRef => {
                return Err(Malformed {
                    offset: span.start,
                    reason: "fuel cannot be counted over this operator".to_owned(),
                });
            }
            _ => {
                let bulk = cost::bulk(operator, self.terms.memories, self.terms.tables);
                if let Some(bulk) = bulk {
                    self.bulk(meter, bulk, span.start);
                }
            }
        }
        Ok(())
    }

    /// Writes an operator with the new index of the function that it names, if it names one.
    fn refer(&mut self, operator: &Operator<'_>, span: &Range<usize>) {
        let (opcode, function) = match *operator {
            Operator::Call { function_index } => (0x10, function_index),
            Operator::ReturnCall { function_index } => (0x12, function_index),
            Operator::RefFunc { function_index } => (0xd2, function_index),
            _ => return,
        };
        if let Some(references) = self.terms.references {
            self.copy_to(span.start);
            self.out.push(opcode);
            let new = references.get(function as usize).copied();
            self.index(new.unwrap_or(u32::MAX));
            self.copied = span.end - self.base;
        }
    }

    /// The last instructions before a call, and the call.
    fn call(
        &mut self,
        meter: &Meter,
        function: Option<u32>,
        operator: &Operator<'_>,
        span: &Range<usize>,
    ) {
        let new = function.map(|function| match self.terms.references {
            Some(references) => references
                .get(function as usize)
                .copied()
                .unwrap_or(u32::MAX),
            None => function,
        });
        let host = new.is_some_and(|new| new < meter.imported);
        if host {
            self.pending += u64::from(meter.host_call);
        }
        self.settle_at(meter, span.start);
        if host {
            self.check(meter);
        }
        self.refer(operator, span);
        self.copy_to(span.end);
    }

    fn end(&mut self, meter: &Meter, at: usize) {
        match self.frames.pop() {
            Some(Frame::Function) | None => self.settle_at(meter, at),
            Some(Frame::Block(true) | Frame::If) => self.charge_at(at),
            // Whoever comes to this end comes from straight before it.
            Some(Frame::Block(false) | Frame::Loop) => {}
        }
    }

    fn branch(&mut self, meter: &Meter, depths: &[u32], at: usize) {
        let mut leaves = false;
        for depth in depths {
            let place = self.frames.len().checked_sub(*depth as usize + 1);
            match place.and_then(|place| self.frames.get_mut(place)) {
                Some(Frame::Block(targeted)) => *targeted = true,
                Some(Frame::Function) | None => leaves = true,
                Some(Frame::Loop | Frame::If) => {}
            }
        }
        self.charge_at(at);
        if leaves {
            self.store(meter);
        }
    }

    fn copy_to(&mut self, end: usize) {
        let end = end - self.base;
        let copied = self.source.get(self.copied..end).unwrap_or_default();
        self.out.extend_from_slice(copied);
        self.copied = end;
    }

    fn index(&mut self, index: u32) {
        unsigned(&mut self.out, u64::from(index));
    }

    fn local(&mut self, opcode: u8, local: u32) {
        self.out.push(opcode);
        self.index(local);
    }

    fn constant(&mut self, value: u64) {
        self.out.push(0x42);
        signed(&mut self.out, i64::try_from(value).unwrap_or(i64::MAX));
    }

    /// `fuel = fuel - pending`, in the local alone.
    fn charge_at(&mut self, at: usize) {
        self.copy_to(at);
        if self.opening.is_none() {
            self.opening = Some(std::mem::take(&mut self.pending));
        }
        if self.pending == 0 {
            return;
        }
        self.local(0x20, self.fuel);
        self.constant(self.pending);
        self.out.push(0x7d);
        self.local(0x21, self.fuel);
        self.pending = 0;
    }

    /// The same, in the global too: before code runs that is not this function's.
    fn settle_at(&mut self, meter: &Meter, at: usize) {
        self.charge_at(at);
        self.store(meter);
    }

    fn store(&mut self, meter: &Meter) {
        self.local(0x20, self.fuel);
        self.local(0x24, meter.fuel);
    }

    /// What other code left.
    fn load(&mut self, meter: &Meter) {
        self.local(0x23, meter.fuel);
        self.local(0x21, self.fuel);
        if self.frames.contains(&Frame::Loop) {
            self.take(meter);
        }
    }

    /// Leaves nothing in the global while a loop counts in the local alone: a trap in it must not give the loop's fuel back.
    fn take(&mut self, meter: &Meter) {
        self.out.extend([0x42, 0x7f]);
        self.local(0x24, meter.fuel);
    }

    /// Ends the guest if the fuel is below zero.
    fn check(&mut self, meter: &Meter) {
        self.local(0x20, self.fuel);
        self.out_of(meter);
    }

    /// The same of a number on the stack.
    fn out_of(&mut self, meter: &Meter) {
        self.out.extend([0x42, 0x00, 0x53, 0x04, 0x40]);
        self.store(meter);
        self.out.extend([0x41, 0x01]);
        self.local(0x24, meter.exhausted);
        self.out.extend([0x00, 0x0b]);
    }

    /// Charges by the size that lies on the stack, before the work is done.
    fn bulk(&mut self, meter: &Meter, bulk: cost::Bulk, at: usize) {
        self.charge_at(at);
        self.scratched = true;
        if !bulk.wide {
            self.out.push(0xad);
        }
        self.local(0x22, self.scratch);
        if !bulk.wide {
            self.out.push(0xa7);
        }
        self.local(0x20, self.fuel);
        self.local(0x20, self.scratch);
        self.out.push(0x42);
        signed(&mut self.out, bulk.shift);
        self.out.extend([0x88, 0x7d]);
        self.local(0x21, self.fuel);
        self.check(meter);
    }

    fn finish(mut self, locals: &Locals) -> Vec<u8> {
        let end = self.base + self.source.len();
        self.copy_to(end);
        let Some(meter) = self.terms.meter else {
            let head = self.source.get(..locals.code - self.base);
            let mut body = head.unwrap_or_default().to_vec();
            body.append(&mut self.out);
            return body;
        };
        let mut body = Vec::with_capacity(self.out.len() + 16);
        unsigned(&mut body, u64::from(locals.groups) + 1);
        let groups = self
            .source
            .get(locals.start - self.base..locals.code - self.base);
        body.extend_from_slice(groups.unwrap_or_default());
        body.extend([1 + u8::from(self.scratched), 0x7e]);
        let mut code = std::mem::replace(&mut self.out, body);
        self.open(meter);
        self.out.append(&mut code);
        self.out
    }

    /// What a function begins with: its fuel goes into the local, and has to suffice for the first stretch.
    fn open(&mut self, meter: &Meter) {
        self.local(0x23, meter.fuel);
        self.constant(self.opening.unwrap_or_default());
        self.out.push(0x7d);
        self.local(0x22, self.fuel);
        self.out_of(meter);
    }
}

/// Writes a constant expression with the new indices of functions.
pub(super) fn expression(
    bytes: &[u8],
    offset: usize,
    references: &[u32],
) -> Result<Vec<u8>, Malformed> {
    let mut reader = OperatorsReader::new(BinaryReader::new_features(bytes, offset, features()));
    let mut out = Vec::with_capacity(bytes.len());
    while !reader.eof() {
        let (operator, at) = reader.read_with_offset()?;
        if let Operator::RefFunc { function_index } = operator {
            out.push(0xd2);
            let new = references.get(function_index as usize).copied();
            unsigned(&mut out, u64::from(new.unwrap_or(u32::MAX)));
        } else {
            let span = at - offset..reader.original_position() - offset;
            out.extend_from_slice(bytes.get(span).unwrap_or_default());
        }
    }
    Ok(out)
}
