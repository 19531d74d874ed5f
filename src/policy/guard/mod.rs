//! What an argument of a host function may be: its size, the normal form of a text, patterns and bounds. The runner holds each
//! call against it, and the auditor the constants that the code passes: by the same code, so that they agree.

mod denied;
mod host_name;
mod number_rule;
mod pattern;
mod size_rule;
mod text_rule;
mod url;

pub use denied::Denied;
pub use number_rule::NumberRule;
pub use size_rule::SizeRule;
pub use text_rule::TextRule;
