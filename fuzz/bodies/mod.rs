//! What the fuzz targets do with their bytes: plain functions that panic where a promise is broken. `fuzz_targets/` feeds them
//! from libFuzzer, `tests/suite/fuzz.rs` from the seeds and from fixed mutations of them, so that neither has a copy.
//!
//! Each target is in [`TARGETS`], with its name, its body and what its bytes are.

mod check;
mod choices;
mod diff;
mod harden;
mod held;
mod lock;
mod module;
pub mod mutate;
mod policy;
mod policy_text;
mod rule;
#[cfg(all(feature = "run", unix))]
mod run;

use mutate::Kind;

/// One target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: that of its file among the targets, and of its folder among the seeds.
    pub name: &'static str,
    /// What it does with bytes.
    pub body: fn(&[u8]),
    /// How its bytes are changed.
    pub kind: Kind,
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target {
        name: "module",
        body: module::body,
        kind: Kind::Module,
    },
    Target {
        name: "policy",
        body: policy::body,
        kind: Kind::Text,
    },
    Target {
        name: "grammar",
        body: policy::grown,
        kind: Kind::Bytes,
    },
    Target {
        name: "rule",
        body: rule::body,
        kind: Kind::Text,
    },
    Target {
        name: "lock",
        body: lock::body,
        kind: Kind::Text,
    },
    Target {
        name: "check",
        body: check::body,
        kind: Kind::Pair,
    },
    Target {
        name: "harden",
        body: harden::body,
        kind: Kind::Pair,
    },
    Target {
        name: "diff",
        body: diff::body,
        kind: Kind::Pair,
    },
    #[cfg(all(feature = "run", unix))]
    Target {
        name: "run",
        body: run::body,
        kind: Kind::Module,
    },
];

/// The target of a name.
#[allow(dead_code, reason = "libFuzzer's side alone asks by name")]
pub fn named(name: &str) -> Target {
    let found = TARGETS.iter().find(|target| target.name == name);
    *found.unwrap_or_else(|| panic!("no target {name}"))
}

/// The two parts of a pair: the length of the first in two bytes, the first, the second.
fn pair(data: &[u8]) -> (&[u8], &[u8]) {
    let Some((length, rest)) = data.split_first_chunk::<2>() else {
        return (data, &[]);
    };
    let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
    rest.split_at(length)
}
