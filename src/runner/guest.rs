//! What the host holds of one running guest: the data of its store.

use std::sync::Arc;

use super::audit_log::Full;
use super::decision::{Decision, Decisions};
use super::host::HostState;
use super::meter::Meter;
use super::observer::{Closing, Observer};
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
    /// What watches it.
    pub observer: Option<Arc<Observer>>,
}

/// Also where the run is cut off, so that what it used is known.
impl Drop for Guest {
    fn drop(&mut self) {
        let Some(observer) = &self.observer else {
            return;
        };
        let passed = self.wasi.passed();
        observer.close(Closing {
            spent: self.meter.spent(),
            streams: [passed.stdin, passed.stdout, passed.stderr],
            truncated: passed.truncated,
            calls: passed.calls,
            scratches: self.wasi.scratches(),
        });
    }
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
            if matches!(error.get_ref(), Some(cause) if cause.is::<Full>()) {
                return Budget::AuditLog.into();
            }
            Stop::Failed(format!("the audit log cannot be written: {error}"))
        })
    }
}
