//! The taxonomy: which import gives which capability, and which authority a host import's name speaks of.
//! All of it is data in `rules/capabilities/`, one file a host interface; this module reads and answers from it.

mod authority;
mod capabilities;
mod embedded;
mod entry;
mod functions;
mod interface;
mod pattern;
mod phrases;
mod reading;
mod signature;
mod taxonomy;
mod words;

pub use authority::{Authority, AuthorityClass};
pub use capabilities::{CAPABILITIES, Capabilities, UNKNOWN, is_capability};
pub use entry::{ArgHint, Entry, Family, Place};
pub use interface::Interface;
pub use taxonomy::{MAX_NAME, Taxonomy, is_wasi_module};

#[cfg(test)]
mod builtin_tests;
#[cfg(test)]
mod reading_tests;
