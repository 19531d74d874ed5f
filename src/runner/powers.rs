//! Which capabilities a policy allows at all. An import is linked if any one of its capabilities is allowed; what a call may
//! then do is decided here, descriptor by descriptor and clock by clock.

use crate::capability::Taxonomy;
use crate::policy::{Layers, Policy};

use super::plan::PREVIEW1;

/// The capabilities of `imports.wasi.allow`.
#[derive(Debug, Clone, Copy)]
pub enum Powers<'p> {
    /// What each layer covers.
    Allowed(&'p Layers<String>),
    /// All: denials are only reported.
    All,
}

impl<'p> Powers<'p> {
    /// Those of a policy.
    pub fn of(policy: &'p Policy, report_only: bool) -> Self {
        if report_only {
            Self::All
        } else {
            Self::Allowed(&policy.imports.wasi_allow)
        }
    }

    /// Whether every layer names the capability, or a function that gives it.
    pub fn have(self, capability: &str) -> bool {
        let Self::Allowed(layers) = self else {
            return true;
        };
        let gives = |entry: &str| entry == capability || gives(entry, capability);
        !layers.0.is_empty()
            && layers
                .0
                .iter()
                .all(|layer| layer.iter().any(|entry| gives(&entry.value)))
    }
}

/// Whether a function of this name gives the capability in a module that opens files.
fn gives(function: &str, capability: &str) -> bool {
    let taxonomy = Taxonomy::builtin();
    taxonomy.lookup(PREVIEW1, function).is_some()
        && taxonomy
            .capabilities_of(PREVIEW1, function, true)
            .iter()
            .any(|one| *one == capability)
}
