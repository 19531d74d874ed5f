//! Witness paths with names: how code gets to an import, for people to read.

use std::collections::HashMap;

use crate::wasm::{CallSite, Extern, Module, Path, Root};

use super::link::Link;

/// The most names of a path that are shown; of a longer one the middle is left out.
const MOST_NAMES: usize = 12;
/// How many of its first names are shown then.
const FIRST_NAMES: usize = 4;

/// The names of a module's functions, for paths through it.
#[derive(Debug)]
pub struct Witness<'a> {
    module: &'a Module,
    links: &'a [Link<'a>],
    /// Of functions that have no name of their own.
    exported: HashMap<u32, &'a str>,
    /// Where each imported function stands among the links.
    imported: Vec<usize>,
}

impl<'a> Witness<'a> {
    /// Of a module and its links.
    pub fn new(module: &'a Module, links: &'a [Link<'a>]) -> Self {
        let functions = module.exports.iter().rev();
        let functions = functions.filter(|export| matches!(export.ty, Extern::Function(_)));
        let numbered = links.iter().enumerate();
        let imported = numbered.filter(|(_, link)| link.import.ty.signature().is_some());
        Self {
            module,
            links,
            exported: functions
                .map(|export| (export.index, export.name.as_str()))
                .collect(),
            imported: imported.map(|(at, _)| at).collect(),
        }
    }

    /// A function's name: `env.read_file` of an import, else what the module calls it, else `func[N]`.
    pub fn name(&self, function: u32) -> String {
        let imported = self.imported.get(function as usize);
        if let Some(link) = imported.and_then(|at| self.links.get(*at)) {
            return link.full.clone();
        }
        let names = &self.module.names;
        let own = names.binary_search_by_key(&function, |(index, _)| *index);
        let own = own.ok().and_then(|at| names.get(at));
        let name = own.map(|(_, name)| name.as_str());
        name.or_else(|| self.exported.get(&function).copied())
            .map_or_else(|| format!("func[{function}]"), str::to_owned)
    }

    /// The names along a path, its root first.
    pub fn names(&self, path: &Path) -> Vec<String> {
        let mut names = vec![match path.root {
            Root::Export(at) => {
                let export = self.module.exports.get(at);
                export.map_or_else(String::new, |export| export.name.clone())
            }
            Root::Start => "(start)".to_owned(),
            Root::Host(_) => "(host)".to_owned(),
        }];
        let functions = path.steps.iter().map(|step| step.function);
        for function in middle_out(functions.collect()) {
            let name = function.map_or_else(|| "…".to_owned(), |function| self.name(function));
            if names.last() != Some(&name) {
                names.push(name);
            }
        }
        names
    }

    /// How an import is reached, the shortest way; empty if none is known.
    pub fn of_link(&self, link: &Link<'_>) -> Vec<String> {
        let first = link.usage.and_then(|usage| usage.paths.first());
        first.map(|path| self.names(path)).unwrap_or_default()
    }

    /// How a way of calling an import is reached: a path through the places where its arguments are passed on, or from the
    /// first of them only, where no such path is known.
    pub fn of_call(&self, link: &Link<'_>, sites: &[CallSite]) -> Vec<String> {
        let callers: Vec<u32> = sites.iter().map(|site| site.caller).collect();
        let goes_there = |path: &&Path| {
            let steps = path.steps.iter().rev().skip(1);
            let steps: Vec<u32> = steps
                .map(|step| step.function)
                .take(callers.len())
                .collect();
            steps.iter().eq(callers.iter().rev())
        };
        let paths = link.usage.map_or(&[][..], |usage| usage.paths.as_slice());
        if let Some(path) = paths.iter().find(goes_there) {
            return self.names(path);
        }
        let exported = callers
            .first()
            .is_some_and(|first| self.exported.contains_key(first));
        let from = (!exported).then(|| "…".to_owned());
        let via = middle_out(callers).into_iter();
        let via = via.map(|function| function.map_or_else(|| "…".to_owned(), |at| self.name(at)));
        let mut names: Vec<String> = from.into_iter().chain(via).collect();
        names.push(link.full.clone());
        names.dedup();
        names
    }
}

/// A path as one text: `run → main.run → env.read_file`.
pub fn joined(names: &[String]) -> String {
    names.join(" → ")
}

/// Some functions, without the middle where they are too many.
fn middle_out(functions: Vec<u32>) -> Vec<Option<u32>> {
    if functions.len() <= MOST_NAMES {
        return functions.into_iter().map(Some).collect();
    }
    let last = functions.len() - (MOST_NAMES - FIRST_NAMES);
    let first = functions.iter().take(FIRST_NAMES).copied().map(Some);
    let last = functions.iter().skip(last).copied().map(Some);
    first.chain([None]).chain(last).collect()
}
