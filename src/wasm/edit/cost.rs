//! The cost model: what each operator costs. Part of the contract of hardened modules (docs/harden.md): a change is a new
//! number of [`MODEL`].

use wasmparser::Operator;

/// The cost model's number.
pub const MODEL: u32 = 1;
/// What a call of the host costs more than another call, where nobody says.
pub const HOST_CALL: u32 = 100;
/// What growing a memory or table costs beside what is charged by size.
const GROW: u64 = 1000;
/// How many declared locals cost as much as one operator: each is set to zero at each call.
const LOCALS: u64 = 16;
/// Bytes that are copied or filled for the cost of one operator, as a power of two.
const BYTES: i64 = 6;

/// The most elements that are charged: no table has more.
pub(super) const MOST: i64 = 1 << 32;

/// What one operator costs by itself. What only says where code begins or ends is free.
pub(super) fn of(operator: &Operator<'_>) -> u64 {
    match operator {
        Operator::Nop
        | Operator::Block { .. }
        | Operator::Loop { .. }
        | Operator::Else
        | Operator::End => 0,
        Operator::MemoryGrow { .. } | Operator::TableGrow { .. } => GROW,
        _ => 1,
    }
}

/// What entering a function costs.
pub(super) fn entry(locals: u32) -> u64 {
    1 + u64::from(locals) / LOCALS
}

/// An operator whose work its last operand says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bulk {
    /// The operand is shifted right by so many bits.
    pub(super) shift: i64,
    /// Whether it has 64 bits.
    pub(super) wide: bool,
}

/// How an operator is charged by size, if it is.
pub(super) fn bulk(operator: &Operator<'_>, memories: &[bool], tables: &[bool]) -> Option<Bulk> {
    let memory = |index: u32| memories.get(index as usize).copied().unwrap_or_default();
    let table = |index: u32| tables.get(index as usize).copied().unwrap_or_default();
    let (shift, wide) = match *operator {
        Operator::MemoryFill { mem } => (BYTES, memory(mem)),
        Operator::MemoryCopy { dst_mem, src_mem } => (BYTES, memory(dst_mem) && memory(src_mem)),
        Operator::MemoryInit { .. } => (BYTES, false),
        Operator::TableFill { table: index } | Operator::TableGrow { table: index } => {
            (0, table(index))
        }
        Operator::TableCopy {
            dst_table,
            src_table,
        } => (0, table(dst_table) && table(src_table)),
        Operator::TableInit { .. } => (0, false),
        _ => return None,
    };
    Some(Bulk { shift, wide })
}
