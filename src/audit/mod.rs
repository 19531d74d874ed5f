//! Facts, findings and the report model: a module held against a policy.

mod approval;
mod capabilities;
mod checklist;
mod context;
mod disk;
mod example;
mod fact;
mod facts;
mod judge;
mod link;
mod lock;
mod model;
mod run;
#[cfg(test)]
mod run_tests;
mod standing;

pub use approval::{Approval, Refusal};
pub use context::Surroundings;
pub use example::{ExampleError, ExampleOutcome, run_example};
pub use facts::{SCHEMA, VersionNumber};
pub use judge::{JudgeError, check_names};
pub use link::{Link, Ruling};
pub use lock::{Lock, Record};
pub use model::*;
pub use run::{Candidate, LoadedPolicy, Reader, Run, inspect, rule_info};
