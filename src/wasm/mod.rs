//! Bytes to [`Module`]: what a binary declares, with byte offsets. The only user of wasmparser.

mod argument;
mod body;
mod component;
mod constant;
mod custom;
mod declaration;
mod declared;
mod decode;
mod digested;
pub mod edit;
mod image;
mod immediate;
mod input;
mod itanium;
mod layout;
mod limit;
mod listing;
mod literal;
mod missing;
mod module;
mod name;
mod note;
mod operator;
mod passive;
mod proposal;
mod reach;
mod section;
mod segment;
mod text_format;
mod toolchain;
mod usage;
mod uses;
mod value;
mod walk;
mod watch;
mod weigh;
mod witness;

pub use decode::decode;
pub use digested::Digested;
pub use image::*;
pub use input::{Input, InputError, decode_input, read, read_within};
pub use layout::Layout;
pub use limit::*;
pub use listing::Window;
pub use module::*;
pub use name::{Labels, demangle};
pub use proposal::{DEFAULT_PROPOSALS, PROPOSALS, features};
pub use text_format::encode_text;
pub use uses::*;
pub use witness::{Told, Word};

/// The most literals of one kind that a module's facts keep.
pub const MAX_LITERALS: usize = 1000;

#[cfg(test)]
mod tests;
