//! Imports and exports of two versions, by name and type.

use std::collections::HashMap;

use crate::audit::link::Link;
use crate::audit::powers::{Interface, exports, imports};

use super::{Both, Change, Direction, Weight};

impl Both<'_> {
    /// What the host has to provide. Whatever is new is a new power, but for functions of WASI that give none.
    pub(super) fn imports(&self) -> Vec<Change> {
        let (old, new) = (imports(self.old.module), imports(self.new.module));
        let mut changes = compare("import", &old, &new);
        let mut links = HashMap::new();
        for link in &self.new.links {
            links.entry(super::clean(&link.full)).or_insert(link);
        }
        for change in &mut changes {
            let Some(link) = links.get(&change.subject) else {
                continue;
            };
            if matches!(change.direction, Direction::Gained | Direction::Changed) {
                change.weight = weight(link);
                change.granted = self.new.ground.judged.then(|| link.is_granted());
            }
            change.breaks = change.direction == Direction::Changed;
        }
        changes
    }

    /// What the host may call. A host that was made for the old version needs each of its exports as it was.
    pub(super) fn exports(&self) -> Vec<Change> {
        let (old, new) = (exports(self.old.module), exports(self.new.module));
        let mut changes = compare("export", &old, &new);
        let fuel = |change: &Change| {
            [&self.old, &self.new]
                .iter()
                .any(|side| side.is_fuel(&change.subject))
        };
        changes.retain(|change| !fuel(change));
        for change in &mut changes {
            change.breaks = change.direction != Direction::Gained;
        }
        changes
    }
}

fn weight(link: &Link<'_>) -> Weight {
    if link.wasi && link.capabilities.is_empty() {
        Weight::Change
    } else {
        Weight::Escalation
    }
}

fn compare(topic: &'static str, old: &Interface, new: &Interface) -> Vec<Change> {
    let types = |types: &std::collections::BTreeSet<String>| {
        let types: Vec<&str> = types.iter().map(String::as_str).collect();
        types.join(", ")
    };
    let mut changes = Vec::new();
    for (name, now) in new {
        let (direction, before) = match old.get(name) {
            None => (Direction::Gained, None),
            Some(before) if before == now => continue,
            Some(before) => (Direction::Changed, Some(types(before))),
        };
        let change = Change::new(topic, name, direction);
        changes.push(change.between(before, Some(types(now))));
    }
    for (name, before) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
        let change = Change::new(topic, name, Direction::Lost);
        changes.push(change.between(Some(types(before)), None));
    }
    changes
}
