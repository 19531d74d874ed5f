//! Why an invocation ended other than by returning. Travels through the engine inside its errors.

use std::fmt;

use crate::source::Span;

/// Why an invocation was stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The guest called `proc_exit` with this code.
    #[error("it exited with code {0}")]
    Exit(u32),
    /// It spent one of its budgets.
    #[error("it exceeded its {0}")]
    Spent(Budget),
    /// A guard or a grant denied what it asked for, and the policy says to stop then.
    #[error("{0}")]
    Denied(Box<Denial>),
    /// Our side failed: an error of the machine, not of the guest.
    #[error("{0}")]
    Failed(String),
}

/// Something that was asked for and not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// `env.read_file`, `wasi_snapshot_preview1.path_open`.
    pub function: String,
    /// The argument's name, if an argument was denied.
    pub argument: Option<String>,
    /// Why, in words that follow "denied: ".
    pub reason: String,
    /// The line of the policy that decided.
    pub decided_by: Span,
}

/// One budget of an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is the policy key that `key` gives")]
pub enum Budget {
    Fuel,
    Deadline,
    Memory,
    TableElements,
    HostCalls,
    OpenFiles,
    WrittenBytes,
    ScratchBytes,
    ScratchEntries,
    Stdin,
    Stdout,
    Stderr,
    Messages,
    AuditLog,
}

impl Budget {
    /// Its name in sentences: "exceeded its fuel budget".
    pub fn name(self) -> &'static str {
        match self {
            Self::Fuel => "fuel budget",
            Self::Deadline => "deadline",
            Self::Memory => "memory limit",
            Self::TableElements => "table limit",
            Self::HostCalls => "host-call quota",
            Self::OpenFiles => "open-file quota",
            Self::WrittenBytes => "write quota",
            Self::ScratchBytes => "scratch size",
            Self::ScratchEntries => "number of scratch entries",
            Self::Stdin => "standard-input quota",
            Self::Stdout => "standard-output quota",
            Self::Stderr => "standard-error quota",
            Self::Messages => "number of log messages",
            Self::AuditLog => "size of the audit log",
        }
    }

    /// The policy key that sets it; for a scratch and a provider, the one above it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Fuel => "limits.fuel",
            Self::Deadline => "limits.deadline",
            Self::Memory => "limits.memory",
            Self::TableElements => "limits.table_elements",
            Self::HostCalls | Self::AuditLog => "limits.host_calls",
            Self::OpenFiles => "limits.open_files",
            Self::WrittenBytes => "limits.written_bytes",
            Self::ScratchBytes | Self::ScratchEntries => "grants.preopens",
            Self::Stdin => "grants.stdin.max",
            Self::Stdout => "grants.stdout.max",
            Self::Stderr => "grants.stderr.max",
            Self::Messages => "imports.host",
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.function)?;
        if let Some(argument) = &self.argument {
            write!(out, ", argument `{argument}`")?;
        }
        write!(out, ": denied: {}", self.reason)
    }
}

impl From<Budget> for Stop {
    fn from(budget: Budget) -> Self {
        Self::Spent(budget)
    }
}

impl From<Denial> for Stop {
    fn from(denial: Denial) -> Self {
        Self::Denied(Box::new(denial))
    }
}
