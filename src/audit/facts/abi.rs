//! The ABI version and who owns the buffers that cross.

use crate::audit::context::Audit;
use crate::audit::fact::{Element, ModulePlace, fact};
use crate::audit::link::Link;
use crate::capability::{AuthorityClass, Taxonomy};
use crate::policy::{AbiSource, AbiVersion, Role};
use crate::wasm::Extern;

use super::version::{Said, said};
use super::version_number::VersionNumber;

fact! { "abi" / "The contract between host and guest." struct Abi {
    needed: bool = "Whether there is anything to version: host imports, or exports that a host calls.",
    host_imports: u64 = "How many host functions are imported.",
    host_exports: Vec<String> = "The exports that a host calls, beyond start functions, memory and allocator.",
    stated: bool = "Whether the policy states `abi.version`.",
    convention: String = "The policy's convention, `export abi_version`; else the one that was recognised; else empty.",
    found: bool = "Whether the module says a version by that convention.",
    lack: String = "Why it says none; empty if it says one.",
    readable: bool = "Whether what it says can be read without running the module.",
    says: Vec<String> = "The versions that can be read: `1`, `1.2`, a marker's name.",
    spoken: Vec<String> = "The versions that it says; where none is proved, the one that memory as compiled tells of.",
    recovered_major: Option<i64> = "The major part that memory as compiled tells of, where none is proved: evidence of another version, never of the right one.",
    contradicts: bool = "Whether it says several, or a marker of the same family that is not the policy's.",
    major: Option<i64> = "The major part of the one version, where it is a number.",
    expected: Option<u64> = "`abi.version.major`.",
    wants: String = "`abi.version.major`, or the policy's marker.",
    allocator: bool = "Whether the policy states `abi.allocator`.",
    missing_allocators: Vec<String> = "The stated allocator exports that the module lacks, or that are no functions of its own with a parameter.",
    known_allocator: bool = "Whether the module exports an allocator by a common name.",
    ownership: String = "What is wrong with who owns a buffer that crosses: the exports that are missing, or the writers without any.",
    writers: Vec<String> = "The host imports that write a buffer into the guest.",
} }

/// How many names a list holds.
const MOST: usize = 16;

/// Exports that are not calls of a host's own contract.
const PLUMBING: &[&str] = &[
    "_start",
    "_initialize",
    "__main_void",
    "__main_argc_argv",
    "__original_main",
    "wasi_thread_start",
    "__wasm_call_ctors",
    "memory",
    "malloc",
    "free",
    "calloc",
    "realloc",
    "alloc",
    "dealloc",
    "allocate",
    "deallocate",
    "__new",
    "__pin",
    "__unpin",
    "__collect",
    "__rtti_base",
    "__free",
    "canonical_abi_realloc",
    "canonical_abi_free",
    "cabi_realloc",
    "__wbindgen_malloc",
    "__wbindgen_free",
    "__wbindgen_realloc",
    "asyncify_start_unwind",
    "asyncify_stop_unwind",
    "asyncify_start_rewind",
    "asyncify_stop_rewind",
    "asyncify_get_state",
    "__heap_base",
    "__data_end",
    "__stack_pointer",
];

/// Common names of exports that allocate.
const ALLOCATORS: &[&str] = &[
    "malloc",
    "alloc",
    "allocate",
    "__new",
    "cabi_realloc",
    "canonical_abi_realloc",
    "__wbindgen_malloc",
    "proxy_on_memory_allocate",
];

/// The one fact of its kind.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let stated = audit.ground.policy.abi.version.as_ref();
    let said = said(audit);
    let element =
        Element::new("abi", fact(audit, &said)).at(stated.map(|version| version.span), "");
    vec![match said.export {
        Some(export) => element.in_module(ModulePlace {
            offset: Some(export.offset),
            export: Some(export.name.clone()),
            ..ModulePlace::default()
        }),
        None => element.at_offset(said.section),
    }]
}

/// The version that a module says, for `inspect` and approvals: `3`, `1.2`, or a marker's name.
pub fn abi_version(audit: &Audit<'_>) -> Option<String> {
    said(audit).version().map(|number| number.text.clone())
}

