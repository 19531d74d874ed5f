//! What facts are collected from: the policy and its surroundings, and one module held against it.

use std::path::{Path, PathBuf};

use crate::policy::{Date, Policy};
use crate::rule::RuleSet;
use crate::source::{Sources, Span};
use crate::wasm::Module;

use super::hardening::Hardening;
use super::link::{Link, link};
use super::lock::Lock;

/// The machine around an audit. Tests and examples set their own.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The working directory.
    pub working: Option<PathBuf>,
    /// The user's home.
    pub home: Option<PathBuf>,
    /// The day, UTC.
    pub today: Date,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
        Self {
            working: std::env::current_dir().ok(),
            home: std::env::home_dir(),
            today: Date {
                year: now.year(),
                month: now.month(),
                day: now.day(),
            },
        }
    }
}

/// A policy with what its facts depend on.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The resolved policy.
    pub policy: &'a Policy,
    /// Whether a policy was given; otherwise it is `builtin:baseline` and its grants are not judged.
    pub judged: bool,
    /// The rules that judge; none where nothing is judged.
    pub rules: Option<&'a RuleSet>,
    /// The texts its spans point into.
    pub sources: &'a Sources,
    /// The machine around.
    pub surroundings: &'a Surroundings,
}

impl<'a> Ground<'a> {
    /// Where the policy states a key; its first line, if it does not.
    pub fn key(&self, path: &str) -> Span {
        self.stated(path).unwrap_or(self.policy.span)
    }

    /// Where the policy states a key, if it does.
    pub fn stated(&self, path: &str) -> Option<Span> {
        self.policy.places.get(path).copied()
    }

    /// The folder that a path written at `span` is relative to.
    pub fn folder(&self, span: Span) -> Option<&'a Path> {
        let name = &self.sources.get(span.source)?.name;
        Path::new(name.as_str()).parent()
    }

    /// A host path written at `span`, made absolute without touching the disk.
    pub fn host_path(&self, written: &str, span: Span) -> PathBuf {
        let folder = self.folder(span).unwrap_or(Path::new(""));
        let base = self
            .surroundings
            .working
            .clone()
            .unwrap_or_else(|| PathBuf::from("/"));
        base.join(folder).join(written)
    }
}

/// One module held against one policy.
#[derive(Debug)]
pub struct Audit<'a> {
    /// The policy.
    pub ground: Ground<'a>,
    /// The module's facts.
    pub module: &'a Module,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Its imports, linked.
    pub links: Vec<Link<'a>>,
    /// The lock, if one was given.
    pub lock: Option<&'a Lock>,
    /// What it says of its hardening, if it says so.
    pub hardening: Option<Hardening>,
}

impl<'a> Audit<'a> {
    /// Links the module's imports.
    pub fn new(
        ground: Ground<'a>,
        module: &'a Module,
        bytes: &'a [u8],
        lock: Option<&'a Lock>,
    ) -> Self {
        let hardening = Hardening::of(module, bytes);
        Self::with(ground, module, bytes, lock, hardening)
    }

    /// The same where it is known what the module says of its hardening.
    pub fn with(
        ground: Ground<'a>,
        module: &'a Module,
        bytes: &'a [u8],
        lock: Option<&'a Lock>,
        hardening: Option<Hardening>,
    ) -> Self {
        let links = link(
            module,
            ground.policy,
            crate::capability::Taxonomy::builtin(),
        );
        Self {
            ground,
            module,
            bytes,
            links,
            lock,
            hardening,
        }
    }

    /// Whether an export is one by which the host of a hardened module sets its fuel.
    pub fn is_fuel(&self, export: &str) -> bool {
        let hardening = self.hardening.as_ref();
        hardening.is_some_and(|hardening| hardening.is_fuel(export))
    }

    /// A function's name, or `func[N]`.
    pub fn function_label(&self, index: u32) -> String {
        self.module
            .function_name(index)
            .map_or_else(|| format!("func[{index}]"), str::to_owned)
    }

    /// Where the policy speaks of modules.
    pub fn module_key(&self) -> Option<Span> {
        self.ground.stated("module")
    }
}
