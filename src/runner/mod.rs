//! The runner: an approved module runs with exactly what its policy grants.

mod abi;
mod ahead;
mod audit_log;
mod buffer;
mod cache;
mod compiler;
mod deadline;
mod decision;
mod diagnosis;
mod drain;
mod ending;
mod engine;
mod grants;
mod guest;
mod host;
mod instance;
#[cfg(test)]
mod instance_tests;
mod invocation;
mod measure;
mod meter;
mod numbers;
mod observer;
mod outcome;
mod own;
mod plan;
mod powers;
mod private;
mod process;
mod report;
mod root;
#[allow(
    clippy::module_inception,
    reason = "the layer is called after the type it is for"
)]
mod runner;
#[cfg(test)]
mod sample;
mod scratch;
mod stop;
mod store;
mod terms;
mod ticker;
mod wasi;
mod way;

pub use ahead::read_ahead;
pub use audit_log::AuditLog;
pub use cache::{Cache, CacheUse, Refusal};
pub use decision::{Decision, Decisions};
pub use diagnosis::{Limit, diagnose};
pub use engine::Allocation;
pub use host::{Answer, GuardedCall, HostError, LogMessage, LogSink, Registry, Severity};
pub use instance::Instance;
pub use invocation::{Entry, Invocation};
pub use measure::{MeasureError, Measurement, measure};
pub use meter::Spent;
pub use numbers::numbers;
pub use observer::Observer;
pub use outcome::{Ending, Outcome, Trap, Usage, Value};
pub use private::{FolderError, Private};
pub use process::{Signal, run_here};
pub use report::{Subject, report};
pub use runner::{Options, Runner, RunnerError};
pub use scratch::{Scratch, Scratches, Swept};
pub use stop::{Budget, Denial, Stop};
pub use terms::{MonotonicClock, RandomSource, StreamTerms, Terms, WallClock, ceiling};
pub use wasi::{Input, Output, Passed};
pub(crate) use way::Way;
