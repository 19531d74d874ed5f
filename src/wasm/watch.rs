//! The one visitor of function bodies: validates each operator and, in the same step, notes proposals and branches.

use std::sync::atomic::{AtomicU64, Ordering};

use wasmparser::{
    BinaryReader, BlockType, BrTable, FrameKind, FrameStack, HeapType, ModuleArity, TryTable,
    ValType, VisitOperator, VisitSimdOperator,
};

use super::limit::MAX_WORK;
use super::proposal::Proposal;
use super::reach::Trace;
use super::usage::{Site, Usage};

/// What is gathered over a batch of bodies.
pub(super) struct Tally<'t> {
    /// Proposals used.
    pub(super) usage: Usage,
    /// Branches of the current function.
    pub(super) branches: u32,
    /// The current function, where it is the outermost module's.
    pub(super) function: Option<u32>,
    /// Parts of each type; empty if none is wide.
    pub(super) widths: &'t [u16],
    /// The budget that all batches share.
    pub(super) work: &'t Work,
    /// What the batch's code refers to.
    pub(super) trace: Trace,
}

/// Work counted over all functions. Whether the sum ends over [`MAX_WORK`] does not depend on who counts first.
#[derive(Debug, Default)]
pub(super) struct Work(AtomicU64);

impl Work {
    /// Counts; whether the budget still holds.
    pub(super) fn spend(&self, more: u64) -> bool {
        let before = self.0.fetch_add(more, Ordering::Relaxed);
        before.saturating_add(more) <= MAX_WORK
    }

    /// How much was counted.
    #[cfg(test)]
    pub(super) fn spent(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether the budget was overspent.
    pub(super) fn exhausted(&self) -> bool {
        self.0.load(Ordering::Relaxed) > MAX_WORK
    }
}

/// One operator's visitor around the validator's own. `COUNT` counts the work of wide operators.
pub(super) struct Watch<'v, 't, V, const COUNT: bool> {
    pub(super) inner: V,
    pub(super) offset: usize,
    pub(super) bytes: &'v [u8],
    pub(super) tally: &'v mut Tally<'t>,
}

impl<V: ModuleArity, const COUNT: bool> Watch<'_, '_, V, COUNT> {
    #[inline]
    fn site(&self) -> Site {
        Site {
            offset: self.offset,
            function: self.tally.function,
        }
    }

    #[inline]
    fn note(&mut self, proposal: Proposal) {
        let site = self.site();
        self.tally.usage.note(proposal, site, "");
    }

    #[inline]
    fn branch(&mut self, branches: u32) {
        self.tally.branches = self.tally.branches.saturating_add(branches);
    }

    #[inline]
    fn block(&mut self, ty: BlockType) {
        let site = self.site();
        self.tally.usage.block(ty, site);
    }

    fn heap(&mut self, ty: HeapType) {
        let site = self.site();
        self.tally.usage.heap(ty, site);
    }

    fn value(&mut self, ty: ValType) {
        let site = self.site();
        self.tally.usage.value(ty, site);
    }

    /// A table index of more than one byte, as linkers leave it, needs reference types even if it is zero.
    #[inline]
    fn table_index(&mut self) {
        if !self.tally.usage.has(Proposal::ReferenceTypes) && self.long_table_index() {
            let site = self.site();
            let what = "call_indirect with a long table index";
            self.tally.usage.note(Proposal::ReferenceTypes, site, what);
        }
    }

    fn long_table_index(&self) -> bool {
        let operands = self.bytes.get(self.offset + 1..).unwrap_or_default();
        let ty = operands.iter().take_while(|byte| **byte >= 0x80).count();
        operands.get(ty + 1).is_some_and(|byte| *byte != 0)
    }

