//! Rules: YAML files with a CEL condition over one fact and templates for what to say. The only user of `cel`.

#[cfg_attr(
    not(test),
    allow(dead_code, reason = "build.rs packs, the program unpacks")
)]
mod ast;
mod condition;
mod example;
mod file;
mod reading;
mod schema;
mod set;
mod template;
mod types;
mod value;
mod weight;

pub use condition::{Condition, Params, Record, Scope};
pub use example::{Example, Fixture};
pub use file::{Level, Raise, Rule};
pub use schema::{Field, Kind, Schema};
pub use set::{RuleError, RuleSet};
pub use template::Template;
pub use value::{FactType, Type, Value, shorten};
pub use weight::Steps;
