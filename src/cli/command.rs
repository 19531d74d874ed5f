//! What the command line accepts.

#[cfg(all(feature = "run", unix))]
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::audit::Severity;
use crate::policy::Date;
use crate::report::{Drawing, Format};
use crate::rewrite::HOST_CALL;
use crate::wasm::MAX_PATHS;

/// What can this WebAssembly plugin do, and does the policy allow it?
#[derive(Debug, Parser)]
#[command(name = "ringfence", version, about, max_term_width = 100)]
pub struct Cli {
    /// When to colour.
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Hold modules against a policy: the gate for reviews and CI.
    #[command(after_help = EXIT_CODES)]
    Check(CheckArgs),
    /// Show what modules can do, without a policy.
    Inspect(InspectArgs),
    /// Audit a module under its policy and write the approval into the lock, which `run` asks for.
    #[command(after_help = APPROVE_CODES)]
    Approve(ApproveArgs),
    /// Run an approved module with exactly what its policy grants. Options come before MODULE; all after it is the guest's.
    #[cfg(all(feature = "run", unix))]
    #[command(after_help = RUN_CODES, override_usage = "ringfence run [OPTIONS] <MODULE> [--] [ARGS]...")]
    Run(RunArgs),
    /// Measure what a module costs: cold start, density, size. Its instances are started and nothing of it is called.
    #[cfg(all(feature = "run", unix))]
    Measure(MeasureArgs),
    /// Rewrite a module so that any host holds what its policy denies, as far as that can be held from inside.
    #[command(after_help = HARDEN_CODES)]
    Harden(HardenArgs),
    /// Show what a record's signature is of, and take signatures that were made elsewhere.
    #[command(subcommand)]
    Lock(LockCommand),
    /// Show what a new version of a module gains and loses.
    #[command(after_help = DIFF_CODES)]
    Diff(DiffArgs),
    /// Work on policies.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Show a rule's page.
    Explain(ExplainArgs),
    /// List or test the rules.
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Print a shell's completions.
    Completions(CompletionsArgs),
    /// Write the man pages into a folder.
    Manual(ManualArgs),
}

const EXIT_CODES: &str = "Exit codes: 0 clean; 1 findings at or over --fail-on; 2 something could not be judged (bad usage, an unreadable file, a policy or rule that does not read).";

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Modules (.wasm or .wat), folders (every .wasm file below them), or `-` for standard input.
    #[arg(required = true, value_name = "MODULE")]
    pub modules: Vec<PathBuf>,
    /// The policy. Otherwise `<module>.policy.yaml` beside each module, else `builtin:baseline` (grants are then not judged).
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Hold the modules against the approvals of a lock as well.
    #[arg(long, value_name = "FILE")]
    pub lock: Option<PathBuf>,
    #[command(flatten)]
    pub signers: SignerArgs,
    /// Say what differs from the lock's records and how to approve it; the lock stays as it is.
    #[arg(long, requires = "lock")]
    pub update: bool,
    /// Let findings pass that stand in a baseline: for bringing an old fleet under the gate.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write a baseline of all that is found, and pass.
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    pub write_baseline: Option<PathBuf>,
    /// Add the rules of a folder.
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// Findings from this severity on fail the check.
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// How to report.
    #[arg(long, value_parser = format_parser(), default_value = "text", value_name = "FORMAT")]
    pub format: Format,
    /// Write the report to a file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Add the twelve-point checklist.
    #[arg(long)]
    pub checklist: bool,
    /// Leave the findings out of text and short; the summary too, if nothing failed.
    #[arg(long, short)]
    pub quiet: bool,
    /// How many modules to judge at once; all cores by default.
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
}

/// Whose signatures are asked for.
#[derive(Debug, Args)]
pub struct SignerArgs {
    /// Ask for signed approvals: by the principals and keys of this file, in the form of ssh-keygen's allowed signers.
    #[arg(long, value_name = "FILE")]
    pub allowed_signers: Option<PathBuf>,
    /// Refuse signatures by the keys of this file, a public key a line.
    #[arg(long, value_name = "FILE", requires = "allowed_signers")]
    pub revoked_keys: Option<PathBuf>,
}

const APPROVE_CODES: &str = "Exit codes: 0 approved; 1 refused, with the findings; 2 something could not be judged or written (bad usage, no policy, an unreadable file, a lock that does not read).";

