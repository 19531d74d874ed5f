//! What somebody gives one invocation; the policy decides what of it the guest sees.

use std::sync::Arc;

use super::decision::Decisions;
use super::host::LogSink;
use super::observer::Observer;
use super::outcome::Value;
use super::wasi::{Input, Output};

/// One invocation: what is offered to the guest, and where its output goes. The default offers nothing.
#[derive(Default)]
pub struct Invocation {
    /// Its arguments, without its own name; refused if the policy does not match them all.
    pub arguments: Vec<String>,
    /// The variables of which `grants.env.pass` may pass some.
    pub environment: Vec<(String, String)>,
    /// Standard input.
    pub stdin: Input,
    /// Standard output.
    pub stdout: Output,
    /// Standard error.
    pub stderr: Output,
    /// For whom it runs: tags log messages, and chooses the store of `kv` with `scope: tenant`.
    pub tenant: Option<String>,
    /// Where decisions go.
    pub decisions: Option<Arc<dyn Decisions>>,
    /// Where messages of `builtin: log` go; by default a line each on this process's standard error.
    pub log: Option<Arc<dyn LogSink>>,
    /// What watches it, if a record of its use is asked for.
    pub observer: Option<Arc<Observer>>,
}

/// What is called in a guest.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Entry {
    /// `_start`.
    #[default]
    Command,
    /// An export, after `_initialize` if there is one.
    Export {
        /// Its name.
        name: String,
        /// Its arguments, of the very types that it takes.
        arguments: Vec<Value>,
    },
}
