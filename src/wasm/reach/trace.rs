//! What function bodies refer to, gathered while they are validated: a few bytes for each function that another one calls.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::place::{MAX_TABLES, Place};
use super::statics::Addresses;
use crate::wasm::limit::MAX_REFERENCES;

/// The first direct call of a defined function in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) callee: u32,
    pub(super) offset: u32,
}

/// The direct calls of an imported function in a body: the first, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ImportCall {
    pub(super) import: u32,
    pub(super) offset: u32,
    pub(super) sites: u32,
}

/// How code refers to functions otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// It calls what is in a table by a type, which is the index.
    Table(u8),
    /// It calls a reference by a type, which is the index.
    Reference,
    /// It makes a reference to a function, which is the index.
    Function,
    /// It copies an element segment, which is the index, to a table.
    ToTable(u8),
    /// It copies an element segment, which is the index, to an array.
    ToArray,
}

/// One way by which a body refers to functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) manner: Manner,
    pub(super) index: u32,
    pub(super) offset: u32,
}

/// A constant in code that may be an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Constant {
    pub(super) value: u32,
    pub(super) offset: u32,
}

/// Where a function's part of each list ends.
#[derive(Debug, Clone, Copy, Default)]
struct Ends {
    calls: u32,
    imports: u32,
    references: u32,
    constants: u32,
}

/// How many entries are looked at for a repetition.
const RECENT: usize = 256;

/// Where entries were put, by a part of what they name: a repetition that is not found costs memory alone.
#[derive(Debug, Clone)]
struct Recent([u32; RECENT]);

impl Default for Recent {
    fn default() -> Self {
        Self([0; RECENT])
    }
}

impl Recent {
    /// Where the same was put since `begun`, if it is found; otherwise it is taken to come to the end of `list`.
    #[inline]
    fn find<T>(
        &mut self,
        key: u32,
        list: &[T],
        begun: u32,
        same: impl Fn(&T) -> bool,
    ) -> Option<usize> {
        let slot = self.0.get_mut(key as usize % RECENT)?;
        let at = *slot as usize;
        if *slot >= begun && list.get(at).is_some_and(same) {
            return Some(at);
        }
        *slot = small(list.len());
        None
    }
}

/// How many entries all traces may have together.
#[derive(Debug)]
pub(in crate::wasm) struct Room {
    taken: AtomicU64,
    most: u64,
}

impl Default for Room {
    fn default() -> Self {
        Self::of(MAX_REFERENCES)
    }
}

impl Room {
    /// Room for so many.
    pub(super) fn of(most: u64) -> Self {
        Self {
            taken: AtomicU64::new(0),
            most,
        }
    }

    /// Takes room; whether there was enough. The sum does not depend on who asks first.
    fn take(&self, entries: u64) -> bool {
        let before = self.taken.fetch_add(entries, Ordering::Relaxed);
        before.saturating_add(entries) <= self.most
    }

    /// Whether more was asked for than there is.
    pub(in crate::wasm) fn is_exhausted(&self) -> bool {
        self.taken.load(Ordering::Relaxed) > self.most
    }
}

/// What a run of bodies refers to.
#[derive(Debug, Default)]
pub(in crate::wasm) struct Trace {
    scope: Scope,
    ends: Vec<Ends>,
    calls: Vec<Call>,
    imports: Vec<ImportCall>,
    references: Vec<Reference>,
    constants: Vec<Constant>,
    /// Tables whose content moves to operands or back, as bits.
    mixed: u128,
    /// Tables whose content moves to other tables.
    copied: BTreeSet<(u8, u8)>,
    recent: [Recent; 3],
    off: bool,
}

/// What is traced.
#[derive(Debug, Clone, Default)]
pub(in crate::wasm) struct Scope {
    /// The first function of the run.
    pub(in crate::wasm) first: u32,
    /// How many functions are imported.
    pub(in crate::wasm) imported: u32,
    /// The values that may be addresses; none where they are not looked for.
    pub(in crate::wasm) addresses: Addresses,
}

