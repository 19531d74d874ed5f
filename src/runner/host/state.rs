//! What the host functions of one invocation keep: counts, the store of `kv`, what was logged.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::functions::HostFunctions;
use super::log_sink::{Destination, LogSink};
use super::provider::Store;

/// Work between two looks at the deadline: bytes, with a fixed price for each call.
const STRETCH: u64 = 4 << 20;
/// The price of a call.
const CALL: u64 = 4 << 10;

/// The state of one invocation; the default is that of one without host functions.
#[derive(Default)]
pub struct HostState {
    pub(super) plugin: Arc<str>,
    pub(super) tenant: Option<Arc<str>>,
    pub(super) log: Destination,
    /// Messages that were logged.
    pub(super) logged: u64,
    dropped: u64,
    names: Arc<[Arc<str>]>,
    calls: Vec<u64>,
    own: Store,
    shared: Option<Arc<Mutex<Store>>>,
    worked: u64,
}

impl HostState {
    /// The state at the start. A tenant has one store for all invocations of the runner.
    pub fn new(functions: &HostFunctions, tenant: Option<&str>) -> Self {
        Self {
            plugin: functions.plugin(),
            tenant: tenant.map(Arc::from),
            log: Destination::default(),
            logged: 0,
            dropped: 0,
            calls: vec![0; functions.names().len()],
            names: functions.names(),
            own: Store::default(),
            shared: tenant.and_then(|tenant| functions.store_of(tenant)),
            worked: 0,
        }
    }

    /// Sends log messages to a sink; by default they are lines on this process's standard error.
    #[must_use]
    pub fn log_to(mut self, sink: Option<Arc<dyn LogSink>>) -> Self {
        if let Some(sink) = sink {
            self.log = Destination::Sink(sink);
        }
        self
    }

    /// Calls by function; only those that were called.
    pub fn calls(&self) -> Vec<(String, u64)> {
        let counted = self.names.iter().zip(&self.calls);
        counted
            .filter(|(_, count)| **count > 0)
            .map(|(name, count)| (name.to_string(), *count))
            .collect()
    }

    /// Log messages that were dropped, over `max_messages` or because nobody took them.
    #[allow(dead_code, reason = "for the report, which does not show it yet")]
    pub fn dropped_messages(&self) -> u64 {
        self.dropped
    }

    /// Counts a call.
    pub(super) fn count(&mut self, function: usize) {
        if let Some(count) = self.calls.get_mut(function) {
            *count += 1;
        }
        self.work(CALL);
    }

    /// Counts a dropped message; whether it is the first.
    pub(super) fn drop_message(&mut self) -> bool {
        self.dropped += 1;
        self.dropped == 1
    }

    /// Counts bytes that were copied.
    pub(super) fn work(&mut self, bytes: u64) {
        self.worked = self.worked.saturating_add(bytes);
    }

    /// Whether it is time to let the deadline be looked at: host calls burn no fuel, and a guest may make many.
    pub(super) fn is_due(&mut self) -> bool {
        let due = self.worked >= STRETCH;
        if due {
            self.worked = 0;
        }
        due
    }

    /// Works on a store: the tenant's, if `shared` and there is one.
    pub(super) fn with_store<T>(&mut self, shared: bool, work: impl FnOnce(&mut Store) -> T) -> T {
        match &self.shared {
            Some(store) if shared => {
                work(&mut store.lock().unwrap_or_else(PoisonError::into_inner))
            }
            _ => work(&mut self.own),
        }
    }
}

impl fmt::Debug for HostState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("HostState")
            .field("tenant", &self.tenant)
            .field("calls", &self.calls())
            .finish_non_exhaustive()
    }
}
