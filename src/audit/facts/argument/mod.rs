//! Constants that the code passes to functions of the host and of WASI, held against guards and grants.

mod asked;
mod coverage;
mod described;
mod fact;
mod guarded;
#[cfg(test)]
mod tests;

pub use asked::Asked;
pub use fact::{LiteralArgument, collect};
