//! The policy: YAML to a typed, spanned [`Policy`], its bases merged in, and the table that names each key's enforcer.

mod assemble;
mod canonical;
mod chain;
mod check;
mod combine;
mod constraint;
mod cover;
mod error;
pub mod guard;
mod guest_path;
pub mod keys;
mod lines;
mod lookup;
mod merge;
mod model;
mod moment;
mod pattern;
mod profile;
pub mod quantity;
mod reference;
mod scalar;
mod schema;
mod show;
mod signature;
mod tree;
mod vocabulary;
mod word;

#[cfg(test)]
mod tests;

pub use canonical::{canonical, canonical_part};
pub use chain::{MAX_CHAIN, builtin, load, parse, parse_in};
pub use error::PolicyError;
pub use guest_path::{PathDenied, is_within, normalise};
pub use lookup::lookup;
pub use model::*;
pub use moment::date;
pub use pattern::{MAX_PATTERN, Pattern, PatternError, escape_pattern, is_literal};
pub use profile::{profile, profiles};
pub use reference::reference;
pub use schema::schema;
pub use show::{Shown, show, show_json, show_text};
pub use signature::signature;
pub use tree::{Item, Value};
pub use vocabulary::Vocabulary;
