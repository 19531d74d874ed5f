//! What `measure` accepts.

use std::path::PathBuf;

use clap::Args;

use super::PlainFormat;

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
