//! The engines that run what is approved, and their known holes.

use crate::audit::advisory::{self, EngineVersion};
use crate::audit::approval_key::ENGINE;
use crate::audit::context::{Audit, Ground};
use crate::audit::fact::{Element, fact};
use crate::audit::lock::Record;
use crate::source::Span;

fact! { "engine" / "An engine that runs what is approved: this program's own, and (where a lock is given) that of the module's record, if it is another one." struct Engine {
    name: String = "Its name: `wasmtime`.",
    version: String = "Its version; empty, if what the record says is none.",
    major: Option<u64> = "The version's first number.",
    minor: Option<u64> = "Its second number.",
    patch: Option<u64> = "Its third number.",
    recorded: bool = "Whether a record of the lock names it.",
} }

fact! { "advisory" / "A known hole of such an engine, as `rules/engines/` lists them." struct Advisory {
    engine: String = "The engine with its version.",
    id: String = "The advisory's id.",
    alias: String = "Another id of the same, or empty.",
    title: String = "What happens.",
    severity: String = "error (the guest gets at what it was not granted), warning (it stops or exhausts its host) or none (it cannot get there in this runner).",
    why: String = "For none: what holds it.",
    fixed: String = "The nearest later version without it.",
    recorded: bool = "Whether a record of the lock names the engine.",
} }

/// This program's own engine, where a policy is judged.
pub fn own(ground: &Ground<'_>) -> Vec<Element> {
    if !ground.judged {
        return Vec::new();
    }
    let at = |element: Element| element.at(Some(ground.policy.span), "");
    elements(ENGINE, false).into_iter().map(at).collect()
}

/// The engine of the record that approves these very bytes.
pub fn recorded(audit: &Audit<'_>) -> Vec<Element> {
    let Some(lock) = audit.lock else {
        return Vec::new();
    };
    let name = audit.ground.policy.name.as_ref();
    let name = name.map(|name| name.value.as_str());
    let digest = audit.module.digest();
    let mut seen: Vec<(&str, Span)> = Vec::new();
    for record in lock.candidates(&digest, name) {
        let engine = engine_of(record).filter(|engine| *engine != ENGINE);
        if let Some(engine) = engine.filter(|one| seen.iter().all(|(known, _)| known != one)) {
            seen.push((engine, record.sha256.span));
        }
    }
    let all = seen.into_iter().flat_map(|(engine, span)| {
        elements(engine, true).into_iter().map(move |element| {
            let mut element = element.at(Some(span), "");
            element.place.in_lock = true;
            element
        })
    });
    all.collect()
}

fn engine_of(record: &Record) -> Option<&str> {
    Some(record.key.as_ref()?.engine.as_str())
}

fn elements(engine: &str, recorded: bool) -> Vec<Element> {
    let (name, text) = engine.split_once(' ').unwrap_or((engine, ""));
    let version = EngineVersion::read(text);
    let subject = format!("engine {engine}");
    let number = |part: fn(EngineVersion) -> u32| version.map(|one| u64::from(part(one)));
    let fact = Engine {
        name: name.to_owned(),
        version: version.map(|one| one.to_string()).unwrap_or_default(),
        major: number(|one| one.major),
        minor: number(|one| one.minor),
        patch: number(|one| one.patch),
        recorded,
    };
    let mut elements = vec![Element::new(subject.clone(), fact)];
    if let Some(version) = version {
        let holes = advisory::Advisory::of(name, version);
        elements.extend(holes.map(|hole| {
            let fixed = hole.mended_after(version);
            let fact = Advisory {
                engine: engine.to_owned(),
                id: hole.id.clone(),
                alias: hole.alias.clone().unwrap_or_default(),
                title: hole.title.clone(),
                severity: hole.severity.clone(),
                why: hole.why.clone().unwrap_or_default(),
                fixed: fixed.map(|one| one.to_string()).unwrap_or_default(),
                recorded,
            };
            Element::new(format!("{subject} {}", hole.id), fact)
        }));
    }
    elements
}
