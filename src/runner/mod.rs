//! The runner: an approved module runs with exactly what its policy grants.

mod deadline;
mod decision;
mod engine;
mod guest;
mod host;
mod meter;
mod outcome;
mod stop;
mod terms;
mod ticker;
mod wasi;

pub use decision::{Decision, Decisions};
pub use engine::Allocation;
pub use meter::Spent;
pub use outcome::{Ending, Outcome, Trap, Usage, Value};
pub use stop::{Budget, Denial, Stop};
pub use terms::{MonotonicClock, RandomSource, StreamTerms, Terms, WallClock, ceiling};
pub use wasi::{Input, Output, Passed};
