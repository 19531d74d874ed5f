//! What a module's declarations need of the proposals: types, memories, tables, globals, segments.

use wasmparser::{
    CompositeInnerType, ConstExpr, Element, ElementItems, ElementKind, FuncType, Global,
    GlobalType, Import, MemoryType, Payload, RecGroup, RefType, SubType, Table, TableInit,
    TableType, TypeRef,
};

use super::limit::WIDE;
use super::proposal::Proposal;
use super::section::each;
use super::usage::{Site, Usage};
use super::{Malformed, constant};

/// Notes the proposals of one core module's declarations.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// What was noted so far.
    pub(super) usage: Usage,
    /// Parts of each type: parameters and results, or fields.
    widths: Vec<u16>,
    /// Imported globals of the current module.
    pub(super) imported_globals: usize,
    memories: usize,
    tables: usize,
}

fn saturated(width: usize) -> u16 {
    u16::try_from(width).unwrap_or(u16::MAX)
}

fn site(offset: usize) -> Site {
    Site {
        offset,
        function: None,
    }
}

impl Notes {
    /// Forgets what belongs to the module before.
    pub(super) fn next_module(&mut self) {
        *self = Self {
            usage: std::mem::take(&mut self.usage),
            ..Self::default()
        };
    }

    /// The widths of types, if one is wide.
    pub(super) fn widths(&self) -> Vec<u16> {
        if self.widths.iter().any(|width| usize::from(*width) >= WIDE) {
            self.widths.clone()
        } else {
            Vec::new()
        }
    }

