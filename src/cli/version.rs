//! What `--version` tells: the program, its engine, and the rules and taxonomy that it judges by.

use std::sync::LazyLock;

use crate::audit::builtin_rules_digest;

/// A line each. The digest is the one that a lock's record has under `rules`, where no rules of the user's own were added.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        format!(
            "{}\nengine: {}\nrules: sha256 {}",
            env!("CARGO_PKG_VERSION"),
            engine(),
            builtin_rules_digest()
        )
    });
    &TEXT
}

#[cfg(all(feature = "run", unix))]
fn engine() -> &'static str {
    crate::audit::ENGINE
}

#[cfg(not(all(feature = "run", unix)))]
fn engine() -> &'static str {
    "none: this build only judges"
}
