//! What `check` accepts.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use crate::report::Format;

use super::{FailOn, SignerArgs, format_parser};

pub(super) const EXIT_CODES: &str = "Exit codes: 0 clean; 1 findings at or over --fail-on; 2 something could not be judged (bad usage, an unreadable file, a policy or rule that does not read).";

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