fn small(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

fn table(index: u32) -> u8 {
    u8::try_from(index.min(MAX_TABLES - 1)).unwrap_or_default()
}

impl Trace {
    /// Of a run of bodies; `None` traces nothing.
    pub(in crate::wasm) fn of(scope: Option<Scope>) -> Self {
        Self {
            off: scope.is_none(),
            scope: scope.unwrap_or_default(),
            ..Self::default()
        }
    }

    #[inline]
    fn begun(&self) -> Ends {
        self.ends.last().copied().unwrap_or_default()
    }

    /// A direct call.
    #[inline]
    pub(in crate::wasm) fn call(&mut self, callee: u32, offset: usize) {
        if self.off {
        } else if callee < self.scope.imported {
            self.import_call(callee, offset);
        } else {
            let (begun, [recent, ..]) = (self.begun(), &mut self.recent);
            let same = |call: &Call| call.callee == callee;
            if recent
                .find(callee, &self.calls, begun.calls, same)
                .is_none()
            {
                let offset = small(offset);
                self.calls.push(Call { callee, offset });
            }
        }
    }

    fn import_call(&mut self, import: u32, offset: usize) {
        let (begun, [_, recent, _]) = (self.begun(), &mut self.recent);
        let same = |call: &ImportCall| call.import == import;
        let known = recent.find(import, &self.imports, begun.imports, same);
        match known.and_then(|at| self.imports.get_mut(at)) {
            Some(call) => call.sites = call.sites.saturating_add(1),
            None => self.imports.push(ImportCall {
                import,
                offset: small(offset),
                sites: 1,
            }),
        }
    }

    fn refer(&mut self, manner: Manner, index: u32, offset: usize) {
        if self.off {
            return;
        }
        let (begun, [.., recent]) = (self.begun(), &mut self.recent);
        let same = |one: &Reference| one.index == index && one.manner == manner;
        let known = recent.find(index, &self.references, begun.references, same);
        if known.is_none() {
            self.references.push(Reference {
                manner,
                index,
                offset: small(offset),
            });
        }
    }

    /// A call of what is in a table.
    #[inline]
    pub(in crate::wasm) fn call_table(&mut self, ty: u32, index: u32, offset: usize) {
        self.refer(Manner::Table(table(index)), ty, offset);
    }

    /// A call of a reference.
    pub(in crate::wasm) fn call_reference(&mut self, ty: u32, offset: usize) {
        self.refer(Manner::Reference, ty, offset);
    }

    /// A reference to a function.
    pub(in crate::wasm) fn function(&mut self, function: u32, offset: usize) {
        self.refer(Manner::Function, function, offset);
    }

    /// An element segment that is copied to a table.
    pub(in crate::wasm) fn copy_to_table(&mut self, segment: u32, index: u32, offset: usize) {
        self.refer(Manner::ToTable(table(index)), segment, offset);
    }

    /// An element segment that is copied to an array.
    pub(in crate::wasm) fn copy_to_array(&mut self, segment: u32, offset: usize) {
        self.refer(Manner::ToArray, segment, offset);
    }

    /// A table whose content moves to operands, or operands to it.
    pub(in crate::wasm) fn mix(&mut self, index: u32) {
        self.mixed |= 1 << table(index);
    }

    /// A table whose content moves to another.
    pub(in crate::wasm) fn copy(&mut self, to: u32, from: u32) {
        self.copied.insert((table(to), table(from)));
    }

    /// A constant: kept if it may be an address.
    #[inline]
    pub(in crate::wasm) fn constant(&mut self, value: u64, offset: usize) {
        if self.scope.addresses.may_contain(value) {
            self.address(value, offset);
        }
    }

    fn address(&mut self, value: u64, offset: usize) {
        let is_address = !self.off && self.scope.addresses.contain(value);
        if let (true, Ok(value)) = (is_address, u32::try_from(value)) {
            let offset = small(offset);
            self.constants.push(Constant { value, offset });
        }
    }

    /// The end of a body.
    pub(in crate::wasm) fn end(&mut self, room: &Room) {
        if self.off {
            return;
        }
        let begun = self.begun();
        let ends = Ends {
            calls: small(self.calls.len()),
            imports: small(self.imports.len()),
            references: small(self.references.len()),
            constants: small(self.constants.len()),
        };
        if room.take(ends.entries() - begun.entries()) {
            self.ends.push(ends);
        } else {
            *self = Self::of(None);
        }
    }
}

impl Ends {
    fn entries(self) -> u64 {
        [self.calls, self.imports, self.references, self.constants]
            .map(u64::from)
            .iter()
            .sum()
    }
}

/// What one body refers to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Body<'t> {
    pub(super) function: u32,
    pub(super) calls: &'t [Call],
    pub(super) imports: &'t [ImportCall],
    pub(super) references: &'t [Reference],
    pub(super) constants: &'t [Constant],
}

fn part<T>(list: &[T], start: u32, end: u32) -> &[T] {
    list.get(start as usize..end as usize).unwrap_or_default()
}

impl Trace {
    /// The run's functions.
    pub(super) fn functions(&self) -> Range<u32> {
        let first = self.scope.first;
        first..first.saturating_add(small(self.ends.len()))
    }

    /// What a function of the run refers to.
    pub(super) fn body(&self, function: u32) -> Option<Body<'_>> {
        let at = function.checked_sub(self.scope.first)? as usize;
        let end = self.ends.get(at)?;
        let before = at.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = before.copied().unwrap_or_default();
        Some(Body {
            function,
            calls: part(&self.calls, start.calls, end.calls),
            imports: part(&self.imports, start.imports, end.imports),
            references: part(&self.references, start.references, end.references),
            constants: part(&self.constants, start.constants, end.constants),
        })
    }

    /// Every reference of the run.
    pub(super) fn references(&self) -> &[Reference] {
        &self.references
    }

    /// Every constant of the run that may be an address.
    pub(super) fn constants(&self) -> &[Constant] {
        &self.constants
    }

    /// Places between which the run's operators move references.
    pub(super) fn moves(&self) -> impl Iterator<Item = (Place, Place)> {
        let mixed = (0..MAX_TABLES).filter(|table| self.mixed & (1 << table) != 0);
        let mixed = mixed.map(|table| (Place::POOL, Place::table(table)));
        let place = |table: u8| Place::table(u32::from(table));
        let copied = self.copied.iter();
        mixed.chain(copied.map(move |(to, from)| (place(*to), place(*from))))
    }
}
