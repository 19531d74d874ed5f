//! Exports that go, and the start section as an export that the host calls.

use std::collections::BTreeSet;

use wasm_encoder::{BlockType, Function};

use crate::audit::Deed;
use crate::policy::Policy;
use crate::wasm::edit::{Edit, Exported, Layout, NewFunction, NewGlobal, Numbering};
use crate::wasm::{Extern, Module};

use super::resources::deed;

/// Exports that the policy does not list, by place.
pub fn dropped(module: &Module, policy: &Policy, done: &mut Vec<Deed>) -> BTreeSet<usize> {
    let limits = &policy.module;
    let Some(allow) = &limits.exports_allow else {
        return BTreeSet::new();
    };
    let listed = |name: &str| {
        let required = limits.exports_require.iter();
        allow.iter().any(|one| one.value == name)
            || required.into_iter().any(|one| one.value.name == name)
    };
    let mut gone = BTreeSet::new();
    for (place, export) in module.exports.iter().enumerate() {
        if !listed(&export.name) {
            gone.insert(place);
            done.push(deed(
                "export",
                &export.name,
                "`module.exports.allow` does not name it",
            ));
        }
    }
    gone
}

/// The export that hosts call first: the command's own, or a reactor's.
pub fn entry(module: &Module) -> &'static str {
    let command = module.exports.iter().any(|export| export.name == "_start");
    if command { "_start" } else { "_initialize" }
}

/// Whether the policy wants no start section.
pub fn denies_start(policy: &Policy) -> bool {
    policy.module.start_section.is_none_or(|allow| !allow.value)
}

/// Makes the start section a part of the export that hosts call first, once.
///
/// # Errors
/// Why that cannot be, in a sentence.
pub fn start(
    module: &Module,
    policy: &Policy,
    layout: &Layout<'_>,
    numbering: &Numbering,
    edit: &mut Edit,
) -> Result<Option<Deed>, String> {
    let Some(start) = module.start.as_ref().filter(|_| denies_start(policy)) else {
        return Ok(None);
    };
    let name = entry(module);
    let reference = |function: u32| numbering.reference(function, &edit.redirected);
    let existing = module.exports.iter().position(|export| export.name == name);
    let listed = policy.module.exports_allow.as_ref();
    let required = &policy.module.exports_require;
    let listed = listed.is_none_or(|list| {
        list.iter().any(|one| one.value == name)
            || required.iter().any(|one| one.value.name == name)
    });
    if !listed {
        return Err(format!(
            "the policy denies the start section, and `module.exports.allow` has no `{name}` by which a host could call it instead: add `{name}`, or `start_section: allow`"
        ));
    }
    let then = match existing.and_then(|place| module.exports.get(place)) {
        None => None,
        Some(export) => match &export.ty {
            Extern::Function(signature) if *signature == crate::wasm::Signature::default() => {
                Some(reference(export.index).unwrap_or(u32::MAX))
            }
            _ => {
                return Err(format!(
                    "the policy denies the start section, and its export `{name}`, by which a host could call it instead, is no function without parameters and results"
                ));
            }
        },
    };
    let first = reference(start.function).unwrap_or(u32::MAX);
    let ty = layout.type_of(start.function).unwrap_or(u32::MAX);
    let flag = layout.global_count() + u32::try_from(edit.globals.len()).unwrap_or(u32::MAX);
    edit.globals.push(NewGlobal::Narrow(0));
    edit.drops_start = true;
    edit.dropped_exports.extend(existing);
    let place = u32::try_from(edit.functions.len()).unwrap_or(u32::MAX);
    edit.functions.push(NewFunction {
        ty,
        body: body(flag, first, then),
        name: Some(format!("ringfence.start {name}")),
    });
    edit.exports
        .push((name.to_owned(), Exported::Function(numbering.added(place))));
    Ok(Some(deed(
        "start",
        "section",
        format!("runs once, when the host calls the export `{name}`"),
    )))
}

/// The start function first, once. The flag is 0 before it has begun, 1 while it runs, and 2 once it came back: one that trapped
/// stays begun, and nothing goes on without it, as no instance comes of a module whose start section traps.
fn body(flag: u32, first: u32, then: Option<u32>) -> Vec<u8> {
    let mut function = Function::new([]);
    let mut sink = function.instructions();
    sink.global_get(flag).i32_const(2).i32_ne();
    sink.if_(BlockType::Empty).global_get(flag);
    sink.if_(BlockType::Empty).unreachable().end();
    sink.i32_const(1).global_set(flag).call(first);
    sink.i32_const(2).global_set(flag).end();
    if let Some(then) = then {
        sink.call(then);
    }
    sink.end();
    function.into_raw_body()
}
