//! The policy as a whole, and its keys.

use crate::audit::context::{Audit, Ground};
use crate::audit::fact::{Element, Fact, fact};
use crate::policy::{Clock, ModuleKind, Random};
use crate::rule::Record;
use crate::wasm;

fact! { "policy" / "The policy as a whole; its fields are `policy.…` in every condition." struct Policy {
    judged: bool = "Whether a policy was given; without one, grants are not judged.",
    kind: Option<String> = "`module.kind`: wasip1, component or core.",
    determinism: bool = "Whether `determinism: required` is stated.",
    max_size: Option<u64> = "`module.max_size`, bytes.",
    max_functions: Option<u64> = "`module.max_functions`.",
    exports_max: Option<u64> = "`module.exports.max`.",
    require_maximum: bool = "`module.memory.require_maximum`.",
    allow_shared: bool = "`module.memory.allow_shared`.",
    allow_memory64: bool = "`module.memory.allow_memory64`.",
    start_section: String = "`module.start_section`: allow, deny, or empty if not stated.",
    max_host_functions: u64 = "`abi.max_host_functions`, 8 if not stated.",
    fuel: Option<u64> = "`limits.fuel`.",
    deadline: Option<u64> = "`limits.deadline`, nanoseconds.",
    clock_wall: String = "`grants.clock.wall`: real, fixed, deny, or empty if not stated.",
    clock_monotonic: String = "`grants.clock.monotonic`: real, step, deny, or empty if not stated.",
    random: String = "`grants.random.source`: os, seeded, deny, or empty if not stated.",
    network: bool = "Whether any network is granted.",
    env: bool = "Whether any environment variable is granted.",
    secret_sources: Vec<String> = "Grants that hand out secrets or broad reads: variables, preopens, host imports.",
    outgoing: Vec<String> = "Grants by which data can leave: network, URL-taking host imports.",
} }

fact! { "key" / "One key that the policy states." struct Key {
    path: String = "The key's path, such as `grants.preopens`.",
    effective: bool = "Whether it can have an effect for this `module.kind`.",
    reason: String = "Why it has none.",
} }

/// The scalars of `policy.…`.
pub fn record(ground: &Ground<'_>) -> Record {
    fact(ground).record()
}

/// The policy itself as the one fact of its kind.
pub fn collect(ground: &Ground<'_>) -> Vec<Element> {
    let span = ground.policy.determinism.unwrap_or(ground.policy.span);
    vec![Element::new("policy", fact(ground)).at(Some(span), "")]
}

fn fact(ground: &Ground<'_>) -> Policy {
    let policy = ground.policy;
    let word = |choice: Option<&str>| choice.unwrap_or_default().to_owned();
    let flag = |flag: Option<crate::source::Spanned<bool>>| flag.is_some_and(|flag| flag.value);
    let number = |number: Option<crate::source::Spanned<u64>>| number.map(|number| number.value);
    let grants = &policy.grants;
    Policy {
        judged: ground.judged,
        kind: policy
            .module
            .kind
            .map(|kind| kind_name(kind.value).to_owned()),
        determinism: policy.determinism.is_some(),
        max_size: number(policy.module.max_size),
        max_functions: number(policy.module.max_functions),
        exports_max: number(policy.module.exports_max),
        require_maximum: flag(policy.module.require_maximum),
        allow_shared: flag(policy.module.allow_shared),
        allow_memory64: flag(policy.module.allow_memory64),
        start_section: word(
            policy
                .module
                .start_section
                .map(|allow| if allow.value { "allow" } else { "deny" }),
        ),
        max_host_functions: number(policy.abi.max_host_functions).unwrap_or(8),
        fuel: number(policy.limits.fuel),
        deadline: number(policy.limits.deadline),
        clock_wall: word(grants.clock_wall.map(|clock| clock_name(clock.value))),
        clock_monotonic: word(grants.clock_monotonic.map(|clock| clock_name(clock.value))),
        random: word(grants.random.map(|random| random_name(random.value))),
        network: !grants.connect.is_empty() || !grants.listen.is_empty(),
        env: !grants.env_pass.is_empty() || !grants.env_set.is_empty(),
        secret_sources: super::preopen::secret_sources(ground),
        outgoing: super::network::outgoing(ground),
    }
}

/// `wasip1`, `component` or `core`.
pub fn kind_name(kind: ModuleKind) -> &'static str {
    match kind {
        ModuleKind::Wasip1 => "wasip1",
        ModuleKind::Component => "component",
        ModuleKind::Core => "core",
    }
}

fn clock_name(clock: Clock) -> &'static str {
    match clock {
        Clock::Deny => "deny",
        Clock::Fixed => "fixed",
        Clock::Step => "step",
        Clock::Real => "real",
    }
}

fn random_name(random: Random) -> &'static str {
    match random {
        Random::Deny => "deny",
        Random::Seeded => "seeded",
        Random::Os => "os",
    }
}

/// The stated keys, each with whether it can have an effect for the policy's `kind`, or for what the module is.
pub fn keys(audit: &Audit<'_>) -> Vec<Element> {
    let kind = audit.ground.policy.module.kind.map_or_else(
        || match audit.module.kind {
            wasm::Kind::Core => ModuleKind::Core,
            wasm::Kind::Wasip1 => ModuleKind::Wasip1,
            wasm::Kind::Component => ModuleKind::Component,
        },
        |kind| kind.value,
    );
    if !audit.ground.judged {
        return Vec::new();
    }
    audit
        .ground
        .policy
        .keys
        .iter()
        .filter(|key| key.value.matches('.').count() <= 1 && !key.value.contains('['))
        .map(|key| {
            let reason = without_effect(&key.value, kind).unwrap_or_default();
            let fact = Key {
                path: key.value.clone(),
                effective: reason.is_empty(),
                reason: reason.to_owned(),
            };
            Element::new(format!("key {}", key.value), fact).at(Some(key.span), reason)
        })
        .collect()
}

/// Why a key has no effect for a kind of module.
fn without_effect(key: &str, kind: ModuleKind) -> Option<&'static str> {
    let section = |prefix: &str| {
        key == prefix
            || key
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with('.'))
    };
    let wasi_only = [
        "imports.wasi",
        "grants.preopens",
        "grants.env",
        "grants.args",
        "grants.stdin",
        "grants.stdout",
    ];
    match kind {
        ModuleKind::Core if wasi_only.iter().any(|prefix| section(prefix)) => {
            Some("a core module has no WASI to use it")
        }
        ModuleKind::Core
            if [
                "grants.stderr",
                "grants.clock",
                "grants.random",
                "grants.network",
            ]
            .iter()
            .any(|prefix| section(prefix)) =>
        {
            Some("a core module has no WASI to use it")
        }
        ModuleKind::Component
            if [
                "imports.memory",
                "imports.table",
                "imports.globals",
                "abi.allocator",
                "module.table",
            ]
            .iter()
            .any(|prefix| section(prefix)) =>
        {
            Some("a component shares no memory, table or global with its host")
        }
        _ => None,
    }
}
