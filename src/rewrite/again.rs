//! A module that is hardened already. What it says of itself is a hint by which it is taken apart; what decides is that
//! hardening the parts gives the very same bytes.

use std::collections::BTreeMap;

use crate::audit::HardeningRecord;
use crate::wasm::edit::{self, Edit, Layout, Target};
use crate::wasm::{Module, decode};

/// What a hardened module was made of, as far as that can be told.
pub struct Before {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its facts.
    pub module: Module,
    /// What it says was done.
    pub record: HardeningRecord,
}

/// Takes a hardened module apart; `None` if nothing sensible comes of it.
pub fn before(bytes: &[u8], record: HardeningRecord) -> Option<Before> {
    let bytes = match record.fuel {
        Some(_) => edit::counted(bytes)?.bytes,
        None => edit::without_record(bytes)?,
    };
    let bytes = without_wrappers(&bytes, record.wrappers)?;
    let module = decode(&bytes);
    module.malformed.is_none().then_some(Before {
        bytes,
        module,
        record,
    })
}

/// References to the last functions go to the functions of the host that these call.
fn without_wrappers(bytes: &[u8], wrappers: u32) -> Option<Vec<u8>> {
    let layout = Layout::of(bytes).ok()?;
    let (imported, defined) = (layout.imported(), layout.defined());
    let first = defined.checked_sub(wrappers)?;
    let mut redirected = BTreeMap::new();
    for wrapper in first..defined {
        let host = layout.last_call(wrapper).filter(|host| *host < imported)?;
        redirected.insert(imported + wrapper, Target::Old(host));
    }
    let edit = Edit {
        redirected,
        cut_functions: wrappers,
        ..Edit::default()
    };
    edit::apply(&layout, &edit).ok()
}
