//! What the subcommands of `policy` accept.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::report::Format;

use super::{FailOn, PlainFormat, format_parser};

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
    /// Narrow the draft by a record of `run --record`; once a file, and each module needs one.
    #[arg(long, value_name = "FILE")]
    pub from_run: Vec<PathBuf>,
    /// Put functions that code reaches and no run called into stubs, instead of proposing that.
    #[arg(long, requires = "from_run")]
    pub stub_unused: bool,
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
