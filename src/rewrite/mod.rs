//! Hardening: a module rewritten so that any host holds what can be held from inside of it (docs/harden.md). The bytes are
//! changed by [`crate::wasm::edit`]; here is decided what, and everything that is written is audited again.

mod again;
mod carried;
mod code;
mod exports;
mod fate;
mod guard;
mod harden;
mod left;
mod plan;
mod resources;
mod stub;
mod ways;

pub use harden::{Harden, Options, Refused, confirms, derives};
