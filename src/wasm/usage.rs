//! Which proposals a module uses, and where first. Cheap to note from the hot loop: a bit test when already known.

use wasmparser::{AbstractHeapType, BlockType, HeapType, RefType, ValType};

use super::proposal::Proposal;
use super::{PROPOSALS, ProposalUse, operator};

/// The first place where a proposal was seen. An empty `what` stands for the operator at `offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct First {
    offset: usize,
    function: Option<u32>,
    what: &'static str,
}

/// First uses by proposal.
#[derive(Debug, Clone, Default)]
pub(super) struct Usage {
    seen: u32,
    first: [Option<First>; PROPOSALS.len()],
}

/// Where something was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    pub(super) offset: usize,
    pub(super) function: Option<u32>,
}

impl Usage {
    /// Whether a proposal was noted already.
    #[inline]
    pub(super) fn has(&self, proposal: Proposal) -> bool {
        self.seen & proposal.bit() != 0
    }

    /// Notes a use; earlier notes win.
    #[inline]
    pub(super) fn note(&mut self, proposal: Proposal, site: Site, what: &'static str) {
        if !self.has(proposal) {
            self.keep(proposal, site, what);
        }
    }

    #[cold]
    fn keep(&mut self, proposal: Proposal, site: Site, what: &'static str) {
        self.seen |= proposal.bit();
        if let Some(first) = self.first.get_mut(proposal as usize) {
            *first = Some(First {
                offset: site.offset,
                function: site.function,
                what,
            });
        }
    }

    /// Notes what a value type needs.
    #[inline]
    pub(super) fn value(&mut self, ty: ValType, site: Site) {
        match ty {
            ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 => {}
            ValType::V128 => self.note(Proposal::Simd, site, "v128"),
            ValType::Ref(reference) => self.reference(reference, site),
        }
    }

    /// Notes what a reference type needs.
    pub(super) fn reference(&mut self, ty: RefType, site: Site) {
        self.heap(ty.heap_type(), site);
        let plain = matches!(ty.heap_type(), HeapType::Abstract { .. });
        if !plain || !ty.is_nullable() {
            self.note(Proposal::FunctionReferences, site, "typed reference");
        }
    }

    /// Notes what a heap type needs.
    pub(super) fn heap(&mut self, ty: HeapType, site: Site) {
        match ty {
            HeapType::Abstract { shared: true, .. } => {
                self.note(Proposal::Threads, site, "shared reference");
            }
            HeapType::Abstract { ty, .. } => self.abstract_heap(ty, site),
            HeapType::Concrete(_) | HeapType::Exact(_) => {
                self.note(Proposal::FunctionReferences, site, "typed reference");
            }
        }
    }

    fn abstract_heap(&mut self, ty: AbstractHeapType, site: Site) {
        match ty {
            AbstractHeapType::Func => self.note(Proposal::ReferenceTypes, site, "funcref"),
            AbstractHeapType::Extern => self.note(Proposal::ReferenceTypes, site, "externref"),
            AbstractHeapType::Exn | AbstractHeapType::NoExn => {
                self.note(Proposal::Exceptions, site, "exnref");
            }
            _ => self.note(Proposal::Gc, site, "reference to a collected value"),
        }
    }

    /// Notes what a block's type needs.
    #[inline]
    pub(super) fn block(&mut self, ty: BlockType, site: Site) {
        match ty {
            BlockType::Empty => {}
            BlockType::Type(ty) => self.value(ty, site),
            BlockType::FuncType(_) => self.note(Proposal::MultiValue, site, ""),
        }
    }

    /// Takes over another's notes, keeping the earlier place of each.
    pub(super) fn merge(&mut self, other: &Self) {
        self.seen |= other.seen;
        for (mine, theirs) in self.first.iter_mut().zip(&other.first) {
            *mine = match (*mine, *theirs) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
    }

    /// Forgets what lies at or after a fault.
    pub(super) fn before(&mut self, offset: usize) {
        for first in &mut self.first {
            *first = first.filter(|first| first.offset < offset);
        }
    }

    /// The facts, by first use.
    pub(super) fn facts(&self, bytes: &[u8]) -> Vec<ProposalUse> {
        let mut uses: Vec<_> = PROPOSALS
            .iter()
            .zip(self.first)
            .filter_map(|(name, first)| Some(fact(name, first?, bytes)))
            .collect();
        uses.sort_by_key(|usage| (usage.offset, usage.name));
        uses
    }
}

fn fact(name: &'static str, first: First, bytes: &[u8]) -> ProposalUse {
    let what = match first.what {
        "" => operator::at(bytes, first.offset).unwrap_or_else(|| "operator".into()),
        what => what.into(),
    };
    ProposalUse {
        name,
        offset: first.offset,
        function: first.function,
        what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(offset: usize) -> Site {
        Site {
            offset,
            function: None,
        }
    }

    #[test]
    fn the_earlier_place_wins_however_merged() {
        let (mut a, mut b) = (Usage::default(), Usage::default());
        a.note(Proposal::Simd, site(9), "v128");
        b.note(Proposal::Simd, site(4), "v128");
        let mut other = b.clone();
        other.merge(&a);
        a.merge(&b);
        assert_eq!(a.facts(&[]), other.facts(&[]));
        assert_eq!(a.facts(&[])[0].offset, 4);
        a.before(4);
        assert!(a.facts(&[]).is_empty());
    }
}