    /// SIMD operators come here by their prefix; the relaxed ones have the opcodes from 0x100.
    fn simd(&mut self) {
        let operands = self.bytes.get(self.offset + 1..).unwrap_or_default();
        let mut reader = BinaryReader::new(operands, 0);
        match reader.read_var_u32() {
            Ok(opcode) if opcode >= 0x100 => self.note(Proposal::RelaxedSimd),
            _ => self.note(Proposal::Simd),
        }
    }
}

macro_rules! watch {
    ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(
            #[inline]
            fn $visit(&mut self $($(, $arg: $argty)*)?) -> Self::Output {
                watch!(proposal @$proposal self);
                watch!(special $op self $($(&$arg)*)?);
                watch!(weigh $op self $($(&$arg)*)?);
                watch!(trace $op self $($(&$arg)*)?);
                self.inner.$visit($($($arg),*)?)
            }
        )*
    };
    (proposal @mvp $self:ident) => {};
    (proposal @sign_extension $self:ident) => { $self.note(Proposal::SignExtension) };
    (proposal @saturating_float_to_int $self:ident) => { $self.note(Proposal::SaturatingFloatToInt) };
    (proposal @bulk_memory $self:ident) => { $self.note(Proposal::BulkMemory) };
    (proposal @reference_types $self:ident) => { $self.note(Proposal::ReferenceTypes) };
    (proposal @function_references $self:ident) => { $self.note(Proposal::FunctionReferences) };
    (proposal @gc $self:ident) => { $self.note(Proposal::Gc) };
    (proposal @tail_call $self:ident) => { $self.note(Proposal::TailCall) };
    (proposal @threads $self:ident) => { $self.note(Proposal::Threads) };
    (proposal @exceptions $self:ident) => { $self.note(Proposal::Exceptions) };
    (proposal @wide_arithmetic $self:ident) => { $self.note(Proposal::WideArithmetic) };
    // Not enabled, so that the validator refuses them.
    (proposal @custom_descriptors $self:ident) => {};
    (proposal @legacy_exceptions $self:ident) => {};
    (proposal @memory_control $self:ident) => {};
    (proposal @shared_everything_threads $self:ident) => {};
    (proposal @stack_switching $self:ident) => {};

    (special If $self:ident $ty:expr) => { $self.branch(1); $self.block(*$ty) };
    (special Block $self:ident $ty:expr) => { $self.block(*$ty) };
    (special Loop $self:ident $ty:expr) => { $self.block(*$ty) };
    (special TryTable $self:ident $table:expr) => { $self.try_table($table) };
    (special BrIf $self:ident $depth:expr) => { $self.branch(1) };
    (special BrTable $self:ident $table:expr) => { $self.br_table($table)? };
    (special BrOnNull $self:ident $($rest:tt)*) => { $self.branch(1) };
    (special BrOnNonNull $self:ident $($rest:tt)*) => { $self.branch(1) };
    (special BrOnCast $self:ident $($rest:tt)*) => { $self.branch(1) };
    (special BrOnCastFail $self:ident $($rest:tt)*) => { $self.branch(1) };
    (special CallIndirect $self:ident $($rest:tt)*) => { $self.table_index() };
    (special ReturnCallIndirect $self:ident $($rest:tt)*) => { $self.table_index() };
    (special RefNull $self:ident $ty:expr) => { $self.heap(*$ty) };
    (special TypedSelect $self:ident $ty:expr) => { $self.value(*$ty) };
    (special $op:ident $self:ident $($rest:tt)*) => {};

    (weigh Call $self:ident &$function:ident) => { if COUNT { $self.weigh($self.function($function))?; } };
    (weigh ReturnCall $self:ident &$function:ident) => { if COUNT { $self.weigh($self.function($function))?; } };
    (weigh CallIndirect $self:ident &$ty:ident &$table:ident) => { if COUNT { $self.weigh($self.ty($ty))?; } };
    (weigh ReturnCallIndirect $self:ident &$ty:ident &$table:ident) => { if COUNT { $self.weigh($self.ty($ty))?; } };
    (weigh CallRef $self:ident &$ty:ident) => { if COUNT { $self.weigh($self.ty($ty))?; } };
    (weigh ReturnCallRef $self:ident &$ty:ident) => { if COUNT { $self.weigh($self.ty($ty))?; } };
    (weigh StructNew $self:ident &$ty:ident) => { if COUNT { $self.weigh($self.ty($ty))?; } };
    (weigh ArrayNewFixed $self:ident &$ty:ident &$size:ident) => { if COUNT { $self.weigh($size as usize)?; } };
    (weigh Block $self:ident &$ty:ident) => { if COUNT { $self.weigh(3 * $self.block_width($ty))?; } };
    (weigh Loop $self:ident &$ty:ident) => { if COUNT { $self.weigh(3 * $self.block_width($ty))?; } };
    (weigh If $self:ident &$ty:ident) => { if COUNT { $self.weigh(3 * $self.block_width($ty))?; } };
    (weigh TryTable $self:ident &$table:ident) => { if COUNT { $self.weigh($self.try_width(&$table))?; } };
    (weigh Br $self:ident &$depth:ident) => { if COUNT { $self.weigh($self.label($depth))?; } };
    (weigh BrIf $self:ident &$depth:ident) => { if COUNT { $self.weigh($self.label($depth))?; } };
    (weigh BrOnNull $self:ident &$depth:ident) => { if COUNT { $self.weigh($self.label($depth))?; } };
    (weigh BrOnNonNull $self:ident &$depth:ident) => { if COUNT { $self.weigh($self.label($depth))?; } };
    (weigh BrOnCast $self:ident &$depth:ident $($rest:tt)*) => { if COUNT { $self.weigh($self.label($depth))?; } };
    (weigh BrOnCastFail $self:ident &$depth:ident $($rest:tt)*) => { if COUNT { $self.weigh($self.label($depth))?; } };
    (weigh Return $self:ident ) => { if COUNT { $self.weigh($self.own_results())?; } };
    (weigh Throw $self:ident &$tag:ident) => { if COUNT { $self.weigh($self.tag($tag))?; } };
    (weigh $op:ident $self:ident $($rest:tt)*) => {};

