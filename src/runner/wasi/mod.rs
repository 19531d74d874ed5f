//! WASI preview 1 for one invocation: what it was granted, and nothing else.

mod beneath;
mod call;
mod climb;
mod clock;
mod content;
mod descriptor;
mod entries;
mod feed;
mod files;
mod found;
mod identity;
mod ledger;
mod listing;
mod open;
mod paths;
mod poll;
mod preview1;
mod random;
mod rights;
mod roots;
#[cfg(test)]
mod sample;
mod seen;
mod stat;
mod stream;
mod strings;
pub mod stub;
#[cfg(test)]
mod tests;
mod times;
mod transfer;

use std::borrow::Cow;
use std::fs::File;
use std::sync::{Arc, Mutex};

use wasmtime_wasi::p1::types::{Error, Fd};

use crate::audit::ScratchUse;
use crate::policy::Scratch;
use crate::source::{Span, Spanned};

use super::stop::{Budget, Stop};
use super::terms::{Terms, ceiling};

use clock::Clocks;
use descriptor::{Descriptor, Descriptors};
use identity::Identities;
use poll::Readiness;
use random::Random;
use roots::Root;
use stream::{InputStream, OutputStream};
use times::FileTimes;

pub use preview1::link;

/// What one invocation is given.
#[derive(Debug)]
pub struct Setup {
    /// The numbers of the policy.
    pub terms: Arc<Terms>,
    /// Its arguments, the program's name first.
    pub args: Vec<String>,
    /// Its environment.
    pub env: Vec<(String, String)>,
    /// Its preopens, open, in the policy's order.
    pub roots: Vec<OpenRoot>,
    /// Standard input.
    pub stdin: Input,
    /// Standard output.
    pub stdout: Output,
    /// Standard error.
    pub stderr: Output,
}

/// A granted folder by its handle.
#[derive(Debug)]
pub struct OpenRoot {
    /// Where the guest sees it.
    pub guest: String,
    /// The folder itself, opened without following links.
    pub folder: Arc<File>,
    /// Whether it may be written to.
    pub writable: bool,
    /// Whether the content of its files may be read.
    pub readable: bool,
    /// For a scratch, what it may hold.
    pub scratch: Option<ScratchTerms>,
    /// The policy's entry.
    pub span: Span,
}

/// What a scratch may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScratchTerms {
    /// Bytes of all files together, by their length.
    pub bytes: u64,
    /// Files, folders and links together.
    pub entries: u64,
}

impl ScratchTerms {
    /// Those of a policy's entry; what may be written in all is the most that a scratch can hold.
    pub fn of(scratch: &Scratch, terms: &Terms) -> Self {
        let or = |stated: &Option<Spanned<u64>>, ceiling| {
            stated.as_ref().map_or(ceiling, |stated| stated.value)
        };
        Self {
            bytes: or(&scratch.bytes, terms.written_bytes),
            entries: or(&scratch.entries, ceiling::SCRATCH_ENTRIES),
        }
    }
}

/// Where standard input comes from.
#[derive(Debug, Default)]
pub enum Input {
    /// Ended from the start.
    #[default]
    Empty,
    /// These bytes.
    Bytes(Vec<u8>),
    /// This process's standard input.
    Process,
}

/// Where an output stream goes.
#[derive(Debug, Clone, Default)]
pub enum Output {
    /// Counted and dropped.
    #[default]
    Discard,
    /// Kept in memory.
    Keep(Arc<Mutex<Vec<u8>>>),
    /// This process's standard output.
    Stdout,
    /// This process's standard error.
    Stderr,
}

/// What passed through WASI in one invocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passed {
    /// Bytes of standard input that were read.
    pub stdin: u64,
    /// Bytes that the guest wrote to standard output and that went on.
    pub stdout: u64,
    /// The same of standard error.
    pub stderr: u64,
    /// The streams of which something was dropped: `stdin`, `stdout`, `stderr`.
    pub truncated: Vec<&'static str>,
    /// Calls by function, in name order; only those that were called.
    pub calls: Vec<(Cow<'static, str>, u64)>,
}

