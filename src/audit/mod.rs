//! Facts, findings and the report model: a module held against a policy.

mod approval;
mod approval_key;
#[cfg(test)]
mod approval_tests;
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
mod reading;
mod recording;
mod refusal;
mod rule_info;
mod run;
#[cfg(test)]
mod run_tests;
mod standing;
mod witness;

pub use approval::Approval;
pub use approval_key::{ApprovalKey, ENGINE};
pub use context::Surroundings;
pub use example::{ExampleError, ExampleOutcome, run_example};
pub use facts::{SCHEMA, VersionNumber};
pub use judge::{JudgeError, check_names};
pub use link::{Link, Ruling};
pub use lock::{ApprovedWaiver, Lock, LockError, Record, record_approval};
pub use model::*;
pub use reading::{PassedText, Reading};
pub use recording::Recording;
pub use refusal::Refusal;
pub use rule_info::rule_info;
pub use run::{Candidate, LoadedPolicy, Reader, Run, inspect};