    /// Notes one valid section. Exports need types and are noted by [`Notes::export`]; data segments where they are read.
    pub(super) fn section(&mut self, payload: &Payload<'_>) -> Result<(), Malformed> {
        match payload {
            Payload::TypeSection(section) => {
                each(section, |offset, group| self.group(group, offset))
            }
            Payload::ImportSection(section) => {
                for item in section.clone().into_imports_with_offsets() {
                    let (offset, import) = item?;
                    self.import(&import, offset);
                }
                Ok(())
            }
            Payload::TableSection(section) => {
                each(section, |offset, table| self.defined_table(&table, offset))
            }
            Payload::MemorySection(section) => {
                each(section, |offset, memory| self.memory(&memory, offset))
            }
            Payload::TagSection(section) => each(section, |offset, _| {
                self.note(Proposal::Exceptions, offset, "tag");
            }),
            Payload::GlobalSection(section) => each(section, |offset, global| {
                self.defined_global(&global, offset);
            }),
            Payload::ElementSection(section) => {
                each(section, |offset, element| self.element(element, offset))
            }
            Payload::DataCountSection { range, .. } => {
                self.note(Proposal::BulkMemory, range.start, "data count section");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn note(&mut self, proposal: Proposal, offset: usize, what: &'static str) {
        self.usage.note(proposal, site(offset), what);
    }

    fn initializer(&mut self, expression: &ConstExpr<'_>) {
        constant::note(&mut self.usage, expression, self.imported_globals);
    }

    fn defined_table(&mut self, table: &Table<'_>, offset: usize) {
        self.table(&table.ty, offset);
        if let TableInit::Expr(expression) = &table.init {
            let what = "table with an initial element";
            self.note(Proposal::FunctionReferences, offset, what);
            self.initializer(expression);
        }
    }

    fn defined_global(&mut self, global: &Global<'_>, offset: usize) {
        self.usage.value(global.ty.content_type, site(offset));
        self.initializer(&global.init_expr);
    }

    fn group(&mut self, group: RecGroup, offset: usize) {
        if group.is_explicit_rec_group() {
            let what = "recursive type group";
            self.note(Proposal::Gc, offset, what);
        }
        for (offset, ty) in group.into_types_and_offsets() {
            self.sub_type(&ty, offset);
        }
    }

    fn sub_type(&mut self, ty: &SubType, offset: usize) {
        if !ty.is_final || ty.supertype_idx.is_some() {
            self.note(Proposal::Gc, offset, "subtype");
        }
        if ty.composite_type.shared {
            self.note(Proposal::Threads, offset, "shared type");
        }
        match &ty.composite_type.inner {
            CompositeInnerType::Func(function) => self.function_type(function, offset),
            CompositeInnerType::Struct(fields) => {
                self.widths.push(saturated(fields.fields.len()));
                self.note(Proposal::Gc, offset, "struct type");
            }
            CompositeInnerType::Array(_) => {
                // `array.new_fixed` names its own width.
                self.widths.push(u16::MAX);
                self.note(Proposal::Gc, offset, "array type");
            }
            CompositeInnerType::Cont(_) => self.widths.push(u16::MAX),
        }
    }

    fn function_type(&mut self, ty: &FuncType, offset: usize) {
        let width = ty.params().len() + ty.results().len();
        self.widths.push(saturated(width));
        if ty.results().len() > 1 {
            let what = "function type with several results";
            self.note(Proposal::MultiValue, offset, what);
        }
        for value in ty.params().iter().chain(ty.results()) {
            self.usage.value(*value, site(offset));
        }
    }

    fn import(&mut self, import: &Import<'_>, offset: usize) {
        match &import.ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => {}
            TypeRef::Table(ty) => self.table(ty, offset),
            TypeRef::Memory(ty) => self.memory(ty, offset),
            TypeRef::Global(ty) => self.imported_global(*ty, offset),
            TypeRef::Tag(_) => self.note(Proposal::Exceptions, offset, "tag"),
        }
    }

    fn imported_global(&mut self, ty: GlobalType, offset: usize) {
        self.imported_globals += 1;
        self.usage.value(ty.content_type, site(offset));
        if ty.mutable {
            let what = "import of a mutable global";
            self.note(Proposal::MutableGlobal, offset, what);
        }
    }

    /// Notes the export of a mutable global.
    pub(super) fn export(&mut self, ty: GlobalType, offset: usize) {
        if ty.mutable {
            let what = "export of a mutable global";
            self.note(Proposal::MutableGlobal, offset, what);
        }
    }

    fn memory(&mut self, ty: &MemoryType, offset: usize) {
        self.memories += 1;
        let noted = [
            (self.memories > 1, Proposal::MultiMemory, "second memory"),
            (ty.shared, Proposal::Threads, "shared memory"),
            (ty.memory64, Proposal::Memory64, "64-bit memory"),
            (
                ty.page_size_log2.is_some(),
                Proposal::CustomPageSizes,
                "custom page size",
            ),
        ];
        self.note_all(noted, offset);
    }

    fn table(&mut self, ty: &TableType, offset: usize) {
        self.tables += 1;
        let noted = [
            (self.tables > 1, Proposal::ReferenceTypes, "second table"),
            (ty.shared, Proposal::Threads, "shared table"),
            (ty.table64, Proposal::Memory64, "64-bit table"),
        ];
        self.note_all(noted, offset);
        if ty.element_type != RefType::FUNCREF {
            self.usage.reference(ty.element_type, site(offset));
        }
    }

    fn note_all<const N: usize>(
        &mut self,
        noted: [(bool, Proposal, &'static str); N],
        offset: usize,
    ) {
        for (_, proposal, what) in noted.into_iter().filter(|(used, ..)| *used) {
            self.note(proposal, offset, what);
        }
    }

    fn element(&mut self, element: Element<'_>, offset: usize) {
        match &element.kind {
            ElementKind::Passive => {
                self.note(Proposal::BulkMemory, offset, "passive element segment");
            }
            ElementKind::Declared => {
                let what = "declared element segment";
                self.note(Proposal::ReferenceTypes, offset, what);
            }
            ElementKind::Active {
                table_index,
                offset_expr,
            } => {
                if table_index.is_some() {
                    let what = "element segment with a table index";
                    self.note(Proposal::ReferenceTypes, offset, what);
                }
                self.initializer(offset_expr);
            }
        }
        if let ElementItems::Expressions(ty, expressions) = element.items {
            self.note(Proposal::ReferenceTypes, offset, "element expressions");
            self.usage.reference(ty, site(offset));
            for expression in expressions.into_iter().map_while(Result::ok) {
                self.initializer(&expression);
            }
        }
    }
}
