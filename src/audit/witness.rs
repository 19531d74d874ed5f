//! How code gets to an import, in the names that its readers know.

use std::cell::Cell;

use crate::wasm::{Call, Labels, Module, Path, Root};

use super::link::Link;

/// Tells paths to a module's imports.
#[derive(Debug)]
pub struct Witness<'m> {
    labels: Labels<'m>,
    left: Cell<usize>,
}

/// The most paths that are told.
const MOST_PATHS: usize = 4000;

impl<'m> Witness<'m> {
    /// Of a module.
    pub fn new(module: &'m Module) -> Self {
        Self {
            labels: Labels::of(module),
            left: Cell::new(MOST_PATHS),
        }
    }

    /// A function's name.
    pub fn name(&self, function: u32) -> String {
        self.labels.label(function)
    }

    /// How an import is reached, the shortest way, in one line; empty if none is known.
    pub fn line(&self, link: &Link<'_>) -> String {
        let first = link.usage.and_then(|usage| usage.paths.first());
        first.map(|path| self.labels.path(path)).unwrap_or_default()
    }

    /// The same by name: the root, then each function, the import last.
    pub fn names(&self, link: &Link<'_>) -> Option<Vec<String>> {
        let path = link.usage?.paths.first().filter(|_| self.spend())?;
        let root = match path.root {
            Root::Export(at) => {
                let exports = &self.labels.module().exports;
                exports.get(at).map(|export| export.name.clone())
            }
            Root::Start => Some("(start section)".to_owned()),
            Root::Host(_) => Some("(host)".to_owned()),
        };
        let mut names: Vec<String> = root.into_iter().collect();
        for function in middle_out(path) {
            names.push(function.map_or_else(|| "…".to_owned(), |function| self.name(function)));
        }
        if let (Root::Export(_), [root, first, ..]) = (path.root, names.as_slice())
            && root == first
        {
            names.remove(0);
        }
        Some(names)
    }

    /// How one way of calling an import is reached, in one line.
    pub fn call_line(&self, link: &Link<'_>, call: &Call) -> String {
        match link.usage.filter(|_| self.spend()) {
            Some(usage) => self.labels.call(usage, call),
            None => String::new(),
        }
    }

    /// Whether one more path may be told: names can be long, and a module can have tens of thousands of imports.
    fn spend(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }
}

/// The most functions of a path that are told by name; of a longer one the middle is left out.
const MOST_NAMES: usize = 12;
/// How many of its first are told then.
const FIRST_NAMES: usize = 4;

fn middle_out(path: &Path) -> Vec<Option<u32>> {
    let functions: Vec<u32> = path.steps.iter().map(|step| step.function).collect();
    if functions.len() <= MOST_NAMES {
        return functions.into_iter().map(Some).collect();
    }
    let last = functions.len() - (MOST_NAMES - FIRST_NAMES);
    let first = functions.iter().take(FIRST_NAMES).copied().map(Some);
    let last = functions.iter().skip(last).copied().map(Some);
    first.chain([None]).chain(last).collect()
}
