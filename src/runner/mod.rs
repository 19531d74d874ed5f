//! The runner: an approved module runs with exactly what its policy grants.

mod cache;
mod decision;
mod guest;
mod host;
mod meter;
mod private;
mod scratch;
mod stop;
mod terms;
mod wasi;

pub use cache::{Cache, CacheUse, Refusal};
pub use decision::{Decision, Decisions};
pub use meter::Spent;
pub use private::{FolderError, Private};
pub use scratch::{Scratch, Scratches, Swept};
pub use stop::{Budget, Denial, Stop};
pub use terms::{MonotonicClock, RandomSource, StreamTerms, Terms, WallClock, ceiling};
pub use wasi::{Input, Output, Passed};
