//! Bytes to [`Module`]: what a binary declares, with byte offsets. The only user of wasmparser.

mod module;
mod proposal;

pub use module::*;
pub use proposal::{DEFAULT_PROPOSALS, PROPOSALS};

/// The most literals of one kind that a module's facts keep.
pub const MAX_LITERALS: usize = 1000;
