//! One function's body, written anew: functions have other indices, and fuel is counted.

use std::ops::Range;

use wasmparser::{BinaryReader, BlockType, FunctionBody, Operator, OperatorsReader};

use crate::wasm::{Malformed, features};

use super::bytes::unsigned;
use super::cost;
use super::frames::{Frames, Kind};
use super::layout::count;

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
        frames: Frames::new(),
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

pub(super) struct Writer<'b> {
    pub(super) source: &'b [u8],
    pub(super) base: usize,
    /// The source is copied up to here.
    pub(super) copied: usize,
    pub(super) out: Vec<u8>,
    pub(super) terms: Terms<'b>,
    /// The local that holds the fuel while the function runs.
    pub(super) fuel: u32,
    /// A local for sizes.
    pub(super) scratch: u32,
    pub(super) scratched: bool,
    /// What the code since the last charge costs; at first, what entering costs.
    pub(super) pending: u64,
    /// What is charged on entering: for that and the first straight stretch of code, once that is known.
    pub(super) opening: Option<u64>,
    pub(super) frames: Frames,
}

impl Writer<'_> {
    fn operator(&mut self, operator: &Operator<'_>, span: Range<usize>) -> Result<(), Malformed> {
        let Some(meter) = self.terms.meter else {
            self.refer(operator, &span);
            return Ok(());
        };
        self.pending += cost::of(operator);
        match operator {
            Operator::Block { .. } => self.frames.push(Kind::Block(false)),
            Operator::Loop { blockty } => self.repeat(meter, *blockty, &span),
            Operator::If { .. } => {
                self.charge_at(span.start);
                self.frames.push(Kind::If);
            }
            Operator::Else => self.charge_at(span.start),
            Operator::End => self.end(meter, &span),
            Operator::Br { relative_depth } => {
                self.branch(meter, 0x0c, &[*relative_depth], &span);
            }
            Operator::BrIf { relative_depth } => {
                self.branch(meter, 0x0d, &[*relative_depth], &span);
            }
            Operator::BrTable { targets } => {
                let mut depths: Vec<u32> = targets.targets().collect::<wasmparser::Result<_>>()?;
                depths.push(targets.default());
                self.branch(meter, 0x0e, &depths, &span);
            }
            Operator::Return | Operator::Unreachable => self.settle_at(meter, span.start, false),
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
                    self.bulk(bulk, span.start);
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
        self.settle_at(meter, span.start, host);
        if host {
            self.check(self.frames.way_out());
        }
        self.refer(operator, span);
        self.copy_to(span.end);
    }

    /// A loop: its start is the place of a check. Without fuel it is left by its end, behind which is another check. So its
    /// end has two ways that lead to it, and engines keep one register for what is left, and not one for before and one for
    /// after what a round costs.
    fn repeat(&mut self, meter: &Meter, ty: BlockType, span: &Range<usize>) {
        let wrapped = ty == BlockType::Empty;
        self.charge_at(span.start);
        self.take(meter);
        if wrapped {
            self.out.extend([0x02, 0x40]);
        }
        self.copy_to(span.end);
        self.frames.push(Kind::Loop(wrapped));
        let out = if wrapped { 1 } else { self.frames.way_out() };
        self.check(out);
    }

    fn end(&mut self, meter: &Meter, span: &Range<usize>) {
        match self.frames.pop() {
            Some(Kind::Function) | None => self.close(meter, span.start),
            Some(Kind::Block(true) | Kind::If) => self.charge_at(span.start),
            // Whoever comes to this end comes from straight before it, or without fuel.
            Some(Kind::Loop(true)) => {
                self.copy_to(span.end);
                self.out.push(0x0b);
                self.check(self.frames.way_out());
            }
            Some(Kind::Block(false) | Kind::Loop(false)) => {}
        }
    }

    fn branch(&mut self, meter: &Meter, opcode: u8, depths: &[u32], span: &Range<usize>) {
        let leaving = depths.iter().map(|depth| self.frames.jump(*depth));
        let leaving: Vec<bool> = leaving.collect();
        let leaves = leaving.contains(&true);
        let stays = opcode == 0x0d || leaving.contains(&false);
        let repeats = self.frames.repeats();
        if !leaves {
            self.charge_at(span.start);
        } else if opcode == 0x0e && stays && repeats {
            self.charge_at(span.start);
            self.settle_if(meter, &leaving);
        } else {
            self.settle_at(meter, span.start, stays);
        }
        self.out.push(opcode);
        if opcode == 0x0e {
            self.index(count(depths.len()) - 1);
        }
        for depth in depths {
            self.index(self.frames.depth(*depth));
        }
        self.copied = span.end - self.base;
        if leaves && opcode == 0x0d && repeats {
            self.take(meter);
        }
    }

    pub(super) fn copy_to(&mut self, end: usize) {
        let end = end - self.base;
        let copied = self.source.get(self.copied..end).unwrap_or_default();
        self.out.extend_from_slice(copied);
        self.copied = end;
    }

    pub(super) fn index(&mut self, index: u32) {
        unsigned(&mut self.out, u64::from(index));
    }

    pub(super) fn local(&mut self, opcode: u8, local: u32) {
        self.out.push(opcode);
        self.index(local);
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
