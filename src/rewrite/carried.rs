//! Modules that cannot be hardened, known before anything is rewritten.

use crate::wasm::edit::{EXHAUSTED, FUEL};
use crate::wasm::{Extern, Kind, Module};

/// Proposals whose modules are not rewritten: their code can go ways on which fuel is not counted, or hold references to
/// functions in places that are not followed.
const NOT_CARRIED: &[&str] = &["exceptions", "function-references", "gc", "threads"];

/// Why a module cannot be hardened, in sentences; none, if it can.
pub fn refusals(module: &Module, fuel: bool) -> Vec<String> {
    if let Some(fault) = &module.malformed {
        return vec![format!(
            "it is not a valid module (at {:#x}: {})",
            fault.offset, fault.reason
        )];
    }
    if module.kind == Kind::Component {
        return vec![
            "it is a component: harden the core modules before they are put into one".to_owned(),
        ];
    }
    let mut reasons = Vec::new();
    let used = module.proposals.iter();
    for used in used.filter(|used| NOT_CARRIED.contains(&used.name)) {
        let place = match used.function {
            Some(function) => format!("in function {function}, at {:#x}", used.offset),
            None => format!("at {:#x}", used.offset),
        };
        reasons.push(format!(
            "it uses the proposal `{}` ({}, {place}), which hardening does not carry: build it without",
            used.name, used.what
        ));
    }
    if reasons.is_empty() && module.memories.iter().any(|memory| memory.shared) {
        reasons.push("it has a shared memory: build it without threads".to_owned());
    }
    for import in &module.imports {
        if matches!(import.ty, Extern::Tag) && reasons.is_empty() {
            reasons.push("it imports an exception tag: build it without exceptions".to_owned());
        }
    }
    for export in module.exports.iter().filter(|_| fuel) {
        if export.name == FUEL || export.name == EXHAUSTED {
            reasons.push(format!(
                "it exports `{}`, which is the name of an export that hardening adds",
                export.name
            ));
        }
    }
    reasons
}
