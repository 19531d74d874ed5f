//! How a command ended.

use std::process::ExitCode;

use crate::audit::Verdict;

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

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Clean,
            Verdict::Fail => Self::Findings,
            Verdict::Error => Self::Failed,
        }
    }
}
