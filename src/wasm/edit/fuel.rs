//! Fuel in a module: the globals that hold it, and whether a module that says it counts really does.

use wasmparser::{ExternalKind, Validator, WasmFeatures};

use crate::wasm::{Malformed, features};

use super::apply;
use super::body::Meter;
use super::change::{Edit, Exported, NewGlobal, Numbering};
use super::layout::Layout;

/// The exported global that holds the fuel left: `(mut i64)`.
pub const FUEL: &str = "ringfence_fuel";
/// The exported global that is 1 once the fuel did not suffice: `(mut i32)`.
pub const EXHAUSTED: &str = "ringfence_exhausted";
/// The custom section of hardened modules.
pub const RECORD: &str = "ringfence";

/// Adds the counting of fuel to an edit that is otherwise complete.
pub fn count_fuel(
    edit: &mut Edit,
    layout: &Layout<'_>,
    numbering: &Numbering,
    budget: i64,
    host_call: u32,
) {
    let own = edit.globals.len();
    let own = u32::try_from(own).unwrap_or(u32::MAX);
    let fuel = layout.global_count() - edit.cut_globals.min(layout.global_count()) + own;
    let exhausted = fuel + 1;
    edit.globals
        .extend([NewGlobal::Wide(budget), NewGlobal::Narrow(0)]);
    edit.exports.push((FUEL.to_owned(), Exported::Global(fuel)));
    edit.exports
        .push((EXHAUSTED.to_owned(), Exported::Global(exhausted)));
    edit.meter = Some(Meter {
        fuel,
        exhausted,
        imported: numbering.imported(),
        host_call,
    });
}

/// A module that counts fuel, with the counting taken out again.
#[derive(Debug, Clone)]
pub struct Counted {
    /// The module without it, and without the record of what was done.
    pub bytes: Vec<u8>,
    /// What the fuel is before anybody sets it.
    pub budget: i64,
}

/// The proposals that hardening does not carry. Their code can go ways on which no fuel is counted (`br_on_cast`).
fn uncounted() -> WasmFeatures {
    WasmFeatures::GC
        | WasmFeatures::FUNCTION_REFERENCES
        | WasmFeatures::EXCEPTIONS
        | WasmFeatures::THREADS
}

/// Takes the counting out of a module, as far as it looks like ours: [`is_counted`] tells whether it is.
pub fn counted(bytes: &[u8]) -> Option<Counted> {
    let layout = Layout::of(bytes).ok()?;
    let global = |name: &str| {
        let found = layout
            .exports
            .iter()
            .position(|export| export.name == name && export.kind == ExternalKind::Global)?;
        Some((found, layout.exports.get(found)?.index))
    };
    let (first, fuel) = global(FUEL)?;
    let (second, exhausted) = global(EXHAUSTED)?;
    let last = layout.global_count().checked_sub(2)?;
    if fuel != last || exhausted != last + 1 || layout.globals.len() < 2 {
        return None;
    }
    let budget = budget(&layout)?;
    let meter = Meter {
        fuel,
        exhausted,
        imported: layout.imported(),
        host_call: 0,
    };
    let mut edit = Edit {
        cut_globals: 2,
        unmeter: Some(meter),
        ..Edit::default()
    };
    edit.dropped_exports.extend([first, second]);
    edit.dropped_customs.extend(layout.customs_named(RECORD));
    let bytes = apply(&layout, &edit).ok()?;
    Some(Counted { bytes, budget })
}

/// The first value of the last global but one.
fn budget(layout: &Layout<'_>) -> Option<i64> {
    let place = layout.globals.len().checked_sub(2)?;
    let (range, expression) = layout.globals.get(place)?;
    let mut reader = layout.reader(&(*expression..range.end));
    match reader.read_u8().ok()? {
        0x42 => reader.read_var_i64().ok(),
        _ => None,
    }
}

/// Whether each function of a module counts its fuel, with this surcharge for calls of the host, and nothing else touches the
/// fuel: the counting is taken out and put in again, and the same bytes come out. Nothing that the module says is believed.
///
/// # Errors
/// It is no module that can be taken apart.
pub fn is_counted(bytes: &[u8], host_call: u32) -> Result<Option<i64>, Malformed> {
    let layout = Layout::of(bytes)?;
    let Some(without) = counted(bytes) else {
        return Ok(None);
    };
    let inner = Layout::of(&without.bytes)?;
    let mut edit = Edit::default();
    let numbering = Numbering::of(&inner, &edit.dropped_imports, 0);
    count_fuel(&mut edit, &inner, &numbering, without.budget, host_call);
    let records = layout.customs_named(RECORD);
    let record = records
        .last()
        .and_then(|place| layout.custom_content(*place));
    if let Some(record) = record {
        edit.customs.push((RECORD.to_owned(), record.to_vec()));
    }
    let Ok(again) = apply(&inner, &edit) else {
        return Ok(None);
    };
    // A module that is valid without the two globals and the added locals cannot name them.
    let mut validator = Validator::new_with_features(features().difference(uncounted()));
    let mut untouched = || validator.validate_all(&without.bytes).is_ok();
    Ok((again == bytes && untouched()).then_some(without.budget))
}

/// A module that counts no fuel, without the record of what was done.
pub fn without_record(bytes: &[u8]) -> Option<Vec<u8>> {
    let layout = Layout::of(bytes).ok()?;
    let mut edit = Edit::default();
    edit.dropped_customs.extend(layout.customs_named(RECORD));
    apply(&layout, &edit).ok()
}

/// The record of what was done to a hardened module; an error where there are several.
pub fn record(bytes: &[u8]) -> Option<Result<&[u8], ()>> {
    let layout = Layout::of(bytes).ok()?;
    match layout.customs_named(RECORD).as_slice() {
        [] => None,
        [one] => Some(layout.custom_content(*one).ok_or(())),
        _ => Some(Err(())),
    }
}
