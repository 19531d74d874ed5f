//! What an edit changes, and the indices that functions then have.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::TypeRef;

use super::body::Meter;
use super::layout::{Layout, count};

/// A function that is added after all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFunction {
    /// Its type's index.
    pub ty: u32,
    /// Its locals and code, in the new indices.
    pub body: Vec<u8>,
    /// Its name in the name section; none without one.
    pub name: Option<String>,
}

/// A mutable global that is added after all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewGlobal {
    /// An `i32` with its first value.
    Narrow(i32),
    /// An `i64` with its first value.
    Wide(i64),
}

/// What an added export gives out, by new index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exported {
    /// A function.
    Function(u32),
    /// A global.
    Global(u32),
}

/// Where references to a function go instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To an added function, by its place among these.
    New(u32),
    /// To the function that has this old index.
    Old(u32),
}

/// What to change in a valid core module. Everything else is copied as it is.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// Imports that go, by place. Memories and tables among them become the module's own.
    pub dropped_imports: BTreeSet<usize>,
    /// Functions to which references go elsewhere, by old index: every call, table entry, export and `ref.func`.
    pub redirected: BTreeMap<u32, Target>,
    /// How many defined functions go, from the end.
    pub cut_functions: u32,
    /// Functions that are added.
    pub functions: Vec<NewFunction>,
    /// How many globals go, from the end.
    pub cut_globals: u32,
    /// Globals that are added.
    pub globals: Vec<NewGlobal>,
    /// The most pages of each memory, by index, where it declares more or nothing.
    pub memory_max: BTreeMap<u32, u64>,
    /// The most elements of each table.
    pub table_max: BTreeMap<u32, u64>,
    /// Exports that go, by place.
    pub dropped_exports: BTreeSet<usize>,
    /// Exports that are added.
    pub exports: Vec<(String, Exported)>,
    /// Whether the start section goes.
    pub drops_start: bool,
    /// Custom sections that go, by place among custom sections.
    pub dropped_customs: BTreeSet<usize>,
    /// Custom sections that are added at the end.
    pub customs: Vec<(String, Vec<u8>)>,
    /// Whether the name section goes although others stay.
    pub drops_names: bool,
    /// How fuel is counted in all functions, the added ones included.
    pub meter: Option<Meter>,
    /// What counted fuel so far, and is taken out; together with nothing else that changes code.
    pub unmeter: Option<Meter>,
}

/// The indices of functions after an edit.
#[derive(Debug, Clone)]
pub struct Numbering {
    /// Where each old function is itself.
    pub(super) places: Vec<Option<u32>>,
    imported: u32,
    kept: u32,
}

impl Numbering {
    /// Those after some imports and the last defined functions are gone.
    pub fn of(layout: &Layout<'_>, dropped: &BTreeSet<usize>, cut: u32) -> Self {
        let mut places = Vec::new();
        let mut next = 0_u32;
        for (place, import) in layout.imports.iter().enumerate() {
            if matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                let stays = !dropped.contains(&place);
                places.push(stays.then_some(next));
                next += u32::from(stays);
            }
        }
        let imported = next;
        let kept = count(layout.functions.len()).saturating_sub(cut);
        for defined in 0..count(layout.functions.len()) {
            places.push((defined < kept).then(|| imported + defined));
        }
        Self {
            places,
            imported,
            kept,
        }
    }

    /// How many functions are imported.
    pub fn imported(&self) -> u32 {
        self.imported
    }

    /// The new index of an old function itself.
    pub fn place(&self, function: u32) -> Option<u32> {
        self.places.get(function as usize).copied().flatten()
    }

    /// The index of an added function.
    pub fn added(&self, place: u32) -> u32 {
        self.imported + self.kept + place
    }

    /// Where references to an old function go.
    pub fn reference(&self, function: u32, redirected: &BTreeMap<u32, Target>) -> Option<u32> {
        match redirected.get(&function) {
            Some(Target::New(place)) => Some(self.added(*place)),
            Some(Target::Old(other)) => self.place(*other),
            None => self.place(function),
        }
    }
}
