//! The call graph once it is known what is reached in it.

use crate::wasm::{CallSite, Why};

/// The call graph of the outermost core module, imported functions included.
#[derive(Debug, Default)]
pub(in crate::wasm) struct Graph {
    functions: u32,
}

impl Graph {
    /// The graph of so many functions of which nothing is known: each is reached, by whatever way.
    pub(in crate::wasm) fn unknown(functions: u32) -> Self {
        Self { functions }
    }

    /// Whether a function can run at all: false is proved.
    pub(in crate::wasm) fn is_reached(&self, function: u32) -> bool {
        function < self.functions
    }

    /// Why a function can be entered by another way than the direct calls in [`Self::callers`]; `None` if those are all.
    pub(in crate::wasm) fn entered(&self, function: u32) -> Option<Why> {
        (function < self.functions).then_some(Why::NotAnalysed)
    }

    /// The first call of a function in each reached function that calls it directly, by caller. A caller's further calls of
    /// it are found in its body.
    pub(in crate::wasm) fn callers(&self, _function: u32) -> Vec<CallSite> {
        Vec::new()
    }
}
