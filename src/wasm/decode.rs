//! Bytes to facts: the walk over sections, then bodies and texts beside each other, and the digest beside all.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::body::{self, Bodies};
use super::layout::Layout;
use super::reach::{self, Addresses, Gathered, Room, Scope, Starts};
use super::walk::{Code, Rest, Walk};
use super::{
    Extern, Functions, Kind, Malformed, Module, Signature, Toolchain, argument, constant, literal,
    missing, passive, toolchain,
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
    let whole = || module(bytes, Walk::over(bytes), None);
    let module = beside_data(bytes).or_else(whole);
    let mut module = module.unwrap_or_else(|| Module::empty(bytes.len()));
    if let Some(fault) = &mut module.malformed {
        name_proposal(fault, bytes);
    }
    module
}

/// Large binaries, whose data is validated beside their code; `None` if a fault in that may come before all others.
fn beside_data(bytes: &[u8]) -> Option<Module> {
    if bytes.len() < PARALLEL {
        return None;
    }
    let (walk, rest) = Walk::over_all_but_data(bytes);
    let sound = walk.module.malformed.is_none();
    sound.then(|| module(bytes, walk, Some(rest))).flatten()
}

/// Says which proposal takes a fault away, if one does: such a module is not broken, and it is none for our engine.
fn name_proposal(fault: &mut Malformed, bytes: &[u8]) {
    if let Some(name) = missing::proposal(bytes, fault.offset) {
        let reason = std::mem::take(&mut fault.reason);
        fault.reason = format!("{reason}: it uses the proposal `{name}`, which is not supported");
    }
}

/// The facts of what was walked over; `None` if the rest of it has a fault.
fn module(bytes: &[u8], walk: Walk<'_>, rest: Option<Rest<'_>>) -> Option<Module> {
    let parallel = bytes.len() >= PARALLEL;
    let Walk {
        mut module,
        codes,
        data,
        customs,
        mut notes,
        origins,
        ..
    } = walk;
    module.toolchain.language = toolchain::detect(&module);
    if let Some(outer) = data.iter().find(|area| area.nested.is_none()) {
        module.data = outer.segments.clone();
    }
    let addresses = Addresses::of(&module, &origins);
    let scope = Scope {
        first: 0,
        imported: module.functions.imported,
        addresses: addresses.clone().unwrap_or_default(),
    };
    let (mut bodies, (fault, (layout, statics))) = both(
        parallel,
        || body::validate(&codes, bytes, (scope, Room::default()), parallel),
        || {
            let layout = || of_data(&module, addresses, bytes);
            both(parallel, || rest.and_then(Rest::fault), layout)
        },
    );
    if fault.is_some() {
        return None;
    }
    module.layout = layout.clone();
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
        statics,
        resources: outer.map(|code| &code.resources),
        defined: outer.map_or(0, |code| code.bodies.len()),
    };
    // What follows calls goes from one to the next, on one thread; texts are searched on the others.
    let ((), literals) = both(
        parallel,
        || uses(&mut module, outer, gathered),
        || literal::scan(bytes, (&data, &layout), &customs, parallel),
    );
    module.literals = literals;
    Some(module)
}

/// Where data lies in memory, and where objects start in it.
fn of_data(
    module: &Module,
    addresses: Option<Addresses>,
    bytes: &[u8],
) -> (Layout, Option<(Addresses, Starts)>) {
    let layout = Layout::of(&module.data);
    let statics = addresses.map(|addresses| {
        let starts = Starts::of(&addresses, &layout, bytes);
        (addresses, starts)
    });
    (layout, statics)
}

/// What the code does with its imports, if it is a valid module's.
fn uses(module: &mut Module, code: Option<&Code>, gathered: Gathered<'_>) {
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
            data: Arc::default(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::encode_text;
    use crate::wasm::tests::section;

    /// Large enough that its data section is validated beside its code.
    fn large() -> (Vec<u8>, usize) {
        let small = encode_text(
            r#"(module (import "env" "log" (func (param i32 i32))) (memory (export "memory") 1) (global i32 (i32.const 8))
                (func (export "run") (call 0 (i32.const 4) (i32.const 5)) (memory.init 2 (i32.const 64) (i32.const 0) (i32.const 4)))
                (data (i32.const 4) "https://example.com/ text") (data (global.get 0) "first") (data "more")
                (@custom "producers" "\01\08language\01\02Go\041.26") (@custom "later" "text"))"#,
        )
        .unwrap();
        let (header, sections) = small.split_at(8);
        let before = [b"\x06before".to_vec(), vec![0; PARALLEL]].concat();
        let mut binary = [header, &section(0, &before)].concat();
        let start = binary.len();
        binary.extend(sections);
        (binary, start)
    }

    fn agree(binary: &[u8], what: &str) -> Module {
        let mut in_order = module(binary, Walk::over(binary), None).unwrap();
        if let Some(fault) = &mut in_order.malformed {
            name_proposal(fault, binary);
        }
        let read = read(binary);
        assert_eq!(read, in_order, "{what}");
        read
    }

    #[test]
    fn data_that_is_validated_later_gives_the_same_facts_and_faults() {
        let (mut binary, start) = large();
        assert_eq!(agree(&binary, "as it is").malformed, None);
        let mut faults = 0;
        for at in start..binary.len() {
            let before = binary[at];
            for new in [0x00, 0x0b, 0x42, before ^ 0x01, before.wrapping_add(1)] {
                binary[at] = new;
                let module = agree(&binary, &format!("{new:#x} at {at}"));
                faults += usize::from(module.malformed.is_some());
            }
            binary[at] = before;
        }
        assert!(faults > 100, "{faults}");
        for end in start..binary.len() {
            agree(&binary[..end], &format!("cut at {end}"));
        }
    }
}
