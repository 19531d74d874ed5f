//! What came of an invocation: how it ended, and what it used.

use std::time::Duration;

use super::meter::Spent;
use super::stop::{Budget, Stop};
use super::wasi::Passed;

/// What came of one invocation.
#[derive(Debug)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// What it used.
    pub usage: Usage,
}

/// How an invocation ended.
#[derive(Debug)]
pub enum Ending {
    /// The function returned; a command's `_start` gives no values.
    Returned(Vec<Value>),
    /// The guest called `proc_exit`.
    Exit(u32),
    /// A budget was spent, a guard denied, or our side failed.
    Stopped(Stop),
    /// The guest trapped.
    Trapped(Trap),
    /// It was not started, with the reason.
    Refused(String),
}

/// A trap of the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trap {
    /// What happened: `wasm trap: out of bounds memory access`.
    pub message: String,
    /// The functions that were running, the innermost first, in their language's own words; names from the module, so an
    /// attacker's.
    pub frames: Vec<String>,
}

/// A number that goes into a guest's function or comes out of it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "the types of WebAssembly")]
pub enum Value {
    I32(i32),
    I64(i64),
    F32(f32),
    F64(f64),
}

/// What one invocation used.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    /// Time to compile, or to load what was compiled; zero for all but the first of a runner.
    pub compile: Duration,
    /// Time to instantiate, with grants, `_initialize` and the ABI gate.
    pub instantiate: Duration,
    /// Time in the function that was called, and in its host calls.
    pub execute: Duration,
    /// Fuel, where the policy bounds by it.
    pub fuel: Option<u64>,
    /// The counters.
    pub spent: Spent,
    /// What passed through WASI.
    pub passed: Passed,
    /// Calls of host functions by name, in name order.
    pub host_calls: Vec<(String, u64)>,
}

impl Ending {
    /// The exit code of `ringfence run`.
    pub fn code(&self) -> u8 {
        match self {
            Self::Returned(_) => 0,
            Self::Exit(code) | Self::Stopped(Stop::Exit(code)) => passed(*code),
            Self::Stopped(Stop::Spent(budget)) => budget.code(),
            Self::Stopped(Stop::Denied(_)) => 125,
            Self::Stopped(Stop::Failed(_)) => 127,
            Self::Trapped(_) => 126,
            Self::Refused(_) => 120,
        }
    }

    /// Its type in reports.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Returned(_) | Self::Exit(_) | Self::Stopped(Stop::Exit(_)) => "exit",
            Self::Stopped(Stop::Spent(budget)) => match budget.code() {
                121 => "fuel",
                122 => "memory",
                124 => "deadline",
                _ => "output",
            },
            Self::Stopped(Stop::Denied(_)) => "denied",
            Self::Stopped(Stop::Failed(_)) => "error",
            Self::Trapped(_) => "trap",
            Self::Refused(_) => "refused",
        }
    }
}

impl Budget {
    /// The exit code of a run that spent it.
    pub fn code(self) -> u8 {
        match self {
            Self::Fuel => 121,
            Self::Memory | Self::TableElements => 122,
            Self::Deadline => 124,
            _ => 123,
        }
    }
}

/// Codes up to 118 are the guest's own; the others would be taken for ours.
fn passed(code: u32) -> u8 {
    u8::try_from(code)
        .ok()
        .filter(|code| *code <= 118)
        .unwrap_or(119)
}

impl std::fmt::Display for Value {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::I32(number) => write!(out, "{number}"),
            Self::I64(number) => write!(out, "{number}"),
            Self::F32(number) => write!(out, "{number}"),
            Self::F64(number) => write!(out, "{number}"),
        }
    }
}
