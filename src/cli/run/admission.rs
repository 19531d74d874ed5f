//! From a module's path to an approval of it: the policy and the lock are looked up, the module is read beside them.

use std::path::Path;
use std::thread::JoinHandle;

use crate::audit::{Approval, Awaiting, LoadedPolicy, Lock, Refusal, Surroundings};
use crate::report::{self, Format};
use crate::rule::RuleSet;
use crate::runner::Subject;
use crate::source::Sources;
use crate::wasm::{self, Digested};

use super::super::command::RunArgs;
use super::super::gather::{self, Policies};
use super::super::terminal::{self, Terminal};
use super::compiled::Compiled;
use super::outputs::{Inputs, LOCK, POLICY};
use super::{Failure, say};

/// Admits a module, or says why not.
pub fn admit(
    module: &str,
    arguments: &RunArgs,
    (subject, inputs): (&mut Subject, &mut Inputs),
    compiled: &Compiled,
    terminal: &Terminal,
) -> Result<Approval, Failure> {
    let reading = Reading::start(module);
    let mut sources = Sources::default();
    let rules = gather::rules(&arguments.rules, &mut sources, terminal);
    inputs.add_sources(&sources);
    let rules = rules.map_err(Failure::Failed)?;
    let given = arguments.policy.as_deref();
    let path = gather::policy_path(Path::new(module), given).map_err(Failure::Failed)?;
    let Some(path) = path else {
        digested(reading, module, subject)?;
        return Err(refused(&Refusal::NoPolicy, module, "POLICY", terminal));
    };
    let name = path.display().to_string();
    subject.policy = Some((name.clone(), None));
    inputs.add(&path, POLICY);
    let policy = load(&path, &rules, &mut sources, terminal);
    inputs.add_sources(&sources);
    let mut policy = policy?;
    if arguments.report_only && arguments.no_lock {
        policy.report_unlisted();
    }
    let lock = if arguments.no_lock {
        None
    } else {
        let place = gather::lock_path(arguments.lock.as_deref(), &path).map_err(Failure::Failed)?;
        inputs.add(&place, LOCK);
        Some(lock(&place, arguments, &mut sources, terminal)?)
    };
    let around = Surroundings::of_process();
    let admitted = match lock {
        None => {
            let input = digested(reading, module, subject)?.into_input();
            say("--no-lock: the module is audited for this once, and no approval is asked for");
            let decoded = wasm::decode_input(&input);
            Approval::audit(input, decoded, policy, sources, &rules, around)
        }
        Some(Lookup::Absent(lock)) => {
            digested(reading, module, subject)?;
            return Err(Failure::Refused(format!(
                "there is no lock {lock}, so nothing is approved: review the module, then `ringfence approve {module} --policy {name}`, or run it with --no-lock while you develop it"
            )));
        }
        Some(Lookup::Found(lock)) => {
            if reading.takes_time() {
                compiled.read_ahead(arguments, module, &policy.policy, &lock);
            }
            let awaiting = Awaiting::new(policy, sources, &rules, around);
            awaiting.admit(digested(reading, module, subject)?, &lock)
        }
    };
    admitted.map_err(|refusal| refused(&refusal, module, &name, terminal))
}

/// What was read; the report knows its digest from here on.
fn digested(reading: Reading, module: &str, subject: &mut Subject) -> Result<Digested, Failure> {
    let read = reading.join(module)?;
    subject.sha256 = Some(read.digest());
    Ok(read)
}

/// A refusal with what to do about it; findings are shown, in one line each.
fn refused(refusal: &Refusal, module: &str, policy: &str, terminal: &Terminal) -> Failure {
    if let Some(found) = refusal.report() {
        for (path, error) in found.unjudged() {
            terminal::complain(&format!("{path}: {error}"));
        }
        let mut text = Vec::new();
        let _ = report::write(found, Format::Short, &terminal.talk_style(), &mut text);
        terminal::say(String::from_utf8_lossy(&text).trim_end());
    }
    let help = refusal.help(module, policy);
    Failure::Refused(format!("{module}: {refusal}: {help}"))
}

fn load(
    path: &Path,
    rules: &RuleSet,
    sources: &mut Sources,
    terminal: &Terminal,
) -> Result<LoadedPolicy, Failure> {
    let mut policies = Policies::new(rules);
    policies
        .load(Some(path.to_owned()), sources, terminal)
        .map_err(Failure::Failed)?;
    let loaded = policies.loaded.pop();
    loaded.ok_or_else(|| Failure::Failed("the policy was not loaded".to_owned()))
}

/// What lies where the lock should.
enum Lookup {
    Found(Lock),
    Absent(String),
}

/// A lock that was named has to be there; where none was, its absence approves nothing.
fn lock(
    path: &Path,
    arguments: &RunArgs,
    sources: &mut Sources,
    terminal: &Terminal,
) -> Result<Lookup, Failure> {
    let name = path.display().to_string();
    let trust = gather::trust(&arguments.signers, sources, terminal).map_err(Failure::Failed)?;
    match Lock::load(path, sources) {
        Ok(Some(mut lock)) => {
            if let Some(trust) = trust {
                lock.demand(trust);
            }
            Ok(Lookup::Found(lock))
        }
        Ok(None) if arguments.lock.is_some() => Err(Failure::Failed(format!(
            "cannot read the lock {name}: it does not exist"
        ))),
        Ok(None) => Ok(Lookup::Absent(name)),
        Err(error) => Err(Failure::Failed(gather::lock_error(
            error, sources, terminal,
        ))),
    }
}

type Read = Result<Digested, String>;

/// The size from which on a module is read by a thread of its own, bytes: below that, a thread costs more than it saves.
const LARGE: u64 = 256 << 10;

/// A module that is read and hashed.
enum Reading {
    /// While rules, policy and lock are.
    Beside(JoinHandle<Read>),
    Done(Box<Read>),
}

impl Reading {
    fn start(module: &str) -> Self {
        let path = module.to_owned();
        let size = std::fs::metadata(module).map_or(u64::MAX, |meta| meta.len());
        let thread = (size >= LARGE)
            .then(|| std::thread::Builder::new().spawn(move || read(&path)))
            .and_then(Result::ok);
        thread.map_or_else(|| Self::Done(Box::new(read(module))), Self::Beside)
    }

    /// Whether there is time until it was read.
    fn takes_time(&self) -> bool {
        matches!(self, Self::Beside(_))
    }

    fn join(self, module: &str) -> Result<Digested, Failure> {
        let read = match self {
            Self::Beside(thread) => thread
                .join()
                .unwrap_or_else(|_| Err(format!("{module}: the reader failed"))),
            Self::Done(read) => *read,
        };
        read.map_err(Failure::Failed)
    }
}

fn read(module: &str) -> Read {
    let input = gather::read(module)?;
    Ok(Digested::new(input))
}
