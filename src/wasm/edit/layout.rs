//! Where everything of a module stands: what an edit copies, and what it writes anew.

use std::ops::Range;

use wasmparser::{
    BinaryReader, ElementItems, ExternalKind, MemoryType, Parser, Payload, TableType, TypeRef,
};

use crate::wasm::{Malformed, features};

/// Bytes before the first section.
pub(super) const HEAD: usize = 8;

/// One section: `id` of the binary format, where all of it is, and where its content.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    pub(super) id: u8,
    pub(super) whole: Range<usize>,
    pub(super) range: Range<usize>,
}

/// One import.
#[derive(Debug, Clone)]
pub(super) struct RawImport<'a> {
    pub(super) module: &'a str,
    pub(super) name: &'a str,
    pub(super) ty: TypeRef,
    pub(super) range: Range<usize>,
}

/// One export.
#[derive(Debug, Clone)]
pub(super) struct RawExport<'a> {
    pub(super) name: &'a str,
    pub(super) kind: ExternalKind,
    pub(super) index: u32,
}

/// One element segment: what stands before its items, and these.
#[derive(Debug, Clone)]
pub(super) struct RawElements {
    pub(super) head: Range<usize>,
    pub(super) items: Items,
}

/// The items of an element segment.
#[derive(Debug, Clone)]
pub(super) enum Items {
    Functions(Vec<u32>),
    /// Where each expression is.
    Expressions(Vec<Range<usize>>),
}

/// The parts of one core module.
#[derive(Debug, Clone)]
pub struct Layout<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) sections: Vec<Raw>,
    /// Parameters of each type.
    pub(super) parameters: Vec<u32>,
    pub(super) imports: Vec<RawImport<'a>>,
    /// The types of imported functions, in order.
    imported: Vec<u32>,
    /// The types of defined functions.
    pub(super) functions: Vec<u32>,
    pub(super) tables: Vec<(TableType, Range<usize>)>,
    pub(super) memories: Vec<(MemoryType, Range<usize>)>,
    /// Where each defined global is, and its first expression byte.
    pub(super) globals: Vec<(Range<usize>, usize)>,
    pub(super) exports: Vec<RawExport<'a>>,
    pub(super) start: Option<u32>,
    pub(super) elements: Vec<RawElements>,
    pub(super) bodies: Vec<Range<usize>>,
}

impl<'a> Layout<'a> {
    /// Takes a valid core module apart.
    ///
    /// # Errors
    /// It is none, or has types that edits do not carry.
    pub fn of(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut layout = Self {
            bytes,
            sections: Vec::new(),
            parameters: Vec::new(),
            imports: Vec::new(),
            imported: Vec::new(),
            functions: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            exports: Vec::new(),
            start: None,
            elements: Vec::new(),
            bodies: Vec::new(),
        };
        let mut parser = Parser::new(0);
        parser.set_features(features());
        for payload in parser.parse_all(bytes) {
            layout.payload(&payload?)?;
        }
        Ok(layout)
    }

    fn payload(&mut self, payload: &Payload<'a>) -> Result<(), Malformed> {
        if let Some((id, range)) = payload.as_section() {
            let before = self.sections.last();
            let start = before.map_or(HEAD, |before| before.range.end);
            let whole = start..range.end;
            self.sections.push(Raw { id, whole, range });
        }
        match payload {
            Payload::TypeSection(types) => {
                for ty in types.clone().into_iter_err_on_gc_types() {
                    self.parameters.push(count(ty?.params().len()));
                }
            }
            Payload::ImportSection(section) => self.imports(section)?,
            Payload::FunctionSection(section) => {
                for ty in section.clone() {
                    self.functions.push(ty?);
                }
            }
            Payload::TableSection(section) => {
                let items = placed(section)?;
                self.tables = items
                    .into_iter()
                    .map(|(table, at)| (table.ty, at))
                    .collect();
            }
            Payload::MemorySection(section) => self.memories = placed(section)?,
            Payload::GlobalSection(section) => {
                for (global, range) in placed(section)? {
                    let expression = global.init_expr.get_binary_reader().original_position();
                    self.globals.push((range, expression));
                }
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    self.exports.push(RawExport {
                        name: export.name,
                        kind: export.kind,
                        index: export.index,
                    });
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(*func),
            Payload::ElementSection(section) => {
                for (element, range) in placed(section)? {
                    self.elements.push(elements(&element.items, range.start)?);
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body.range()),
            _ => {}
        }
        Ok(())
    }

    fn imports(&mut self, section: &wasmparser::ImportSectionReader<'a>) -> Result<(), Malformed> {
        let end = section.range().end;
        for item in section.clone().into_imports_with_offsets() {
            let (offset, import) = item?;
            if let Some(last) = self.imports.last_mut() {
                last.range.end = offset;
            }
            if let TypeRef::Func(ty) | TypeRef::FuncExact(ty) = import.ty {
                self.imported.push(ty);
            }
            self.imports.push(RawImport {
                module: import.module,
                name: import.name,
                ty: import.ty,
                range: offset..end,
            });
        }
        Ok(())
    }

    /// Bytes of the module.
    pub(super) fn slice(&self, range: &Range<usize>) -> &'a [u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }

    /// A reader of some bytes of the module.
    pub(super) fn reader(&self, range: &Range<usize>) -> BinaryReader<'a> {
        BinaryReader::new_features(self.slice(range), range.start, features())
    }

    /// How many functions are imported.
    pub fn imported(&self) -> u32 {
        count(self.imported.len())
    }

    /// How many functions are defined.
    pub fn defined(&self) -> u32 {
        count(self.functions.len())
    }

    /// The type of a function, as an index.
    pub fn type_of(&self, function: u32) -> Option<u32> {
        let types = match function.checked_sub(self.imported()) {
            Some(defined) => self.functions.get(defined as usize),
            None => self.imported.get(function as usize),
        };
        types.copied()
    }

    /// The body of a defined function by its place among these: locals and code.
    pub fn body(&self, defined: u32) -> Option<&'a [u8]> {
        self.bodies
            .get(defined as usize)
            .map(|range| self.slice(range))
    }

