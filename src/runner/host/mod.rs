//! Host functions: guards before every provider, whoever provides. What a provider gets was copied out of the guest's memory
//! once and judged; nothing here hands out a pointer.

mod answer;
mod call;
mod error;
mod function;
mod functions;
mod guard;
mod kind;
mod log_sink;
mod provider;
mod registry;
mod state;

#[cfg(test)]
mod tests;

pub use answer::Answer;
pub use call::GuardedCall;
pub use error::HostError;
pub use functions::HostFunctions;
pub use log_sink::{LogMessage, LogSink, Severity};
pub use registry::Registry;
pub use state::HostState;
