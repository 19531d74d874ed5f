//! The ABI gate: what version an instance says by the policy's convention, before any other export is called.

use wasmtime::{Instance, Store, Val};

use crate::audit::{Approval, VersionNumber};
use crate::policy::{AbiSource, AbiVersion};
use crate::wasm::Extern;

use super::guest::Guest;

/// Why an instance does not pass.
#[derive(Debug)]
pub enum Closed {
    /// It says another version, or none; in a sentence.
    Version(String),
    /// It failed while it was asked.
    Error(wasmtime::Error),
}

/// Whether the version has to be asked of a function, so that code of the guest runs.
pub fn is_asked(approval: &Approval) -> bool {
    let version = approval.policy().abi.version.as_ref();
    version.is_some_and(|version| version.value.source == AbiSource::Export)
}

/// Lets an instance pass whose version the policy speaks; a policy without a convention lets all pass.
///
/// # Errors
/// Why it does not pass.
pub async fn check(
    approval: &Approval,
    store: &mut Store<Guest>,
    instance: &Instance,
) -> Result<(), Closed> {
    let Some(stated) = &approval.policy().abi.version else {
        return Ok(());
    };
    let stated = &stated.value;
    let says = match stated.source {
        AbiSource::Marker => return marker(approval, stated),
        AbiSource::Section => section(approval, stated)?,
        AbiSource::Global => number(global(store, instance, stated)?, stated)?,
        AbiSource::Export => number(asked(store, instance, stated).await?, stated)?,
    };
    match (stated.major, says.major) {
        (None, Some(_)) => Ok(()),
        (Some(wanted), Some(major)) if i64::try_from(wanted) == Ok(major) => Ok(()),
        (wanted, _) => {
            let wanted = wanted.map_or_else(String::new, |wanted| wanted.to_string());
            let says = &says.text;
            Err(Closed::Version(format!(
                "it says ABI version {says} by `{}`, the policy speaks {wanted}",
                stated.name
            )))
        }
    }
}

fn absent(what: &str, stated: &AbiVersion) -> Closed {
    Closed::Version(format!(
        "it says no ABI version: {what} `{}` is not there or not of the right kind",
        stated.name
    ))
}

fn marker(approval: &Approval, stated: &AbiVersion) -> Result<(), Closed> {
    let exports = approval.module().exports.iter();
    let found = exports.filter(|export| export.name == stated.name);
    let is_function = found.map(|export| matches!(export.ty, Extern::Function(_)));
    if is_function.into_iter().any(|function| function) {
        Ok(())
    } else {
        Err(absent("the marker", stated))
    }
}

/// Several sections of the name must agree: one reader sees the first, another the last.
fn section(approval: &Approval, stated: &AbiVersion) -> Result<VersionNumber, Closed> {
    let sections = approval.module().sections.iter();
    let named = sections.filter(|section| section.name.as_deref() == Some(&stated.name));
    let says: Option<Vec<VersionNumber>> = named
        .map(|section| VersionNumber::of_section(approval.bytes(), section, stated.packed))
        .collect();
    let says = says.unwrap_or_default();
    match says.split_first() {
        Some((first, others)) if others.iter().all(|other| other == first) => Ok(first.clone()),
        Some(_) => Err(Closed::Version(format!(
            "its sections `{}` say different ABI versions",
            stated.name
        ))),
        None => Err(absent("the section", stated)),
    }
}

fn global(
    store: &mut Store<Guest>,
    instance: &Instance,
    stated: &AbiVersion,
) -> Result<Val, Closed> {
    let global = instance.get_global(&mut *store, &stated.name);
    let global = global.ok_or_else(|| absent("the global", stated))?;
    Ok(global.get(store))
}

async fn asked(
    store: &mut Store<Guest>,
    instance: &Instance,
    stated: &AbiVersion,
) -> Result<Val, Closed> {
    let function = instance.get_typed_func::<(), i32>(&mut *store, &stated.name);
    let function = function.map_err(|_| absent("the function", stated))?;
    let said = function.call_async(store, ()).await;
    said.map(Val::I32).map_err(Closed::Error)
}

/// Versions are unsigned.
fn number(value: Val, stated: &AbiVersion) -> Result<VersionNumber, Closed> {
    let number = match value {
        Val::I32(number) => Some(i64::from(number.cast_unsigned())),
        Val::I64(number) => (number >= 0).then_some(number),
        _ => None,
    };
    let number = number.ok_or_else(|| absent("the number of", stated))?;
    Ok(VersionNumber::new(number, stated.packed))
}
