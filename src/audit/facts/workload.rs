//! Signs that a module belongs elsewhere: in a container, in a browser, or in a later WASI.

use std::collections::BTreeMap;

use crate::audit::context::Audit;
use crate::audit::fact::{Element, fact};
use crate::audit::link::Link;
use crate::capability::Family;

fact! { "want" / "Something that the module wants and a plugin's kind may not give." struct Want {
    what: String = "network, threads, process or browser.",
    imports: Vec<String> = "The imports that tell.",
    kind: String = "The policy's `module.kind`, or what the module is.",
} }

fact! { "wasi-generation" / "One generation of WASI that the module imports from." struct Generation {
    name: String = "preview 0, preview 1 or 0.2.",
    legacy: bool = "Whether it is `wasi_unstable`.",
    generations: u64 = "How many generations the module imports from.",
} }

/// Wants, then generations.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let mut elements = wants(audit);
    elements.extend(generations(audit));
    elements
}

fn wants(audit: &Audit<'_>) -> Vec<Element> {
    let kind = audit.ground.policy.module.kind.map_or_else(
        || super::module::kind_name(audit.module.kind),
        |kind| super::policy::kind_name(kind.value),
    );
    let mut groups: BTreeMap<&str, Vec<&Link<'_>>> = BTreeMap::new();
    for link in &audit.links {
        if let Some(what) = want(link) {
            groups.entry(what).or_default().push(link);
        }
    }
    let shared = audit.module.memories.iter().any(|memory| memory.shared);
    if shared {
        groups.entry("threads").or_default();
    }
    groups
        .into_iter()
        .map(|(what, links)| {
            let fact = Want {
                what: what.to_owned(),
                imports: links.iter().map(|link| link.full.clone()).collect(),
                kind: kind.to_owned(),
            };
            let element = Element::new(format!("want {what}"), fact).at(audit.module_key(), "");
            match links.first() {
                Some(link) => element.in_module(super::import::place(link)),
                None => element.at_offset(
                    audit
                        .module
                        .memories
                        .first()
                        .map_or(0, |memory| memory.offset),
                ),
            }
        })
        .collect()
}

fn want(link: &Link<'_>) -> Option<&'static str> {
    if link
        .entry
        .is_some_and(|entry| entry.family == Family::Browser)
    {
        return Some("browser");
    }
    let any = |capabilities: &[&str]| capabilities.iter().any(|capability| link.has(capability));
    if any(&[
        "net.connect",
        "net.listen",
        "net.udp",
        "net.resolve",
        "http.outgoing",
    ]) {
        return Some("network");
    }
    if any(&["thread.spawn"]) {
        return Some("threads");
    }
    let process = [
        "fork",
        "exec",
        "spawn",
        "proc_fork",
        "proc_exec",
        "proc_spawn",
        "system",
        "posix_spawn",
        "waitpid",
        "proc_join",
    ];
    (link.is_host_function() || link.family() == "foreign-wasi")
        .then(|| {
            process.iter().any(|name| {
                link.import.name == *name || link.import.name.starts_with("wasmedge_process")
            })
        })?
        .then_some("process")
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