    /// The function that a defined one calls last in its text, by its place among defined ones.
    pub fn last_call(&self, defined: u32) -> Option<u32> {
        let range = self.bodies.get(defined as usize)?;
        let body = wasmparser::FunctionBody::new(self.reader(range));
        let mut called = None;
        for operator in body.get_operators_reader().ok()? {
            if let wasmparser::Operator::Call { function_index } = operator.ok()? {
                called = Some(function_index);
            }
        }
        called
    }

    /// How many globals there are, imported ones included.
    pub fn global_count(&self) -> u32 {
        let imported = self.imports.iter();
        let imported = imported.filter(|import| matches!(import.ty, TypeRef::Global(_)));
        count(imported.count() + self.globals.len())
    }

    /// The places of custom sections of a name, among custom sections.
    pub(super) fn customs_named(&self, name: &str) -> Vec<usize> {
        let customs = self.sections.iter().filter(|raw| raw.id == 0).enumerate();
        let named = customs.filter(|(_, raw)| self.custom_name(&raw.range) == Some(name));
        named.map(|(place, _)| place).collect()
    }

    fn custom_name(&self, range: &Range<usize>) -> Option<&'a str> {
        self.reader(range).read_string().ok()
    }

    /// What a custom section holds, by its place among these.
    pub(super) fn custom_content(&self, place: usize) -> Option<&'a [u8]> {
        let range = &self
            .sections
            .iter()
            .filter(|raw| raw.id == 0)
            .nth(place)?
            .range;
        let mut reader = self.reader(range);
        reader.read_string().ok()?;
        Some(self.slice(&(reader.original_position()..range.end)))
    }

    /// Whether each memory is indexed by 64 bits.
    pub(super) fn wide_memories(&self) -> Vec<bool> {
        let imported = self.imports.iter().filter_map(|import| match import.ty {
            TypeRef::Memory(ty) => Some(ty.memory64),
            _ => None,
        });
        let own = self.memories.iter().map(|(ty, _)| ty.memory64);
        imported.chain(own).collect()
    }

    /// Whether each table is indexed by 64 bits.
    pub(super) fn wide_tables(&self) -> Vec<bool> {
        let imported = self.imports.iter().filter_map(|import| match import.ty {
            TypeRef::Table(ty) => Some(ty.table64),
            _ => None,
        });
        let own = self.tables.iter().map(|(ty, _)| ty.table64);
        imported.chain(own).collect()
    }
}

/// Our bounds on modules keep every count in 32 bits.
pub(super) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Each item of a section with where it is.
fn placed<'a, T: wasmparser::FromReader<'a>>(
    section: &wasmparser::SectionLimited<'a, T>,
) -> Result<Vec<(T, Range<usize>)>, Malformed>
where
    wasmparser::SectionLimited<'a, T>: Clone,
{
    let end = section.range().end;
    let mut items: Vec<(T, Range<usize>)> = Vec::new();
    for item in section.clone().into_iter_with_offsets() {
        let (offset, item) = item?;
        if let Some((_, last)) = items.last_mut() {
            last.end = offset;
        }
        items.push((item, offset..end));
    }
    Ok(items)
}

fn elements(items: &ElementItems<'_>, start: usize) -> Result<RawElements, Malformed> {
    match items {
        ElementItems::Functions(section) => {
            let functions: wasmparser::Result<Vec<u32>> = section.clone().into_iter().collect();
            Ok(RawElements {
                head: start..section.range().start,
                items: Items::Functions(functions?),
            })
        }
        ElementItems::Expressions(_, section) => Ok(RawElements {
            head: start..section.range().start,
            items: Items::Expressions(
                placed(section)?
                    .into_iter()
                    .map(|(_, range)| range)
                    .collect(),
            ),
        }),
    }
}
