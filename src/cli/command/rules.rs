//! What `explain` and the subcommands of `rules` accept.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::PlainFormat;

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
