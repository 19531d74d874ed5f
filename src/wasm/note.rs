//! What a module's declarations need of the proposals: types, memories, tables, globals, segments.

use wasmparser::{
    CompositeInnerType, Element, ElementItems, ElementKind, FuncType, GlobalType, Import,
    MemoryType, Payload, RecGroup, RefType, SubType, TableInit, TableType, TypeRef,
};

use super::constant;
use super::limit::WIDE;
use super::proposal::Proposal;
use super::usage::{Site, Usage};

/// Notes the proposals of one core module's declarations.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// What was noted so far.
    pub(super) usage: Usage,
    /// Whether some type has so many parts that its uses must be counted.
    pub(super) wide: bool,
    /// Imported globals of the current module.
    pub(super) imported_globals: usize,
    memories: usize,
    tables: usize,
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

    /// Notes one valid section. Exports need types and are noted by [`Notes::export`]; data segments where they are read.
    pub(super) fn section(&mut self, payload: &Payload<'_>) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for item in section.clone().into_iter_with_offsets() {
                    let (offset, group) = item?;
                    self.group(group, offset);
                }
            }
            Payload::ImportSection(section) => {
                for item in section.clone().into_imports_with_offsets() {
                    let (offset, import) = item?;
                    self.import(&import, offset);
                }
            }
            Payload::TableSection(section) => {
                for item in section.clone().into_iter_with_offsets() {
                    let (offset, table) = item?;
                    self.table(&table.ty, offset);
                    if let TableInit::Expr(expression) = &table.init {
                        let what = "table with an initial element";
                        self.usage
                            .note(Proposal::FunctionReferences, site(offset), what);
                        constant::note(&mut self.usage, expression, self.imported_globals);
                    }
                }
            }
            Payload::MemorySection(section) => {
                for item in section.clone().into_iter_with_offsets() {
                    let (offset, memory) = item?;
                    self.memory(&memory, offset);
                }
            }
            Payload::TagSection(section) => {
                if section.count() > 0 {
                    let place = site(section.range().start);
                    self.usage.note(Proposal::Exceptions, place, "tag");
                }
            }
            Payload::GlobalSection(section) => {
                for item in section.clone().into_iter_with_offsets() {
                    let (offset, global) = item?;
                    self.usage.value(global.ty.content_type, site(offset));
                    constant::note(&mut self.usage, &global.init_expr, self.imported_globals);
                }
            }
            Payload::ElementSection(section) => {
                for item in section.clone().into_iter_with_offsets() {
                    let (offset, element) = item?;
                    self.element(element, offset)?;
                }
            }
            Payload::DataCountSection { range, .. } => {
                let place = site(range.start);
                self.usage
                    .note(Proposal::BulkMemory, place, "data count section");
            }
            _ => {}
        }
        Ok(())
    }

    fn group(&mut self, group: RecGroup, offset: usize) {
        if group.is_explicit_rec_group() {
            let what = "recursive type group";
            self.usage.note(Proposal::Gc, site(offset), what);
        }
        for (offset, ty) in group.into_types_and_offsets() {
            self.sub_type(&ty, offset);
        }
    }

    fn sub_type(&mut self, ty: &SubType, offset: usize) {
        if !ty.is_final || ty.supertype_idx.is_some() {
            self.usage.note(Proposal::Gc, site(offset), "subtype");
        }
        if ty.composite_type.shared {
            self.usage
                .note(Proposal::Threads, site(offset), "shared type");
        }
        match &ty.composite_type.inner {
            CompositeInnerType::Func(function) => self.function_type(function, offset),
            CompositeInnerType::Struct(fields) => {
                self.wide |= fields.fields.len() >= WIDE;
                self.usage.note(Proposal::Gc, site(offset), "struct type");
            }
            CompositeInnerType::Array(_) => {
                // `array.new_fixed` names its own width.
                self.wide = true;
                self.usage.note(Proposal::Gc, site(offset), "array type");
            }
            CompositeInnerType::Cont(_) => self.wide = true,
        }
    }

    fn function_type(&mut self, ty: &FuncType, offset: usize) {
        self.wide |= ty.params().len() + ty.results().len() >= WIDE;
        if ty.results().len() > 1 {
            let what = "function type with several results";
            self.usage.note(Proposal::MultiValue, site(offset), what);
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
            TypeRef::Tag(_) => self.usage.note(Proposal::Exceptions, site(offset), "tag"),
        }
    }

    fn imported_global(&mut self, ty: GlobalType, offset: usize) {
        self.imported_globals += 1;
        self.usage.value(ty.content_type, site(offset));
        if ty.mutable {
            let what = "import of a mutable global";
            self.usage.note(Proposal::MutableGlobal, site(offset), what);
        }
    }

    /// Notes the export of a mutable global.
    pub(super) fn export(&mut self, ty: GlobalType, offset: usize) {
        if ty.mutable {
            let what = "export of a mutable global";
            self.usage.note(Proposal::MutableGlobal, site(offset), what);
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
            self.usage.note(proposal, site(offset), what);
        }
    }

    fn element(&mut self, element: Element<'_>, offset: usize) -> wasmparser::Result<()> {
        let place = site(offset);
        match &element.kind {
            ElementKind::Passive => {
                let what = "passive element segment";
                self.usage.note(Proposal::BulkMemory, place, what);
            }
            ElementKind::Declared => {
                let what = "declared element segment";
                self.usage.note(Proposal::ReferenceTypes, place, what);
            }
            ElementKind::Active {
                table_index,
                offset_expr,
            } => {
                if table_index.is_some() {
                    let what = "element segment with a table index";
                    self.usage.note(Proposal::ReferenceTypes, place, what);
                }
                constant::note(&mut self.usage, offset_expr, self.imported_globals);
            }
        }
        if let ElementItems::Expressions(ty, expressions) = element.items {
            let what = "element expressions";
            self.usage.note(Proposal::ReferenceTypes, place, what);
            self.usage.reference(ty, place);
            for expression in expressions {
                constant::note(&mut self.usage, &expression?, self.imported_globals);
            }
        }
        Ok(())
    }
}
