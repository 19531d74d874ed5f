//! `harden`.

use std::path::PathBuf;

use clap::Args;

use super::PlainFormat;
use crate::wasm::edit::HOST_CALL;

pub(super) const HARDEN_CODES: &str = "Exit codes: 0 written; 1 refused: the module cannot be hardened, or what comes of it does not pass under the policy; 2 something could not be read or written (bad usage, no policy).";

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
