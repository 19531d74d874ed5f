//! The outermost core module's declarations as facts. Sections come here after they were found valid.

use wasmparser::types::TypesRef;
use wasmparser::{
    Export as RawExport, ExternalKind, GlobalType, Import as RawImport, MemoryType, Payload,
    RefType, TableType, TypeRef,
};

use super::section::each;
use super::value::TypeWriter;
use super::{
    Export, Extent, Extern, Global, Import, Malformed, Memory, Module, Start, Table, constant,
};

/// Bytes of a page where nothing else is said.
const PAGE_SIZE: u64 = 65_536;

/// Fills a module's facts from its declarations.
pub(super) struct Declarations<'m, 't> {
    pub(super) module: &'m mut Module,
    pub(super) writer: &'m mut TypeWriter,
    pub(super) types: TypesRef<'t>,
}

impl Declarations<'_, '_> {
    /// Takes the facts of one section.
    pub(super) fn section(&mut self, payload: &Payload<'_>) -> Result<(), Malformed> {
        match payload {
            Payload::ImportSection(section) => {
                for item in section.clone().into_imports_with_offsets() {
                    let (offset, import) = item?;
                    self.import(&import, offset)?;
                }
            }
            Payload::TableSection(section) => each(section, |offset, table| {
                self.table(&table.ty, false, offset);
            })?,
            Payload::MemorySection(section) => each(section, |offset, memory| {
                self.memory(&memory, false, offset);
            })?,
            Payload::GlobalSection(section) => each(section, |offset, global| {
                let value = constant::of_expression(&global.init_expr);
                self.global(global.ty, false, value, offset);
            })?,
            Payload::ExportSection(section) => {
                for item in section.clone().into_iter_with_offsets() {
                    let (offset, export) = item?;
                    self.export(&export, offset)?;
                }
            }
            Payload::StartSection { func, range } => {
                self.module.start = Some(Start {
                    function: *func,
                    offset: range.start,
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, import: &RawImport<'_>, offset: usize) -> Result<(), Malformed> {
        self.writer.name(import.module, offset)?;
        self.writer.name(import.name, offset)?;
        let ty = match &import.ty {
            TypeRef::Func(index) | TypeRef::FuncExact(index) => {
                self.module.functions.imported += 1;
                let id = self.types.core_type_at_in_module(*index);
                Extern::Function(self.writer.signature(id, self.types, offset)?)
            }
            TypeRef::Table(ty) => {
                self.table(ty, true, offset);
                self.writer.table(ty, self.types)
            }
            TypeRef::Memory(ty) => {
                self.memory(ty, true, offset);
                TypeWriter::memory(ty)
            }
            TypeRef::Global(ty) => {
                self.global(*ty, true, None, offset);
                self.writer.global(*ty, self.types)
            }
            TypeRef::Tag(_) => Extern::Tag,
        };
        self.module.imports.push(Import {
            module: import.module.to_owned(),
            name: import.name.to_owned(),
            ty,
            offset,
        });
        Ok(())
    }

    fn memory(&mut self, ty: &MemoryType, imported: bool, offset: usize) {
        let page_size = ty
            .page_size_log2
            .map_or(PAGE_SIZE, |log| 1u64.checked_shl(log).unwrap_or(PAGE_SIZE));
        self.module.memories.push(Memory {
            extent: Extent {
                min: ty.initial,
                max: ty.maximum,
            },
            page_size,
            shared: ty.shared,
            memory64: ty.memory64,
            imported,
            offset,
        });
    }

    fn table(&mut self, ty: &TableType, imported: bool, offset: usize) {
        let element = self.reference(ty.element_type);
        self.module.tables.push(Table {
            element,
            extent: Extent {
                min: ty.initial,
                max: ty.maximum,
            },
            imported,
            offset,
        });
    }

    fn reference(&mut self, ty: RefType) -> String {
        self.writer.reference(ty, self.types)
    }

    fn global(&mut self, ty: GlobalType, imported: bool, constant: Option<i64>, offset: usize) {
        let value = self.writer.value(ty.content_type, self.types);
        self.module.globals.push(Global {
            value,
            mutable: ty.mutable,
            imported,
            constant,
            offset,
        });
    }

    fn export(&mut self, export: &RawExport<'_>, offset: usize) -> Result<(), Malformed> {
        self.writer.name(export.name, offset)?;
        let index = export.index;
        let ty = match export.kind {
            ExternalKind::Func | ExternalKind::FuncExact => {
                let id = self.types.core_function_at(index);
                Extern::Function(self.writer.signature(id, self.types, offset)?)
            }
            ExternalKind::Table => {
                let ty = self.types.table_at(index);
                self.writer.table(&ty, self.types)
            }
            ExternalKind::Memory => TypeWriter::memory(&self.types.memory_at(index)),
            ExternalKind::Global => {
                let ty = self.types.global_at(index);
                self.writer.global(ty, self.types)
            }
            ExternalKind::Tag => Extern::Tag,
        };
        let constant = self.exported_constant(&ty, index);
        self.module.exports.push(Export {
            name: export.name.to_owned(),
            ty,
            index,
            offset,
            constant,
            recovered: None,
        });
        Ok(())
    }

    fn exported_constant(&self, ty: &Extern, index: u32) -> Option<i64> {
        match ty {
            Extern::Global { mutable: false, .. } => {
                self.module.globals.get(index as usize)?.constant
            }
            _ => None,
        }
    }
}
