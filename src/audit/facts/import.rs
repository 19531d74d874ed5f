//! Imports as the policy sees them.

use crate::audit::context::Audit;
use crate::audit::fact::{Element, ModulePlace, fact};
use crate::audit::link::{Link, Ruling};
use crate::audit::witness::Witness;
use crate::policy::{HostImport, Role};
use crate::wasm::{Extern, Reach, Why};

fact! { "import" / "One import of the module." struct Import {
    module: String = "First name.",
    name: String = "Second name.",
    kind: String = "function, memory, table, global, tag, or a component's word.",
    signature: Option<String> = "A function's signature: `(i32, i32) -> i32`.",
    family: String = "wasi, legacy-wasi, foreign-wasi, component, host, browser or unknown.",
    interface: String = "The interface that the taxonomy finds it in, or empty.",
    capabilities: Vec<String> = "What it gives.",
    wasi: bool = "Whether it is a function under a name of WASI.",
    host: bool = "Whether it is a function from outside WASI.",
    declared: bool = "Whether `imports.host` lists it.",
    allowed: bool = "Whether `imports.wasi.allow` covers it, or it gives no capability.",
    stubbed: bool = "Whether `imports.wasi.stub` names it.",
    denied: bool = "Whether `imports.wasi.deny` names it.",
    mutable: bool = "Whether it is a mutable global.",
    reference: bool = "Whether it is a global that holds a reference (`funcref`, `externref` …), behind which may be a function.",
    state_allowed: bool = "For a memory, table or global: whether `imports.memory`, `.table` or `.globals` allows it.",
    expected: Option<String> = "The signature that the policy declares.",
    reachable: Option<bool> = "Whether code may call it: false only if it is proved that no execution does; null if it is no function, or nobody looked.",
    reach: String = "unreachable, may or likely; `likely` is for readers alone, and rules treat it like `may`.",
    why: String = "Why it is no more than a `may`, in words; else empty.",
    path: String = "How code gets there, the shortest way: `run → main.run → env.read_file`; empty if none is known.",
    sites: u64 = "How many places in reachable code call it directly.",
    standing: String = "What of its use a message should add: `, which no code reaches`; else empty.",
    undescribed_pointers: u64 = "How many pointer-and-length pairs of a declared host import `args` leaves undescribed.",
} }

/// Imports in order.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let witness = Witness::new(audit.module);
    audit
        .links
        .iter()
        .map(|link| element(audit, link, &witness))
        .collect()
}

/// The module's place of an import.
pub fn place(link: &Link<'_>) -> ModulePlace {
    ModulePlace {
        offset: Some(link.import.offset),
        import: Some(link.full.clone()),
        ..ModulePlace::default()
    }
}

fn element(audit: &Audit<'_>, link: &Link<'_>, witness: &Witness<'_>) -> Element {
    let import = link.import;
    let fact = Import {
        module: import.module.clone(),
        name: import.name.clone(),
        kind: import.ty.kind().to_owned(),
        signature: import.ty.signature().map(ToString::to_string),
        family: link.family().to_owned(),
        interface: link
            .entry
            .map(|entry| entry.interface.to_string())
            .unwrap_or_default(),
        capabilities: link.capabilities.clone(),
        wasi: link.is_wasi_function(),
        host: link.is_host_function(),
        declared: link.declared.is_some(),
        allowed: link.wasi && link.ruling == Ruling::Allowed,
        stubbed: matches!(link.ruling, Ruling::Stubbed(_)),
        denied: matches!(link.ruling, Ruling::Denied(_)),
        mutable: matches!(import.ty, Extern::Global { mutable: true, .. }),
        reference: import.ty.is_reference_global(),
        state_allowed: state_allowed(audit, &import.ty),
        expected: expected(link).map(|(signature, _)| signature),
        reachable: link.reachable(),
        reach: reach(link).name().to_owned(),
        why: match reach(link) {
            Reach::May(why) => why.words().to_owned(),
            Reach::Likely | Reach::Unreachable => String::new(),
        },
        path: witness.line(link),
        sites: link.usage.map_or(0, |usage| u64::from(usage.sites)),
        standing: if link.is_unreachable() {
            ", which no code reaches".to_owned()
        } else {
            String::new()
        },
        undescribed_pointers: link
            .declared
            .map_or(0, |host| undescribed_pointers(link, host)),
    };
    let at = match link.ruling {
        Ruling::Denied(entry) if link.wasi => Some(entry.span),
        Ruling::Stubbed(entry) if link.wasi => Some(entry.span),
        _ => policy_place(audit, link),
    };
    Element::new(format!("import {}", link.full), fact)
        .at(at, "")
        .in_module(place(link))
}

/// Whether code may get to an import; of what is no function nothing is known.
pub fn reach(link: &Link<'_>) -> Reach {
    let unknown = Reach::May(Why::NotAnalysed);
    link.usage.map_or(unknown, |usage| usage.reach)
}

/// Where the policy speaks of an import: its entry, or the list that should have one.
fn policy_place(audit: &Audit<'_>, link: &Link<'_>) -> Option<crate::source::Span> {
    if !audit.ground.judged {
        return None;
    }
    if let Some((_, span)) = expected(link) {
        return Some(span);
    }
    if let Some(host) = &link.declared {
        return Some(host.name.span);
    }
    let list = match &link.import.ty {
        Extern::Memory { .. } => "imports.memory",
        Extern::Table { .. } => "imports.table",
        Extern::Global { .. } => "imports.globals",
        _ if link.wasi => "imports.wasi",
        _ => "imports.host",
    };
    Some(audit.ground.key(list))
}

fn expected(link: &Link<'_>) -> Option<(String, crate::source::Span)> {
    let signature = link.declared?.signature.as_ref()?;
    Some((signature.value.to_string(), signature.span))
}

fn state_allowed(audit: &Audit<'_>, ty: &Extern) -> bool {
    let imports = &audit.ground.policy.imports;
    let flag = match ty {
        Extern::Memory { .. } => imports.memory,
        Extern::Table { .. } => imports.table,
        Extern::Global { .. } => imports.globals,
        _ => return true,
    };
    flag.is_some_and(|allow| allow.value)
}

/// Integers that may be pointers: two neighbours of which `args` describes none (a bare `number` without bounds describes
/// nothing), or a lone `i64`, which can hold a pointer and a length.
pub fn undescribed_pointers(link: &Link<'_>, host: &HostImport) -> u64 {
    let Some(signature) = link.import.ty.signature() else {
        return 0;
    };
    let params = &signature.params;
    let described = described(host);
    let open = |at: usize| {
        let integer = params.get(at).is_some_and(|ty| ty == "i32" || ty == "i64");
        integer && !described.contains(&(at as u64))
    };
    if let [lone] = params.as_slice() {
        return u64::from(lone == "i64" && open(0));
    }
    let (mut pairs, mut at) = (0, 0);
    while at + 1 < params.len() {
        let pair = open(at) && open(at + 1);
        pairs += u64::from(pair);
        at += if pair { 2 } else { 1 };
    }
    pairs
}

/// The parameters that `args` says something of.
fn described(host: &HostImport) -> std::collections::HashSet<u64> {
    let says = |argument: &&crate::policy::Argument| {
        let bounded = argument.values.is_some() || argument.min.is_some() || argument.max.is_some();
        argument.role.value != Role::Number || bounded
    };
    host.args
        .iter()
        .filter(says)
        .flat_map(|argument| [argument.ptr, argument.len, argument.index])
        .flatten()
        .map(|index| index.value)
        .collect()
}
