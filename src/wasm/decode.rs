//! Bytes to facts: the walk over sections, then bodies and texts beside each other, and the digest beside all.

use sha2::{Digest as _, Sha256};

use super::argument::{Context, Follower, MAX_EXPORTED_CONSTANTS};
use super::body::{self, Bodies};
use super::reach::Graph;
use super::walk::{Code, Walk};
use super::{
    Extern, Functions, ImportUse, Kind, Literal, Malformed, Module, Signature, Tier, Toolchain,
    Uses, constant, literal, passive, toolchain,
};

/// Binaries under this size are decoded on one thread: starting others costs more than they bring.
const PARALLEL: usize = 128 << 10;

/// Reads everything that `bytes` declare, core module or component. Never fails: a fault is `malformed` and the facts before
/// it are kept.
pub fn decode(bytes: &[u8]) -> Module {
    let parallel = bytes.len() >= PARALLEL;
    let (sha256, mut module) = both(parallel, || Sha256::digest(bytes).into(), || read(bytes));
    module.sha256 = sha256;
    module
}

/// Runs two closures, at the same time if that pays.
fn both<A: Send, B: Send>(
    parallel: bool,
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    if parallel {
        rayon::join(a, b)
    } else {
        (a(), b())
    }
}

fn read(bytes: &[u8]) -> Module {
    let parallel = bytes.len() >= PARALLEL;
    let Walk {
        module,
        codes,
        mut data,
        customs,
        mut notes,
        ..
    } = Walk::over(bytes);
    let (bodies, literals) = both(
        parallel,
        || body::validate(&codes, bytes, parallel),
        || literal::scan(bytes, &data, &customs, parallel),
    );
    notes.usage.merge(&bodies.usage);
    let mut module = module;
    if let Some(outer) = data.iter_mut().find(|area| area.nested.is_none()) {
        module.data = std::mem::take(&mut outer.segments);
    }
    let mut module = assemble(module, &codes, bodies, literals, bytes);
    if let Some(fault) = &module.malformed {
        notes.usage.before(fault.offset);
    }
    module.proposals = notes.usage.facts(bytes);
    module
}

fn assemble(
    mut module: Module,
    codes: &[Code],
    bodies: Bodies,
    literals: Vec<Literal>,
    bytes: &[u8],
) -> Module {
    module.malformed = earlier(module.malformed.take(), bodies.fault);
    module.literals = literals;
    if let Some(code) = codes.iter().find(|code| code.outer) {
        module.functions.offsets = code.bodies.iter().map(|body| body.start).collect();
        module.functions.complexity = bodies.complexity;
        module
            .functions
            .offsets
            .truncate(module.functions.complexity.len());
        exported_constants(&mut module, code, bytes);
    }
    module.kind = kind(&module);
    module.toolchain.language = toolchain::detect(&module);
    if module.kind != Kind::Component && module.malformed.is_none() {
        let graph = graph(&module);
        let mut uses = uses(&module, &graph);
        if let Some(code) = codes.iter().find(|code| code.outer) {
            follow(&mut module, &mut uses, &graph, code, bytes);
        }
        module.uses = Some(uses);
    }
    module
}

/// Arguments of calls, and what exported functions return.
fn follow(module: &mut Module, uses: &mut Uses, graph: &Graph, code: &Code, bytes: &[u8]) {
    passive::place(&mut module.data, code, bytes, |function| {
        graph.is_reached(function)
    });
    let context = Context::new(module, code, bytes);
    let mut follower = Follower::new(&context);
    for (import, known) in uses.imports.iter_mut().zip(follower.calls(graph)) {
        import.calls = known.calls;
        import.others = known.others;
    }
    let returned = returned(module, &mut follower);
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
fn returned(module: &Module, follower: &mut Follower<'_, '_>) -> Vec<(usize, (i64, Tier))> {
    let exports = module.exports.iter().enumerate();
    exports
        .filter(|(_, export)| export.constant.is_none() && returns_integer(&export.ty))
        .filter(|(_, export)| export.index >= module.functions.imported)
        .take(MAX_EXPORTED_CONSTANTS)
        .filter_map(|(index, export)| Some((index, follower.returned(export.index)?)))
        .collect()
}

fn graph(module: &Module) -> Graph {
    let defined = u32::try_from(module.functions.offsets.len()).unwrap_or(u32::MAX);
    Graph::unknown(module.functions.imported.saturating_add(defined))
}

fn uses(module: &Module, graph: &Graph) -> Uses {
    let imported = 0..module.functions.imported;
    let known = |function| ImportUse {
        others: graph.entered(function),
        ..ImportUse::unknown(function)
    };
    Uses {
        imports: imported.map(known).collect(),
        bounded: None,
    }
}

fn earlier(a: Option<Malformed>, b: Option<Malformed>) -> Option<Malformed> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.offset < a.offset { b } else { a }),
        (a, b) => a.or(b),
    }
}

/// What a module is by its imports, once its encoding is known.
pub(super) fn kind(module: &Module) -> Kind {
    match module.kind {
        Kind::Core if imports_wasi(module) => Kind::Wasip1,
        kind => kind,
    }
}

fn imports_wasi(module: &Module) -> bool {
    module.imports.iter().any(|import| {
        let wasi = matches!(
            import.module.as_str(),
            "wasi_snapshot_preview1" | "wasi_unstable"
        );
        wasi && matches!(import.ty, Extern::Function(_))
    })
}

fn exported_constants(module: &mut Module, code: &Code, bytes: &[u8]) {
    for export in &mut module.exports {
        let defined = export.index.checked_sub(code.first);
        if let (true, Some(index)) = (returns_integer(&export.ty), defined) {
            export.constant = body_of(code, index, bytes).and_then(constant::of_body);
        }
    }
}

fn returns_integer(ty: &Extern) -> bool {
    let Some(Signature { params, results }) = ty.signature() else {
        return false;
    };
    params.is_empty() && matches!(results.as_slice(), [one] if one == "i32" || one == "i64")
}

fn body_of<'a>(code: &Code, index: u32, bytes: &'a [u8]) -> Option<&'a [u8]> {
    let body = code.bodies.get(index as usize)?;
    bytes.get(body.start as usize..body.end as usize)
}

impl Module {
    /// A module of `size` bytes of which nothing is known yet.
    pub(super) fn empty(size: usize) -> Self {
        Self {
            kind: Kind::Core,
            size,
            sha256: [0; 32],
            malformed: None,
            imports: Vec::new(),
            exports: Vec::new(),
            memories: Vec::new(),
            tables: Vec::new(),
            globals: Vec::new(),
            start: None,
            sections: Vec::new(),
            data: Vec::new(),
            proposals: Vec::new(),
            functions: Functions::default(),
            toolchain: Toolchain::default(),
            names: Vec::new(),
            literals: Vec::new(),
            uses: None,
        }
    }
}
