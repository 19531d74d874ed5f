//! All that a module under a policy can do, told by names and not by places: what an approval records and drift is against.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::credential::redact;
use crate::wasm::{Extern, Module};

use super::arguments::arguments;
use super::capabilities::rows;
use super::context::Audit;
use super::facts::abi_version;

use super::scope::{Scopes, guards, limits, scopes};

/// Imports or exports, each with the types it has; none where a record does not say.
pub type Interface = BTreeMap<String, BTreeSet<String>>;

/// What a module can do, and what its policy lets it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Powers {
    /// Capabilities of its imports.
    pub capabilities: BTreeSet<String>,
    /// What the policy grants.
    pub scopes: Scopes,
    /// How it bounds that; `None` in a record that does not say.
    pub guards: Option<Scopes>,
    /// Its limits; `None` in a record that does not say.
    pub limits: Option<Scopes>,
    /// Imports.
    pub imports: Interface,
    /// Exports.
    pub exports: Interface,
    /// The ABI's version.
    pub abi: Option<String>,
    /// Arguments of declared host imports; `None` in a record that does not say.
    pub arguments: Option<BTreeSet<Passed>>,
}

/// What a call passes for an argument that the policy declares.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Passed {
    /// `env.exec command`.
    pub argument: String,
    /// The value.
    pub value: Value,
}

/// A value of an argument.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Anything: it is computed, or comes from outside.
    Any,
    /// A number.
    Number(i64),
    /// A text, credentials redacted.
    Text(String),
}

impl Powers {
    /// Those of a module under a policy.
    pub(super) fn of(audit: &Audit<'_>) -> Self {
        // Without a policy, grants are not judged.
        let policy = Some(audit.ground.policy).filter(|_| audit.ground.judged);
        let names = rows(audit).into_iter().map(|row| clean(&row.capability));
        Self {
            capabilities: names.collect(),
            scopes: policy
                .map(|policy| cleaned(scopes(policy)))
                .unwrap_or_default(),
            guards: policy.map(|policy| cleaned(guards(policy))),
            limits: policy.map(|policy| cleaned(limits(policy))),
            imports: imports(audit.module),
            exports: exports(audit.module),
            abi: abi_version(audit).map(|version| clean(&version)),
            arguments: Some(arguments(audit)),
        }
    }
}

/// The imports of a module.
pub(super) fn imports(module: &Module) -> Interface {
    let named = module.imports.iter();
    interface(named.map(|import| (import.full_name(), &import.ty)))
}

/// The exports of a module.
pub(super) fn exports(module: &Module) -> Interface {
    let named = module.exports.iter();
    interface(named.map(|export| (export.name.clone(), &export.ty)))
}

fn interface<'m>(named: impl Iterator<Item = (String, &'m Extern)>) -> Interface {
    let mut interface = Interface::new();
    for (name, ty) in named {
        let types = interface.entry(clean(&name)).or_default();
        types.insert(described(ty));
    }
    interface
}

/// A type in words; bounds of memories and tables are not part of it.
pub(super) fn described(ty: &Extern) -> String {
    match ty {
        Extern::Function(signature) => signature.to_string(),
        Extern::Memory {
            shared, memory64, ..
        } => {
            let shared = if *shared { "shared " } else { "" };
            let wide = if *memory64 { "64-bit " } else { "" };
            format!("{shared}{wide}memory")
        }
        Extern::Table { element, .. } => format!("table of {element}"),
        Extern::Global { value, mutable } => {
            let mutable = if *mutable { "mutable " } else { "" };
            format!("{mutable}global {value}")
        }
        Extern::Tag => "tag".to_owned(),
        Extern::Other(word) => (*word).to_owned(),
    }
}

/// A name as a lock may hold it.
pub(super) fn clean(name: &str) -> String {
    redact(name).into_owned()
}

fn cleaned(scopes: Scopes) -> Scopes {
    let scopes = scopes.into_iter();
    scopes
        .map(|(name, value)| (clean(&name), clean(&value)))
        .collect()
}
