//! What the command line accepts, one file a command.

mod approve;
mod check;
mod diff;
mod harden;
mod inspect;
mod lock;
mod manual;
#[cfg(all(feature = "run", unix))]
mod measure;
mod policy;
mod rules;
#[cfg(all(feature = "run", unix))]
mod run;
mod signers;

use clap::{Parser, Subcommand, ValueEnum};

use crate::audit::Severity;
use crate::policy::quantity;
use crate::report::Format;
use crate::wasm::MAX_MODULE;

pub use approve::{ApproveArgs, PinTo};
pub use check::CheckArgs;
pub use diff::{DiffArgs, DiffFormat, FailOnDiff};
pub use harden::HardenArgs;
pub use inspect::InspectArgs;
pub use lock::{AttachArgs, LockCommand, RecordArgs};
pub use manual::{CompletionsArgs, ManualArgs};
#[cfg(all(feature = "run", unix))]
pub use measure::MeasureArgs;
pub use policy::{
    CaseFormat, InitArgs, LintArgs, PolicyCommand, PolicyTestArgs, SchemaArgs, ShowArgs,
};
pub use rules::{ExplainArgs, ListArgs, RulesCommand, TestArgs};
#[cfg(all(feature = "run", unix))]
pub use run::RunArgs;
pub use signers::SignerArgs;

/// What can this WebAssembly plugin do, and does the policy allow it?
#[derive(Debug, Parser)]
#[command(name = "ringfence", version, long_version = super::version::text(), about, max_term_width = 100)]
pub struct Cli {
    /// When to colour.
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
    /// Read no larger module, such as 8MiB; 512MiB at most. A larger one is not judged, and does not run.
    #[arg(long, global = true, value_name = "SIZE", value_parser = module_size)]
    pub max_module_size: Option<usize>,
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
    #[command(after_help = check::EXIT_CODES)]
    Check(CheckArgs),
    /// Show what modules can do, without a policy.
    Inspect(InspectArgs),
    /// Audit a module under its policy and write the approval into the lock, which `run` asks for.
    #[command(after_help = approve::APPROVE_CODES)]
    Approve(ApproveArgs),
    /// Run an approved module with exactly what its policy grants. Options come before MODULE; all after it is the guest's.
    #[cfg(all(feature = "run", unix))]
    #[command(after_help = run::RUN_CODES, override_usage = "ringfence run [OPTIONS] <MODULE> [--] [ARGS]...")]
    Run(RunArgs),
    /// Measure what a module costs: cold start, density, size. Its instances are started and nothing of it is called.
    #[cfg(all(feature = "run", unix))]
    Measure(MeasureArgs),
    /// Rewrite a module so that any host holds what its policy denies, as far as that can be held from inside.
    #[command(after_help = harden::HARDEN_CODES)]
    Harden(HardenArgs),
    /// Show what a record's signature is of, and take signatures that were made elsewhere.
    #[command(subcommand)]
    Lock(LockCommand),
    /// Show what a new version of a module gains and loses.
    #[command(after_help = diff::DIFF_CODES)]
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

/// Parses a format by the names that [`Format::ALL`] gives.
fn format_parser() -> impl clap::builder::TypedValueParser<Value = Format> {
    use clap::builder::{PossibleValuesParser, TypedValueParser as _};
    PossibleValuesParser::new(Format::ALL.map(|(name, _)| name)).map(|name| {
        let known = Format::ALL.into_iter().find(|(known, _)| *known == name);
        known.map_or(Format::Text, |(_, format)| format)
    })
}

/// Parses the most bytes of a module.
fn module_size(text: &str) -> Result<usize, String> {
    let size = quantity::size(text)?;
    let size = usize::try_from(size)
        .ok()
        .filter(|size| *size <= MAX_MODULE);
    size.ok_or_else(|| format!("write at most {}", quantity::show_size(MAX_MODULE as u64)))
}
