//! Facts, findings and the report model: a module held against a policy.

mod model;

pub use model::*;
