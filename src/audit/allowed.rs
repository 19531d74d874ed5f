//! Which capabilities a policy allows at all, whichever function they come by.

use crate::capability::Taxonomy;
use crate::policy::Layers;

/// The one WASI that is known function by function.
const PREVIEW1: &str = "wasi_snapshot_preview1";

/// Whether every layer names the capability, or a function that gives it.
pub fn allows(layers: &Layers<String>, capability: &str) -> bool {
    let gives = |entry: &str| entry == capability || gives(entry, capability);
    let covers =
        |layer: &Vec<crate::source::Spanned<String>>| layer.iter().any(|entry| gives(&entry.value));
    !layers.0.is_empty() && layers.0.iter().all(covers)
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
