//! How many values an operator makes the validator look at. A type of a thousand parts costs one byte to use, so that wide
//! operators are counted against a budget before they are validated.

use wasmparser::{BinaryReader, BlockType, Catch, ModuleArity, TryTable};

use super::limit::WIDE;
use super::watch::Watch;

impl<V: ModuleArity, const COUNT: bool> Watch<'_, '_, V, COUNT> {
    /// Counts against the budget what is no everyday operator.
    #[inline]
    pub(super) fn weigh(&mut self, width: usize) -> wasmparser::Result<()> {
        if width < WIDE || self.tally.work.spend(width as u64) {
            return Ok(());
        }
        // Any error stops the visit; the caller looks at the budget first.
        BinaryReader::new(&[], self.offset).read_u8().map(drop)
    }

    /// Parts of a type; where none is wide, the most that one may have.
    #[inline]
    pub(super) fn ty(&self, index: u32) -> usize {
        let width = self.tally.widths.get(index as usize);
        width.map_or(WIDE, |width| usize::from(*width))
    }

    #[inline]
    pub(super) fn function(&self, index: u32) -> usize {
        let ty = self.inner.type_index_of_function(index);
        ty.map_or(0, |ty| self.ty(ty))
    }

    #[inline]
    pub(super) fn block_width(&self, ty: BlockType) -> usize {
        match ty {
            BlockType::Empty => 0,
            BlockType::Type(_) => 1,
            BlockType::FuncType(index) => self.ty(index),
        }
    }

    #[inline]
    pub(super) fn label(&self, depth: u32) -> usize {
        let label = self.inner.label_block(depth);
        label.map_or(0, |(ty, _)| self.block_width(ty))
    }

    /// What `return` leaves: the results of the outermost label.
    pub(super) fn own_results(&self) -> usize {
        let height = self.inner.control_stack_height();
        height.checked_sub(1).map_or(0, |depth| self.label(depth))
    }

    pub(super) fn tag(&self, index: u32) -> usize {
        let arity = self.inner.tag_type_arity(index);
        arity.map_or(0, |(params, _)| params as usize)
    }

    pub(super) fn try_width(&self, table: &TryTable) -> usize {
        let caught = |catch: &Catch| match catch {
            Catch::One { tag, label } | Catch::OneRef { tag, label } => {
                self.tag(*tag) + self.label(*label)
            }
            Catch::All { label } | Catch::AllRef { label } => self.label(*label),
        };
        let catches: usize = table.catches.iter().map(caught).sum();
        3 * self.block_width(table.ty) + catches
    }
}
