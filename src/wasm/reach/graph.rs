//! The call graph once it is known what is reached in it: who calls a function directly, and how it is entered otherwise.

use std::sync::OnceLock;

use super::flow::Reached;
use super::trace::Trace;
use super::witness::entered;
use crate::wasm::{CallSite, Why};

/// The call graph of the outermost core module, imported functions included.
#[derive(Debug, Default)]
pub(in crate::wasm) struct Graph {
    functions: u32,
    imported: u32,
    /// `None` if nothing is known.
    known: Option<Known>,
}

#[derive(Debug)]
struct Known {
    traces: Vec<Trace>,
    reached: Reached,
    callers: OnceLock<Callers>,
}

/// The first call of each function in each reached one, by callee and caller.
#[derive(Debug, Default)]
struct Callers {
    ends: Vec<u32>,
    sites: Vec<(u32, u32)>,
}

impl Graph {
    /// The graph of so many functions of which nothing is known: each is reached, by whatever way.
    pub(super) fn unknown(functions: u32, imported: u32) -> Self {
        Self {
            functions,
            imported,
            known: None,
        }
    }

    /// The graph of what was traced, with what is reached in it.
    pub(super) fn new(imported: u32, traces: Vec<Trace>, reached: Reached) -> Self {
        Self {
            functions: u32::try_from(reached.ways.len()).unwrap_or(u32::MAX),
            imported,
            known: Some(Known {
                traces,
                reached,
                callers: OnceLock::new(),
            }),
        }
    }

    /// What was gone through to find what is reached.
    #[cfg(test)]
    pub(super) fn work(&self) -> u64 {
        self.known.as_ref().map_or(0, |known| known.reached.work)
    }

    /// Whether a function can run at all: false is proved.
    pub(in crate::wasm) fn is_reached(&self, function: u32) -> bool {
        let Some(known) = &self.known else {
            return function < self.functions;
        };
        let ways = known.reached.ways.get(function as usize);
        ways.is_some_and(|ways| *ways != 0)
            || function < self.imported && !self.callers(function).is_empty()
    }

    /// Why a function can be entered by another way than the direct calls in [`Self::callers`]; `None` if those are all.
    pub(in crate::wasm) fn entered(&self, function: u32) -> Option<Why> {
        let Some(known) = &self.known else {
            return (function < self.functions).then_some(Why::NotAnalysed);
        };
        let why = entered(*known.reached.ways.get(function as usize)?)?;
        let is_import = function < self.imported;
        Some(if is_import { Why::Exported } else { why })
    }

    /// The first call of a function in each reached function that calls it directly, by caller. A caller's further calls of
    /// it are found in its body.
    pub(in crate::wasm) fn callers(&self, function: u32) -> Vec<CallSite> {
        let Some(known) = &self.known else {
            return Vec::new();
        };
        let callers = known.callers.get_or_init(|| known.callers());
        let sites = callers.of(function).iter();
        let site = |(caller, offset): &(u32, u32)| CallSite {
            caller: *caller,
            offset: *offset as usize,
        };
        sites.map(site).collect()
    }
}

impl Known {
    /// Sorts the calls by what they call: counted first, then put in place.
    fn callers(&self) -> Callers {
        let mut ends = vec![0_u32; self.reached.ways.len() + 1];
        self.each_call(|callee, _, _| {
            if let Some(count) = ends.get_mut(callee as usize) {
                *count += 1;
            }
        });
        let mut sum = 0;
        for end in &mut ends {
            sum += std::mem::replace(end, sum);
        }
        let mut sites = vec![(0, 0); sum as usize];
        self.each_call(|callee, caller, offset| {
            if let Some(next) = ends.get_mut(callee as usize) {
                if let Some(site) = sites.get_mut(*next as usize) {
                    *site = (caller, offset);
                }
                *next += 1;
            }
        });
        Callers { ends, sites }
    }

    /// Calls `take` with callee, caller and offset of each call in reached functions, by caller.
    fn each_call(&self, mut take: impl FnMut(u32, u32, u32)) {
        let functions = self.traces.iter().flat_map(|trace| {
            let functions = trace.functions();
            functions.filter_map(|function| trace.body(function))
        });
        for body in functions {
            let ways = self.reached.ways.get(body.function as usize);
            if ways.is_none_or(|ways| *ways == 0) {
                continue;
            }
            for call in body.imports {
                take(call.import, body.function, call.offset);
            }
            for call in body.calls {
                take(call.callee, body.function, call.offset);
            }
        }
    }
}

impl Callers {
    fn of(&self, function: u32) -> &[(u32, u32)] {
        let at = function as usize;
        let end = self.ends.get(at).copied().unwrap_or_default() as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = start.copied().unwrap_or_default() as usize;
        self.sites.get(start..end).unwrap_or_default()
    }
}
