//! Exports against the policy's lists.

use crate::audit::context::Audit;
use crate::audit::fact::{Element, ModulePlace, fact};
use crate::policy;
use crate::source::Spanned;

fact! { "export" / "One export of the module." struct Export {
    name: String = "Its name.",
    kind: String = "function, memory, table, global or tag.",
    signature: Option<String> = "A function's signature.",
    allowed: Option<bool> = "Whether `module.exports.allow` or `require` names it, or it sets the fuel of a module that counts it; null if the policy lists none.",
} }

fact! { "required-export" / "One entry of `module.exports.require`." struct RequiredExport {
    name: String = "The export's name.",
    found: bool = "Whether the module has it.",
    expected: Option<String> = "The signature that the policy wants; without one, what `memory`, `_start` and `_initialize` have to be.",
    actual: Option<String> = "The signature that it has, or its kind if it is no function.",
    matches: bool = "Whether it is there as expected.",
} }

/// Exports, then required ones.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let limits = &audit.ground.policy.module;
    let mut elements: Vec<Element> = audit
        .module
        .exports
        .iter()
        .map(|export| {
            let named = |allow: &Vec<Spanned<String>>| {
                audit.is_fuel(&export.name)
                    || allow.iter().any(|one| one.value == export.name)
                    || limits
                        .exports_require
                        .iter()
                        .any(|one| one.value.name == export.name)
            };
            let fact = Export {
                name: export.name.clone(),
                kind: export.ty.kind().to_owned(),
                signature: export.ty.signature().map(ToString::to_string),
                allowed: limits.exports_allow.as_ref().map(named),
            };
            let stated = limits
                .exports_allow
                .is_some()
                .then(|| audit.ground.key("module.exports.allow"));
            Element::new(format!("export {}", export.name), fact)
                .at(stated, "")
                .in_module(ModulePlace {
                    offset: Some(export.offset),
                    export: Some(export.name.clone()),
                    ..ModulePlace::default()
                })
        })
        .collect();
    elements.extend(
        limits
            .exports_require
            .iter()
            .map(|required| self::required(audit, required)),
    );
    elements
}

/// A name alone says what it has to be where its meaning is fixed.
fn expected(required: &policy::RequiredExport) -> Option<String> {
    match (&required.signature, required.name.as_str()) {
        (Some(signature), _) => Some(signature.to_string()),
        (None, "memory") => Some("memory".to_owned()),
        (None, "_start" | "_initialize") => Some("() -> ()".to_owned()),
        (None, _) => None,
    }
}

fn required(audit: &Audit<'_>, required: &Spanned<policy::RequiredExport>) -> Element {
    let found = audit
        .module
        .exports
        .iter()
        .find(|export| export.name == required.value.name);
    let actual = found.map(|export| {
        export
            .ty
            .signature()
            .map_or_else(|| export.ty.kind().to_owned(), ToString::to_string)
    });
    let expected = expected(&required.value);
    let fact = RequiredExport {
        name: required.value.name.clone(),
        found: found.is_some(),
        matches: found.is_some() && (expected.is_none() || expected == actual),
        expected,
        actual,
    };
    let element =
        Element::new(format!("export {}", required.value.name), fact).at(Some(required.span), "");
    match found {
        Some(export) => element.in_module(ModulePlace {
            offset: Some(export.offset),
            export: Some(export.name.clone()),
            ..ModulePlace::default()
        }),
        None => element,
    }
}
