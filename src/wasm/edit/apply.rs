//! A module written anew, section by section.

use std::collections::BTreeMap;

use rayon::prelude::*;
use wasmparser::ExternalKind;

use crate::wasm::Malformed;

use super::body::{self, Terms};
use super::bytes::{list, section, signed, sized, unsigned};
use super::change::{Edit, Exported, NewGlobal, Numbering};
use super::layout::{HEAD, Layout, Raw, count};
use super::names;
use super::unmeter::unmetered;

/// Sections of the binary format that are written anew where something in them changes.
mod id {
    pub const CUSTOM: u8 = 0;
    pub const IMPORT: u8 = 2;
    pub const FUNCTION: u8 = 3;
    pub const TABLE: u8 = 4;
    pub const MEMORY: u8 = 5;
    pub const GLOBAL: u8 = 6;
    pub const EXPORT: u8 = 7;
    pub const START: u8 = 8;
    pub const ELEMENT: u8 = 9;
    pub const CODE: u8 = 10;
    pub const DATA_COUNT: u8 = 12;
    pub const TAG: u8 = 13;
}

/// Applies an edit.
///
/// # Errors
/// An operator that fuel cannot be counted over, or what was not valid before.
pub fn edit(layout: &Layout<'_>, edit: &Edit) -> Result<Vec<u8>, Malformed> {
    let numbering = Numbering::of(layout, &edit.dropped_imports, edit.cut_functions);
    let places = numbering.places.len();
    let references: Vec<u32> = (0..count(places))
        .map(|old| {
            numbering
                .reference(old, &edit.redirected)
                .unwrap_or(u32::MAX)
        })
        .collect();
    let same = references
        .iter()
        .enumerate()
        .all(|(old, new)| old == *new as usize);
    let writer = Writer {
        layout,
        edit,
        numbering: &numbering,
        references: (!same).then_some(&references),
    };
    writer.module()
}

/// What a module is written with.
pub(super) struct Writer<'w, 'a> {
    pub(super) layout: &'w Layout<'a>,
    pub(super) edit: &'w Edit,
    numbering: &'w Numbering,
    /// Where references go; `None` if all stay.
    pub(super) references: Option<&'w Vec<u32>>,
}

impl Writer<'_, '_> {
    fn module(&self) -> Result<Vec<u8>, Malformed> {
        let mut written = self.written()?;
        let head = self.layout.bytes.get(..HEAD).unwrap_or_default();
        let mut out = Vec::with_capacity(self.layout.bytes.len() * 3 / 2);
        out.extend_from_slice(head);
        let sections = &self.layout.sections;
        let last = sections.iter().rposition(|raw| raw.id != id::CUSTOM);
        let mut customs = 0;
        let mut has_names = false;
        if last.is_none() {
            flush(&mut written, u8::MAX, &mut out);
        }
        for (place, raw) in sections.iter().enumerate() {
            if raw.id == id::CUSTOM {
                has_names |= self.custom(customs, raw, &mut out);
                customs += 1;
                continue;
            }
            flush(&mut written, rank(raw.id), &mut out);
            match written.remove(&rank(raw.id)) {
                Some((_, content)) => section_unless_empty(&mut out, raw.id, &content),
                None => out.extend_from_slice(self.layout.slice(&raw.whole)),
            }
            if last == Some(place) {
                flush(&mut written, u8::MAX, &mut out);
            }
        }
        let added = self.new_names();
        if !has_names && !added.is_empty() && !self.edit.drops_names {
            let content = names::renamed(&[], &[], &added, true);
            custom_section(&mut out, "name", &content);
        }
        for (name, content) in &self.edit.customs {
            custom_section(&mut out, name, content);
        }
        Ok(out)
    }

