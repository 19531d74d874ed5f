//! ringfence tells what a WebAssembly plugin can do and holds that against a host policy.
//!
//! The layers, from the bottom: [`source`], then [`wasm`] and [`capability`], then [`policy`] and [`rule`], then [`audit`],
//! then [`report`], [`rewrite`] and the runner; `docs/architecture.md` draws them.

pub mod audit;
pub mod capability;
pub mod cli;
pub mod policy;
pub mod report;
pub mod rewrite;
pub mod rule;
#[cfg(all(feature = "run", unix))]
pub mod runner;
pub mod source;
pub mod wasm;
