//! Imports, tables and memories written anew: what goes, what becomes the module's own, and what may be less.

use wasmparser::{MemoryType, RefType, TableType, TypeRef};

use crate::wasm::Malformed;

use super::apply::Writer;
use super::bytes::{list, sized, unsigned};

impl Writer<'_, '_> {
    pub(super) fn imports(&self) -> Vec<u8> {
        let (mut memory, mut table) = (0_u32.., 0_u32..);
        let mut items = Vec::new();
        let mut kept = 0;
        for (place, import) in self.layout.imports.iter().enumerate() {
            let index = match import.ty {
                TypeRef::Memory(_) => memory.next(),
                TypeRef::Table(_) => table.next(),
                _ => None,
            };
            if self.edit.dropped_imports.contains(&place) {
                continue;
            }
            kept += 1;
            let names = |items: &mut Vec<u8>, kind: u8| {
                sized(items, import.module.as_bytes());
                sized(items, import.name.as_bytes());
                items.push(kind);
            };
            match import.ty {
                TypeRef::Memory(ty) => {
                    names(&mut items, 2);
                    memory_type(&mut items, &self.lowered(ty, index));
                }
                TypeRef::Table(ty) if self.edit.table_max.contains_key(&index.unwrap_or(0)) => {
                    names(&mut items, 1);
                    self.table_type(&mut items, &ty, index);
                }
                _ => items.extend_from_slice(self.layout.slice(&import.range)),
            }
        }
        list(kept, &items)
    }

    fn lowered(&self, ty: MemoryType, index: Option<u32>) -> MemoryType {
        let most = index.and_then(|index| self.edit.memory_max.get(&index));
        let maximum = match (ty.maximum, most) {
            (Some(declared), Some(most)) => Some(declared.min(*most)),
            (declared, most) => declared.or(most.copied()),
        };
        MemoryType { maximum, ..ty }
    }

    /// A table of functions or of the host's references; others keep their declaration.
    fn table_type(&self, items: &mut Vec<u8>, ty: &TableType, index: Option<u32>) {
        let most = index.and_then(|index| self.edit.table_max.get(&index));
        let maximum = match (ty.maximum, most) {
            (Some(declared), Some(most)) => Some(declared.min(*most)),
            (declared, most) => declared.or(most.copied()),
        };
        items.push(if ty.element_type == RefType::EXTERNREF {
            0x6f
        } else {
            0x70
        });
        limits(items, ty.initial, maximum, u8::from(ty.table64) << 2);
    }

    pub(super) fn tables(&self) -> Result<Vec<u8>, Malformed> {
        let imported = self.imported(|ty| match ty {
            TypeRef::Table(table) => Some(table),
            _ => None,
        });
        let mut index = 0_u32..;
        let mut items = Vec::new();
        let mut tables = 0;
        for (dropped, ty) in imported {
            let index = index.next();
            if dropped {
                tables += 1;
                self.table_type(&mut items, &ty, index);
            }
        }
        for (ty, range) in &self.layout.tables {
            let index = index.next();
            tables += 1;
            let raw = self.layout.slice(range);
            let initialised = raw.first() == Some(&0x40);
            if initialised && self.references.is_some() {
                return Err(Malformed {
                    offset: range.start,
                    reason: "a table that is made with a first element is not written anew"
                        .to_owned(),
                });
            }
            if self.edit.table_max.contains_key(&index.unwrap_or_default()) && !initialised {
                self.table_type(&mut items, ty, index);
            } else {
                items.extend_from_slice(raw);
            }
        }
        Ok(list(tables, &items))
    }

    pub(super) fn memories(&self) -> Vec<u8> {
        let imported = self.imported(|ty| match ty {
            TypeRef::Memory(memory) => Some(memory),
            _ => None,
        });
        let mut index = 0_u32..;
        let mut items = Vec::new();
        let mut memories = 0;
        for (dropped, ty) in imported {
            let index = index.next();
            if dropped {
                memories += 1;
                memory_type(&mut items, &self.lowered(ty, index));
            }
        }
        for (ty, _) in &self.layout.memories {
            memories += 1;
            memory_type(&mut items, &self.lowered(*ty, index.next()));
        }
        list(memories, &items)
    }

    /// The imports of one kind, each with whether it goes.
    fn imported<T>(&self, of: impl Fn(TypeRef) -> Option<T>) -> Vec<(bool, T)> {
        let imports = self.layout.imports.iter().enumerate();
        imports
            .filter_map(|(place, import)| {
                Some((self.edit.dropped_imports.contains(&place), of(import.ty)?))
            })
            .collect()
    }
}

fn limits(items: &mut Vec<u8>, initial: u64, maximum: Option<u64>, flags: u8) {
    items.push(flags | u8::from(maximum.is_some()));
    unsigned(items, initial);
    if let Some(maximum) = maximum {
        unsigned(items, maximum);
    }
}

fn memory_type(items: &mut Vec<u8>, ty: &MemoryType) {
    let flags = u8::from(ty.shared) << 1
        | u8::from(ty.memory64) << 2
        | u8::from(ty.page_size_log2.is_some()) << 3;
    limits(items, ty.initial, ty.maximum, flags);
    if let Some(log) = ty.page_size_log2 {
        unsigned(items, u64::from(log));
    }
}