/// Arguments of `approve`.
#[derive(Debug, Args)]
pub struct ApproveArgs {
    /// The module (.wasm or .wat), or `-` for standard input.
    #[arg(value_name = "MODULE")]
    pub module: PathBuf,
    /// The policy; otherwise `<module>.policy.yaml` beside the module.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// The lock; otherwise `ringfence.lock` beside the policy.
    #[arg(long, value_name = "FILE")]
    pub lock: Option<PathBuf>,
    /// The last day of the approval (UTC), such as 2027-03-31; without it, it ends with the waivers that it rests on.
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub until: Option<Date>,
    /// Who approves; with a signature, the principal in the file of allowed signers.
    #[arg(long, value_name = "NAME", value_parser = one_line)]
    pub by: Option<String>,
    /// Why, for those who read the lock.
    #[arg(long, value_name = "TEXT", value_parser = one_line)]
    pub reason: Option<String>,
    /// What the approval holds for in `check`: these bytes, or any without new powers. As before by default, else `digest`.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub pin: Option<PinTo>,
    /// Sign the record with a private key of OpenSSH's format (Ed25519 or ECDSA).
    #[arg(long, value_name = "KEY", requires = "by")]
    pub sign: Option<PathBuf>,
    /// Add the rules of a folder.
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
}

const HARDEN_CODES: &str = "Exit codes: 0 written; 1 refused: the module cannot be hardened, or what comes of it does not pass under the policy; 2 something could not be read or written (bad usage, no policy).";

/// Arguments of `harden`.
#[derive(Debug, Args)]
pub struct HardenArgs {
    /// The module (.wasm or .wat), or `-` for standard input.
    #[arg(value_name = "MODULE")]
    pub module: PathBuf,
    /// The policy; otherwise `<module>.policy.yaml` beside the module.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Where to write the hardened module; never the module itself.
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// The fuel that there is before the host sets it; `limits.fuel` of the policy by default. Without either, none is counted.
    #[arg(long, value_name = "N", conflicts_with = "no_fuel", value_parser = clap::value_parser!(u64).range(..=i64::MAX.cast_unsigned()))]
    pub fuel: Option<u64>,
    /// Count no fuel.
    #[arg(long)]
    pub no_fuel: bool,
    /// What a call of the host costs more than another call.
    #[arg(long, value_name = "N", default_value_t = HOST_CALL)]
    pub host_call_cost: u32,
    /// Strip the names of functions too.
    #[arg(long)]
    pub strip_names: bool,
    /// Add the rules of a folder.
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// How to report.
    #[arg(long, value_enum, default_value_t = PlainFormat::Text, value_name = "FORMAT")]
    pub format: PlainFormat,
}

#[cfg(all(feature = "run", unix))]
const RUN_CODES: &str = "Exit codes: 0 to 118 are the guest's own; 119 stands for a larger one (--report has it exactly); 120 refused before the start; 121 out of fuel; 122 out of memory or table elements; 123 over a quota of output, writes, open files or host calls; 124 past the deadline; 125 stopped by a denial; 126 trapped; 127 an error of the machine or bad usage; 129, 130 and 143 after a signal.";

/// Arguments of `run`.
#[cfg(all(feature = "run", unix))]
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RunArgs {
    /// The policy; otherwise `<module>.policy.yaml` beside the module.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// The lock; otherwise `ringfence.lock` beside the policy.
    #[arg(long, value_name = "FILE", conflicts_with = "no_lock")]
    pub lock: Option<PathBuf>,
    /// Audit the module for this once instead of asking for an approval: for development.
    #[arg(long, conflicts_with = "allowed_signers")]
    pub no_lock: bool,
    #[command(flatten)]
    pub signers: SignerArgs,
    /// Add the rules of a folder, those that it was approved with.
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// Call this export, after `_initialize` if there is one, instead of `_start`; ARGS are its numbers.
    #[arg(long, value_name = "EXPORT")]
    pub invoke: Option<String>,
    /// For whom it runs: tags log messages, and chooses the store of `kv` with `scope: tenant`.
    #[arg(long, value_name = "NAME", value_parser = tenant)]
    pub tenant: Option<String>,
    /// Write a JSON document about the run to a file, or to standard output with `-`.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Append a line of JSON for each decision to a file.
    #[arg(long, value_name = "FILE")]
    pub audit_log: Option<PathBuf>,
    /// Log what the policy denies of functions and arguments, and let it happen. Limits stay on.
    #[arg(long)]
    pub report_only: bool,
    /// Compile anew, and keep nothing of it.
    #[arg(long)]
    pub no_cache: bool,
    /// The module (.wasm or .wat, or `-` for standard input), then the guest's arguments; a `--` between them is left out.
    #[arg(required = true, trailing_var_arg = true, value_name = "MODULE")]
    pub guest: Vec<OsString>,
}

