//! Whose signatures are asked for.

use std::path::PathBuf;

use clap::Args;

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
