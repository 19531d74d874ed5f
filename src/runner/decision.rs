//! Decisions of the runner, as the audit log and `--report-only` see them.

use crate::source::Span;

/// One decision: a call that was let through or not.
#[derive(Debug, Clone)]
pub struct Decision<'d> {
    /// `env.read_file`, `wasi_snapshot_preview1.path_open`.
    pub function: &'d str,
    /// The capability that the call uses: `fs.read`.
    pub capability: &'d str,
    /// The arguments that were judged, by name, as text; not yet redacted.
    pub arguments: &'d [(&'d str, String)],
    /// Whether the policy lets it through.
    pub allowed: bool,
    /// Whether a denial was carried out, and not only reported.
    pub enforced: bool,
    /// Why not.
    pub reason: &'d str,
    /// The line of the policy that decided.
    pub decided_by: Option<Span>,
}

/// Takes decisions as they are made.
pub trait Decisions: Send + Sync {
    /// One decision. Called from the guest's calls, so it should not wait long.
    ///
    /// # Errors
    /// The decision could not be kept; the invocation ends then, as nothing may happen unrecorded.
    fn record(&self, decision: &Decision<'_>) -> std::io::Result<()>;
}
