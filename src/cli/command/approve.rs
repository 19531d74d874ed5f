//! What `approve` accepts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::policy::Date;

pub(super) const APPROVE_CODES: &str = "Exit codes: 0 approved; 1 refused, with the findings; 2 something could not be judged or written (bad usage, no policy, an unreadable file, a lock that does not read).";

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

/// `approve --pin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum PinTo {
    Digest,
    Capabilities,
}

/// Parses a day.
fn day(text: &str) -> Result<Date, String> {
    crate::policy::date(text).ok_or_else(|| "write a day as 2027-03-31".to_owned())
}

/// Parses a name or a reason.
fn one_line(text: &str) -> Result<String, String> {
    let fits = !text.trim().is_empty() && text.len() <= 1000 && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
        .ok_or_else(|| "write 1 to 1000 bytes on one line".to_owned())
}
