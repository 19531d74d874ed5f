//! What `run` accepts.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::SignerArgs;

pub(super) const RUN_CODES: &str = "Exit codes: 0 to 118 are the guest's own; 119 stands for a larger one (--report has it exactly); 120 refused before the start; 121 out of fuel; 122 out of memory or table elements; 123 over a quota of output, writes, open files or host calls; 124 past the deadline; 125 stopped by a denial; 126 trapped; 127 an error of the machine or bad usage; 129, 130 and 143 after a signal.";

/// Arguments of `run`.
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
    /// Add what the run uses to a record, for `policy init --from-run`; the file is made if it is not there.
    #[arg(long, value_name = "FILE", conflicts_with = "report_only")]
    pub record: Option<PathBuf>,
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

/// Parses a tenant's name.
fn tenant(text: &str) -> Result<String, String> {
    let fits = !text.is_empty() && text.len() <= 128 && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
        .ok_or_else(|| "write 1 to 128 bytes without control characters".to_owned())
}
