//! What each operator does to operands, locals, globals and memory.

use std::rc::Rc;

use wasmparser::{MemArg, Operator};

use super::context::Context;
use super::machine::Machine;
use super::memory::{Load, loaded};
use super::operation::{Operation, Unary};
use super::value::{Id, Key};
use crate::wasm::{Tier, Why};

impl Machine<'_, '_> {
    /// One operator; `None` if it is beyond what is followed.
    pub(super) fn step(&mut self, operator: &Operator<'_>) -> Option<()> {
        match operator {
            Operator::Block { blockty } => self.block(*blockty),
            Operator::Loop { blockty } => self.enter_loop(*blockty),
            Operator::If { blockty } => self.enter_if(*blockty),
            Operator::TryTable { try_table } => self.enter_try(try_table),
            Operator::Else => self.enter_else(),
            Operator::End => self.end(),
            _ if self.state.is_none() => Some(()),
            Operator::Br { relative_depth } => self.branch(*relative_depth),
            Operator::BrIf { relative_depth } => self.branch_if(*relative_depth),
            Operator::BrTable { targets } => self.branch_table(targets),
            Operator::Return => {
                self.branch(u32::try_from(self.control.len()).ok()?.checked_sub(1)?)
            }
            _ => self.leave(operator).unwrap_or_else(|| self.plain(operator)),
        }
    }

