//! What modules need: their own measures, and the functions of WASI that they reach.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::link::Link;
use crate::audit::witness::Witness;
use crate::capability::Entry;
use crate::wasm::{CustomContent, Extern, Kind, Module};

use super::page::is_sayable;

/// The measures of modules, the larger of each.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub(super) struct ModuleNeed {
    pub(super) modules: usize,
    pub(super) imports_wasi: bool,
    pub(super) size: usize,
    pub(super) functions: usize,
    pub(super) memory: u64,
    /// What all memories of a module have from the start.
    pub(super) memory_at_start: u64,
    pub(super) declares_maximum: bool,
    pub(super) table: u64,
    pub(super) proposals: BTreeSet<&'static str>,
    pub(super) sections: BTreeSet<String>,
    pub(super) exports: BTreeMap<String, ExportNeed>,
    pub(super) starts: bool,
    pub(super) shared: bool,
    pub(super) wide: bool,
    pub(super) state: BTreeSet<&'static str>,
    /// Whether something has a name that no policy can say.
    pub(super) unsayable: bool,
}

/// One export.
#[derive(Debug, Default)]
pub(super) struct ExportNeed {
    /// How many of the modules have it.
    pub(super) modules: usize,
    /// What a function yields, where that is proved.
    pub(super) constant: Option<i64>,
    /// Whether it is a function without parameters.
    pub(super) is_getter: bool,
}

impl ModuleNeed {
    pub(super) fn add(&mut self, module: &Module) {
        self.modules += 1;
        self.imports_wasi |= module.kind == Kind::Wasip1;
        self.size = self.size.max(module.size);
        self.functions = self.functions.max(module.functions.complexity.len());
        self.starts |= module.start.is_some();
        self.memories(module);
        let tables = module.tables.iter().map(|table| table.extent);
        let elements = tables.map(|extent| extent.max.unwrap_or(extent.min));
        self.table = elements.chain([self.table]).max().unwrap_or(0);
        let proposals = module.proposals.iter().map(|used| used.name);
        self.proposals.extend(proposals);
        let sections = module.sections.iter().filter_map(|section| {
            let is_plain = section.content == CustomContent::Plain;
            section.name.clone().filter(|_| is_plain)
        });
        for section in sections {
            if is_sayable(&section) {
                self.sections.insert(section);
            } else {
                self.unsayable = true;
            }
        }
        self.exported(module);
        let state = module.imports.iter().filter_map(|import| match import.ty {
            Extern::Memory { .. } => Some("memory"),
            Extern::Table { .. } => Some("table"),
            Extern::Global { mutable: true, .. } => Some("globals"),
            _ => None,
        });
        self.state.extend(state);
    }

    fn memories(&mut self, module: &Module) {
        let first = self.modules == 1;
        let declared = module.memories.iter().all(|one| one.extent.max.is_some());
        self.declares_maximum = declared && (first || self.declares_maximum);
        let starts = module.memories.iter();
        let starts = starts.map(|one| one.extent.min.saturating_mul(one.page_size));
        let start = starts.fold(0, u64::saturating_add);
        self.memory_at_start = self.memory_at_start.max(start);
        for memory in &module.memories {
            let pages = memory.extent.max.unwrap_or(memory.extent.min);
            self.memory = self.memory.max(pages.saturating_mul(memory.page_size));
            self.shared |= memory.shared;
            self.wide |= memory.memory64;
        }
    }

    fn exported(&mut self, module: &Module) {
        for export in &module.exports {
            if !is_sayable(&export.name) {
                self.unsayable = true;
                continue;
            }
            let need = self.exports.entry(export.name.clone()).or_default();
            need.modules += 1;
            need.constant = export.constant.or(need.constant);
            let signature = export.ty.signature();
            need.is_getter = signature.is_some_and(|signature| signature.params.is_empty());
        }
    }
}

/// One function of WASI.
#[derive(Debug, Default)]
pub(super) struct WasiNeed {
    /// Whether code of a module may get there.
    pub(super) is_reachable: bool,
    /// What it gives.
    pub(super) capabilities: BTreeSet<String>,
    /// What of that it gives only where another function opens files.
    by_opening: BTreeSet<String>,
    /// Whether it opens files.
    pub(super) opens: bool,
    /// How it is reached in the first module that does.
    pub(super) path: String,
}

impl WasiNeed {
    pub(super) fn add(&mut self, link: &Link<'_>, opens: bool, witness: &Witness<'_>) {
        let reaches = !link.is_unreachable();
        if reaches && self.path.is_empty() {
            self.path = witness.line(link);
        }
        self.is_reachable |= reaches;
        let idle = |capability: &str| {
            let by_opening = |entry: &&Entry| entry.if_opens.contains(capability);
            let always = |entry: &Entry| {
                let own = entry.capabilities.as_ref();
                own.is_some_and(|own| own.contains(capability))
            };
            let entry = link.entry.filter(by_opening);
            !opens && entry.is_some_and(|entry| !always(entry))
        };
        let needed = link.capabilities.iter().filter(|one| !idle(one));
        self.capabilities.extend(needed.cloned());
        self.opens |= link.entry.is_some_and(|entry| entry.opens);
        let only = |capability: &&String| {
            let entry = link.entry;
            let opening = entry.is_some_and(|entry| entry.if_opens.contains(capability));
            let own = entry.and_then(|entry| entry.capabilities);
            opening && !own.is_some_and(|own| own.contains(capability))
        };
        let only = link.capabilities.iter().filter(only);
        self.by_opening.extend(only.cloned());
    }

    /// What it gives, where files are opened or not.
    pub(super) fn given(&self, opens: bool) -> impl Iterator<Item = &str> {
        let given = self.capabilities.iter();
        given
            .filter(move |one| opens || !self.by_opening.contains(*one))
            .map(String::as_str)
    }
}
