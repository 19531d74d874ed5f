//! `ringfence run`.

mod admission;
mod compiled;
mod outputs;
mod recording;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::audit::Approval;
use crate::report;
use crate::runner::{
    AuditLog, CacheUse, Decisions, Ending, Entry, Input, Invocation, Options, Outcome as Ended,
    Output, Runner, RunnerError, Signal, Stop, Subject, Usage, diagnose, numbers, run_here,
};

use compiled::Compiled;
use outputs::Inputs;
use recording::Recording;

use super::command::RunArgs;
use super::outcome::Outcome;
use super::terminal::{self, Terminal};

/// Why there was no invocation.
enum Failure {
    /// It may not run; whether that was said already.
    Refused(String),
    /// The machine, or what it was asked for, failed.
    Failed(String),
}

/// How far it came.
#[derive(Default)]
struct Run {
    subject: Subject,
    inputs: Inputs,
    runner: Option<Runner>,
    recording: Option<Recording>,
    /// What is said at the end, on standard error.
    remarks: Vec<String>,
}

/// How long the exit waits for what is said at the end to be read.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long it waits for somebody to take the report.
const REPORTED: Duration = Duration::from_secs(5);

/// Runs a module and ends this process with the code of the design; it does not come back.
pub fn run(arguments: &RunArgs, terminal: &Terminal) -> Result<Outcome, String> {
    let mut run = Run::default();
    // A panic of ours would end in 101, which is a guest's code.
    let ended = catch_unwind(AssertUnwindSafe(|| run.through(arguments, terminal)));
    let (outcome, mut code) = ended.unwrap_or_else(|_| {
        let failure = Failure::Failed("an error in ringfence itself".to_owned());
        let (outcome, code) = failure.outcome();
        run.remarks.extend(remark(&outcome.ending));
        (outcome, code)
    });
    if let Err(error) = run.record(&outcome) {
        run.remarks.push(format!("error: {error}"));
        code = 127;
    }
    if let Some(path) = &arguments.report {
        let spared = run.inputs.spare_report(arguments);
        let written = spared.and_then(|()| run.report(path, &outcome, code));
        if let Err(error) = written {
            let remark = format!("error: {error}");
            if !run.remarks.contains(&remark) {
                run.remarks.push(remark);
            }
            code = 127;
        }
    }
    say_all(std::mem::take(&mut run.remarks));
    // Not by returning: threads that wait for something are not waited for.
    std::process::exit(code.into())
}

/// Says the last things, and waits a moment for whoever reads them: nobody may, and the exit must not wait for that.
fn say_all(remarks: Vec<String>) {
    if remarks.is_empty() {
        return;
    }
    let _ = patiently(PATIENCE, move || {
        for remark in &remarks {
            say(remark);
        }
    });
}

/// What comes of work that may never end, such as a write into a pipe that nobody reads; it is left behind then.
fn patiently<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (done, result) = std::sync::mpsc::channel();
    let spawned = std::thread::Builder::new().spawn(move || done.send(work()));
    spawned.ok()?;
    result.recv_timeout(patience).ok()
}

impl Run {
    fn through(&mut self, arguments: &RunArgs, terminal: &Terminal) -> (Ended, u8) {
        match self.invoke(arguments, terminal) {
            Ok(Ok(outcome)) => {
                self.say(&outcome, arguments);
                let code = outcome.ending.code();
                (outcome, code)
            }
            Ok(Err(signal)) => {
                self.remarks.push(format!("ended by {}", signal.name()));
                interrupted(signal)
            }
            Err(failure) => {
                let (outcome, code) = failure.outcome();
                self.remarks.extend(remark(&outcome.ending));
                (outcome, code)
            }
        }
    }

    fn invoke(
        &mut self,
        arguments: &RunArgs,
        terminal: &Terminal,
    ) -> Result<Result<Ended, Signal>, Failure> {
        self.inputs.named(arguments);
        let (module, guest) = named(arguments)?;
        self.subject = Subject {
            path: module.to_owned(),
            tenant: arguments.tenant.clone(),
            report_only: arguments.report_only,
            entry: arguments.invoke.as_deref().unwrap_or("_start").to_owned(),
            ..Subject::default()
        };
        let guest = guest?;
        let compiled = Compiled::default();
        let seen = (&mut self.subject, &mut self.inputs);
        let approval = admission::admit(module, arguments, seen, &compiled, terminal)?;
        self.inputs.spare(arguments).map_err(Failure::Failed)?;
        let apart = self.inputs.out_of_reach(arguments, &approval);
        apart.map_err(Failure::Refused)?;
        self.subject.approved(&approval);
        let (entry, guest) = entry(arguments, &approval, guest)?;
        if let Some(path) = &arguments.record {
            self.recording = Some(Recording::begin(path, &approval)?);
        }
        let log = arguments.audit_log.as_deref();
        let log = log.map(|path| audit_log(path, &approval, arguments));
        let invocation = Invocation {
            arguments: guest,
            environment: environment(),
            stdin: Input::Process,
            stdout: Output::Stdout,
            stderr: Output::Stderr,
            tenant: arguments.tenant.clone(),
            decisions: log.transpose()?,
            log: None,
            observer: self.recording.as_ref().map(Recording::observer),
        };
        let runner = self.runner.insert(runner(approval, compiled, arguments)?);
        warn(runner, arguments);
        run_here(runner, invocation, &entry).map_err(|error| Failure::Failed(error.to_string()))
    }

