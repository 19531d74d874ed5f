//! Why a policy file could not be read.

use std::path::PathBuf;

use crate::source::Mistake;

/// Why there is no policy.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum PolicyError {
    /// The system refused.
    #[error("cannot read the policy {}", .path.display())]
    #[diagnostic(
        code(policy::unreadable),
        help("give the path of a policy file with --policy")
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A directory, a pipe, a device.
    #[error("{} is not a regular file", .path.display())]
    #[diagnostic(
        code(policy::not_a_file),
        help("a policy is a plain file; save it to one first")
    )]
    NotAFile {
        /// What it is called.
        path: PathBuf,
    },
    /// `x.policy.yaml` and `x.wasm.policy.yaml`.
    #[error("two policies for one module: {} and {}", .first.display(), .second.display())]
    #[diagnostic(
        code(policy::ambiguous),
        help("remove one, or name the one you mean with --policy")
    )]
    Ambiguous {
        /// The one.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// The file, or one that it extends, does not read.
    #[error("the policy does not read: {} mistakes", .0.len())]
    #[diagnostic(code(policy::mistakes))]
    Mistakes(Vec<Mistake>),
}
