//! A resolved policy as the auditor and the runner read it. Every scalar keeps the place it was written at, in whichever
//! file of the `extends` chain that is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::source::{Label, Span, Spanned, visible};
use crate::wasm::Signature;

/// A whole policy with its bases merged in.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// The document itself (its first line), for findings about what is absent.
    pub span: Span,
    /// `name`.
    pub name: Option<Spanned<String>>,
    /// The files of the `extends` chain, the child first: where its text is, and its name.
    pub chain: Vec<Span>,
    /// `module`.
    pub module: ModuleLimits,
    /// `abi`.
    pub abi: Abi,
    /// `imports`.
    pub imports: Imports,
    /// `grants`.
    pub grants: Grants,
    /// `limits`.
    pub limits: Limits,
    /// `determinism: required`.
    pub determinism: Option<Span>,
    /// `rules`: by rule id.
    pub rules: BTreeMap<String, RuleSetting>,
    /// `waivable`, from the base that says it.
    pub waivable: Vec<Spanned<String>>,
    /// `waivers`.
    pub waivers: Vec<Waiver>,
    /// Where a child asks for more than its base: the material of `base-widened` and `limit-above-base`.
    pub widenings: Vec<Widening>,
    /// Every key that the document itself wrote, with its place: `grants.preopens[0].host`.
    pub keys: Vec<Spanned<String>>,
    /// Where those of them stand that are no part of a list, for look-ups by the thousand.
    pub places: BTreeMap<String, Span>,
    /// The merged tree behind all of the above: for the resolved view and the canonical form.
    pub resolved: super::tree::Item,
}

/// `module`: what the artifact may be.
#[derive(Debug, Clone, Default)]
pub struct ModuleLimits {
    /// `kind`.
    pub kind: Option<Spanned<ModuleKind>>,
    /// `max_size`, bytes.
    pub max_size: Option<Spanned<u64>>,
    /// `max_section_size`: section id (or `custom`) to bytes.
    pub max_section_size: BTreeMap<String, Spanned<u64>>,
    /// `max_functions`.
    pub max_functions: Option<Spanned<u64>>,
    /// `max_complexity`.
    pub max_complexity: Option<Spanned<u64>>,
    /// `proposals.allow`; `None` means the built-in default (WebAssembly 2.0).
    pub proposals: Option<Vec<Spanned<String>>>,
    /// `memory.max`, bytes.
    pub memory_max: Option<Spanned<u64>>,
    /// `memory.require_maximum`.
    pub require_maximum: Option<Spanned<bool>>,
    /// `memory.allow_shared`.
    pub allow_shared: Option<Spanned<bool>>,
    /// `memory.allow_memory64`.
    pub allow_memory64: Option<Spanned<bool>>,
    /// `table.max_elements`.
    pub table_max: Option<Spanned<u64>>,
    /// `exports.require`.
    pub exports_require: Vec<Spanned<RequiredExport>>,
    /// `exports.allow`.
    pub exports_allow: Option<Vec<Spanned<String>>>,
    /// `exports.max`.
    pub exports_max: Option<Spanned<u64>>,
    /// `custom_sections.allow`.
    pub custom_allow: Option<Vec<Spanned<String>>>,
    /// `start_section`: whether it is allowed; `None` is the default, deny with a warning.
    pub start_section: Option<Spanned<bool>>,
}

/// `module.kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModuleKind {
    /// A core module with WASI preview 1.
    Wasip1,
    /// A component.
    Component,
    /// A core module without WASI.
    Core,
}

/// An entry of `module.exports.require`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredExport {
    /// The export's name.
    pub name: String,
    /// Its signature, if stated.
    pub signature: Option<Signature>,
}

/// `abi`.
#[derive(Debug, Clone, Default)]
pub struct Abi {
    /// `version`.
    pub version: Option<Spanned<AbiVersion>>,
    /// `allocator.alloc`.
    pub alloc: Option<Spanned<String>>,
    /// `allocator.free`.
    pub free: Option<Spanned<String>>,
    /// `max_host_functions`.
    pub max_host_functions: Option<Spanned<u64>>,
}

/// `abi.version`: how the module says its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbiVersion {
    /// Where it says it.
    pub source: AbiSource,
    /// Name of the export, global, section or marker.
    pub name: String,
    /// Whether the number is `major << 16 | minor`.
    pub packed: bool,
    /// The major version that the host speaks.
    pub major: Option<u64>,
}

/// The four conventions of `abi.version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbiSource {
    /// An exported function `() -> i32`.
    Export,
    /// An exported global.
    Global,
    /// A custom section.
    Section,
    /// An export whose presence is the version.
    Marker,
}

/// `imports`.
#[derive(Debug, Clone, Default)]
pub struct Imports {
    /// `wasi.allow`: capabilities or function names. Bases intersect: an import must be covered in each layer.
    pub wasi_allow: Layers<String>,
    /// `wasi.stub`.
    pub wasi_stub: Vec<Spanned<String>>,
    /// `wasi.deny`.
    pub wasi_deny: Vec<Spanned<String>>,
    /// `host`.
    pub host: Vec<HostImport>,
    /// `memory: allow`.
    pub memory: Option<Spanned<bool>>,
    /// `table: allow`.
    pub table: Option<Spanned<bool>>,
    /// `globals: allow`.
    pub globals: Option<Spanned<bool>>,
}

