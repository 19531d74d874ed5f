//! Moves an engine's epoch on while invocations run, so that guest code without fuel comes up for air.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

/// How long an epoch lasts: how late a deadline may come to a guest that only computes.
const EPOCH: Duration = Duration::from_millis(5);

/// The thread behind an engine's epochs; it waits while nothing runs and ends with the engine.
#[derive(Debug, Default)]
pub struct Ticker {
    running: Mutex<usize>,
    changed: Condvar,
}

/// Held while an invocation runs.
#[derive(Debug)]
pub struct Ticking(Arc<Ticker>);

impl Ticker {
    /// Starts the thread for an engine.
    ///
    /// # Errors
    /// The system gives no thread; without one no epoch would ever pass.
    pub fn start(engine: &Engine) -> std::io::Result<Arc<Self>> {
        let ticker = Arc::new(Self::default());
        let (weak, own) = (engine.weak(), Arc::downgrade(&ticker));
        let body = move || {
            while let Some(ticker) = own.upgrade() {
                ticker.tick(&weak);
            }
        };
        let thread = std::thread::Builder::new().name("ringfence-epochs".to_owned());
        thread.spawn(body)?;
        Ok(ticker)
    }

    /// Notes that an invocation runs, until the value is dropped.
    pub fn run(self: &Arc<Self>) -> Ticking {
        if let Ok(mut running) = self.running.lock() {
            *running += 1;
        }
        self.changed.notify_one();
        Ticking(Arc::clone(self))
    }

    fn tick(&self, engine: &EngineWeak) {
        let Ok(running) = self.running.lock() else {
            return;
        };
        if *running == 0 {
            // Woken now and then to see whether the engine is gone.
            let _ = self.changed.wait_timeout(running, Duration::from_secs(1));
            return;
        }
        drop(running);
        std::thread::sleep(EPOCH);
        if let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
        }
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        if let Ok(mut running) = self.0.running.lock() {
            *running = running.saturating_sub(1);
        }
    }
}
