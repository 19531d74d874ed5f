//! What a new version of a module gains and loses. Names are compared, never places: a rename of the file, a recompile or a
//! function that moved is no change.

mod abi;
mod hardened;
mod interface;
mod literals;
mod resources;
#[cfg(test)]
mod tests;

use crate::policy::Policy;
use crate::source::Sources;
use crate::wasm::{Kind, Module};

use super::arguments::analysed;
use super::capabilities::rows;
use super::context::{Audit, Ground, Surroundings};
use super::facts::abi_version;
use super::model::CapabilityRow;
use super::powers::clean;
use super::run::LoadedPolicy;

use hardened::Standing;
pub use hardened::{Derivation, Derive};

/// One of the two modules.
#[derive(Debug, Clone, Copy)]
pub struct Version<'a> {
    /// As the user wrote it.
    pub path: &'a str,
    /// Its facts.
    pub module: &'a Module,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// What there is to say of one of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// As the user wrote it.
    pub path: String,
    /// Its digest.
    pub sha256: String,
    /// Its bytes.
    pub size: u64,
    /// What it is.
    pub kind: Kind,
    /// Its ABI's version.
    pub abi: Option<String>,
}

/// How much a change matters. Ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Compilers change it: sizes, what made the module.
    Information,
    /// Something that its host or its reviewer may care for.
    Change,
    /// The new version can do what the old one could not.
    Escalation,
}

/// What became of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// It is new.
    Gained,
    /// There is more of it.
    Widened,
    /// It is another one.
    Changed,
    /// There is less of it.
    Narrowed,
    /// It is gone.
    Lost,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// How much it matters.
    pub weight: Weight,
    /// `capability`, `import`, `argument`, `host`, `literal`, `export`, `abi`, `memory`, `proposal` and so on.
    pub topic: &'static str,
    /// What it is of: `fs.write`, `env.exec`.
    pub subject: String,
    /// What became of it.
    pub direction: Direction,
    /// As it was.
    pub old: Option<String>,
    /// As it is.
    pub new: Option<String>,
    /// Whether a host that was made for the old version may fail on the new one.
    pub breaks: bool,
    /// Whether the policy grants it; `None` without a policy, and for what policies do not grant.
    pub granted: Option<bool>,
}

/// All changes between two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The old version.
    pub old: Side,
    /// The new version.
    pub new: Side,
    /// The policy that was asked.
    pub policy: Option<String>,
    /// That the new version is the old one hardened under the policy, where that was shown.
    pub hardening: Option<Derivation>,
    /// What changed, the weightiest first.
    pub changes: Vec<Change>,
    /// What could not be compared, in sentences.
    pub caveats: Vec<String>,
}

impl Change {
    fn new(topic: &'static str, subject: impl Into<String>, direction: Direction) -> Self {
        Self {
            weight: Weight::Change,
            topic,
            subject: clean(&subject.into()),
            direction,
            old: None,
            new: None,
            breaks: false,
            granted: None,
        }
    }

    fn weighing(self, weight: Weight) -> Self {
        Self { weight, ..self }
    }

    fn between(self, old: Option<String>, new: Option<String>) -> Self {
        Self { old, new, ..self }
    }

    fn breaking(self) -> Self {
        Self {
            breaks: true,
            ..self
        }
    }

    fn granted(self, granted: Option<bool>) -> Self {
        Self { granted, ..self }
    }
}

impl Diff {
    /// How many changes weigh so much.
    pub fn count(&self, weight: Weight) -> usize {
        let changes = self.changes.iter();
        changes.filter(|change| change.weight == weight).count()
    }

    /// Whether something of the ABI broke.
    pub fn breaks(&self) -> bool {
        self.changes.iter().any(|change| change.breaks)
    }
}

