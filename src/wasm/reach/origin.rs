//! Where references to functions stand before code runs, and by which declarations they can go to the host.

use std::ops::Range;

use wasmparser::types::TypesRef;
use wasmparser::{
    ConstExpr, Element, ElementItems, ElementKind, Operator, Payload, TableInit, ValType,
};

use super::place::Place;
use super::signature::{Signatures, saturated};
use crate::wasm::section::each;
use crate::wasm::{Extern, Malformed, Module, constant};

/// How an element segment is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Copied to a table before code runs, from this index on if that is a constant.
    Active { table: u32, start: Option<u32> },
    /// Used by operators.
    Passive,
    /// Never used: it only lets code name functions.
    Declared,
}

/// An element segment.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) mode: Mode,
    /// Its functions, in [`Origins::items`]; nulls are in it as [`NO_FUNCTION`].
    pub(super) items: Range<usize>,
}

/// What stands in a segment where there is no function.
pub(super) const NO_FUNCTION: u32 = u32::MAX;

/// What the declarations of the outermost module tell of references.
#[derive(Debug, Default)]
pub(in crate::wasm) struct Origins {
    /// Types, once all sections were read.
    pub(super) signatures: Signatures,
    /// Element segments by index.
    pub(super) segments: Vec<Segment>,
    /// Functions in segments.
    pub(super) items: Vec<u32>,
    /// Functions to which references stand in a place from the start.
    pub(super) standing: Vec<(Place, u32)>,
    /// Places between which references move.
    pub(super) moves: Vec<(Place, Place)>,
}

impl Origins {
    /// Reads one valid section of the outermost module.
    pub(in crate::wasm) fn section(
        &mut self,
        payload: &Payload<'_>,
        module: &Module,
    ) -> Result<(), Malformed> {
        match payload {
            Payload::TableSection(section) => {
                let imported = module.tables.iter().filter(|table| table.imported);
                let mut places = (imported.count()..).map(|index| Place::table(saturated(index)));
                each(section, |_, table| {
                    if let (TableInit::Expr(expression), Some(place)) = (&table.init, places.next())
                    {
                        let function = self.initializer(expression, place);
                        self.standing.extend(function.map(|one| (place, one)));
                    }
                })
            }
            Payload::GlobalSection(section) => each(section, |_, global| {
                let function = self.initializer(&global.init_expr, Place::POOL);
                self.standing.extend(function.map(|one| (Place::POOL, one)));
            }),
            Payload::ElementSection(section) => each(section, |_, element| self.element(element)),
            _ => Ok(()),
        }
    }

    fn element(&mut self, element: Element<'_>) {
        let place = Place::segment(saturated(self.segments.len()));
        let mode = match element.kind {
            ElementKind::Passive => Mode::Passive,
            ElementKind::Declared => Mode::Declared,
            ElementKind::Active {
                table_index,
                offset_expr,
            } => {
                let table = table_index.unwrap_or(0);
                self.moves.push((Place::table(table), place));
                Mode::Active {
                    table,
                    start: constant::of_expression(&offset_expr)
                        .and_then(|start| u32::try_from(start).ok()),
                }
            }
        };
        let first = self.items.len();
        match element.items {
            ElementItems::Functions(functions) => {
                self.items
                    .extend(functions.into_iter().map_while(Result::ok));
            }
            ElementItems::Expressions(_, expressions) => {
                for expression in expressions.into_iter().map_while(Result::ok) {
                    let function = self.initializer(&expression, place);
                    self.items.push(function.unwrap_or(NO_FUNCTION));
                }
            }
        }
        let items = first..self.items.len();
        self.segments.push(Segment { mode, items });
    }

    /// The function that an initializer is, if it is nothing else. What it is made of otherwise goes through the pool.
    fn initializer(&mut self, expression: &ConstExpr<'_>, place: Place) -> Option<u32> {
        if let Some(function) = sole_function(expression) {
            return Some(function);
        }
        let mut operators = expression.get_operators_reader();
        while let Ok(operator) = operators.read() {
            match operator {
                Operator::RefFunc { function_index } => {
                    self.standing.push((Place::POOL, function_index));
                }
                Operator::RefNull { .. } | Operator::End => continue,
                _ => {}
            }
            if self.moves.last() != Some(&(Place::POOL, place)) {
                self.moves.push((Place::POOL, place));
            }
        }
        None
    }

    /// Takes the types and looks at what is imported and exported, after the last section and before the module's end.
    pub(in crate::wasm) fn finish(&mut self, types: TypesRef<'_>, module: &Module) {
        self.signatures = Signatures::of(types);
        self.shared_tables(types, module);
        if self.reaches_host(types, module) {
            self.moves.push((Place::POOL, Place::HOST));
        }
        let exported = indices(module, |ty| matches!(ty, Extern::Function(_)));
        self.standing
            .extend(exported.map(|index| (Place::HOST, index)));
    }

    fn shared_tables(&mut self, types: TypesRef<'_>, module: &Module) {
        let imported = module
            .tables
            .iter()
            .zip(0..)
            .filter(|(table, _)| table.imported);
        let exported = indices(module, |ty| matches!(ty, Extern::Table { .. }));
        let shared: Vec<u32> = imported.map(|(_, index)| index).chain(exported).collect();
        for index in 0..types.table_count() {
            let place = Place::table(index);
            let element = types.table_at(index).element_type;
            if self.signatures.is_object(element) {
                self.moves.push((Place::POOL, place));
            }
            if shared.contains(&index) && self.signatures.holds(ValType::Ref(element)) {
                self.moves.push((Place::HOST, place));
                // Who calls what is in the table gives and gets references by the calls.
                if self.signatures.any_carries() {
                    self.moves.push((Place::HOST, Place::POOL));
                }
            }
        }
    }

    /// Whether a reference to a function can pass between code and host by something else than a table.
    fn reaches_host(&self, types: TypesRef<'_>, module: &Module) -> bool {
        let carries = |function| {
            let id = types.core_function_at(function);
            let ty = types.get(id);
            ty.is_none_or(|ty| self.signatures.carries(ty))
        };
        let holds = |global| self.signatures.holds(types.global_at(global).content_type);
        let imported = module
            .globals
            .iter()
            .zip(0..)
            .filter(|(global, _)| global.imported);
        self.signatures.thrown()
            || (0..module.functions.imported).any(carries)
            || indices(module, |ty| matches!(ty, Extern::Function(_))).any(carries)
            || imported.map(|(_, index)| index).any(holds)
            || indices(module, |ty| matches!(ty, Extern::Global { .. })).any(holds)
    }
}

/// The indices of exports of one kind.
fn indices(module: &Module, kind: impl Fn(&Extern) -> bool) -> impl Iterator<Item = u32> {
    let exported = module.exports.iter().filter(move |export| kind(&export.ty));
    exported.map(|export| export.index)
}

/// The function that an initializer names, if it does nothing else.
fn sole_function(expression: &ConstExpr<'_>) -> Option<u32> {
    let mut operators = expression.get_operators_reader();
    let Ok(Operator::RefFunc { function_index }) = operators.read() else {
        return None;
    };
    matches!(operators.read(), Ok(Operator::End)).then_some(function_index)
}
