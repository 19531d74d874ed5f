//! What goes before anything else: ways into the code that the policy denies. Which code runs, and so which imports are called,
//! depends on them; a module without them is looked at anew.

use crate::audit::{Deed, Link};
use crate::policy::Policy;
use crate::wasm::edit::{self, Edit, Layout};
use crate::wasm::{Extern, Malformed, Module, decode};

use super::exports;
use super::fate::{is_own, own};

/// A module without the ways in that its policy denies.
pub struct Closed {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its facts.
    pub module: Module,
    /// What was done.
    pub done: Vec<Deed>,
}

/// Takes exports, and memories and tables of the host's, out of a module; `None` if none of them has to go that code could
/// depend on.
///
/// # Errors
/// Where the module does not read.
pub fn closed(
    module: &Module,
    layout: &Layout<'_>,
    links: &[Link<'_>],
    policy: &Policy,
) -> Result<Option<Closed>, Malformed> {
    let mut done = Vec::new();
    let dropped_exports = exports::dropped(module, policy, &mut done);
    let owned = links.iter().enumerate();
    let owned = owned.filter(|(_, link)| is_own(link, policy));
    done.extend(owned.clone().map(|(_, link)| own(link)));
    let edit = Edit {
        dropped_imports: owned.map(|(place, _)| place).collect(),
        dropped_exports,
        ..Edit::default()
    };
    let exports = module.exports.iter().enumerate();
    let mut gone = exports.filter(|(place, _)| edit.dropped_exports.contains(place));
    let is_way = gone.any(|(_, export)| !matches!(export.ty, Extern::Global { .. }));
    if !is_way && edit.dropped_imports.is_empty() {
        return Ok(None);
    }
    let bytes = edit::apply(layout, &edit)?;
    let module = decode(&bytes);
    if let Some(fault) = &module.malformed {
        return Err(fault.clone());
    }
    Ok(Some(Closed {
        bytes,
        module,
        done,
    }))
}
