//! How a command ended.

use std::process::ExitCode;

/// The exit codes of the design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Nothing at or over the failing severity.
    Clean,
    /// Findings; a failed case.
    Findings,
    /// Something could not be judged.
    Failed,
}

impl Outcome {
    /// 0, 1 or 2.
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Failed => 2,
        })
    }
}