/// Arguments of `measure`.
#[cfg(all(feature = "run", unix))]
#[derive(Debug, Args)]
pub struct MeasureArgs {
    /// The module (.wasm or .wat), or `-` for standard input.
    #[arg(value_name = "MODULE")]
    pub module: PathBuf,
    /// The policy; otherwise `<module>.policy.yaml` beside the module.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Add the rules of a folder.
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// How to report.
    #[arg(long, value_enum, default_value_t = PlainFormat::Text, value_name = "FORMAT")]
    pub format: PlainFormat,
}

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// Modules (.wasm or .wat), folders (all .wasm files below them), or `-` for standard input.
    #[arg(required = true, value_name = "MODULE")]
    pub modules: Vec<PathBuf>,
    /// How to report.
    #[arg(long, value_enum, default_value_t = PlainFormat::Text, value_name = "FORMAT")]
    pub format: PlainFormat,
    /// How many call paths to show for each capability, in text and graph; JSON has all that are known.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = path_count())]
    pub paths: usize,
    /// Draw the capability graph of one module instead: exports, the functions on call paths, imports.
    #[arg(long, value_enum, value_name = "LANGUAGE", conflicts_with = "format")]
    pub graph: Option<GraphLanguage>,
}

/// `--graph`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum GraphLanguage {
    Dot,
    Mermaid,
}

impl From<GraphLanguage> for Drawing {
    fn from(language: GraphLanguage) -> Self {
        match language {
            GraphLanguage::Dot => Self::Dot,
            GraphLanguage::Mermaid => Self::Mermaid,
        }
    }
}

/// Subcommands of `policy`.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Draft the least policy under which modules still work, with the reason for each line.
    #[command(after_help = INIT_CODES)]
    Init(InitArgs),
    /// Judge policies alone, without a module.
    Lint(LintArgs),
    /// Show a policy with its bases merged in, each value with where it comes from.
    Show(ShowArgs),
    /// Print the JSON Schema of policies, for editors.
    Schema(SchemaArgs),
    /// Hold policies against cases: modules with the verdict that each must come to.
    #[command(after_help = CASE_CODES)]
    Test(PolicyTestArgs),
}

const CASE_CODES: &str = "A file of cases is called *.cases.yaml; what it names is relative to it:\n\n  version: 1\n  policy: platform.yaml\n  cases:\n    - {name: the thumbnailer passes, module: thumbnailer.wasm, verdict: pass}\n    - {name: no reader of any file, module: reader.wat, verdict: fail, rules: [confused-deputy-path]}\n\nExit codes: 0 all cases held; 1 one did not; 2 one could not be judged.";

/// Arguments of `policy test`.
#[derive(Debug, Args)]
pub struct PolicyTestArgs {
    /// Files of cases, or folders with files called `*.cases.yaml` below them.
    #[arg(required = true, value_name = "DIR")]
    pub paths: Vec<PathBuf>,
    /// Add the rules of a folder.
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// How to report.
    #[arg(long, value_enum, default_value_t = CaseFormat::Text, value_name = "FORMAT")]
    pub format: CaseFormat,
    /// Write the report to a file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The formats of `policy test`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum CaseFormat {
    Text,
    Json,
    Junit,
}

const INIT_CODES: &str = "The draft is checked as it is written. Exit codes: 0 the modules pass under it; 1 they do not, and no policy alone can change that: see what is said; 2 a module could not be read.";

/// Arguments of `policy init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Versions of one plugin (.wasm or .wat): the draft is for all of them.
    #[arg(required = true, value_name = "MODULE")]
    pub modules: Vec<PathBuf>,
    /// What the policy is called; the first module's file name otherwise.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Write the draft to a file that is not there yet instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Arguments of `policy lint`.
#[derive(Debug, Args)]
pub struct LintArgs {
    /// Policies.
    #[arg(required = true, value_name = "POLICY")]
    pub policies: Vec<PathBuf>,
    /// Add the rules of a folder.
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// Findings from this severity on fail.
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// How to report.
    #[arg(long, value_parser = format_parser(), default_value = "text", value_name = "FORMAT")]
    pub format: Format,
}

/// Arguments of `policy show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// A policy file, or `builtin:<profile>`.
    #[arg(value_name = "POLICY")]
    pub policy: PathBuf,
    /// How to report.
    #[arg(long, value_enum, default_value_t = PlainFormat::Text, value_name = "FORMAT")]
    pub format: PlainFormat,
}

/// Arguments of `policy schema`: none.
#[derive(Debug, Args)]
pub struct SchemaArgs {}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The rule's id.
    #[arg(value_name = "RULE")]
    pub rule: String,
    /// Add the rules of a folder.
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Arguments of `manual`.
#[derive(Debug, Args)]
pub struct ManualArgs {
    /// The folder; it is made if it is not there.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// Subcommands of `rules`.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List the rules, or what rules can walk.
    List(ListArgs),
    /// Run the examples of rules.
    Test(TestArgs),
}

