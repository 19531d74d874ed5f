//! What one invocation spends, counted against its terms.

use std::sync::Arc;
use std::time::Instant;

use super::stop::{Budget, Stop};
use super::terms::Terms;

/// The counters of one invocation.
#[derive(Debug)]
pub struct Meter {
    terms: Arc<Terms>,
    spent: Spent,
    until: Option<Instant>,
}

/// What was spent so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Calls to the host.
    pub host_calls: u64,
    /// Descriptors that the guest has open.
    pub open_files: u64,
    /// The most of them at once.
    pub open_files_peak: u64,
    /// Bytes written to files, or by which files grew.
    pub written_bytes: u64,
    /// Bytes of all linear memories.
    pub memory: u64,
    /// Elements of all tables.
    pub table_elements: u64,
}

impl Meter {
    /// Nothing spent yet.
    pub fn new(terms: Arc<Terms>) -> Self {
        Self {
            terms,
            spent: Spent::default(),
            until: None,
        }
    }

    /// The terms it counts against.
    pub fn terms(&self) -> &Arc<Terms> {
        &self.terms
    }

    /// What was spent so far.
    pub fn spent(&self) -> Spent {
        self.spent
    }

    /// Sets the moment of the deadline for the calls that come.
    pub fn set_deadline(&mut self, at: Instant) {
        self.until = Some(at);
    }

    /// Counts one call to the host, and looks at the clock: a loop of long calls burns hardly any fuel between them.
    ///
    /// # Errors
    /// The quota is spent, or the deadline has passed.
    pub fn call(&mut self) -> Result<(), Stop> {
        if self.until.is_some_and(|until| Instant::now() >= until) {
            return Err(Budget::Deadline.into());
        }
        self.spent.host_calls += 1;
        within(
            self.spent.host_calls,
            self.terms.host_calls,
            Budget::HostCalls,
        )
    }

    /// Counts a descriptor that is about to be opened.
    ///
    /// # Errors
    /// The quota is spent; nothing was counted.
    pub fn open(&mut self) -> Result<(), Stop> {
        let open = self.spent.open_files + 1;
        within(open, self.terms.open_files, Budget::OpenFiles)?;
        self.spent.open_files = open;
        self.spent.open_files_peak = self.spent.open_files_peak.max(open);
        Ok(())
    }

    /// Counts a descriptor that was closed, or not opened after all.
    pub fn close(&mut self) {
        self.spent.open_files = self.spent.open_files.saturating_sub(1);
    }

    /// Counts bytes that are about to be written to files, or by which a file is about to grow.
    ///
    /// # Errors
    /// The quota is spent; nothing was counted.
    pub fn write(&mut self, bytes: u64) -> Result<(), Stop> {
        let written = self.spent.written_bytes.saturating_add(bytes);
        within(written, self.terms.written_bytes, Budget::WrittenBytes)?;
        self.spent.written_bytes = written;
        Ok(())
    }
}

fn within(spent: u64, limit: u64, budget: Budget) -> Result<(), Stop> {
    if spent <= limit {
        Ok(())
    } else {
        Err(budget.into())
    }
}

/// Linear memories and tables; memory that the module itself declares as its most is refused as the specification says.
impl wasmtime::ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let grown = (desired as u64).saturating_sub(current as u64);
        let memory = self.spent.memory.saturating_add(grown);
        within(memory, self.terms.memory, Budget::Memory).map_err(wasmtime::Error::new)?;
        self.spent.memory = memory;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let grown = (desired as u64).saturating_sub(current as u64);
        let elements = self.spent.table_elements.saturating_add(grown);
        within(elements, self.terms.table_elements, Budget::TableElements)
            .map_err(wasmtime::Error::new)?;
        self.spent.table_elements = elements;
        Ok(true)
    }
}
