//! Bytes to [`Module`]: what a binary declares, with byte offsets. The only user of wasmparser.

mod body;
mod component;
mod constant;
mod custom;
mod declaration;
mod decode;
mod interim;
mod limit;
mod literal;
mod module;
mod note;
mod operator;
mod proposal;
mod section;
mod segment;
mod toolchain;
mod usage;
mod value;
mod walk;
mod watch;

pub use decode::decode;
pub use interim::*;
pub use limit::*;
pub use module::*;
pub use proposal::{DEFAULT_PROPOSALS, PROPOSALS, features};

/// The most literals of one kind that a module's facts keep.
pub const MAX_LITERALS: usize = 1000;