/// Arguments of `rules list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Add the rules of a folder.
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// List the facts that conditions can use instead.
    #[arg(long)]
    pub facts: bool,
    /// How to report.
    #[arg(long, value_enum, default_value_t = PlainFormat::Text, value_name = "FORMAT")]
    pub format: PlainFormat,
}

/// Arguments of `rules test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Folders of rules; the built-in ones without any.
    #[arg(value_name = "DIR")]
    pub folders: Vec<PathBuf>,
}

/// Subcommands of `lock`.
#[derive(Debug, Subcommand)]
pub enum LockCommand {
    /// Print the very bytes that a signature of a record is over, for `ssh-keygen -Y sign` and `-Y verify`.
    Message(RecordArgs),
    /// Print a record's signature, as ssh-keygen reads it.
    Signature(RecordArgs),
    /// Put a signature by `ssh-keygen -Y sign -n ringfence` to a record.
    Attach(AttachArgs),
}

/// A record of a lock.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// The module's digest, or how it starts.
    #[arg(value_name = "SHA256", value_parser = digest)]
    pub digest: String,
    /// The lock.
    #[arg(long, value_name = "FILE")]
    pub lock: PathBuf,
    /// The policy's name, if the module is approved under several.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

/// Arguments of `lock attach`.
#[derive(Debug, Args)]
pub struct AttachArgs {
    #[command(flatten)]
    pub record: RecordArgs,
    /// The signature's file.
    #[arg(value_name = "SIGNATURE")]
    pub signature: PathBuf,
}

const DIFF_CODES: &str = "Exit codes: 0 nothing that --fail-on names; 1 an escalation, or with --fail-on change any change; 2 something could not be read.";

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The module as it was (.wasm or .wat).
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The module as it is to be.
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Say which of the new powers this policy grants.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// What fails the comparison.
    #[arg(long, value_enum, default_value_t = FailOnDiff::Escalation, value_name = "WHAT")]
    pub fail_on: FailOnDiff,
    /// How to report.
    #[arg(long, value_enum, default_value_t = DiffFormat::Text, value_name = "FORMAT")]
    pub format: DiffFormat,
}

/// `diff --fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOnDiff {
    /// New powers.
    Escalation,
    /// New powers, or a break of the ABI.
    Break,
    /// Anything but sizes and toolchain.
    Change,
}

/// `diff --format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum DiffFormat {
    Text,
    Json,
    Markdown,
}

/// `approve --pin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum PinTo {
    Digest,
    Capabilities,
}

/// Text or JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum PlainFormat {
    Text,
    Json,
}

/// `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum FailOn {
    Error,
    Warning,
    Note,
}

impl From<FailOn> for Severity {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Error => Self::Error,
            FailOn::Warning => Self::Warning,
            FailOn::Note => Self::Note,
        }
    }
}

/// Parses a day.
fn day(text: &str) -> Result<Date, String> {
    crate::policy::date(text).ok_or_else(|| "write a day as 2027-03-31".to_owned())
}

/// Parses a digest, or how it starts.
fn digest(text: &str) -> Result<String, String> {
    let hexadecimal = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let fits = (8..=64).contains(&text.len()) && text.bytes().all(hexadecimal);
    fits.then(|| text.to_owned())
        .ok_or_else(|| "write 8 to 64 hexadecimal digits".to_owned())
}

/// Parses a name or a reason.
fn one_line(text: &str) -> Result<String, String> {
    let fits = !text.trim().is_empty() && text.len() <= 1000 && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
        .ok_or_else(|| "write 1 to 1000 bytes on one line".to_owned())
}

/// Parses a tenant's name.
#[cfg(all(feature = "run", unix))]
fn tenant(text: &str) -> Result<String, String> {
    let fits = !text.is_empty() && text.len() <= 128 && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
        .ok_or_else(|| "write 1 to 128 bytes without control characters".to_owned())
}

/// Parses a number of paths, of which no more are kept than [`MAX_PATHS`].
fn path_count() -> impl clap::builder::TypedValueParser<Value = usize> {
    use clap::builder::{RangedU64ValueParser, TypedValueParser as _};
    RangedU64ValueParser::<u64>::new()
        .range(1..=MAX_PATHS as u64)
        .map(|count| usize::try_from(count).unwrap_or(MAX_PATHS))
}

/// Parses a format by the names that [`Format::ALL`] gives.
fn format_parser() -> impl clap::builder::TypedValueParser<Value = Format> {
    use clap::builder::{PossibleValuesParser, TypedValueParser as _};
    PossibleValuesParser::new(Format::ALL.map(|(name, _)| name)).map(|name| {
        let known = Format::ALL.into_iter().find(|(known, _)| *known == name);
        known.map_or(Format::Text, |(_, format)| format)
    })
}
