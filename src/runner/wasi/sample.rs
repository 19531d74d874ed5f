//! A guest without an engine, for the tests of WASI's parts.

use std::sync::Arc;
use std::time::Duration;

use wasmtime_wasi::p1::types::Error;

use super::{Input, Output, Setup, Wasi};
use crate::runner::guest::Guest;
use crate::runner::host::HostState;
use crate::runner::meter::Meter;
use crate::runner::terms::{MonotonicClock, RandomSource, StreamTerms, Terms, WallClock};

/// Terms that grant nothing beyond a little of each stream.
pub fn terms() -> Terms {
    let stream = StreamTerms {
        max: 1024,
        trap: false,
    };
    Terms {
        fuel: None,
        deadline: Duration::from_secs(5),
        memory: 1 << 20,
        table_elements: 100,
        stack: 256 << 10,
        host_calls: 100,
        open_files: 4,
        written_bytes: 1 << 20,
        stdin: stream,
        stdout: stream,
        stderr: stream,
        wall: WallClock::Deny,
        monotonic: MonotonicClock::Deny,
        random: RandomSource::Deny,
        reads: true,
        writes: true,
        deterministic: false,
    }
}

/// A guest under these terms.
pub fn guest(terms: Terms, stdin: Input) -> Guest {
    let terms = Arc::new(terms);
    Guest {
        meter: Meter::new(Arc::clone(&terms)),
        wasi: Wasi::new(Setup {
            terms,
            args: Vec::new(),
            env: Vec::new(),
            roots: Vec::new(),
            stdin,
            stdout: Output::Discard,
            stderr: Output::Discard,
        })
        .unwrap(),
        host: HostState::default(),
        decisions: None,
        report_only: false,
        observer: None,
    }
}

/// Whether an error ends the invocation instead of being told to the guest.
pub fn is_trap(error: &Error) -> bool {
    error.downcast_ref().is_none()
}

/// The number at a place of a memory.
pub fn number(memory: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(memory[at..at + 4].try_into().unwrap())
}