    /// Every section that changes, by rank. An empty one is left out.
    fn written(&self) -> Result<BTreeMap<u8, (u8, Vec<u8>)>, Malformed> {
        let mut written = BTreeMap::new();
        let mut put = |id: u8, content: Vec<u8>| {
            written.insert(rank(id), (id, content));
        };
        let edit = self.edit;
        if !edit.dropped_imports.is_empty()
            || !edit.memory_max.is_empty()
            || !edit.table_max.is_empty()
        {
            put(id::IMPORT, self.imports());
            put(id::TABLE, self.tables()?);
            put(id::MEMORY, self.memories());
        }
        if edit.cut_functions > 0 || !edit.functions.is_empty() {
            put(id::FUNCTION, self.functions());
        }
        if edit.cut_globals > 0 || !edit.globals.is_empty() || self.references.is_some() {
            put(id::GLOBAL, self.globals()?);
        }
        if !edit.dropped_exports.is_empty() || !edit.exports.is_empty() || self.references.is_some()
        {
            put(id::EXPORT, self.exports());
        }
        if edit.drops_start || self.references.is_some() {
            put(id::START, self.start());
        }
        if let Some(elements) = self.elements()? {
            put(id::ELEMENT, elements);
        }
        if self.references.is_some()
            || edit.meter.is_some()
            || edit.unmeter.is_some()
            || edit.cut_functions > 0
            || !edit.functions.is_empty()
        {
            put(id::CODE, self.code()?);
        }
        Ok(written)
    }

    fn functions(&self) -> Vec<u8> {
        let kept = self
            .layout
            .functions
            .len()
            .saturating_sub(self.edit.cut_functions as usize);
        let old = self.layout.functions.iter().take(kept);
        let new = self.edit.functions.iter().map(|function| &function.ty);
        let mut items = Vec::new();
        for ty in old.chain(new) {
            unsigned(&mut items, u64::from(*ty));
        }
        list(kept + self.edit.functions.len(), &items)
    }

    fn globals(&self) -> Result<Vec<u8>, Malformed> {
        let kept = self
            .layout
            .globals
            .len()
            .saturating_sub(self.edit.cut_globals as usize);
        let mut items = Vec::new();
        for (range, expression) in self.layout.globals.iter().take(kept) {
            match self.references {
                Some(references) => {
                    items.extend_from_slice(self.layout.slice(&(range.start..*expression)));
                    let rest = self.layout.slice(&(*expression..range.end));
                    items.extend(body::expression(rest, *expression, references)?);
                }
                None => items.extend_from_slice(self.layout.slice(range)),
            }
        }
        for global in &self.edit.globals {
            match global {
                NewGlobal::Narrow(value) => {
                    items.extend([0x7f, 1, 0x41]);
                    signed(&mut items, i64::from(*value));
                }
                NewGlobal::Wide(value) => {
                    items.extend([0x7e, 1, 0x42]);
                    signed(&mut items, *value);
                }
            }
            items.push(0x0b);
        }
        Ok(list(kept + self.edit.globals.len(), &items))
    }

    pub(super) fn reference(&self, function: u32) -> u32 {
        match self.references {
            Some(references) => references
                .get(function as usize)
                .copied()
                .unwrap_or(u32::MAX),
            None => function,
        }
    }

    fn exports(&self) -> Vec<u8> {
        let mut items = Vec::new();
        let mut exports = 0;
        for (place, export) in self.layout.exports.iter().enumerate() {
            if self.edit.dropped_exports.contains(&place) {
                continue;
            }
            exports += 1;
            let (kind, index) = match export.kind {
                ExternalKind::Func | ExternalKind::FuncExact => (0, self.reference(export.index)),
                ExternalKind::Table => (1, export.index),
                ExternalKind::Memory => (2, export.index),
                ExternalKind::Global => (3, export.index),
                ExternalKind::Tag => (4, export.index),
            };
            sized(&mut items, export.name.as_bytes());
            items.push(kind);
            unsigned(&mut items, u64::from(index));
        }
        for (name, exported) in &self.edit.exports {
            exports += 1;
            let (kind, index) = match exported {
                Exported::Function(index) => (0, *index),
                Exported::Global(index) => (3, *index),
            };
            sized(&mut items, name.as_bytes());
            items.push(kind);
            unsigned(&mut items, u64::from(index));
        }
        list(exports, &items)
    }

    fn start(&self) -> Vec<u8> {
        let mut content = Vec::new();
        if let Some(start) = self.layout.start.filter(|_| !self.edit.drops_start) {
            unsigned(&mut content, u64::from(self.reference(start)));
        }
        content
    }