/// Lists of which *each* must match: the child's own, then those of its bases that state one.
#[derive(Debug, Clone, Default)]
pub struct Layers<T>(pub Vec<Vec<Spanned<T>>>);

/// An entry of `imports.host`.
#[derive(Debug, Clone)]
pub struct HostImport {
    /// The entry.
    pub span: Span,
    /// `module`.
    pub module: Spanned<String>,
    /// `name`.
    pub name: Spanned<String>,
    /// `signature`.
    pub signature: Option<Spanned<Signature>>,
    /// `capability`.
    pub capability: Option<Spanned<String>>,
    /// `args`.
    pub args: Vec<Argument>,
    /// `on_deny`: `None` is `trap`.
    pub on_deny: Option<Spanned<i64>>,
    /// `provider`.
    pub provider: Option<Provider>,
}

/// An entry of `imports.host[].args`.
#[derive(Debug, Clone)]
pub struct Argument {
    /// The entry.
    pub span: Span,
    /// `name`.
    pub name: Spanned<String>,
    /// `role`.
    pub role: Spanned<Role>,
    /// `ptr`, an index into the parameters.
    pub ptr: Option<Spanned<u64>>,
    /// `len`, an index into the parameters.
    pub len: Option<Spanned<u64>>,
    /// `index`, for numbers.
    pub index: Option<Spanned<u64>>,
    /// `max`: bytes for textual roles and buffers, the largest value for numeric ones.
    pub max: Option<Spanned<i64>>,
    /// `min`, for numbers.
    pub min: Option<Spanned<i64>>,
    /// `values`, for numbers.
    pub values: Option<Vec<Spanned<i64>>>,
    /// `allow` patterns; each layer must match.
    pub allow: Layers<String>,
    /// `deny` patterns.
    pub deny: Vec<Spanned<String>>,
}

/// What an argument means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(
    missing_docs,
    reason = "the names are the documentation; see docs/policy.md"
)]
pub enum Role {
    Path,
    Root,
    Url,
    Host,
    Command,
    Query,
    Secret,
    User,
    Tenant,
    Text,
    Buffer,
    OutBuffer,
    Opcode,
    Flags,
    Number,
}

/// `imports.host[].provider`.
#[derive(Debug, Clone)]
pub enum Provider {
    /// `builtin: log`.
    Log {
        /// `max_message`, bytes.
        max_message: Option<Spanned<u64>>,
        /// `max_messages`.
        max_messages: Option<Spanned<u64>>,
    },
    /// `builtin: read_file`.
    ReadFile {
        /// `root`, as written; relative to the file that says it.
        root: Option<Spanned<String>>,
        /// `max`, bytes.
        max: Option<Spanned<u64>>,
    },
    /// `builtin: kv`.
    Kv {
        /// `scope: tenant` (else per invocation).
        tenant: Option<Spanned<bool>>,
        /// `max_entries`.
        max_entries: Option<Spanned<u64>>,
        /// `max_bytes`.
        max_bytes: Option<Spanned<u64>>,
    },
    /// `builtin: config`.
    Config {
        /// `values`.
        values: BTreeMap<String, Spanned<String>>,
    },
    /// `stub: {return: N}`.
    Stub(Spanned<i64>),
}

/// `grants`.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    /// `preopens`.
    pub preopens: Vec<Preopen>,
    /// `env.pass` patterns; each layer must match.
    pub env_pass: Layers<String>,
    /// `env.set`.
    pub env_set: BTreeMap<String, Spanned<String>>,
    /// `args.max`.
    pub args_max: Option<Spanned<u64>>,
    /// `args.allow` patterns; each layer must match.
    pub args_allow: Layers<String>,
    /// `stdin`.
    pub stdin: Option<Stream>,
    /// `stdout`.
    pub stdout: Option<Stream>,
    /// `stderr`.
    pub stderr: Option<Stream>,
    /// `clock.wall`.
    pub clock_wall: Option<Spanned<Clock>>,
    /// `clock.at`, as written.
    pub clock_at: Option<Spanned<String>>,
    /// `clock.monotonic`.
    pub clock_monotonic: Option<Spanned<Clock>>,
    /// `clock.step`, nanoseconds.
    pub clock_step: Option<Spanned<u64>>,
    /// `random.source`.
    pub random: Option<Spanned<Random>>,
    /// `random.seed`.
    pub random_seed: Option<Spanned<u64>>,
    /// `network.connect`; each layer must match.
    pub connect: Layers<String>,
    /// `network.listen`; each layer must match.
    pub listen: Layers<String>,
}

/// An entry of `grants.preopens`.
#[derive(Debug, Clone)]
pub struct Preopen {
    /// The entry.
    pub span: Span,
    /// `guest`.
    pub guest: Spanned<String>,
    /// `host`, as written; relative to the file that says it. `None` for scratch.
    pub host: Option<Spanned<String>>,
    /// `mode: rw`; `None` is read-only. Scratch is always writable.
    pub writable: Option<Spanned<bool>>,
    /// `scratch`.
    pub scratch: Option<Scratch>,
}

