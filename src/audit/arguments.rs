//! What the module passes to host imports, for the arguments that the policy declares. Buffers are data and are not compared.

use std::collections::BTreeSet;

use crate::policy::{Argument, Role};
use crate::wasm::{Extern, Image, ImportUse, Uses, Why};

use super::context::Audit;
use super::link::Link;
use super::powers::{Passed, Value, clean};

/// Each value that is known, and `Any` where there may be others: all of them, where the code was not analysed.
pub(super) fn arguments(audit: &Audit<'_>) -> BTreeSet<Passed> {
    let image = Image::of(audit.module, audit.bytes);
    let functions = audit
        .links
        .iter()
        .filter(|link| matches!(link.import.ty, Extern::Function(_)));
    let unknown = ImportUse::unknown(0);
    let mut all = BTreeSet::new();
    for link in functions {
        let known = link.usage.unwrap_or(&unknown);
        if known.reach.is_reachable() {
            declared(link, known, &image, &mut all);
        }
    }
    all
}

/// The uses of imports, if the code was looked at.
pub(super) fn analysed<'a>(audit: &Audit<'a>) -> Option<&'a Uses> {
    let uses = audit.module.uses.as_ref()?;
    let unknown = |one: &ImportUse| one.others == Some(Why::NotAnalysed);
    (!uses.imports.iter().any(unknown)).then_some(uses)
}

fn declared(link: &Link<'_>, known: &ImportUse, image: &Image<'_>, all: &mut BTreeSet<Passed>) {
    for argument in link.declared.iter().flat_map(|host| &host.args) {
        let name = format!("{} {}", link.full, argument.name.value);
        let values = match argument.role.value {
            Role::Opcode | Role::Flags | Role::Number => numbers(argument, known),
            Role::Buffer | Role::OutBuffer => continue,
            _ => texts(argument, known, image),
        };
        all.extend(values.into_iter().map(|value| Passed {
            argument: clean(&name),
            value,
        }));
    }
}

fn position(index: Option<&crate::source::Spanned<u64>>) -> Option<usize> {
    usize::try_from(index?.value).ok()
}

fn numbers(argument: &Argument, known: &ImportUse) -> BTreeSet<Value> {
    let Some(index) = position(argument.index.as_ref()) else {
        return [Value::Any].into();
    };
    let values = known.values(index);
    let constants = values.constants.iter();
    let mut all: BTreeSet<Value> = constants.map(|(value, _)| Value::Number(*value)).collect();
    all.extend(values.others.map(|_| Value::Any));
    all
}

fn texts(argument: &Argument, known: &ImportUse, image: &Image<'_>) -> BTreeSet<Value> {
    let places = (
        position(argument.ptr.as_ref()),
        position(argument.len.as_ref()),
    );
    let (Some(pointer), Some(length)) = places else {
        return [Value::Any].into();
    };
    let text = |call: &crate::wasm::Call| {
        let constant = |at: usize| call.arguments.get(at)?.constant();
        let ((pointer, _), (length, _)) = (constant(pointer)?, constant(length)?);
        let found = image.text(pointer, length & 0xffff_ffff)?;
        Some(Value::Text(clean(&found.text)))
    };
    let calls = known.calls.iter();
    let mut all: BTreeSet<Value> = calls.map(|call| text(call).unwrap_or(Value::Any)).collect();
    all.extend(known.others.map(|_| Value::Any));
    all
}
