//! The policy: YAML to a typed, spanned [`Policy`], its bases merged in, and the table that names each key's enforcer.

mod model;

pub use model::*;
