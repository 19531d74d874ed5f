//! The table of keys: the single source of what a policy may say. The check of a file, the merge with a base, the JSON
//! Schema, the reference and the resolved view all read it; a key that is not here does not exist.

mod abi;
mod argument;
mod grants;
mod hygiene;
mod imports;
mod limits;
mod module;
mod provider;
mod walk;

pub use argument::SEGMENTED;
pub use hygiene::{POLICY, SEVERITIES};
pub use module::SECTIONS;
pub use walk::{Row, rows};

use super::tree::Map;
use crate::source::{Mistake, Span};

/// One key of the language.
#[derive(Debug)]
pub struct Key {
    /// As written.
    pub name: &'static str,
    /// What may stand there.
    pub shape: Shape,
    /// How a child's value combines with its base's.
    pub merge: Merge,
    /// Who makes it true.
    pub enforcer: Enforcer,
    /// What it means to leave it out.
    pub absent: &'static str,
    /// What it says, in one sentence.
    pub doc: &'static str,
    /// Whether its map needs it.
    pub required: bool,
}

/// A map with known keys.
#[derive(Debug)]
pub struct Record {
    /// What it is, for messages: `a preopen`.
    pub what: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
    /// What must hold between them.
    pub constraints: &'static [Constraint],
    /// A base that states this map denies the keys it leaves out.
    pub closed: bool,
    /// Any other key holds this, under this name in the documentation.
    pub rest: Option<&'static Key>,
}

/// What may stand under a key.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Bytes: `64KiB`.
    Size,
    /// Time: `2s`.
    Duration,
    /// A whole number from `min` to `max`.
    Count {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// A number that may be negative.
    Integer,
    /// A size, or a number that may be negative.
    Bound,
    /// `true` or `false`.
    Flag,
    /// A day: `2027-03-31`.
    Date,
    /// RFC 3339: `2026-01-01T00:00:00Z`.
    Time,
    /// Any text; empty only where it says so.
    Text {
        /// Whether it may be empty.
        empty: bool,
    },
    /// The name of an environment variable.
    Variable,
    /// A rule's id: `no-deadline`.
    RuleId,
    /// A SHA-256 in lower-case hexadecimal.
    Digest,
    /// A pattern with `*`, `?`, `[a-z]`, `{a,b}`.
    Pattern,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `(i32, i32) -> i64`.
    Signature,
    /// A capability's name.
    Capability,
    /// A WASI function's name.
    Function,
    /// A capability's or a WASI function's name.
    CapabilityOrFunction,
    /// A WebAssembly proposal.
    Proposal,
    /// An absolute path inside the guest.
    GuestPath,
    /// A path on the host, relative to the file that says it.
    HostPath,
    /// `host:port`.
    Endpoint,
    /// A file in the same folder, or `builtin:<profile>`.
    Base,
    /// A list of these.
    List(&'static Shape),
    /// A list of maps that are told apart by these keys.
    Entries(&'static Record, &'static [&'static str]),
    /// A map with known keys.
    Map(&'static Record),
    /// A map from free names to the values of one key.
    MapOf(Names, &'static Key),
    /// A scalar of the first shape, or a map of the second.
    Either(&'static Shape, &'static Record),
}

/// What the free names of a map may be.
#[derive(Debug, Clone, Copy)]
pub enum Names {
    /// Environment variables.
    Variable,
    /// Rule ids.
    Rule,
    /// Keys of a plugin's configuration.
    Config,
    /// Sections of a binary.
    Section,
}

/// How a child's value combines with its base's. What asks for more is recorded and has no effect.
#[derive(Debug, Clone, Copy)]
pub enum Merge {
    /// It belongs to its own file.
    Own,
    /// The child's replaces the base's: neither is more power.
    Replace,
    /// They must be equal; the base's holds.
    Same,
    /// As `Same`, also where the base is silent: it has this word then, or one that is not for a child to say.
    Fixed(Option<&'static str>),
    /// The smaller number holds.
    Smaller,
    /// The larger number holds.
    Larger,
    /// The narrower word holds; listed from narrow to wide. The second is what absence means in a closed map.
    Narrower(&'static [&'static str], Option<&'static str>),
    /// Both lists must match.
    Intersect(Cover),
    /// The child's list must be part of the base's.
    Subset,
    /// Both lists hold.
    Union,
    /// The child's path must lie below the base's.
    Below,
    /// Key by key.
    Parts,
    /// Name by name; a new one is a widening.
    Known,
    /// Name by name; a new one is one more constraint.
    Added,
    /// A rule's severity: only upward, unless waivable.
    Severity,
    /// A rule's parameter: as its severity.
    Parameter,
    /// What children may waive: nothing that the base does not let them.
    Waivable,
    /// Waivers add up, each with the file that says it.
    Waivers,
}

/// How to tell that a base's list covers a child's entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cover {
    /// By capability or function name.
    Capability,
    /// By pattern of names.
    Name,
    /// By host pattern and port.
    Endpoint,
    /// By pattern: of paths or of names, as the argument's role says.
    Guard,
}

/// Who makes a key true.
#[derive(Debug, Clone, Copy)]
pub enum Enforcer {
    /// These rules.
    Rules(&'static [&'static str]),
    /// The runner, while the module runs.
    Runner,
    /// These rules and the runner.
    Both(&'static [&'static str]),
    /// The reader of policies: it refuses, merges or hands on.
    Reader,
    /// The keys below it.
    Parts,
}

/// What must hold between the keys of a map.
#[derive(Debug, Clone, Copy)]
pub enum Constraint {
    /// Exactly one of these.
    OneOf(&'static [&'static str]),
    /// Not a key of the first together with one of the second.
    Exclusive(&'static [&'static str], &'static [&'static str]),
    /// These keys belong only where the key `when` is one of `is`.
    Only {
        /// The keys.
        keys: &'static [&'static str],
        /// The key that decides.
        when: &'static str,
        /// Its words.
        is: &'static [&'static str],
    },
    /// These keys are needed where the key `when` is one of `is`.
    Needs {
        /// The keys.
        keys: &'static [&'static str],
        /// The key that decides.
        when: &'static str,
        /// Its words.
        is: &'static [&'static str],
    },
    /// Anything else.
    Check(fn(&Map, Span, &mut Vec<Mistake>)),
}

