//! What a module cannot hold by itself.

use crate::audit::Left;
use crate::policy::Policy;
use crate::wasm::Module;

fn left(what: &str, why: &str) -> Left {
    Left {
        what: what.to_owned(),
        why: why.to_owned(),
    }
}

/// Keys that are told of here and are no part of what a record's digest of the policy covers.
const NOT_COVERED: &[&str] = &[
    "grants.preopens",
    "grants.env",
    "grants.args",
    "grants.stdin",
    "grants.stdout",
    "grants.stderr",
    "grants.network",
    "determinism",
];

/// Of what is left to the host, that which two records of one digest have to agree about.
pub fn covered(left: &[Left]) -> impl Iterator<Item = &Left> {
    left.iter()
        .filter(|left| !NOT_COVERED.contains(&left.what.as_str()))
}

/// What of a policy's keys only a host can hold.
pub fn of_policy(policy: &Policy, module: &Module, fuel: bool) -> Vec<Left> {
    let (limits, grants) = (&policy.limits, &policy.grants);
    let stream = |stream: &Option<crate::policy::Stream>| stream.is_some();
    let several = module.memories.len() > 1;
    [
        (
            limits.fuel.is_some() && !fuel,
            "limits.fuel",
            "no fuel is counted inside: the host's engine has to",
        ),
        (
            limits.deadline.is_some(),
            "limits.deadline",
            "time is the host's: it has to end a call that takes longer",
        ),
        (
            limits.stack.is_some(),
            "limits.stack",
            "the stack is the engine's",
        ),
        (
            limits.host_calls.is_some(),
            "limits.host_calls",
            "calls of the host cost fuel, and are not counted one by one",
        ),
        (
            limits.open_files.is_some(),
            "limits.open_files",
            "descriptors are the host's",
        ),
        (
            limits.written_bytes.is_some(),
            "limits.written_bytes",
            "what is written is the host's to count",
        ),
        (
            limits.memory.is_some() && several,
            "limits.memory",
            "each memory is bounded, and their sum is not",
        ),
        (
            limits.table_elements.is_some() && module.tables.len() > 1,
            "limits.table_elements",
            "each table is bounded, and their sum is not",
        ),
        (
            !grants.preopens.is_empty(),
            "grants.preopens",
            "the host gives the folders: these and no others",
        ),
        (
            !grants.env_pass.0.is_empty() || !grants.env_set.is_empty(),
            "grants.env",
            "the host gives the variables",
        ),
        (
            grants.args_max.is_some() || !grants.args_allow.0.is_empty(),
            "grants.args",
            "the host gives the arguments",
        ),
        (
            stream(&grants.stdin),
            "grants.stdin",
            "the host bounds what it gives",
        ),
        (
            stream(&grants.stdout),
            "grants.stdout",
            "the host bounds what it takes",
        ),
        (
            stream(&grants.stderr),
            "grants.stderr",
            "the host bounds what it takes",
        ),
        (
            grants.clock_wall.is_some() || grants.clock_monotonic.is_some(),
            "grants.clock",
            "the host says what its clocks tell; `poll_oneoff` waits by them",
        ),
        (
            grants.random.is_some(),
            "grants.random",
            "the host's random source is what it is",
        ),
        (
            !grants.connect.0.is_empty() || !grants.listen.0.is_empty(),
            "grants.network",
            "the host opens the connections",
        ),
        (
            policy.determinism.is_some(),
            "determinism",
            "the engine decides about NaNs, and the host about clocks, files and random bytes",
        ),
    ]
    .into_iter()
    .filter(|(stated, ..)| *stated)
    .map(|(_, what, why)| left(what, why))
    .collect()
}

/// What of a guard.
pub fn of_guard(import: &str, argument: &str, why: &str) -> Left {
    Left {
        what: format!("imports.host {import} {argument}"),
        why: why.to_owned(),
    }
}
