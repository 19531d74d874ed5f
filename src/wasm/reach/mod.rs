//! Which code can run: the call graph, what is reached in it from outside, and the paths that show it.

mod flow;
mod graph;
mod ground;
mod origin;
mod place;
mod signature;
mod statics;
mod target;
mod trace;
mod witness;
mod word;

#[cfg(test)]
mod tests;

use wasmparser::ValidatorResources;

pub(super) use graph::Graph;
pub(super) use origin::Origins;
pub(super) use statics::{Addresses, Starts};
pub(super) use trace::{Room, Scope, Trace};

use self::flow::Flow;
use self::ground::Ground;
use self::statics::Statics;
use self::witness::Witness;
use super::{Extern, ImportUse, Module, Reach, Root, Uses, Why};

/// What was gathered of the outermost module.
pub(super) struct Gathered<'m> {
    /// The binary.
    pub(super) bytes: &'m [u8],
    /// What its declarations tell.
    pub(super) origins: &'m Origins,
    /// What its bodies refer to, in order; `None` if that was too much.
    pub(super) traces: Option<Vec<Trace>>,
    /// The values that may be functions, where that is known, and where objects start in data.
    pub(super) statics: Option<(Addresses, Starts)>,
    /// The validator's view of it, if it has code.
    pub(super) resources: Option<&'m ValidatorResources>,
    /// How many functions it defines.
    pub(super) defined: usize,
}

/// Too many calls or types to follow.
const BOUNDED: &str =
    "the code has more calls or types than are followed, so that any import counts as reachable";
/// Paths that are too long to be told.
const CUT: &str = "some paths to imports are too long to be told";

/// What the code of a valid module does with its imports, without arguments, and the graph that arguments are found with.
pub(super) fn analyse(module: &Module, gathered: Gathered<'_>) -> (Uses, Graph) {
    let imported = module.functions.imported;
    let Some(traces) = gathered.traces else {
        return bounded(imported, gathered.defined);
    };
    let origins = gathered.origins;
    let ground = Ground::new(origins, &traces, imported, gathered.resources);
    let (addresses, starts) = gathered.statics.unzip();
    let statics = addresses.as_ref().zip(starts);
    let statics =
        statics.map(|statics| Statics::new(statics, module, gathered.bytes, origins, &traces));
    let reached = Flow::search(&ground, roots(module), statics);
    if reached.is_bounded {
        return bounded(imported, gathered.defined);
    }
    let (imports, is_cut) = Witness::uses(&ground, &reached);
    let uses = Uses {
        imports,
        bounded: is_cut.then_some(CUT),
    };
    (uses, Graph::new(imported, traces, reached))
}

/// What the host calls by name, and at the start.
fn roots(module: &Module) -> impl Iterator<Item = (u32, Root)> {
    let exports = module.exports.iter().enumerate();
    let exports = exports.filter(|(_, export)| matches!(export.ty, Extern::Function(_)));
    let exports = exports.map(|(at, export)| (export.index, Root::Export(at)));
    let start = module.start.iter();
    exports.chain(start.map(|start| (start.function, Root::Start)))
}

fn bounded(imported: u32, defined: usize) -> (Uses, Graph) {
    let imports = (0..imported).map(|function| ImportUse {
        reach: Reach::May(Why::Bounded),
        others: Some(Why::Bounded),
        ..ImportUse::unknown(function)
    });
    let defined = u32::try_from(defined).unwrap_or(u32::MAX);
    let uses = Uses {
        imports: imports.collect(),
        bounded: Some(BOUNDED),
    };
    (
        uses,
        Graph::unknown(imported.saturating_add(defined), imported),
    )
}
