//! The arguments that code passes to its imports, as far as the code fixes them.
//!
//! A second pass over few functions: those that call imports directly, then the callers of those whose parameters reach an
//! argument (`resolve`). Each body is interpreted forward, every operator once (`machine`, `branch`, `transfer`, `call`),
//! over abstract values (`value`): integers, the function's parameters, its globals and memory at entry, operations on
//! them, choices among them, and unknown ones. What is left for the callers is a [`term`] over parameters, globals and
//! memory at entry.
//!
//! # Why proved values hold
//! A value is proved if it comes from constants, locals, operands, parameters and results of direct calls and immutable
//! globals alone. Nothing else can write those. The claim is: whenever code reaches an operator, each local and operand has
//! one of the values that its abstract value stands for.
//! - Straight code: each operator's result follows from its operands; one that is not known here makes unknown values.
//! - A label is reached by the edges that branch to it, all of which are kept; where they differ, the value is a choice.
//!   A catch is reached from anywhere in its block, so that whatever the block writes is unknown there.
//! - A loop that is branched back to: every local that it writes, and its operands, are unknown at its start.
//! - Code is skipped only if no edge leads there, or if the condition of each is a proved constant.
//! - An unknown value is named by its place. Between two uses of the name the place is not passed again: to pass it again,
//!   code must go through the start of a loop around it, where whatever could hold the value is forgotten. So a name stands
//!   for one value, and choices by the same name (a join, a proved condition) choose alike.
//! - All direct callers that can run are interpreted; a function that is entered otherwise adds a way with unknown arguments.
//!
//! What comes from memory or a mutable global is recovered, with all that is computed from it. There the interpreter takes
//! compilers at their word: that a callee leaves its caller's frame alone unless it is given an address, that the stack
//! pointer is what it was after a call, that different bases do not alias, and, in Go's code, that a block is reached with
//! the frame where it was. None of it can make code unreachable or a set of proved values smaller.

mod algebra;
mod bound;
mod branch;
mod call;
mod context;
mod dispatcher;
mod effect;
mod frame;
mod machine;
mod memory;
mod operation;
mod resolve;
mod scan;
mod slot;
mod state;
mod term;
mod transfer;
mod value;

#[cfg(test)]
mod tests;

use bound::{MAX_EXPORTED_CONSTANTS, MAX_STEPS};
use context::Context;
use effect::Callees;
use resolve::{Kind, Resolution};

use super::decode::{PARALLEL, both, returns_integer};
use super::reach::Graph;
use super::walk::Code;
use super::{Module, Tier};

/// Adds to a module's facts what calls of imports pass, and what exported functions return.
pub(super) fn find(module: &mut Module, graph: &Graph, code: &Code, bytes: &[u8]) {
    let context = Context::new(module, code, bytes);
    // Apart, so that what follows WASI's functions, which are the same in every program, takes nothing from the host's.
    let of = |kind| Resolution::new(&context, graph, kind).run();
    let parallel = bytes.len() >= PARALLEL;
    let (host, wasi) = both(parallel, || of(Kind::Host), || of(Kind::Wasi));
    let returned = returned(&context, &mut Callees::of(MAX_STEPS));
    let imports = module.uses.iter_mut().flat_map(|uses| &mut uses.imports);
    for (import, (host, wasi)) in imports.zip(host.into_iter().zip(wasi)) {
        if let Some(calls) = host.or(wasi) {
            import.calls = calls.calls;
            import.others = calls.others;
        }
    }
    for (index, (value, tier)) in returned {
        if let Some(export) = module.exports.get_mut(index) {
            match tier {
                Tier::Proved => export.constant = Some(value),
                Tier::Recovered => export.recovered = Some(value),
            }
        }
    }
}

/// What exported functions without parameters return, by the export's place.
fn returned(context: &Context<'_>, callees: &mut Callees) -> Vec<(usize, (i64, Tier))> {
    let module = context.module();
    let exports = module.exports.iter().enumerate();
    exports
        .filter(|(_, export)| export.constant.is_none() && returns_integer(&export.ty))
        .filter(|(_, export)| export.index >= module.functions.imported)
        .take(MAX_EXPORTED_CONSTANTS)
        .filter_map(|(index, export)| {
            Some((index, effect::returned(context, callees, export.index)?))
        })
        .collect()
}
