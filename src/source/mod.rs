//! Texts with places: sources, spans, YAML trees whose every node knows where it stands, and the mistakes found in them.
//! The lowest layer: it knows nothing of modules, policies or rules. `build.rs` includes it to embed the built-in files.

pub mod ascii;
pub mod credential;
mod embedded;
mod fields;
pub mod file;
mod mistake;
mod node;
mod span;
mod suggest;
pub mod visible;
mod yaml;

pub use embedded::{pack, unpack};
pub use fields::Fields;
pub use mistake::{Label, MAX_MISTAKES, Mistake, first_mistakes};
pub use node::{Entry, Node, Text, Value};
pub use span::{Place, Source, SourceId, Sources, Span, Spanned};
pub use suggest::{did_you_mean, nearest};
pub use yaml::{MAX_DEPTH, MAX_NODES, MAX_TEXT, parse};
