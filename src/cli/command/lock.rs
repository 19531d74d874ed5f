//! What the subcommands of `lock` accept.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Subcommands of `lock`.
#[derive(Debug, Subcommand)]
pub enum LockCommand {
    /// Print the very bytes that a signature of a record is over, for `ssh-keygen -Y sign` and `-Y verify`.
    Message(RecordArgs),
    /// Print a record's signature, as ssh-keygen reads it.
    Signature(RecordArgs),
    /// Put a signature by `ssh-keygen -Y sign -n ringfence` to a record.
    Attach(AttachArgs),
}

/// A record of a lock.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// The module's digest, or how it starts.
    #[arg(value_name = "SHA256", value_parser = digest)]
    pub digest: String,
    /// The lock.
    #[arg(long, value_name = "FILE")]
    pub lock: PathBuf,
    /// The policy's name, if the module is approved under several.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

/// Arguments of `lock attach`.
#[derive(Debug, Args)]
pub struct AttachArgs {
    #[command(flatten)]
    pub record: RecordArgs,
    /// The signature's file.
    #[arg(value_name = "SIGNATURE")]
    pub signature: PathBuf,
}

/// Parses a digest, or how it starts.
fn digest(text: &str) -> Result<String, String> {
    let hexadecimal = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let fits = (8..=64).contains(&text.len()) && text.bytes().all(hexadecimal);
    fits.then(|| text.to_owned())
        .ok_or_else(|| "write 8 to 64 hexadecimal digits".to_owned())
}