/// The WASI state of one invocation.
pub struct Wasi {
    arguments: Vec<String>,
    environment: Vec<String>,
    clocks: Clocks,
    random: Random,
    stdin: InputStream,
    stdout: OutputStream,
    stderr: OutputStream,
    descriptors: Descriptors,
    roots: Vec<Root>,
    identities: Identities,
    file_times: FileTimes,
    calls: Vec<(Cow<'static, str>, u64)>,
}

impl Wasi {
    /// The state at the start.
    ///
    /// # Errors
    /// A granted folder cannot be used.
    pub fn new(setup: Setup) -> Result<Self, String> {
        let terms = &setup.terms;
        let mut descriptors = Descriptors::default();
        for stream in [Descriptor::Stdin, Descriptor::Stdout, Descriptor::Stderr] {
            descriptors.add(stream).map_err(|errno| errno.to_string())?;
        }
        let roots = roots::open(setup.roots, &mut descriptors)?;
        let variables = setup.env.into_iter();
        Ok(Self {
            arguments: setup.args,
            environment: variables
                .map(|(name, value)| format!("{name}={value}"))
                .collect(),
            clocks: Clocks::new(terms),
            random: Random::new(terms.random),
            stdin: InputStream::new(setup.stdin, terms.stdin).in_whole(terms.deterministic),
            stdout: OutputStream::new(setup.stdout, terms.stdout, Budget::Stdout),
            stderr: OutputStream::new(setup.stderr, terms.stderr, Budget::Stderr),
            descriptors,
            roots,
            identities: Identities::default(),
            file_times: FileTimes::of(terms),
            calls: Vec::new(),
        })
    }

    /// Counts a call for the report. Few functions are called in one invocation, so a list is faster than a map.
    pub fn count(&mut self, function: Cow<'static, str>) {
        match self.calls.iter_mut().find(|(name, _)| *name == function) {
            Some((_, count)) => *count += 1,
            None => self.calls.push((function, 1)),
        }
    }

    /// What passed so far.
    pub fn passed(&self) -> Passed {
        let streams = [
            ("stdin", self.stdin.truncated()),
            ("stdout", self.stdout.truncated()),
            ("stderr", self.stderr.truncated()),
        ];
        Passed {
            stdin: self.stdin.passed(),
            stdout: self.stdout.passed(),
            stderr: self.stderr.passed(),
            truncated: streams
                .into_iter()
                .filter_map(|(name, truncated)| truncated.then_some(name))
                .collect(),
            calls: {
                let mut calls = self.calls.clone();
                calls.sort_unstable();
                calls
            },
        }
    }

    /// How full each scratch was at most, by the guest's path.
    pub fn scratches(&self) -> Vec<(String, ScratchUse)> {
        let ledgers = self.roots.iter();
        let ledgers = ledgers.filter_map(|root| Some((root.guest.clone(), root.ledger.as_ref()?)));
        ledgers
            .map(|(guest, ledger)| (guest, ledger.most()))
            .collect()
    }

    /// Whether a descriptor can be read or written without waiting.
    pub fn readiness(&self, descriptor: Fd) -> Readiness {
        match self.descriptors.get(descriptor.into()) {
            Ok(Descriptor::Stdin) => Readiness::Stdin,
            Ok(Descriptor::Stdout | Descriptor::Stderr | Descriptor::File(_)) => Readiness::Now {
                bytes: 1,
                hangup: false,
            },
            Ok(Descriptor::Folder(_)) | Err(_) => Readiness::Bad,
        }
    }
}

/// Carries a stop out of a call of WASI.
fn stop(stop: Stop) -> Error {
    Error::trap(wasmtime::Error::new(stop))
}
