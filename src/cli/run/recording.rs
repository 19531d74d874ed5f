//! `run --record`: what a run used goes into a file, whatever came of the run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audit::{Approval, ENGINE, add_record, check_record};
use crate::runner::{Observer, Outcome, Runner};

use super::Failure;

/// A record that is to be made or added to.
pub struct Recording {
    path: PathBuf,
    observer: Arc<Observer>,
}

impl Recording {
    /// Looks whether there is a place for it before anything runs: a run is not made for nothing.
    pub fn begin(path: &Path, approval: &Approval) -> Result<Self, Failure> {
        check_record(path, &approval.digest(), ENGINE)
            .map_err(|error| Failure::Failed(error.to_string()))?;
        Ok(Self {
            path: path.to_owned(),
            observer: Arc::default(),
        })
    }

    /// What watches the run.
    pub fn observer(&self) -> Arc<Observer> {
        Arc::clone(&self.observer)
    }

    /// Writes it; whether there was anything to write.
    pub fn end(&self, runner: &Runner, outcome: &Outcome) -> Result<bool, String> {
        let Some(record) = self.observer.record(runner, outcome) else {
            return Ok(false);
        };
        add_record(&self.path, record).map_err(|error| error.to_string())?;
        Ok(true)
    }
}
