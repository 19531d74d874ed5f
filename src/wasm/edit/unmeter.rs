//! The way back: a body without what counts fuel in it.

use std::ops::Range;

use wasmparser::{BinaryReader, BlockType, FunctionBody, Operator, OperatorsReader};

use crate::wasm::{Malformed, features};

use super::body::{Locals, Meter};
use super::bytes::unsigned;
use super::layout::count;

/// A body without what counts fuel in it, as far as it looks like it; whoever relies on it counts again and compares.
///
/// # Errors
/// It does not read, or jumps to a block of ours, which no counted code does.
pub(super) fn unmetered(
    bytes: &[u8],
    parameters: u32,
    meter: &Meter,
) -> Result<Vec<u8>, Malformed> {
    let reader = BinaryReader::new_features(bytes, 0, features());
    let locals = Locals::of(&FunctionBody::new(reader), parameters)?;
    let Some((added, _, group)) = locals.last.filter(|(added, ..)| (1..=2).contains(added)) else {
        return Ok(bytes.to_vec());
    };
    let mut body = Vec::with_capacity(bytes.len());
    unsigned(&mut body, u64::from(locals.groups - 1));
    body.extend_from_slice(bytes.get(locals.start..group).unwrap_or_default());
    let mut reverser = Reverser {
        bytes,
        before: body.len(),
        body,
        meter,
        fuel: locals.total - added,
        scratch: (added == 2).then(|| locals.total - 1),
        labels: vec![Some(0)],
        open: 1,
        dropping: false,
        widened: false,
    };
    let rest = bytes.get(locals.code..).unwrap_or_default();
    let reader = BinaryReader::new_features(rest, locals.code, features());
    let mut operators = OperatorsReader::new(reader);
    // The block around the function.
    if !operators.eof() {
        operators.read()?;
        reverser.labels.push(None);
    }
    while !operators.eof() && !reverser.labels.is_empty() {
        let (operator, at) = operators.read_with_offset()?;
        reverser.operator(&operator, at..operators.original_position())?;
    }
    Ok(reverser.body)
}

struct Reverser<'r> {
    bytes: &'r [u8],
    body: Vec<u8>,
    /// Where the last operator that was taken starts in the body.
    before: usize,
    meter: &'r Meter,
    fuel: u32,
    scratch: Option<u32>,
    /// Blocks that are open: which one it was before, and none for ours.
    labels: Vec<Option<u32>>,
    /// How many of them were there before.
    open: u32,
    /// Within instructions that count.
    dropping: bool,
    /// The last operator kept a size in the scratch local.
    widened: bool,
}

impl Reverser<'_> {
    fn operator(&mut self, operator: &Operator<'_>, span: Range<usize>) -> Result<(), Malformed> {
        let (fuel, global) = (self.fuel, self.meter.fuel);
        if self.dropping {
            self.dropping = match *operator {
                Operator::LocalSet { local_index } => local_index != fuel,
                Operator::GlobalSet { global_index } => global_index != global,
                Operator::BrIf { .. } => false,
                _ => true,
            };
            return Ok(());
        }
        let widened = std::mem::take(&mut self.widened);
        match operator {
            Operator::LocalGet { local_index } if *local_index == fuel => self.dropping = true,
            Operator::GlobalGet { global_index } if *global_index == global => {
                self.dropping = true;
            }
            Operator::LocalTee { local_index } if Some(*local_index) == self.scratch => {
                self.widened = true;
            }
            // Two blocks around a table of those who leave; one is still open behind what is dropped.
            Operator::LocalGet { local_index } if Some(*local_index) == self.scratch => {
                self.body.truncate(self.body.len().saturating_sub(4));
                for _ in 0..2 {
                    let block = self.labels.pop().flatten();
                    self.open -= u32::from(block.is_some());
                }
                self.labels.push(None);
                self.dropping = true;
            }
            // A loop takes the fuel: -1 went before it.
            Operator::GlobalSet { global_index } if *global_index == global => {
                self.body.truncate(self.before);
            }
            // The size was widened for the scratch local.
            Operator::I32WrapI64 if widened => self.body.truncate(self.before),
            Operator::Block { .. } | Operator::If { .. } => {
                self.take(span);
                self.labels.push(Some(self.open));
                self.open += 1;
            }
            Operator::Loop { blockty } => {
                if *blockty == BlockType::Empty {
                    self.body.truncate(self.before);
                    if let Some(around) = self.labels.last_mut().filter(|label| label.is_some()) {
                        *around = None;
                        self.open -= 1;
                    }
                }
                self.take(span);
                self.labels.push(Some(self.open));
                self.open += 1;
            }
            Operator::End => self.end(span),
            Operator::Br { relative_depth } => self.branch(0x0c, &[*relative_depth], span.start)?,
            Operator::BrIf { relative_depth } => {
                self.branch(0x0d, &[*relative_depth], span.start)?;
            }
            Operator::BrTable { targets } => {
                let mut depths: Vec<u32> = targets.targets().collect::<wasmparser::Result<_>>()?;
                depths.push(targets.default());
                self.branch(0x0e, &depths, span.start)?;
            }
            _ => self.take(span),
        }
        Ok(())
    }

    fn take(&mut self, span: Range<usize>) {
        self.before = self.body.len();
        self.body
            .extend_from_slice(self.bytes.get(span).unwrap_or_default());
    }

    fn end(&mut self, span: Range<usize>) {
        if self.labels.pop().flatten().is_some() {
            self.open = self.open.saturating_sub(1);
            self.take(span);
        } else if self.labels.len() == 1 {
            // That of the block around the function: it was the function's own. It went by a `return`.
            self.body.truncate(self.before);
            self.take(span);
            self.labels.clear();
        }
    }

    fn branch(&mut self, opcode: u8, depths: &[u32], at: usize) -> Result<(), Malformed> {
        self.before = self.body.len();
        self.body.push(opcode);
        if opcode == 0x0e {
            unsigned(&mut self.body, u64::from(count(depths.len()) - 1));
        }
        for depth in depths {
            let label = self.labels.len().checked_sub(*depth as usize + 1);
            let label = label.and_then(|place| self.labels.get(place));
            let target = label.copied().flatten().ok_or_else(|| Malformed {
                offset: at,
                reason: "a jump to where only counting jumps".to_owned(),
            })?;
            unsigned(&mut self.body, u64::from(self.open - 1 - target));
        }
        Ok(())
    }
}
