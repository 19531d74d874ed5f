//! The policy's limits and streams, and where a child policy asks for more than its base.

use crate::audit::context::Ground;
use crate::audit::fact::{Element, fact};
use crate::policy;
use crate::source::Spanned;

fact! { "limit" / "One limit of the policy language, stated or not." struct Limit {
    name: String = "Its key: `fuel`, `deadline`, `memory`, `table_elements`, `stack`, `host_calls`, `open_files` or `written_bytes`.",
    set: bool = "Whether the policy states it.",
    value: Option<u64> = "Its value; durations in nanoseconds, sizes in bytes.",
    waits: Vec<String> = "For deadline: what the policy grants by which a guest may wait without spending fuel.",
} }

fact! { "stream" / "One of stdin, stdout and stderr." struct Stream {
    name: String = "Which one.",
    granted: bool = "Whether the policy grants it.",
    max: Option<u64> = "Its `max`, bytes.",
} }

fact! { "widening" / "A place where a child policy asks for more than its base." struct Widening {
    key: String = "The key.",
    asked: String = "What the child asks for.",
    base: String = "What its base has.",
    ceiling: bool = "Whether it is a number over the base's (else a grant, a mode, a dropped denial).",
} }

/// Limits, streams and widenings.
pub fn collect(ground: &Ground<'_>) -> Vec<Element> {
    let mut elements = limits(ground);
    elements.extend(streams(ground));
    elements.extend(ground.policy.widenings.iter().map(widening));
    elements
}

fn limits(ground: &Ground<'_>) -> Vec<Element> {
    let limits = &ground.policy.limits;
    let absent = limits.span.unwrap_or(ground.policy.span);
    let one = |name: &str, value: Option<Spanned<u64>>| {
        let fact = Limit {
            name: name.to_owned(),
            set: value.is_some(),
            value: value.map(|value| value.value),
            waits: if name == "deadline" {
                waits(ground.policy)
            } else {
                Vec::new()
            },
        };
        Element::new(format!("limit {name}"), fact)
            .at(Some(value.map_or(absent, |value| value.span)), "")
    };
    vec![
        one("fuel", limits.fuel),
        one("deadline", limits.deadline),
        one("memory", limits.memory),
        one("table_elements", limits.table_elements),
        one("stack", limits.stack),
        one("host_calls", limits.host_calls),
        one("open_files", limits.open_files),
        one("written_bytes", limits.written_bytes),
    ]
}

/// What of WASI returns at once: anything else may be a pipe, a socket, a sleep.
const PROMPT: &[&str] = &[
    "args",
    "args_get",
    "args_sizes_get",
    "env",
    "environ_get",
    "environ_sizes_get",
    "random",
    "random_get",
    "process.exit",
    "proc_exit",
];

fn waits(policy: &policy::Policy) -> Vec<String> {
    let imports = &policy.imports;
    let wasi = imports.wasi_allow.0.first().into_iter().flatten();
    let wasi = wasi.filter(|one| !PROMPT.contains(&one.value.as_str()));
    let host = imports.host.iter().filter(|host| !is_prompt(host));
    let shared = policy.module.allow_shared.filter(|allow| allow.value);
    wasi.map(|one| one.value.clone())
        .chain(host.map(|host| format!("{}.{}", host.module.value, host.name.value)))
        .chain(shared.map(|_| "waits on shared memory".to_owned()))
        .collect()
}

/// Providers of our own that never touch anything outside the process.
fn is_prompt(host: &policy::HostImport) -> bool {
    use policy::Provider::{Config, Kv, Log, Stub};
    matches!(
        host.provider,
        Some(Stub(_) | Log { .. } | Kv { .. } | Config { .. })
    )
}

fn streams(ground: &Ground<'_>) -> Vec<Element> {
    let grants = &ground.policy.grants;
    let one = |name: &str, stream: Option<&policy::Stream>| {
        let fact = Stream {
            name: name.to_owned(),
            granted: stream.is_some(),
            max: stream.and_then(|stream| stream.max).map(|max| max.value),
        };
        Element::new(format!("stream {name}"), fact).at(stream.map(|stream| stream.span), "")
    };
    vec![
        one("stdin", grants.stdin.as_ref()),
        one("stdout", grants.stdout.as_ref()),
        one("stderr", grants.stderr.as_ref()),
    ]
}

fn widening(widening: &policy::Widening) -> Element {
    let fact = Widening {
        key: widening.key.clone(),
        asked: widening.asked.clone(),
        base: widening.base.clone(),
        ceiling: widening.ceiling,
    };
    let mut element = Element::new(format!("key {}", widening.key), fact);
    element.place.labels.extend(widening.labels.iter().cloned());
    element
}
