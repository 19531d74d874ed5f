//! What goes before anything else: ways into the code that the policy denies, and ways by which references get out of it. Which
//! code runs, and so which imports are called, depends on them; a module without them is looked at anew.

use crate::audit::Deed;
use crate::wasm::edit::{self, Edit};
use crate::wasm::{Extern, Malformed, Module, Signature, decode};

use super::exports;
use super::fate::{Fate, fates, is_own, own};
use super::plan::Plan;

/// A module without some ways.
pub struct Closed {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its facts.
    pub module: Module,
    /// What was done so far.
    pub done: Vec<Deed>,
}

/// Takes out what has to go and what other code may depend on; `None` if there is nothing of the kind. What comes out may have
/// more of it.
///
/// # Errors
/// Where the module does not read.
pub fn closed(plan: &Plan<'_>) -> Result<Option<Closed>, Malformed> {
    match ways_in(plan)? {
        None => ways_out(plan),
        closed => Ok(closed),
    }
}

/// Exports, and memories and tables of the host's.
fn ways_in(plan: &Plan<'_>) -> Result<Option<Closed>, Malformed> {
    let module = plan.module;
    let mut done = plan.done.clone();
    let dropped_exports = exports::dropped(module, plan.policy, &mut done);
    let owned = plan.links.iter().enumerate();
    let owned = owned.filter(|(_, link)| is_own(link, plan.policy));
    done.extend(owned.clone().map(|(_, link)| own(link)));
    let edit = Edit {
        dropped_imports: owned.map(|(place, _)| place).collect(),
        dropped_exports,
        ..Edit::default()
    };
    let exports = module.exports.iter().enumerate();
    let mut gone = exports.filter(|(place, _)| edit.dropped_exports.contains(place));
    let is_number = |ty: &Extern| matches!(ty, Extern::Global { .. }) && !ty.is_reference_global();
    let is_way = gone.any(|(_, export)| !is_number(&export.ty));
    if !is_way && edit.dropped_imports.is_empty() {
        return Ok(None);
    }
    applied(plan, &edit, done).map(Some)
}

/// Functions of the host that take or give references: with one of them alone, any function that code refers to may be called.
fn ways_out(plan: &Plan<'_>) -> Result<Option<Closed>, Malformed> {
    // Who is refused is told why by what comes next.
    let Ok(mut fates) = fates(plan.links, plan.policy) else {
        return Ok(None);
    };
    let mut edit = Edit::default();
    for (place, (link, fate)) in plan.links.iter().zip(&mut fates).enumerate() {
        let goes = matches!(fate, Fate::Goes(..));
        if goes && link.import.ty.signature().is_some_and(carries) {
            edit.dropped_imports.insert(place);
        } else {
            *fate = Fate::STAYS;
        }
    }
    if edit.dropped_imports.is_empty() {
        return Ok(None);
    }
    let mut done = plan.done.clone();
    plan.stand_ins(&fates, &mut edit, &mut done);
    applied(plan, &edit, done).map(Some)
}

fn carries(signature: &Signature) -> bool {
    let mut types = signature.params.iter().chain(&signature.results);
    types.any(|ty| !matches!(ty.as_str(), "i32" | "i64" | "f32" | "f64" | "v128"))
}

fn applied(plan: &Plan<'_>, edit: &Edit, done: Vec<Deed>) -> Result<Closed, Malformed> {
    let bytes = edit::apply(plan.layout, edit)?;
    let module = decode(&bytes);
    match &module.malformed {
        Some(fault) => Err(fault.clone()),
        None => Ok(Closed {
            bytes,
            module,
            done,
        }),
    }
}
