//! Bytes to facts: the walk over sections, then bodies and texts beside each other, and the digest beside all.

use sha2::{Digest as _, Sha256};

use super::body::{self, Bodies};
use super::layout::Layout;
use super::reach::{self, Addresses, Gathered, Room, Scope};
use super::walk::{Code, Walk};
use super::{
    Extern, Functions, Kind, Malformed, Module, Signature, Toolchain, argument, constant, literal,
    passive, toolchain,
};

/// Binaries under this size are decoded on one thread: starting others costs more than they bring.
pub(super) const PARALLEL: usize = 128 << 10;

/// Reads everything that `bytes` declare, core module or component. Never fails: a fault is `malformed` and the facts before
/// it are kept.
pub fn decode(bytes: &[u8]) -> Module {
    let parallel = bytes.len() >= PARALLEL;
    let (sha256, mut module) = both(parallel, || Sha256::digest(bytes).into(), || read(bytes));
    module.sha256 = sha256;
    module
}

/// Runs two closures, at the same time if that pays.
pub(super) fn both<A: Send, B: Send>(
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
        mut module,
        codes,
        data,
        customs,
        mut notes,
        origins,
        ..
    } = Walk::over(bytes);
    module.toolchain.language = toolchain::detect(&module);
    if let Some(outer) = data.iter().find(|area| area.nested.is_none()) {
        module.data.clone_from(&outer.segments);
    }
    let addresses = Addresses::of(&module, &origins);
    let scope = Scope {
        first: 0,
        imported: module.functions.imported,
        addresses: addresses.clone().unwrap_or_default(),
    };
    let mut bodies = body::validate(&codes, bytes, (scope, Room::default()), parallel);
    notes.usage.merge(&bodies.usage);
    let traces = bodies.traces.take();
    assemble(&mut module, &codes, bodies, bytes);
    if let Some(fault) = &module.malformed {
        notes.usage.before(fault.offset);
    }
    module.proposals = notes.usage.facts(bytes);
    let outer = codes.iter().find(|code| code.outer);
    let gathered = Gathered {
        bytes,
        origins: &origins,
        traces,
        addresses,
        resources: outer.map(|code| &code.resources),
        defined: outer.map_or(0, |code| code.bodies.len()),
    };
    // What follows calls goes from one to the next, on one thread; texts are searched on the others.
    let ((), literals) = both(
        parallel,
        || uses(&mut module, outer, gathered),
        || literal::scan(bytes, &data, &customs, parallel),
    );
    module.literals = literals;
    module
}

/// What the code does with its imports, if it is a valid module's.
fn uses(module: &mut Module, code: Option<&Code>, gathered: Gathered<'_>) {
    module.layout = Layout::of(&module.data);
    if module.kind == Kind::Component || module.malformed.is_some() {
        return;
    }
    let bytes = gathered.bytes;
    let (uses, graph) = reach::analyse(module, gathered);
    module.uses = Some(uses);
    if let Some(code) = code {
        let runs = |function| graph.is_reached(function);
        if passive::place(&mut module.data, code, bytes, runs) {
            module.layout = Layout::of(&module.data);
        }
        argument::find(module, &graph, code, bytes);
    }
}

fn assemble(module: &mut Module, codes: &[Code], bodies: Bodies, bytes: &[u8]) {
    module.malformed = earlier(module.malformed.take(), bodies.fault);
    if let Some(code) = codes.iter().find(|code| code.outer) {
        module.functions.offsets = code.bodies.iter().map(|body| body.start).collect();
        module.functions.complexity = bodies.complexity;
        module
            .functions
            .offsets
            .truncate(module.functions.complexity.len());
        exported_constants(module, code, bytes);
    }
    module.kind = kind(module);
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

pub(super) fn returns_integer(ty: &Extern) -> bool {
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
            layout: Layout::default(),
            proposals: Vec::new(),
            functions: Functions::default(),
            toolchain: Toolchain::default(),
            names: Vec::new(),
            literals: Vec::new(),
            uses: None,
        }
    }
}