/// `grants.preopens[].scratch`.
#[derive(Debug, Clone)]
pub struct Scratch {
    /// The map.
    pub span: Span,
    /// `bytes`.
    pub bytes: Option<Spanned<u64>>,
    /// `entries`.
    pub entries: Option<Spanned<u64>>,
}

/// A standard stream.
#[derive(Debug, Clone)]
pub struct Stream {
    /// The key.
    pub span: Span,
    /// `max`, bytes.
    pub max: Option<Spanned<u64>>,
    /// `on_limit: trap` (else truncate).
    pub trap: Option<Spanned<bool>>,
}

/// `clock.wall` and `clock.monotonic`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clock {
    /// Never.
    Deny,
    /// One time for ever (wall only).
    Fixed,
    /// Advances by a step a reading (monotonic only).
    Step,
    /// The host's.
    Real,
}

/// `random.source`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Random {
    /// Never.
    Deny,
    /// From a seed.
    Seeded,
    /// The system's.
    Os,
}

/// `limits`.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// The section, for findings about what is absent.
    pub span: Option<Span>,
    /// `fuel`.
    pub fuel: Option<Spanned<u64>>,
    /// `deadline`, nanoseconds.
    pub deadline: Option<Spanned<u64>>,
    /// `memory`, bytes.
    pub memory: Option<Spanned<u64>>,
    /// `table_elements`.
    pub table_elements: Option<Spanned<u64>>,
    /// `stack`, bytes.
    pub stack: Option<Spanned<u64>>,
    /// `host_calls`.
    pub host_calls: Option<Spanned<u64>>,
    /// `open_files`.
    pub open_files: Option<Spanned<u64>>,
    /// `written_bytes`.
    pub written_bytes: Option<Spanned<u64>>,
}

/// An entry of `rules`.
#[derive(Debug, Clone, Default)]
pub struct RuleSetting {
    /// The key.
    pub span: Span,
    /// `severity`: `error`, `warning`, `note` or `off`.
    pub severity: Option<Spanned<String>>,
    /// A rule's own parameters: integers only.
    pub parameters: BTreeMap<String, Spanned<i64>>,
    /// What a base says of the same rule, if this lowers it: severity and place.
    pub lowered_from: Option<Spanned<String>>,
    /// What of this (`severity`, or a parameter) a file adds to a base that neither says it nor marks the rule `waivable`:
    /// it cannot make the rule milder than its default.
    pub bound: BTreeSet<String>,
}

/// An entry of `waivers`.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// The entry.
    pub span: Span,
    /// `rule`.
    pub rule: Spanned<String>,
    /// `subject`.
    pub subject: Option<Spanned<String>>,
    /// `digest`: the one module that it is for.
    pub digest: Option<Spanned<String>>,
    /// `reason`.
    pub reason: Option<Spanned<String>>,
    /// `until`: year, month, day; the last day on which it holds (UTC).
    pub until: Option<Spanned<Date>>,
    /// Whether a base file of the chain says it (then `waivable` does not matter).
    pub from_base: bool,
}

impl Waiver {
    /// Why it is there, in words; empty if it says nothing that a person could read.
    pub fn why(&self) -> &str {
        let reason = self.reason.as_ref().map(|reason| reason.value.trim());
        let told = reason.filter(|reason| visible::says_something(reason));
        told.unwrap_or_default()
    }
}

/// A calendar day, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Year.
    pub year: i16,
    /// Month, 1 to 12.
    pub month: i8,
    /// Day, 1 to 31.
    pub day: i8,
}

/// `2027-03-31`.
impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// One place where a child asks for more than its base.
#[derive(Debug, Clone)]
pub struct Widening {
    /// The key: `limits.memory`, `grants.preopens /data`.
    pub key: String,
    /// What the child asks for, as written.
    pub asked: String,
    /// What the base has, as written.
    pub base: String,
    /// Whether it is a number over its ceiling (`limit-above-base`) and not another widening.
    pub ceiling: bool,
    /// The child's place, then the base's.
    pub labels: Vec<Label>,
}

impl<T> Layers<T> {
    /// Whether nothing states a list, so nothing is allowed.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }
}

impl Role {
    /// Every role by the name that policies write.
    pub const NAMES: &[(&str, Self)] = &[
        ("path", Self::Path),
        ("root", Self::Root),
        ("url", Self::Url),
        ("host", Self::Host),
        ("command", Self::Command),
        ("query", Self::Query),
        ("secret", Self::Secret),
        ("user", Self::User),
        ("tenant", Self::Tenant),
        ("text", Self::Text),
        ("buffer", Self::Buffer),
        ("out-buffer", Self::OutBuffer),
        ("opcode", Self::Opcode),
        ("flags", Self::Flags),
        ("number", Self::Number),
    ];

    /// The role of this name.
    pub fn named(name: &str) -> Option<Self> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, role)| *role)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        let found = Self::NAMES.iter().find(|(_, role)| *role == self);
        found.map_or("", |(name, _)| name)
    }
}