    /// Branches on references, and what never goes on; `None` if it is something else.
    #[expect(
        clippy::option_option,
        reason = "the outer says whether it is one of these"
    )]
    fn leave(&mut self, operator: &Operator<'_>) -> Option<Option<()>> {
        let depth = u32::try_from(self.control.len().saturating_sub(1)).unwrap_or(u32::MAX);
        Some(match operator {
            Operator::Unreachable | Operator::Throw { .. } | Operator::ThrowRef => {
                self.state = None;
                Some(())
            }
            Operator::ReturnCall { function_index } => {
                self.call(*function_index).and_then(|()| match self.state {
                    Some(_) => self.branch(depth),
                    None => Some(()),
                })
            }
            Operator::ReturnCallIndirect { type_index, .. }
            | Operator::ReturnCallRef { type_index } => self
                .call_unknown(*type_index, true)
                .and_then(|()| self.branch(depth)),
            Operator::BrOnNull { relative_depth } => self.branch_without(*relative_depth),
            Operator::BrOnNonNull { relative_depth } => self.branch_with(*relative_depth),
            Operator::BrOnCast { relative_depth, .. }
            | Operator::BrOnCastFail { relative_depth, .. } => self.reach(*relative_depth),
            _ => return None,
        })
    }

    fn plain(&mut self, operator: &Operator<'_>) -> Option<()> {
        if let Some(operation) = Operation::of(operator) {
            return self.compute(operation);
        }
        match operator {
            Operator::Nop => Some(()),
            Operator::Drop => self.pop().map(drop),
            Operator::I32Const { value } => self.constant(i64::from(*value)),
            Operator::I64Const { value } => self.constant(*value),
            Operator::LocalGet { local_index } => {
                let value = self.state.as_ref()?.local(*local_index)?;
                self.push(value)
            }
            Operator::LocalSet { local_index } => {
                let value = self.pop()?;
                self.set_local(*local_index, value)
            }
            Operator::LocalTee { local_index } => {
                let value = *self.stack.last()?;
                self.set_local(*local_index, value)
            }
            Operator::GlobalGet { global_index } => {
                let state = self.state.as_ref()?;
                let value = state.global(&mut self.values, self.context, *global_index);
                self.push(value)
            }
            Operator::GlobalSet { global_index } => {
                let value = self.pop()?;
                let state = self.state.as_mut()?;
                state.set_global(&mut self.values, *global_index, value);
                Some(())
            }
            Operator::Select | Operator::TypedSelect { .. } => self.select(),
            Operator::Call { function_index } => self.call(*function_index),
            Operator::CallIndirect { type_index, .. } | Operator::CallRef { type_index } => {
                self.call_unknown(*type_index, true)
            }
            _ => self.memory(operator),
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "it ends what may fail")]
    fn push(&mut self, value: Id) -> Option<()> {
        self.stack.push(value);
        Some(())
    }

    fn constant(&mut self, value: i64) -> Option<()> {
        let value = self.values.integer(value, Tier::Proved);
        self.push(value)
    }

    fn set_local(&mut self, index: u32, value: Id) -> Option<()> {
        let shared = Rc::strong_count(&self.state.as_ref()?.locals) > 1;
        if shared {
            let count = self.state.as_ref()?.locals.len();
            self.spend(count / 2).ok()?;
        }
        self.state.as_mut()?.set_local(index, value);
        Some(())
    }

    fn compute(&mut self, operation: Operation) -> Option<()> {
        let b = self.pop()?;
        let a = if operation.is_unary() { b } else { self.pop()? };
        let result = self.values.apply(operation, a, b);
        self.push(result)
    }

    /// By what is known of the condition; the same condition chooses alike everywhere.
    fn select(&mut self) -> Option<()> {
        let condition = self.pop()?;
        let (otherwise, then) = (self.pop()?, self.pop()?);
        if let Some(value) = self.values.constant(condition) {
            let chosen = if value == 0 { otherwise } else { then };
            let chosen = self.values.with(chosen, self.values.tier(condition));
            return self.push(chosen);
        }
        let key = if self.values.is_sound(condition) {
            Key::Condition(condition)
        } else {
            Key::Likely(condition)
        };
        let chosen = self.values.choice(key, &[then, otherwise]);
        self.push(chosen)
    }

    /// The address that an access goes to, if it is followed.
    #[expect(
        clippy::option_option,
        reason = "the inner says whether it is followed"
    )]
    fn address(&mut self, place: &MemArg) -> Option<Option<Id>> {
        let base = self.pop()?;
        if !Context::is_followed(place.memory) {
            return Some(None);
        }
        let offset = i64::try_from(place.offset).unwrap_or(i64::MAX);
        Some(Some(self.values.moved(base, offset)))
    }

    fn memory(&mut self, operator: &Operator<'_>) -> Option<()> {
        if let Some((place, load)) = load(operator) {
            return self.load(place, load);
        }
        if let Some((place, width, integer)) = store(operator) {
            return self.store(place, width, integer);
        }
        match operator {
            Operator::MemoryCopy { dst_mem, src_mem } => self.copy(*dst_mem, *src_mem),
            Operator::MemoryFill { mem } | Operator::MemoryInit { mem, .. } => {
                let count = self.pop()?;
                self.pop()?;
                let to = self.pop()?;
                if Context::is_followed(*mem) {
                    self.overwrite(to, count)?;
                }
                Some(())
            }
            _ => self.other(operator),
        }
    }

    fn load(&mut self, place: &MemArg, load: Load) -> Option<()> {
        let address = self.address(place)?;
        let value = match address {
            None => self.values.fresh(Why::Memory),
            Some(address) => {
                let memory = self.state.as_ref()?.memory.clone();
                let raw = memory.load(&mut self.values, self.context, address, load.width);
                loaded(&mut self.values, raw, load)
            }
        };
        self.push(value)
    }

    fn store(&mut self, place: &MemArg, width: u8, integer: Option<bool>) -> Option<()> {
        let value = self.pop()?;
        let Some(address) = self.address(place)? else {
            return Some(());
        };
        let value = match integer {
            Some(true) => value,
            Some(false) => self.values.unary(Unary::ExtendU, value),
            None => self.values.fresh(Why::Memory),
        };
        let (base, offset) = self.values.split(address);
        for part in 0..i64::from(width.div_ceil(8)) {
            let spot = (base, offset.saturating_add(part * 8));
            self.write(spot, width.min(8), value)?;
        }
        Some(())
    }

    /// Bytes at an address are not known any more.
    fn overwrite(&mut self, to: Id, count: Id) -> Option<()> {
        let (base, offset) = self.values.split(to);
        let count = self.values.constant(count);
        let Some(count) = count.filter(|count| (0..=MAX_COPY).contains(count)) else {
            return self.write_from((base, offset));
        };
        let mut at = 0;
        while at < count {
            let width = u8::try_from((count - at).min(8)).ok()?;
            let unknown = self.values.fresh(Why::Memory);
            self.write((base, offset.saturating_add(at)), width, unknown)?;
            at += i64::from(width);
        }
        Some(())
    }

    /// Words that are copied stay known.
    fn copy(&mut self, to_memory: u32, from_memory: u32) -> Option<()> {
        let count = self.pop()?;
        let (from, to) = (self.pop()?, self.pop()?);
        if !Context::is_followed(to_memory) {
            return Some(());
        }
        let words = self.values.constant(count);
        let words = words.filter(|count| (0..=MAX_COPY).contains(count) && count % 4 == 0);
        let (Some(size), true) = (words, Context::is_followed(from_memory)) else {
            return self.overwrite(to, count);
        };
        let before = self.state.as_ref()?.memory.clone();
        let (base, offset) = self.values.split(to);
        for at in (0..size / 4).map(|word| word * 4) {
            let source = self.values.moved(from, at);
            let word = before.load(&mut self.values, self.context, source, 4);
            self.write((base, offset.saturating_add(at)), 4, word)?;
        }
        Some(())
    }

    /// Whatever else takes and yields values.
    fn other(&mut self, operator: &Operator<'_>) -> Option<()> {
        let (pops, pushes) = operator.operator_arity(self.context)?;
        self.pop_many(pops as usize)?;
        self.spend((pops as usize) + (pushes as usize)).ok()?;
        self.push_unknown(pushes as usize, Why::Computed);
        Some(())
    }
}

