//! Signs that a module belongs elsewhere: in a container, in a browser, or in a later WASI.

use std::collections::BTreeMap;

use crate::audit::context::Audit;
use crate::audit::fact::{Element, fact};
use crate::audit::link::{Link, Ruling};
use crate::capability::Family;

fact! { "want" / "Something that the module wants and that a plugin may not get; imports that no code reaches want nothing." struct Want {
    what: String = "network, threads, process or browser.",
    imports: Vec<String> = "The imports that tell; none if a shared memory does.",
    declared: bool = "Whether each of them is a host function that `imports.host` declares.",
    stubbed: bool = "Whether each of them is one that `imports.wasi.stub` names.",
} }

fact! { "wasi-generation" / "One generation of WASI that the module imports from." struct Generation {
    name: String = "preview 0, preview 1 or 0.2.",
    legacy: bool = "Whether it is `wasi_unstable`.",
    generations: u64 = "How many generations the module imports from.",
} }

/// What is wanted to be linked at all, whether or not code calls it.
const BROWSER: &str = "browser";

/// Wants, then generations.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let mut elements = wants(audit);
    elements.extend(generations(audit));
    elements
}

fn wants(audit: &Audit<'_>) -> Vec<Element> {
    let mut groups: BTreeMap<&str, Vec<&Link<'_>>> = BTreeMap::new();
    for link in &audit.links {
        if let Some(what) = want(link).filter(|what| *what == BROWSER || !link.is_unreachable()) {
            groups.entry(what).or_default().push(link);
        }
    }
    let memories = &audit.module.memories;
    let shared = memories.iter().find(|memory| memory.shared);
    if shared.is_some() {
        groups.entry("threads").or_default();
    }
    let groups = groups.into_iter();
    groups
        .map(|(what, links)| {
            let element = Element::new(format!("want {what}"), of_links(what, &links));
            let element = element.at(audit.module_key(), "");
            match links.first() {
                Some(link) => element.in_module(super::import::place(link)),
                None => element.at_offset(shared.map(|memory| memory.offset)),
            }
        })
        .collect()
}

fn of_links(what: &str, links: &[&Link<'_>]) -> Want {
    let each =
        |holds: fn(&Link<'_>) -> bool| !links.is_empty() && links.iter().all(|link| holds(link));
    Want {
        what: what.to_owned(),
        imports: links.iter().map(|link| link.full.clone()).collect(),
        declared: each(|link| link.declared.is_some()),
        stubbed: each(|link| link.wasi && matches!(link.ruling, Ruling::Stubbed(_))),
    }
}

/// What an import wants, if it is more than a plugin's ordinary share.
fn want(link: &Link<'_>) -> Option<&'static str> {
    let browser = link
        .entry
        .is_some_and(|entry| entry.family == Family::Browser);
    if browser {
        Some(BROWSER)
    } else if wants_network(link) {
        Some("network")
    } else if link.has("thread.spawn") {
        Some("threads")
    } else if wants_process(link) {
        Some("process")
    } else {
        None
    }
}

/// Sockets under any name, HTTP and name look-up under one of WASI: where a host function sends a request, the host does.
fn wants_network(link: &Link<'_>) -> bool {
    let any = |capabilities: &[&str]| capabilities.iter().any(|capability| link.has(capability));
    any(&["net.connect", "net.listen", "net.udp"])
        || link.wasi && any(&["net.resolve", "http.outgoing"])
}

/// Functions that start, replace or await a process, wherever they come from.
const PROCESS: &[&str] = &[
    "exec",
    "execl",
    "execv",
    "execve",
    "execvp",
    "fork",
    "popen",
    "posix_spawn",
    "posix_spawnp",
    "proc_join",
    "run_command",
    "shell",
    "spawn",
    "spawn_process",
    "system",
    "vfork",
    "wait4",
    "waitpid",
];

fn wants_process(link: &Link<'_>) -> bool {
    let name = link.import.name.as_str();
    let function = link.is_host_function() || link.is_wasi_function();
    let begins = ["proc_exec", "proc_fork", "proc_spawn", "wasmedge_process"];
    function && (PROCESS.contains(&name) || begins.iter().any(|begin| name.starts_with(begin)))
}

fn generations(audit: &Audit<'_>) -> Vec<Element> {
    let mut first: BTreeMap<&str, &Link<'_>> = BTreeMap::new();
    for link in &audit.links {
        if let Some(generation) = generation(&link.import.module) {
            first.entry(generation).or_insert(link);
        }
    }
    let generations = first.len() as u64;
    first
        .into_iter()
        .map(|(name, link)| {
            let fact = Generation {
                name: name.to_owned(),
                legacy: name == "preview 0",
                generations,
            };
            Element::new(format!("wasi {name}"), fact).in_module(super::import::place(link))
        })
        .collect()
}

fn generation(module: &str) -> Option<&'static str> {
    match module {
        "wasi_unstable" => Some("preview 0"),
        "wasi_snapshot_preview1" => Some("preview 1"),
        _ if module.starts_with("wasi:") => Some("0.2"),
        _ => None,
    }
}