    /// What is to be said of an outcome.
    fn say(&mut self, outcome: &Ended, arguments: &RunArgs) {
        if let (Ending::Returned(values), Some(name)) = (&outcome.ending, &arguments.invoke) {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            self.remarks
                .push(format!("{name} returned ({})", values.join(", ")));
        }
        if let Some(runner) = &self.runner {
            self.remarks
                .extend(diagnose(outcome, runner.approval(), runner.terms()));
        }
    }

    /// Writes what the run used, if that was asked for.
    fn record(&mut self, outcome: &Ended) -> Result<(), String> {
        let (Some(recording), Some(runner)) = (&self.recording, &self.runner) else {
            return Ok(());
        };
        if !recording.end(runner, outcome)? {
            let nothing = "nothing is recorded: nothing that was asked for has run";
            self.remarks.push(nothing.to_owned());
        }
        Ok(())
    }

    fn report(&self, path: &Path, outcome: &Ended, code: u8) -> Result<(), String> {
        let document = crate::runner::report(&self.subject, outcome, self.runner.as_ref(), code);
        let place = path.to_owned();
        let written = patiently(REPORTED, move || {
            let write = |out: &mut dyn std::io::Write| report::json::value(&document, out);
            if place.as_os_str() == "-" {
                terminal::product(write)
            } else {
                terminal::file(&place, write)
            }
        });
        let nobody = || Err(format!("nobody takes the report at {}", path.display()));
        written.unwrap_or_else(nobody)
    }
}

impl Failure {
    /// Says it and makes an outcome of it.
    fn outcome(self) -> (Ended, u8) {
        let ending = match self {
            Self::Refused(reason) => Ending::Refused(reason),
            Self::Failed(reason) => Ending::Stopped(Stop::Failed(reason)),
        };
        let code = ending.code();
        let usage = Usage::default();
        (Ended { ending, usage }, code)
    }
}

/// What is to be said of a run that did not begin.
fn remark(ending: &Ending) -> Option<String> {
    match ending {
        Ending::Refused(reason) => Some(format!("refused: {reason}")),
        Ending::Stopped(stop) => Some(format!("error: {stop}")),
        _ => None,
    }
}

fn interrupted(signal: Signal) -> (Ended, u8) {
    let reason = format!("ended by {}", signal.name());
    let ending = Ending::Stopped(Stop::Failed(reason));
    let usage = Usage::default();
    (Ended { ending, usage }, signal.code())
}

/// Everything of ours is told apart from what the guest says.
fn say(text: &str) {
    terminal::remark(&format!("ringfence: {text}"));
}

/// The module's path, and the guest's arguments or why it cannot have them.
#[allow(clippy::type_complexity, reason = "two outcomes, one after the other")]
fn named(arguments: &RunArgs) -> Result<(&str, Result<Vec<String>, Failure>), Failure> {
    let mut words = arguments.guest.iter();
    let module = words.next().map_or(Path::new(""), Path::new);
    let module = super::gather::text(module).map_err(Failure::Failed)?;
    let rest = words.as_slice();
    let rest = match rest.split_first() {
        Some((dashes, rest)) if dashes == "--" => rest,
        _ => rest,
    };
    let texts: Option<Vec<String>> = rest
        .iter()
        .map(|word| word.to_str().map(str::to_owned))
        .collect();
    let texts = texts.ok_or_else(|| Failure::Refused("an argument is not UTF-8".to_owned()));
    Ok((module, texts))
}

/// What to call, and what is left for the guest's own arguments.
fn entry(
    arguments: &RunArgs,
    approval: &Approval,
    guest: Vec<String>,
) -> Result<(Entry, Vec<String>), Failure> {
    let Some(name) = &arguments.invoke else {
        return Ok((Entry::Command, guest));
    };
    let arguments = numbers(approval.module(), name, &guest).map_err(Failure::Refused)?;
    let name = name.clone();
    Ok((Entry::Export { name, arguments }, Vec::new()))
}

fn audit_log(
    path: &Path,
    approval: &Approval,
    arguments: &RunArgs,
) -> Result<Arc<dyn Decisions>, Failure> {
    let tenant = arguments.tenant.as_deref();
    match AuditLog::open(path, approval, tenant) {
        Ok(log) => Ok(Arc::new(log)),
        Err(error) => Err(Failure::Failed(format!(
            "cannot open the audit log {}: {error}: name a regular file, and no link, in a folder that is there",
            path.display()
        ))),
    }
}

/// The variables of this process that are text; the policy passes some of them.
fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn runner(approval: Approval, compiled: Compiled, arguments: &RunArgs) -> Result<Runner, Failure> {
    let options = Options {
        cache: compiled.take(arguments),
        report_only: arguments.report_only,
        ..Options::default()
    };
    Runner::new(approval, options).map_err(|error| match error {
        RunnerError::Refused(_) => Failure::Refused(error.to_string()),
        RunnerError::Failed(reason) => Failure::Failed(reason),
    })
}

/// What must not be overlooked, before anything runs.
fn warn(runner: &Runner, arguments: &RunArgs) {
    match runner.cache_use() {
        Some(CacheUse::Refused(why)) => {
            say(&format!(
                "the compile cache was not trusted, and is made anew: {why}"
            ));
        }
        Some(CacheUse::NotStored { why, .. }) => {
            say(&format!("nothing is kept of the compilation: {why}"));
        }
        Some(CacheUse::Hit | CacheUse::Miss) | None => {}
    }
    if !arguments.report_only {
        return;
    }
    say(
        "WARNING: --report-only: what the policy denies of functions and arguments is NOT denied, only logged; limits hold",
    );
    if arguments.audit_log.is_none() {
        say(
            "WARNING: --report-only without --audit-log: nothing keeps what would have been denied",
        );
    }
    for (function, reason) in runner.would_deny() {
        say(&format!("would deny {function}: {reason}"));
    }
}