    fn code(&self) -> Result<Vec<u8>, Malformed> {
        let (memories, tables) = (self.layout.wide_memories(), self.layout.wide_tables());
        let old = Terms {
            references: self.references.map(Vec::as_slice),
            meter: self.edit.meter.as_ref(),
            memories: &memories,
            tables: &tables,
        };
        let new = Terms {
            references: None,
            ..old
        };
        let kept = self
            .layout
            .bodies
            .len()
            .saturating_sub(self.edit.cut_functions as usize);
        let parameters = |ty: u32| {
            self.layout
                .parameters
                .get(ty as usize)
                .copied()
                .unwrap_or(0)
        };
        let bodies: Vec<_> = self
            .layout
            .bodies
            .iter()
            .take(kept)
            .zip(&self.layout.functions)
            .collect();
        let written: Result<Vec<Vec<u8>>, Malformed> = bodies
            .par_iter()
            .with_min_len(64)
            .map(|(range, ty)| {
                let bytes = self.layout.slice(range);
                match &self.edit.unmeter {
                    Some(meter) => unmetered(bytes, parameters(**ty), meter),
                    None => body::body(bytes, range.start, parameters(**ty), old),
                }
            })
            .collect();
        let mut items = Vec::with_capacity(self.layout.bytes.len());
        for body in written? {
            sized(&mut items, &body);
        }
        for function in &self.edit.functions {
            let body = body::body(&function.body, 0, parameters(function.ty), new)?;
            sized(&mut items, &body);
        }
        Ok(list(kept + self.edit.functions.len(), &items))
    }

    /// Writes a custom section unless it goes; whether it is the names'.
    fn custom(&self, place: usize, raw: &Raw, out: &mut Vec<u8>) -> bool {
        let range = &raw.range;
        let Ok(name) = self.layout.reader(range).read_string() else {
            return false;
        };
        let is_names = name == "name";
        if self.edit.dropped_customs.contains(&place) || (is_names && self.edit.drops_names) {
            return false;
        }
        let blocks = self.edit.meter.is_none();
        let changed = self.references.is_some()
            || !blocks
            || !self.new_names().is_empty()
            || self.edit.cut_functions > 0;
        if !is_names || !changed {
            out.extend_from_slice(self.layout.slice(&raw.whole));
            return is_names;
        }
        let at = self.name_content(range);
        let names = names::renamed(at, &self.numbering.places, &self.new_names(), blocks);
        if !names.is_empty() {
            custom_section(out, name, &names);
        }
        true
    }

    /// What stands behind the name of a custom section.
    fn name_content(&self, range: &std::ops::Range<usize>) -> &[u8] {
        let mut reader = self.layout.reader(range);
        let _ = reader.read_string();
        self.layout.slice(&(reader.original_position()..range.end))
    }

    fn new_names(&self) -> BTreeMap<u32, String> {
        let functions = (0..).zip(&self.edit.functions);
        functions
            .filter_map(|(place, function)| {
                Some((self.numbering.added(place), function.name.clone()?))
            })
            .collect()
    }
}

/// The order that the format wants.
fn rank(id: u8) -> u8 {
    match id {
        id::TAG => 2 * id::MEMORY + 1,
        id::DATA_COUNT => 2 * id::ELEMENT + 1,
        other => 2 * other,
    }
}

/// Writes the new sections that stand before a rank.
fn flush(written: &mut BTreeMap<u8, (u8, Vec<u8>)>, before: u8, out: &mut Vec<u8>) {
    while let Some(entry) = written.first_entry().filter(|entry| *entry.key() < before) {
        let (id, content) = entry.remove();
        section_unless_empty(out, id, &content);
    }
}

/// An empty list, and a start that is gone, need no section.
fn section_unless_empty(out: &mut Vec<u8>, id: u8, content: &[u8]) {
    let empty = content.is_empty() || (id != id::START && content == [0]);
    if !empty {
        section(out, id, content);
    }
}

fn custom_section(out: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut whole = Vec::with_capacity(content.len() + name.len() + 5);
    sized(&mut whole, name.as_bytes());
    whole.extend_from_slice(content);
    section(out, id::CUSTOM, &whole);
}
