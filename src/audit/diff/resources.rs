//! Memory, proposals, the start section, sizes and what made the two versions.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::powers::clean;
use crate::wasm::{Memory, Module};

use super::{Both, Change, Direction, Weight};

impl Both<'_> {
    pub(super) fn resources(&self) -> Vec<Change> {
        let (old, new) = (self.old.module, self.new.module);
        let mut changes = memories(old, new);
        changes.extend(sets(
            "proposal",
            &proposals(old),
            &proposals(new),
            Weight::Change,
        ));
        changes.extend(start(old, new));
        if old.kind != new.kind {
            let change = Change::new("kind", "module", Direction::Changed);
            changes.push(change.between(Some(kind(old)), Some(kind(new))));
        }
        changes.extend(sizes(old, new));
        let (old, new) = (toolchain(old), toolchain(new));
        changes.extend(sets("toolchain", &old, &new, Weight::Information));
        changes
    }
}

fn memories(old: &Module, new: &Module) -> Vec<Change> {
    let mut changes = Vec::new();
    let count = old.memories.len().max(new.memories.len());
    for index in 0..count {
        let pair = (old.memories.get(index), new.memories.get(index));
        let change = |direction| Change::new("memory", index.to_string(), direction);
        match pair {
            (None, Some(now)) => {
                changes.push(change(Direction::Gained).between(None, Some(bound(now))));
            }
            (Some(was), None) => {
                changes.push(change(Direction::Lost).between(Some(bound(was)), None));
            }
            (Some(was), Some(now)) => changes.extend(memory(was, now, change)),
            (None, None) => {}
        }
    }
    changes
}

/// Its least size follows from the data and is none of the host's business; what it may grow to is.
fn memory(was: &Memory, now: &Memory, change: impl Fn(Direction) -> Change) -> Vec<Change> {
    let most = |memory: &Memory| {
        let max = memory.extent.max?;
        Some(u128::from(max) * u128::from(memory.page_size))
    };
    let mut changes = Vec::new();
    let direction = match (most(was), most(now)) {
        (was, now) if was == now => None,
        (Some(_), None) => Some(Direction::Widened),
        (None, Some(_)) => Some(Direction::Narrowed),
        (was, now) if now > was => Some(Direction::Widened),
        _ => Some(Direction::Narrowed),
    };
    let told = |change: Change| change.between(Some(bound(was)), Some(bound(now)));
    changes.extend(direction.map(|direction| told(change(direction))));
    if now.shared && !was.shared {
        let shared = change(Direction::Widened).weighing(Weight::Escalation);
        changes.push(shared.between(Some("not shared".to_owned()), Some("shared".to_owned())));
    }
    if now.memory64 != was.memory64 {
        let wide = |memory: &Memory| if memory.memory64 { "64-bit" } else { "32-bit" }.to_owned();
        changes.push(change(Direction::Changed).between(Some(wide(was)), Some(wide(now))));
    }
    changes
}

fn bound(memory: &Memory) -> String {
    match memory.extent.max {
        None => "no maximum".to_owned(),
        Some(max) => {
            let bytes = max.saturating_mul(memory.page_size);
            format!("at most {}", crate::policy::quantity::show_size(bytes))
        }
    }
}

fn start(old: &Module, new: &Module) -> Option<Change> {
    let direction = match (&old.start, &new.start) {
        (None, Some(_)) => Direction::Gained,
        (Some(_), None) => Direction::Lost,
        _ => return None,
    };
    Some(Change::new("start", "section", direction))
}

fn proposals(module: &Module) -> BTreeSet<String> {
    let used = module.proposals.iter();
    used.map(|used| used.name.to_owned()).collect()
}

fn toolchain(module: &Module) -> BTreeSet<String> {
    let producers = module.toolchain.producers.iter();
    let producers = producers
        .map(|(field, name, version)| format!("{field}: {name} {version}").trim_end().to_owned());
    let language = module.toolchain.language.iter();
    let language = language.map(|language| format!("language: {language}"));
    producers.chain(language).collect()
}

fn sets(
    topic: &'static str,
    old: &BTreeSet<String>,
    new: &BTreeSet<String>,
    weight: Weight,
) -> Vec<Change> {
    let gained = new.difference(old).map(|one| (one, Direction::Gained));
    let lost = old.difference(new).map(|one| (one, Direction::Lost));
    let both = gained.chain(lost);
    both.map(|(one, direction)| Change::new(topic, one.as_str(), direction).weighing(weight))
        .collect()
}

fn kind(module: &Module) -> String {
    let word = match module.kind {
        crate::wasm::Kind::Core => "core",
        crate::wasm::Kind::Wasip1 => "wasip1",
        crate::wasm::Kind::Component => "component",
    };
    word.to_owned()
}

/// Bytes by section, where they differ; then of the whole file.
fn sizes(old: &Module, new: &Module) -> Vec<Change> {
    let (old_sizes, new_sizes) = (by_name(old), by_name(new));
    let names: BTreeSet<&String> = old_sizes.keys().chain(new_sizes.keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        let (was, now) = (old_sizes.get(name), new_sizes.get(name));
        changes.extend(size("section", name, was.copied(), now.copied()));
    }
    let (was, now) = (Some(old.size as u64), Some(new.size as u64));
    changes.extend(size("size", "module", was, now));
    changes
}

fn size(topic: &'static str, name: &str, was: Option<u64>, now: Option<u64>) -> Option<Change> {
    let direction = match (was, now) {
        (was, now) if was == now => return None,
        (None, _) => Direction::Gained,
        (_, None) => Direction::Lost,
        (was, now) if now > was => Direction::Widened,
        _ => Direction::Narrowed,
    };
    let text = |bytes: Option<u64>| bytes.map(|bytes| bytes.to_string());
    let change = Change::new(topic, name, direction).weighing(Weight::Information);
    Some(change.between(text(was), text(now)))
}

fn by_name(module: &Module) -> BTreeMap<String, u64> {
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    for section in &module.sections {
        let name = match &section.name {
            Some(name) => clean(&format!("{} {name}", section.id)),
            None => section.id.to_owned(),
        };
        let sum = sizes.entry(name).or_default();
        *sum = sum.saturating_add(section.size as u64);
    }
    sizes
}