fn fact(audit: &Audit<'_>, said: &Said<'_>) -> Abi {
    let abi = &audit.ground.policy.abi;
    let host_imports = audit
        .links
        .iter()
        .filter(|link| link.is_host_function())
        .count() as u64;
    let host_exports = host_exports(audit, said);
    let missing_allocators = missing_allocators(audit);
    let writers = writers(audit);
    Abi {
        needed: host_imports > 0 || !host_exports.is_empty(),
        host_imports,
        host_exports,
        stated: abi.version.is_some(),
        convention: said
            .source
            .map(|source| format!("{} {}", source_name(source), said.name))
            .unwrap_or_default(),
        found: said.lack.is_empty(),
        lack: said.lack.clone(),
        readable: said.lack.is_empty() && !said.says.is_empty(),
        says: said.says.iter().map(|one| one.text.clone()).collect(),
        contradicts: contradicts(said),
        spoken: spoken(said),
        recovered_major: said.recovered.as_ref().and_then(|number| number.major),
        major: said.version().and_then(|number| number.major),
        expected: abi.version.as_ref().and_then(|version| version.value.major),
        wants: abi
            .version
            .as_ref()
            .map(|version| wants(&version.value))
            .unwrap_or_default(),
        allocator: abi.alloc.is_some() || abi.free.is_some(),
        known_allocator: ALLOCATORS.iter().any(|name| calls(audit, name)),
        ownership: ownership(&missing_allocators, &writers),
        missing_allocators,
        writers,
    }
}

fn spoken(said: &Said<'_>) -> Vec<String> {
    let recovered = said.recovered.iter().filter(|_| said.says.is_empty());
    let spoken = said.says.iter().chain(recovered);
    spoken.map(|one| one.text.clone()).collect()
}

fn writers(audit: &Audit<'_>) -> Vec<String> {
    audit
        .links
        .iter()
        .filter(|link| writes_into_guest(link))
        .map(|link| link.full.clone())
        .take(MOST)
        .collect()
}

fn ownership(missing: &[String], writers: &[String]) -> String {
    match (missing, writers) {
        ([], []) => String::new(),
        ([], writers) => format!(
            "the host writes into the guest by `{}`, and no allocator is declared or exported",
            writers.join("`, `")
        ),
        (missing, _) => format!(
            "the module exports no allocator function of its own as `{}`, which the policy names",
            missing.join("`, `")
        ),
    }
}

fn contradicts(said: &Said<'_>) -> bool {
    let other = |one: &VersionNumber| one.text != said.name;
    said.says.len() > 1 || (said.source == Some(AbiSource::Marker) && said.says.iter().any(other))
}

fn wants(version: &AbiVersion) -> String {
    match version.major {
        Some(major) => major.to_string(),
        None => version.name.clone(),
    }
}

/// The stated exports that a host cannot call to get or give back a buffer.
fn missing_allocators(audit: &Audit<'_>) -> Vec<String> {
    let abi = &audit.ground.policy.abi;
    let stated = [abi.alloc.as_ref(), abi.free.as_ref()];
    stated
        .into_iter()
        .flatten()
        .filter(|name| !calls(audit, &name.value))
        .map(|name| name.value.clone())
        .collect()
}

/// Whether the module exports a function of its own under this name that takes something.
fn calls(audit: &Audit<'_>, name: &str) -> bool {
    audit.module.exports.iter().any(|export| {
        export.name == name
            && export.index >= audit.module.functions.imported
            && export
                .ty
                .signature()
                .is_some_and(|signature| !signature.params.is_empty())
    })
}

fn source_name(source: AbiSource) -> &'static str {
    match source {
        AbiSource::Export => "export",
        AbiSource::Global => "global",
        AbiSource::Section => "section",
        AbiSource::Marker => "marker",
    }
}

fn host_exports(audit: &Audit<'_>, said: &Said<'_>) -> Vec<String> {
    let abi = &audit.ground.policy.abi;
    let owned = [abi.alloc.as_ref(), abi.free.as_ref()];
    let plumbing = |name: &str| {
        PLUMBING.contains(&name)
            || owned.iter().flatten().any(|one| one.value == name)
            || name == said.name
    };
    audit
        .module
        .exports
        .iter()
        .filter(|export| matches!(export.ty, Extern::Function(_)) && !plumbing(&export.name))
        .map(|export| export.name.clone())
        .take(MOST)
        .collect()
}

fn writes_into_guest(link: &Link<'_>) -> bool {
    if !link.is_host_function() {
        return false;
    }
    let declared = link.declared.is_some_and(|host| {
        host.args
            .iter()
            .any(|argument| argument.role.value == Role::OutBuffer)
    });
    let pairs = link
        .import
        .ty
        .signature()
        .is_some_and(|signature| signature.params.len() >= 2);
    declared
        || (link.declared.is_none_or(|host| host.args.is_empty())
            && pairs
            && Taxonomy::builtin()
                .authority(&link.import.name)
                .has(AuthorityClass::Output))
}
