//! The runner: an approved module runs with exactly what its policy grants.

mod abi;
mod buffer;
mod cache;
mod deadline;
mod decision;
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
mod outcome;
mod plan;
mod private;
mod root;
mod runner;
#[cfg(test)]
mod sample;
mod scratch;
mod stop;
mod terms;
mod ticker;
mod wasi;

pub use cache::{Cache, CacheUse};
pub use decision::{Decision, Decisions};
pub use engine::Allocation;
pub use host::Registry;
pub use instance::Instance;
pub use invocation::{Entry, Invocation};
pub use measure::{MeasureError, Measurement, measure};
pub use meter::Spent;
pub use outcome::{Ending, Outcome, Trap, Usage, Value};
pub use private::{FolderError, Private};
pub use runner::{Options, Runner, RunnerError};
pub use scratch::{Scratch, Scratches, Swept};
pub use stop::{Budget, Denial, Stop};
pub use terms::{MonotonicClock, RandomSource, StreamTerms, Terms, WallClock, ceiling};
pub use wasi::{Input, Output, Passed};