/// Compares two versions; under a policy, it says of new powers whether that grants them, and whether the new version is the
/// old one as hardening it under the policy gives it.
pub fn diff(
    (old, new): (Version<'_>, Version<'_>),
    policy: Option<&LoadedPolicy>,
    sources: &Sources,
    surroundings: &Surroundings,
    derive: Derive,
) -> Diff {
    let none = Policy::default();
    let ground = Ground {
        policy: policy.map_or(&none, |loaded| &loaded.policy),
        judged: policy.is_some(),
        rules: None,
        sources,
        surroundings,
    };
    let both = Both {
        old: Audit::new(ground, old.module, old.bytes, None),
        new: Audit::new(ground, new.module, new.bytes, None),
    };
    let mut changes = both.capabilities();
    changes.extend(both.imports());
    changes.extend(both.arguments());
    changes.extend(both.literals());
    changes.extend(both.exports());
    changes.extend(both.resources());
    let version = both.version(&changes);
    changes.extend(version);
    let mut caveats = both.caveats();
    let mut hardening = None;
    match both.standing((old, new), policy, derive) {
        Standing::None => {}
        Standing::Shown(derivation) => hardening = Some(derivation),
        Standing::Unasked(why) => caveats.push(why),
        Standing::Refuted(why) => changes.push(hardened::untrue(&why)),
    }
    changes.sort_by_key(|change| std::cmp::Reverse(change.weight));
    Diff {
        old: side(old, &both.old),
        new: side(new, &both.new),
        policy: policy.map(|loaded| loaded.name.clone()),
        hardening,
        changes,
        caveats,
    }
}

fn side(version: Version<'_>, audit: &Audit<'_>) -> Side {
    Side {
        path: version.path.to_owned(),
        sha256: version.module.digest(),
        size: version.module.size as u64,
        kind: version.module.kind,
        abi: abi_version(audit),
    }
}

/// The two versions under one policy.
struct Both<'a> {
    old: Audit<'a>,
    new: Audit<'a>,
}

impl Both<'_> {
    fn capabilities(&self) -> Vec<Change> {
        let (old, new) = (rows(&self.old), rows(&self.new));
        let of = |rows: &[CapabilityRow], name: &str| -> Option<CapabilityRow> {
            rows.iter().find(|row| row.capability == name).cloned()
        };
        let mut changes = Vec::new();
        for row in &new {
            changes.extend(capability(of(&old, &row.capability).as_ref(), row));
        }
        let lost = old.iter().filter(|row| of(&new, &row.capability).is_none());
        changes.extend(lost.map(|row| {
            let change = Change::new("capability", &row.capability, Direction::Lost);
            change.between(Some(names(&row.imports)), None)
        }));
        changes
    }

    fn caveats(&self) -> Vec<String> {
        let mut caveats = Vec::new();
        for (audit, which) in [(&self.old, "old"), (&self.new, "new")] {
            if audit.module.kind == Kind::Component {
                caveats.push(format!(
                    "the {which} version is a component: what lies inside it is not compared"
                ));
            } else if analysed(audit).is_none() {
                caveats.push(format!(
                    "the code of the {which} version was not analysed: arguments of imports are not compared"
                ));
            }
        }
        caveats
    }
}

/// How a capability changed. What is proved never to be reached is no power.
fn capability(old: Option<&CapabilityRow>, new: &CapabilityRow) -> Option<Change> {
    let unreached = new.reachable == Some(false);
    let weight = if unreached {
        Weight::Change
    } else {
        Weight::Escalation
    };
    let change = |direction| {
        Change::new("capability", &new.capability, direction)
            .weighing(weight)
            .granted(new.granted)
    };
    let Some(old) = old else {
        let imports = names(&new.imports);
        let note = if unreached { ", never reached" } else { "" };
        return Some(change(Direction::Gained).between(None, Some(imports + note)));
    };
    let imports = new.imports.iter();
    let more: Vec<String> = imports
        .filter(|import| !old.imports.contains(import))
        .cloned()
        .collect();
    if !more.is_empty() {
        let (old, more) = (names(&old.imports), names(&more));
        return Some(change(Direction::Widened).between(Some(old), Some(format!("also {more}"))));
    }
    let reached = (old.reachable == Some(false), new.reachable == Some(false));
    let (direction, from, to) = match reached {
        (true, false) => (Direction::Widened, "never reached", "reached"),
        (false, true) => (Direction::Narrowed, "reached", "never reached"),
        _ => return None,
    };
    Some(change(direction).between(Some(from.to_owned()), Some(to.to_owned())))
}

fn names(imports: &[String]) -> String {
    let names: Vec<String> = imports.iter().map(|name| clean(name)).collect();
    names.join(", ")
}
