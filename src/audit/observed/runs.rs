//! The runs under one policy, taken together.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::capability::is_capability;
use crate::policy::Role;

use super::figures::Figures;
use super::files::FileUse;
use super::room::{MOST_TEXT, Room};
use super::values::Values;

/// The most imports that are told apart.
pub(super) const MOST_IMPORTS: usize = 1000;

/// What runs under one policy used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runs {
    /// The digest of the resolved policy, as approvals are bound to it.
    pub policy: String,
    /// What each run was held to.
    pub limits: Figures,
    /// How many there were.
    pub runs: u64,
    /// How many of them ended by themselves.
    pub complete: u64,
    /// How they ended, as run reports say it.
    pub outcomes: BTreeMap<String, u64>,
    /// The most that one of them used.
    pub peaks: Figures,
    /// The streams of which something was dropped: their peaks are of what went on.
    pub truncated: BTreeSet<String>,
    /// Calls by the capability that they used.
    pub capabilities: BTreeMap<String, u64>,
    /// The imports that were called, by module and name.
    pub imports: Vec<ImportUse>,
    /// Whether more imports were called, or capabilities used, than are kept.
    pub others: bool,
    /// The granted folders, by the guest's path.
    pub files: Vec<FileUse>,
}

/// The use of one import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportUse {
    /// Its module.
    pub module: String,
    /// Its name.
    pub name: String,
    /// Calls that were made.
    pub calls: u64,
    /// Those of them that a guard or a grant denied: their arguments are not kept.
    pub denied: u64,
    /// Whether a stub answered.
    pub stubbed: bool,
    /// The arguments that the policy describes, by their first parameter.
    pub arguments: Vec<ArgumentUse>,
}

/// The use of one argument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArgumentUse {
    /// The parameter in which it is, or begins.
    pub parameter: u32,
    /// What the policy calls it.
    pub name: String,
    /// Its role there.
    pub role: String,
    /// What was passed.
    pub seen: Values,
}

impl Runs {
    /// Counts calls by the capability that they use.
    pub fn used(&mut self, capability: &str, calls: u64, room: &mut Room) {
        if let Some(known) = self.capabilities.get_mut(capability) {
            *known = known.saturating_add(calls);
        } else if is_capability(capability) && room.take(capability) {
            self.capabilities.insert(capability.to_owned(), calls);
        } else {
            self.others = true;
        }
    }

    /// The entry of an import that is called; none, if there is no room for it.
    pub fn import(&mut self, module: &str, name: &str, room: &mut Room) -> Option<&mut ImportUse> {
        let order = |one: &ImportUse| {
            let names = (one.module.as_str(), one.name.as_str());
            names.cmp(&(module, name))
        };
        let at = match self.imports.binary_search_by(order) {
            Ok(at) => at,
            Err(at) => {
                let fits =
                    self.imports.len() < MOST_IMPORTS && room.take(module) && room.take(name);
                if !fits {
                    self.others = true;
                    return None;
                }
                let import = ImportUse {
                    module: module.to_owned(),
                    name: name.to_owned(),
                    ..ImportUse::default()
                };
                self.imports.insert(at, import);
                at
            }
        };
        self.imports.get_mut(at)
    }

    /// The entry of a granted folder; none, if its path is too long to be told.
    pub fn folder(&mut self, guest: &str) -> Option<&mut FileUse> {
        let found = self
            .files
            .binary_search_by(|one| one.guest.as_str().cmp(guest));
        let at = match found {
            Ok(at) => at,
            Err(_) if guest.len() > MOST_TEXT => return None,
            Err(at) => {
                self.files.insert(at, FileUse::new(guest));
                at
            }
        };
        self.files.get_mut(at)
    }

    /// Takes in other runs under the same policy.
    pub(super) fn merge(&mut self, other: Self) {
        let mut room = self.room();
        self.runs = self.runs.saturating_add(other.runs);
        self.complete = self.complete.saturating_add(other.complete);
        for (kind, count) in other.outcomes {
            let known = self.outcomes.entry(kind).or_default();
            *known = known.saturating_add(count);
        }
        self.limits = self.limits.least(other.limits);
        self.peaks = self.peaks.most(other.peaks);
        self.truncated.extend(other.truncated);
        self.others |= other.others;
        for (capability, calls) in &other.capabilities {
            self.used(capability, *calls, &mut room);
        }
        for one in &other.imports {
            if let Some(known) = self.import(&one.module, &one.name, &mut room) {
                known.merge(one, &mut room);
            }
        }
        for one in &other.files {
            if let Some(known) = self.folder(&one.guest) {
                known.merge(one, &mut room);
            }
        }
    }

    /// What is left of the room for texts.
    fn room(&self) -> Room {
        let mut room = Room::default();
        let imports = self.imports.iter();
        let names = imports.clone().flat_map(|one| [&one.module, &one.name]);
        let arguments = imports.flat_map(|one| &one.arguments);
        let numbers = arguments.clone().map(|one| one.seen.numbers.len()).sum();
        let texts = arguments.flat_map(|one| one.seen.texts.iter().chain([&one.name]));
        let paths = self.files.iter().flat_map(|one| &one.paths);
        let all = names.chain(texts).chain(self.capabilities.keys());
        for text in all.chain(paths.map(|one| &one.path)) {
            room.take(text);
        }
        for _ in 0..numbers {
            room.take_number();
        }
        room
    }
}

impl ImportUse {
    /// The entry of an argument; none, if there is no room for it.
    pub fn argument(
        &mut self,
        parameter: u32,
        name: &str,
        role: Role,
        room: &mut Room,
    ) -> Option<&mut Values> {
        self.named(parameter, name, role.name(), room)
    }

    fn named(
        &mut self,
        parameter: u32,
        name: &str,
        role: &str,
        room: &mut Room,
    ) -> Option<&mut Values> {
        let found = self
            .arguments
            .binary_search_by_key(&parameter, |one| one.parameter);
        let at = match found {
            Ok(at) => at,
            Err(_) if !room.take(name) => return None,
            Err(at) => {
                let argument = ArgumentUse {
                    parameter,
                    name: name.to_owned(),
                    role: role.to_owned(),
                    seen: Values::default(),
                };
                self.arguments.insert(at, argument);
                at
            }
        };
        self.arguments.get_mut(at).map(|one| &mut one.seen)
    }

    fn merge(&mut self, other: &Self, room: &mut Room) {
        self.calls = self.calls.saturating_add(other.calls);
        self.denied = self.denied.saturating_add(other.denied);
        self.stubbed |= other.stubbed;
        for one in &other.arguments {
            let known = self.named(one.parameter, &one.name, &one.role, room);
            if let Some(known) = known {
                known.merge(&one.seen, room);
            }
        }
    }
}
