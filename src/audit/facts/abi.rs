//! The ABI version and who owns the buffers that cross.

use crate::audit::context::Audit;
use crate::audit::fact::{Element, ModulePlace, fact};
use crate::audit::link::Link;
use crate::capability::{AuthorityClass, Taxonomy};
use crate::policy::{AbiSource, AbiVersion, Role};
use crate::source::Spanned;
use crate::wasm::{Export, Extern};

fact! { "abi" / "The contract between host and guest." struct Abi {
    needed: bool = "Whether there is anything to version: host imports, or exports that a host calls.",
    host_imports: u64 = "How many host functions are imported.",
    host_exports: Vec<String> = "The exports that a host calls, beyond start functions, memory and allocator.",
    stated: bool = "Whether the policy states `abi.version`.",
    convention: String = "The policy's convention, `export abi_version`; else the one that was recognised; else empty.",
    found: bool = "Whether the module says a version by that convention.",
    well_typed: bool = "Whether what it says it with has the type of the convention.",
    version: Option<i64> = "The number as the module says it, where it can be read.",
    major: Option<i64> = "Its major part.",
    expected: Option<u64> = "`abi.version.major`.",
    readable: bool = "Whether the number can be read without running the module (a marker needs none).",
    allocator: bool = "Whether the policy states `abi.allocator`.",
    missing_allocators: Vec<String> = "The stated allocator exports that the module lacks.",
    known_allocator: bool = "Whether the module exports an allocator by a common name.",
    writes_into_guest: bool = "Whether a host import writes a buffer into the guest.",
} }

/// Exports by which modules of known conventions say their version: an exact name or a prefix ending in `*`.
const KNOWN: &[(&str, AbiSource)] = &[
    ("abi_version", AbiSource::Export),
    ("__abi_version", AbiSource::Export),
    ("plugin_abi_version", AbiSource::Export),
    ("get_abi_version", AbiSource::Export),
    ("proxy_abi_version_*", AbiSource::Marker),
    ("interface_version_*", AbiSource::Marker),
    ("requires_*", AbiSource::Marker),
    ("opa_wasm_abi_version", AbiSource::Global),
];

/// Exports that are not calls of a host's own contract.
const PLUMBING: &[&str] = &[
    "_start",
    "_initialize",
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
            offset: export.offset,
            export: Some(export.name.clone()),
            ..ModulePlace::default()
        }),
        None => element.at_offset(0),
    }]
}

/// The version that a module says, for `inspect` and approvals: `3`, `1.2`, or a marker's name.
pub fn abi_version(audit: &Audit<'_>) -> Option<String> {
    let said = said(audit);
    match (said.source?, said.number) {
        (AbiSource::Marker, _) => said.export.map(|export| export.name.clone()),
        (_, Some(number)) if said.packed => Some(format!("{}.{}", number >> 16, number & 0xffff)),
        (_, Some(number)) => Some(number.to_string()),
        (_, None) => None,
    }
}

/// What the module says of its version.
#[derive(Default)]
struct Said<'a> {
    source: Option<AbiSource>,
    name: String,
    export: Option<&'a Export>,
    found: bool,
    well_typed: bool,
    number: Option<i64>,
    packed: bool,
}

fn said<'a>(audit: &Audit<'a>) -> Said<'a> {
    match audit.ground.policy.abi.version.as_ref() {
        Some(stated) => by_policy(audit, stated),
        None => by_known_name(audit),
    }
}

fn by_policy<'a>(audit: &Audit<'a>, stated: &Spanned<AbiVersion>) -> Said<'a> {
    let version = &stated.value;
    if version.source == AbiSource::Section {
        let section = audit
            .module
            .sections
            .iter()
            .find(|section| section.name.as_ref() == Some(&version.name));
        let content = section.and_then(|section| {
            audit
                .bytes
                .get(section.offset..section.offset.checked_add(section.size)?)
        });
        return Said {
            source: Some(version.source),
            name: version.name.clone(),
            found: section.is_some(),
            well_typed: true,
            number: content.and_then(section_number),
            packed: version.packed,
            export: None,
        };
    }
    let export = audit
        .module
        .exports
        .iter()
        .find(|export| export.name == version.name);
    by_export(version.source, &version.name, export, version.packed)
}

fn by_known_name<'a>(audit: &Audit<'a>) -> Said<'a> {
    for export in &audit.module.exports {
        for (name, source) in KNOWN {
            let matches = match name.strip_suffix('*') {
                Some(prefix) => export.name.starts_with(prefix),
                None => export.name == *name,
            };
            if matches {
                let large = export.constant.is_some_and(|number| number >= 1 << 16);
                return by_export(*source, &export.name, Some(export), large);
            }
        }
    }
    Said::default()
}

fn by_export<'a>(
    source: AbiSource,
    name: &str,
    export: Option<&'a Export>,
    packed: bool,
) -> Said<'a> {
    let well_typed = export.is_some_and(|export| match (source, &export.ty) {
        (AbiSource::Export, Extern::Function(signature)) => {
            signature.params.is_empty()
                && matches!(signature.results.as_slice(), [one] if one == "i32" || one == "i64")
        }
        (AbiSource::Global, Extern::Global { value, .. }) => value == "i32" || value == "i64",
        (AbiSource::Marker, _) => true,
        _ => false,
    });
    Said {
        source: Some(source),
        name: name.to_owned(),
        found: export.is_some(),
        well_typed,
        number: export.and_then(|export| export.constant),
        packed,
        export,
    }
}

/// A custom section says its version in ASCII digits (`1`, `1.2`), or as four little-endian bytes.
fn section_number(content: &[u8]) -> Option<i64> {
    if let Ok(text) = std::str::from_utf8(content)
        && let Some(first) = text.trim().trim_start_matches('v').split('.').next()
        && let Ok(number) = first.parse()
    {
        return Some(number);
    }
    let bytes: [u8; 4] = content.try_into().ok()?;
    Some(i64::from(u32::from_le_bytes(bytes)))
}

fn fact(audit: &Audit<'_>, said: &Said<'_>) -> Abi {
    let abi = &audit.ground.policy.abi;
    let host_imports = audit
        .links
        .iter()
        .filter(|link| link.is_host_function())
        .count() as u64;
    let host_exports = host_exports(audit, said);
    let number = said
        .number
        .map(|number| if said.packed { number >> 16 } else { number });
    let exported = |name: &str| {
        audit
            .module
            .exports
            .iter()
            .any(|export| export.name == name)
    };
    let stated = [abi.alloc.as_ref(), abi.free.as_ref()];
    let missing = stated
        .into_iter()
        .flatten()
        .filter(|name| !exported(&name.value));
    Abi {
        needed: host_imports > 0 || !host_exports.is_empty(),
        host_imports,
        host_exports,
        stated: abi.version.is_some(),
        convention: said
            .source
            .map(|source| format!("{} {}", source_name(source), said.name))
            .unwrap_or_default(),
        found: said.found,
        well_typed: said.well_typed,
        version: said.number,
        major: number,
        expected: abi.version.as_ref().and_then(|version| version.value.major),
        readable: said.source == Some(AbiSource::Marker) || said.number.is_some(),
        allocator: abi.alloc.is_some(),
        missing_allocators: missing.map(|name| name.value.clone()).collect(),
        known_allocator: ALLOCATORS.iter().any(|name| exported(name)),
        writes_into_guest: audit.links.iter().any(writes_into_guest),
    }
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
        .take(16)
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
