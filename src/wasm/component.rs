//! The outermost component's imports and exports as facts.

use wasmparser::component_types::{ComponentEntityType, ComponentItem};
use wasmparser::types::TypesRef;
use wasmparser::{ComponentExternalKind, Payload};

use super::limit::{MAX_EXPORTS, MAX_IMPORTS, within};
use super::value::TypeWriter;
use super::{Export, Extern, Import, Malformed, Module};

/// Fills a component's facts from its import and export sections.
pub(super) struct Interfaces<'m, 't> {
    pub(super) module: &'m mut Module,
    pub(super) writer: &'m mut TypeWriter,
    pub(super) types: TypesRef<'t>,
}

impl Interfaces<'_, '_> {
    /// Takes the facts of one section.
    pub(super) fn section(&mut self, payload: &Payload<'_>) -> Result<(), Malformed> {
        match payload {
            Payload::ComponentImportSection(section) => {
                for item in section.clone().into_iter_with_offsets() {
                    let (offset, import) = item?;
                    self.import(import.name.name, offset)?;
                }
            }
            Payload::ComponentExportSection(section) => {
                for item in section.clone().into_iter_with_offsets() {
                    let (offset, export) = item?;
                    self.export(export.name.name, export.kind, export.index, offset)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, interface: &str, offset: usize) -> Result<(), Malformed> {
        let Some(item) = self.types.component_item_for_import(interface) else {
            return Ok(());
        };
        let functions = self.functions(interface, item, offset)?;
        if functions.is_empty() {
            let ty = self.external(&item.ty, offset)?;
            self.push(interface, "", ty, offset)?;
        }
        for (name, ty) in functions {
            self.push(interface, &name, ty, offset)?;
        }
        Ok(())
    }

    fn push(
        &mut self,
        interface: &str,
        name: &str,
        ty: Extern,
        offset: usize,
    ) -> Result<(), Malformed> {
        self.writer.name(interface, offset)?;
        self.writer.name(name, offset)?;
        within(
            self.module.imports.len() + 1,
            MAX_IMPORTS,
            "imports",
            offset,
        )?;
        self.module.imports.push(Import {
            module: interface.to_owned(),
            name: name.to_owned(),
            ty,
            offset,
        });
        Ok(())
    }

    /// The functions that an imported instance must have.
    fn functions(
        &mut self,
        interface: &str,
        item: &ComponentItem,
        offset: usize,
    ) -> Result<Vec<(String, Extern)>, Malformed> {
        let ComponentEntityType::Instance(id) = item.ty else {
            return Ok(Vec::new());
        };
        let Some(instance) = self.types.get(id) else {
            return Ok(Vec::new());
        };
        let mut list = Vec::new();
        let mut size = 0;
        for (name, export) in &instance.exports {
            if matches!(export.ty, ComponentEntityType::Func(_)) {
                size += name.len() + interface.len();
                within(size, MAX_INTERFACE_SIZE, "bytes of function names", offset)?;
                within(list.len(), MAX_IMPORTS, "imports", offset)?;
                list.push((name.clone(), self.external(&export.ty, offset)?));
            }
        }
        Ok(list)
    }

    fn external(&mut self, ty: &ComponentEntityType, offset: usize) -> Result<Extern, Malformed> {
        Ok(match ty {
            ComponentEntityType::Func(id) => match self.types.get(*id) {
                Some(function) => Extern::Function(
                    self.writer
                        .component_function(function, self.types, offset)?,
                ),
                None => Extern::Other("function"),
            },
            ComponentEntityType::Module(_) => Extern::Other("module"),
            ComponentEntityType::Value(_) => Extern::Other("value"),
            ComponentEntityType::Type { .. } => Extern::Other("type"),
            ComponentEntityType::Instance(_) => Extern::Other("instance"),
            ComponentEntityType::Component(_) => Extern::Other("component"),
        })
    }

    fn export(
        &mut self,
        name: &str,
        kind: ComponentExternalKind,
        index: u32,
        offset: usize,
    ) -> Result<(), Malformed> {
        self.writer.name(name, offset)?;
        within(
            self.module.exports.len() + 1,
            MAX_EXPORTS,
            "exports",
            offset,
        )?;
        let ty = match self.types.component_item_for_export(name) {
            Some(item) => self.external(&item.ty, offset)?,
            None => Extern::Other(kind.desc()),
        };
        self.module.exports.push(Export {
            name: name.to_owned(),
            ty,
            index,
            offset,
            constant: None,
            recovered: None,
        });
        Ok(())
    }
}

/// The most bytes of names that one imported interface brings, its own counted once a function.
const MAX_INTERFACE_SIZE: usize = 8 << 20;
