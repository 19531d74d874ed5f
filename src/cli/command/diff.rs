//! What `diff` accepts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

pub(super) const DIFF_CODES: &str = "Exit codes: 0 nothing that --fail-on names; 1 an escalation, or with --fail-on change any change; 2 something could not be read.";

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
