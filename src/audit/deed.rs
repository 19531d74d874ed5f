//! What was done to a module, and whether the module shows it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::policy::quantity::show_size;
use crate::wasm::Module;

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deed {
    /// `import`, `guard`, `memory`, `table`, `export`, `section` or `start`.
    pub what: String,
    /// Of what: `env.read_file`.
    pub subject: String,
    /// What became of it.
    pub how: String,
}

/// What deeds can say is gone and a module still has. A record may hold as many deeds as a module has names: each is looked up.
pub(super) struct Shown<'m> {
    module: &'m Module,
    /// Kinds and names: a function and a memory may have one name.
    imports: HashSet<(&'static str, String)>,
    exports: HashSet<&'m str>,
    sections: HashSet<&'m str>,
}

impl<'m> Shown<'m> {
    /// What a module has.
    pub(super) fn of(module: &'m Module) -> Self {
        let imports = module.imports.iter();
        let exports = module.exports.iter();
        let sections = module.sections.iter();
        Self {
            module,
            imports: imports
                .map(|import| (import.ty.kind(), import.full_name()))
                .collect(),
            exports: exports.map(|export| export.name.as_str()).collect(),
            sections: sections
                .filter_map(|section| section.name.as_deref())
                .collect(),
        }
    }

    /// What a deed says that the module does not show. Guards show only in the whole module, under the policy.
    pub(super) fn untrue(&self, deed: &Deed) -> Option<String> {
        let Deed { what, subject, how } = deed;
        let gone =
            |still: bool| still.then(|| format!("it says that the {what} {subject} is gone"));
        let most = |words: Option<String>| {
            let differs = words.as_ref() != Some(how);
            differs.then(|| format!("the maximum of the {what} {subject} is not what it says"))
        };
        let place = subject.parse::<usize>().unwrap_or(usize::MAX);
        match what.as_str() {
            "guard" => None,
            "import" => {
                let own = ["memory", "table"]
                    .into_iter()
                    .find(|kind| *how == own(kind));
                let kind = own.unwrap_or("function");
                gone(self.imports.contains(&(kind, subject.clone())))
            }
            "export" => gone(self.exports.contains(subject.as_str())),
            "start" => gone(self.module.start.is_some()),
            "section" => gone(self.sections.contains(subject.as_str())),
            "memory" => {
                let memory = self.module.memories.get(place);
                most(
                    memory.and_then(|memory| {
                        Some(at_most_pages(memory.extent.max?, memory.page_size))
                    }),
                )
            }
            "table" => {
                let table = self.module.tables.get(place);
                most(table.and_then(|table| Some(at_most_elements(table.extent.max?))))
            }
            _ => Some("it says that something was done which hardening does not do".to_owned()),
        }
    }
}

/// What is said of a memory or table of the host's that is the module's own now.
pub fn own(kind: &str) -> String {
    format!("the {kind} is the module's own now: the policy denies one of the host's")
}

/// What is said of a memory that was given a maximum.
pub fn at_most_pages(pages: u64, page_size: u64) -> String {
    let bytes = show_size(pages.saturating_mul(page_size));
    format!("at most {pages} pages ({bytes})")
}

/// What is said of a table that was given a maximum.
pub fn at_most_elements(elements: u64) -> String {
    format!("at most {elements} elements")
}