impl Key {
    const fn new(
        name: &'static str,
        shape: Shape,
        merge: Merge,
        enforcer: Enforcer,
        absent: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            shape,
            merge,
            enforcer,
            absent,
            doc,
            required: false,
        }
    }

    /// A map whose keys are enforced one by one.
    const fn parts(
        name: &'static str,
        record: &'static Record,
        absent: &'static str,
        doc: &'static str,
    ) -> Self {
        Self::new(
            name,
            Shape::Map(record),
            Merge::Parts,
            Enforcer::Parts,
            absent,
            doc,
        )
    }

    const fn required(self) -> Self {
        Self {
            required: true,
            absent: "must be stated",
            ..self
        }
    }
}

impl Record {
    const fn of(what: &'static str, keys: &'static [Key]) -> Self {
        Self {
            what,
            keys,
            constraints: &[],
            closed: false,
            rest: None,
        }
    }

    const fn holding(self, constraints: &'static [Constraint]) -> Self {
        Self {
            constraints,
            ..self
        }
    }

    const fn closed(self) -> Self {
        Self {
            closed: true,
            ..self
        }
    }

    /// The key of this name, or the one that stands for all others.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name).or(self.rest)
    }
}

impl Shape {
    const COUNT: Self = Self::Count {
        min: 0,
        max: u64::MAX,
    };
    const TEXT: Self = Self::Text { empty: false };
    const ANY_TEXT: Self = Self::Text { empty: true };
    pub(in crate::policy) const FLAG_WORDS: &'static [&'static str] = &["false", "true"];
}
