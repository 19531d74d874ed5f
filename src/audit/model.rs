//! What an audit yields, ready for any format. Texts here are raw: they may hold control characters and worse, and each
//! format escapes them its own way. Credentials are redacted already.

use std::collections::BTreeMap;

use crate::source::{Sources, Span};
use crate::wasm::Module;

use super::reading::Reading;

/// How bad a finding is, as in SARIF. Ordered: `Note < Warning < Error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Should be mended.
    Warning,
    /// Refuses the module.
    Error,
}

impl Severity {
    /// `note`, `warning` or `error`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// After the policy's tuning.
    pub severity: Severity,
    /// What the rule walked, stably: `import env.read_file`, `preopen /data`, `memory 0`.
    pub subject: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// Index into [`Report::modules`]; `None` if it is about the policy alone.
    pub module: Option<usize>,
    /// The main place first.
    pub locations: Vec<Location>,
    /// The waiver that covers it.
    pub waived: Option<WaivedBy>,
}

/// A waiver in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaivedBy {
    /// Its reason.
    pub reason: String,
    /// Its last day, `2027-03-31`.
    pub until: Option<String>,
    /// Its place in the policy.
    pub span: Span,
}

/// A place of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In a policy, lock or rule file.
    Text {
        /// What kind of file.
        artifact: Artifact,
        /// Where.
        span: Span,
        /// A word on it; may be empty.
        label: String,
    },
    /// In the module.
    Module {
        /// Byte offset in the binary; `None` if it is the module as a whole.
        offset: Option<usize>,
        /// The function's name or index there.
        function: Option<String>,
        /// The import concerned, `env.read_file`.
        import: Option<String>,
        /// The export concerned.
        export: Option<String>,
        /// A few disassembled operators around the place, where it is in code.
        listing: Option<Listing>,
    },
}

/// A file that a text location is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Artifact {
    /// A policy.
    Policy,
    /// A lock.
    Lock,
    /// A rule file.
    Rule,
}

/// A window of disassembly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// One operator a line.
    pub text: String,
    /// The byte range in `text` that is meant.
    pub start: usize,
    /// Its end.
    pub end: usize,
}

/// One capability of one module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapabilityRow {
    /// `fs.read`, `host:env/log`, `unknown`.
    pub capability: String,
    /// The imports behind it, `wasi_snapshot_preview1.path_open`.
    pub imports: Vec<String>,
    /// Whether code reaches it; `None` while that is not known.
    pub reachable: Option<bool>,
    /// Whether the policy grants it; `None` without a policy.
    pub granted: Option<bool>,
    /// Witness call paths, when known.
    pub paths: Vec<Vec<String>>,
}

/// The judgement on one module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verdict {
    /// No finding at or over the failing severity.
    #[default]
    Pass,
    /// At least one.
    Fail,
    /// It could not be judged (unreadable file, policy that does not read).
    Error,
}

impl Verdict {
    /// `pass`, `fail` or `error`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}

/// One audited module.
#[derive(Debug, Clone)]
pub struct ModuleReport {
    /// As the user wrote it; `-` for standard input.
    pub path: String,
    /// The policy file that judged it, as named in messages; `None` without one.
    pub policy: Option<String>,
    /// Its facts; `None` where it could not be read.
    pub module: Option<Module>,
    /// Its ABI version by the policy's convention or a known one, `1` or `1.2`.
    pub abi_version: Option<String>,
    /// What it can do.
    pub capabilities: Vec<CapabilityRow>,
    /// What it passes to the functions that it imports, by function index.
    pub readings: Vec<Reading>,
    /// How it differs from its record in the lock, if a lock was given.
    pub changes: Option<Changes>,
    /// The judgement.
    pub verdict: Verdict,
    /// Why it could not be judged: raw sentences for stderr and for the JSON's `errors`.
    pub errors: Vec<String>,
}

/// How a module and its policy differ from the record that is nearest to them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// The digest in that record; `None` if there is no such record.
    pub recorded: Option<String>,
    /// What they have beyond it: `capability fs.write`.
    pub gained: Vec<String>,
    /// What it has beyond them.
    pub lost: Vec<String>,
}

/// A rule as reports list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInfo {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its default severity.
    pub severity: Severity,
    /// `high`, `medium` or `low`.
    pub confidence: String,
    /// `CWE-441` and other tags.
    pub tags: Vec<String>,
    /// Its explanation, markdown.
    pub explanation: String,
    /// Its help template's text.
    pub help: String,
}

/// One of the twelve points of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecklistPoint {
    /// The question.
    pub title: String,
    /// `Some(true)` met, `Some(false)` not met, `None` not judged.
    pub met: Option<bool>,
    /// The rules behind it.
    pub rules: Vec<String>,
}

/// Counts by severity; waived findings count in `waived` alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub struct Summary {
    pub error: usize,
    pub warning: usize,
    pub note: usize,
    pub waived: usize,
}

/// Everything that one invocation found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Modules in input order.
    pub modules: Vec<ModuleReport>,
    /// Findings by module, then by rule and subject.
    pub findings: Vec<Finding>,
    /// Every rule that was loaded, by id.
    pub rules: BTreeMap<String, RuleInfo>,
    /// The texts that spans point into.
    pub sources: Sources,
    /// The judgement on all of it: the worst of the modules', or that on policies alone.
    pub verdict: Verdict,
    /// What could not be judged apart from any module: a policy in `policy lint`.
    pub errors: Vec<Unjudged>,
    /// The checklist, if asked for; one list a module.
    pub checklist: Option<Vec<Vec<ChecklistPoint>>>,
}

/// Something that could not be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unjudged {
    /// The file.
    pub path: String,
    /// Why, in a sentence.
    pub error: String,
}

impl Report {
    /// Everything that could not be judged: the file and why.
    pub fn unjudged(&self) -> impl Iterator<Item = (&str, &str)> {
        let alone = self
            .errors
            .iter()
            .map(|one| (one.path.as_str(), one.error.as_str()));
        let of_modules = self.modules.iter().flat_map(|module| {
            let errors = module.errors.iter();
            errors.map(|error| (module.path.as_str(), error.as_str()))
        });
        alone.chain(of_modules)
    }

    /// Counts the findings.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for finding in &self.findings {
            match (&finding.waived, finding.severity) {
                (Some(_), _) => summary.waived += 1,
                (None, Severity::Error) => summary.error += 1,
                (None, Severity::Warning) => summary.warning += 1,
                (None, Severity::Note) => summary.note += 1,
            }
        }
        summary
    }
}
