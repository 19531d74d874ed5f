//! How code gets to an import, in the names that its readers know.

use crate::wasm::{CallSite, Labels, Module, Path, Root};

use super::link::Link;

/// Tells paths to a module's imports.
#[derive(Debug)]
pub struct Witness<'m> {
    labels: Labels<'m>,
}

impl<'m> Witness<'m> {
    /// Of a module.
    pub fn new(module: &'m Module) -> Self {
        Self {
            labels: Labels::of(module),
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
        let path = link.usage?.paths.first()?;
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

    /// How one way of calling an import is reached: by a path through the places where its arguments are passed on; from the
    /// first of them only, where no such path is known.
    pub fn call_line(&self, link: &Link<'_>, sites: &[CallSite]) -> String {
        let callers: Vec<u32> = sites.iter().map(|site| site.caller).collect();
        let paths = link.usage.map_or(&[][..], |usage| usage.paths.as_slice());
        match paths.iter().find(|path| ends_in(path, &callers)) {
            Some(path) => self.labels.path(path),
            None => {
                let import = link.usage.map(|usage| usage.function);
                let functions: Vec<u32> = callers.into_iter().chain(import).collect();
                self.labels.tail(&functions)
            }
        }
    }
}

/// Whether the functions before the import are these callers.
fn ends_in(path: &Path, callers: &[u32]) -> bool {
    let steps = path.steps.iter().rev().skip(1).map(|step| step.function);
    let last: Vec<u32> = steps.take(callers.len()).collect();
    last.iter().eq(callers.iter().rev())
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
