//! What the host holds of one running guest: the data of its store.

use std::sync::Arc;

use super::audit_log::Full;
use super::decision::{Decision, Decisions};
use super::host::HostState;
use super::meter::Meter;
use super::stop::{Budget, Stop};
use super::wasi::Wasi;

/// The data of a store.
pub struct Guest {
    /// What it spends.
    pub meter: Meter,
    /// Its descriptors, clocks and the like.
    pub wasi: Wasi,
    /// What its host functions keep.
    pub host: HostState,
    /// Where decisions go.
    pub decisions: Option<Arc<dyn Decisions>>,
    /// Whether denials of arguments and functions are logged and not enforced.
    pub report_only: bool,
}

impl Guest {
    /// Records a decision, if anybody listens; the closure makes it only then.
    ///
    /// # Errors
    /// It could not be kept.
    pub fn decide<'d>(&self, make: impl FnOnce() -> Decision<'d>) -> Result<(), Stop> {
        let Some(decisions) = &self.decisions else {
            return Ok(());
        };
        decisions.record(&make()).map_err(|error| {
            if error.get_ref().is_some_and(
                <(dyn std::error::Error + std::marker::Send + std::marker::Sync + 'static)>::is::<
                    Full,
                >,
            ) {
                return Budget::AuditLog.into();
            }
            Stop::Failed(format!("the audit log cannot be written: {error}"))
        })
    }
}
