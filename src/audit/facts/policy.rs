//! The policy as a whole, and its keys.

use crate::audit::context::Ground;
use crate::audit::fact::{Element, Fact, fact};
use crate::policy::{self, Clock, Layers, ModuleKind, Random};
use crate::rule::Record;
use crate::source::Spanned;

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

fact! { "key" / "One key of the policy's sections, where the policy states `module.kind`." struct Key {
    path: String = "The key's path, such as `grants.preopens`.",
    effective: bool = "Whether it can have an effect for that kind (one that asks for nothing always counts).",
    reason: String = "Why it has none.",
} }

/// The scalars of `policy.…`.
pub fn record(ground: &Ground<'_>) -> Record {
    fact(ground).record()
}

/// The policy itself as the one fact of its kind, then its keys.
pub fn collect(ground: &Ground<'_>) -> Vec<Element> {
    let span = ground.policy.determinism.unwrap_or(ground.policy.span);
    let mut elements = vec![Element::new("policy", fact(ground)).at(Some(span), "")];
    elements.extend(keys(ground));
    elements
}

fn fact(ground: &Ground<'_>) -> Policy {
    let policy = ground.policy;
    let word = |choice: Option<&str>| choice.unwrap_or_default().to_owned();
    let flag = |flag: Option<Spanned<bool>>| flag.is_some_and(|flag| flag.value);
    let number = |number: Option<Spanned<u64>>| number.map(|number| number.value);
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

/// The stated keys that a `kind` could make idle, if the policy states a kind.
fn keys(ground: &Ground<'_>) -> Vec<Element> {
    let Some(kind) = ground.policy.module.kind else {
        return Vec::new();
    };
    let stated = ground.policy.keys.iter();
    stated
        .filter(|key| !key.value.contains('[') && key.value.matches('.').count() == 1)
        .map(|key| {
            let reason = without_effect(&key.value, kind.value, ground.policy).unwrap_or_default();
            let fact = Key {
                path: key.value.clone(),
                effective: reason.is_empty(),
                reason: reason.to_owned(),
            };
            Element::new(format!("key {}", key.value), fact)
                .at(Some(key.span), "")
                .at(Some(kind.span), "the kind")
        })
        .collect()
}

/// Why a key has no effect for a kind of module; a key that asks for nothing, such as an empty list, is fine with any.
fn without_effect(key: &str, kind: ModuleKind, policy: &policy::Policy) -> Option<&'static str> {
    match kind {
        ModuleKind::Core if asks_for_wasi(key, policy) => {
            Some("a core module has no WASI to use it")
        }
        ModuleKind::Component if key == "module.table" => {
            Some("a component's tables are inside of it, where nothing looks yet")
        }
        ModuleKind::Component if shares_state(key, policy) => {
            Some("a component shares no memory, table or global with its host")
        }
        _ => None,
    }
}

fn asks_for_wasi(key: &str, policy: &policy::Policy) -> bool {
    let (imports, grants) = (&policy.imports, &policy.grants);
    let asks = |layers: &Layers<String>| layers.0.iter().any(|layer| !layer.is_empty());
    let runs =
        |clock: Option<Spanned<Clock>>| clock.is_some_and(|clock| clock.value != Clock::Deny);
    match key {
        "imports.wasi" => asks(&imports.wasi_allow) || !imports.wasi_stub.is_empty(),
        "grants.preopens" => !grants.preopens.is_empty(),
        "grants.env" => asks(&grants.env_pass) || !grants.env_set.is_empty(),
        "grants.args" => asks(&grants.args_allow),
        "grants.stdin" | "grants.stdout" | "grants.stderr" => true,
        "grants.clock" => runs(grants.clock_wall) || runs(grants.clock_monotonic),
        "grants.random" => grants
            .random
            .is_some_and(|random| random.value != Random::Deny),
        "grants.network" => asks(&grants.connect) || asks(&grants.listen),
        _ => false,
    }
}

fn shares_state(key: &str, policy: &policy::Policy) -> bool {
    let imports = &policy.imports;
    let allows = |flag: Option<Spanned<bool>>| flag.is_some_and(|flag| flag.value);
    match key {
        "imports.memory" => allows(imports.memory),
        "imports.table" => allows(imports.table),
        "imports.globals" => allows(imports.globals),
        "abi.allocator" => true,
        _ => false,
    }
}