/// The most bytes of a copy that are followed.
const MAX_COPY: i64 = 256;

fn load<'o>(operator: &'o Operator<'_>) -> Option<(&'o MemArg, Load)> {
    let (place, width, signed, wide) = match operator {
        Operator::I32Load { memarg } => (memarg, 4, false, false),
        Operator::I64Load { memarg } => (memarg, 8, false, true),
        Operator::I32Load8S { memarg } => (memarg, 1, true, false),
        Operator::I32Load8U { memarg } => (memarg, 1, false, false),
        Operator::I32Load16S { memarg } => (memarg, 2, true, false),
        Operator::I32Load16U { memarg } => (memarg, 2, false, false),
        Operator::I64Load8S { memarg } => (memarg, 1, true, true),
        Operator::I64Load8U { memarg } => (memarg, 1, false, true),
        Operator::I64Load16S { memarg } => (memarg, 2, true, true),
        Operator::I64Load16U { memarg } => (memarg, 2, false, true),
        Operator::I64Load32S { memarg } => (memarg, 4, true, true),
        Operator::I64Load32U { memarg } => (memarg, 4, false, true),
        _ => return None,
    };
    let load = Load {
        width,
        signed,
        wide,
    };
    Some((place, load))
}

/// Where, how many bytes, and whether what is stored is an integer, of 64 bits.
fn store<'o>(operator: &'o Operator<'_>) -> Option<(&'o MemArg, u8, Option<bool>)> {
    Some(match operator {
        Operator::I32Store { memarg } => (memarg, 4, Some(false)),
        Operator::I32Store8 { memarg } => (memarg, 1, Some(false)),
        Operator::I32Store16 { memarg } => (memarg, 2, Some(false)),
        Operator::I64Store { memarg } => (memarg, 8, Some(true)),
        Operator::I64Store8 { memarg } => (memarg, 1, Some(true)),
        Operator::I64Store16 { memarg } => (memarg, 2, Some(true)),
        Operator::I64Store32 { memarg } => (memarg, 4, Some(true)),
        Operator::F32Store { memarg } => (memarg, 4, None),
        Operator::F64Store { memarg } => (memarg, 8, None),
        Operator::V128Store { memarg } => (memarg, 16, None),
        _ => return None,
    })
}