    (trace Call $self:ident &$function:ident) => { $self.tally.trace.call($function, $self.offset) };
    (trace ReturnCall $self:ident &$function:ident) => { $self.tally.trace.call($function, $self.offset) };
    (trace CallIndirect $self:ident &$ty:ident &$table:ident) => { $self.tally.trace.call_table($ty, $table, $self.offset) };
    (trace ReturnCallIndirect $self:ident &$ty:ident &$table:ident) => { $self.tally.trace.call_table($ty, $table, $self.offset) };
    (trace CallRef $self:ident &$ty:ident) => { $self.tally.trace.call_reference($ty, $self.offset) };
    (trace ReturnCallRef $self:ident &$ty:ident) => { $self.tally.trace.call_reference($ty, $self.offset) };
    (trace RefFunc $self:ident &$function:ident) => { $self.tally.trace.function($function, $self.offset) };
    (trace TableInit $self:ident &$segment:ident &$table:ident) => { $self.tally.trace.copy_to_table($segment, $table, $self.offset) };
    (trace ArrayNewElem $self:ident &$ty:ident &$segment:ident) => { $self.tally.trace.copy_to_array($segment, $self.offset) };
    (trace ArrayInitElem $self:ident &$ty:ident &$segment:ident) => { $self.tally.trace.copy_to_array($segment, $self.offset) };
    (trace TableCopy $self:ident &$to:ident &$from:ident) => { $self.tally.trace.copy($to, $from) };
    (trace TableGet $self:ident &$table:ident) => { $self.tally.trace.mix($table) };
    (trace TableSet $self:ident &$table:ident) => { $self.tally.trace.mix($table) };
    (trace TableGrow $self:ident &$table:ident) => { $self.tally.trace.mix($table) };
    (trace TableFill $self:ident &$table:ident) => { $self.tally.trace.mix($table) };
    (trace I32Const $self:ident &$value:ident) => { $self.tally.trace.constant(u64::from($value.cast_unsigned()), $self.offset) };
    (trace I64Const $self:ident &$value:ident) => { $self.tally.trace.constant($value.cast_unsigned(), $self.offset) };
    (trace $op:ident $self:ident $($rest:tt)*) => {};
}

impl<V: ModuleArity, const COUNT: bool> Watch<'_, '_, V, COUNT> {
    fn br_table(&mut self, table: &BrTable<'_>) -> wasmparser::Result<()> {
        self.branch(table.len());
        let width = self.label(table.default());
        self.weigh(width * (table.len() as usize + 1))
    }

    fn try_table(&mut self, table: &TryTable) {
        self.block(table.ty);
    }
}

impl<'a, V, const COUNT: bool> VisitOperator<'a> for Watch<'_, '_, V, COUNT>
where
    V: VisitOperator<'a, Output = wasmparser::Result<()>> + ModuleArity,
{
    type Output = wasmparser::Result<()>;

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = Self::Output>> {
        self.simd();
        self.inner.simd_visitor()
    }

    wasmparser::for_each_visit_operator!(watch);
}

impl<V: FrameStack, const COUNT: bool> FrameStack for Watch<'_, '_, V, COUNT> {
    #[inline]
    fn current_frame(&self) -> Option<FrameKind> {
        self.inner.current_frame()
    }
}
