//! Facts, findings and the report model: a module held against a policy.

mod advisory;
mod allowed;
mod approval;
mod approval_key;
#[cfg(test)]
mod approval_tests;
mod arguments;
mod baseline;
mod capabilities;
mod checklist;
mod context;
mod deed;
mod diff;
mod disk;
mod drift;
mod example;
mod fact;
mod facts;
mod hardening;
mod judge;
mod judged;
mod least;
mod link;
mod lock;
mod model;
mod narrowing;
mod observed;
mod policy_case;
mod powers;
mod reading;
mod recording;
mod refusal;
mod replace;
mod rule_info;
mod rule_names;
mod run;
#[cfg(test)]
mod run_tests;
mod scope;
mod signature;
mod standing;
mod stub_answer;
mod together;
mod witness;

pub use allowed::allows;
pub use approval::{Approval, Awaiting};
pub use approval_key::{ApprovalKey, ENGINE, builtin_rules_digest};
pub use baseline::Baseline;
pub use context::Surroundings;
pub use deed::{Deed, at_most_elements, at_most_pages, own};
pub use diff::{Change, Derivation, Derive, Diff, Direction, Side, Version, Weight, diff};
pub use example::{ExampleError, ExampleOutcome, run_example};
pub use facts::{SCHEMA, VersionNumber};
pub use hardening::{
    Confirm, FuelRecord, Hardened, Hardening, HardeningRecord, Left, hardening_digest,
};
pub use judge::JudgeError;
pub use least::Least;
pub use link::{Link, Ruling, links};
pub use lock::{ApprovedWaiver, Entry, Lock, LockError, Pin, Record, attach, record_approval};
pub use model::*;
pub use observed::{
    ArgumentUse, Figures, FileUse, ImportUse, Mode, PathUse, RecordError, Room, RunRecord, Runs,
    ScratchUse, Values, add_record, check_record, load_record,
};
pub use policy_case::{CaseEnd, CaseResult, PolicyCase, PolicyCases};
pub use powers::{Interface, Passed, Powers, Value};
pub use reading::{PassedText, Reading};
pub use recording::{Recording, Statement};
pub use refusal::Refusal;
pub use rule_info::rule_info;
pub use rule_names::check_names;
pub use run::{Candidate, LoadedPolicy, Reader, Run, inspect};
pub use scope::Scopes;
pub use signature::{
    AllowedSigners, Distrust, RevokedKeys, Signer, SignerError, Trust, armored, unarmored,
};
pub use stub_answer::StubAnswer;
