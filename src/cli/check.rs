//! `ringfence check`.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::JoinHandle;

use crate::audit::{Changes, Lock, Report, Run, Surroundings};
use crate::report;
use crate::rewrite;
use crate::source::Sources;
use crate::wasm::{self, Input, Module};

use super::baseline;
use super::command::CheckArgs;
use super::gather::{self, Policies};
use super::outcome::Outcome;
use super::terminal::{self, Terminal};

/// Holds modules against their policies and reports.
pub fn run(arguments: &CheckArgs, terminal: &Terminal) -> Result<Outcome, String> {
    let modules = gather::modules(&arguments.modules)?;
    set_jobs(arguments);
    let ahead = ReadAhead::start(&modules);
    let mut sources = Sources::default();
    let rules = gather::rules(&arguments.rules, &mut sources, terminal)?;
    let lock = lock(arguments, &mut sources, terminal)?;
    let mut known = arguments
        .baseline
        .as_deref()
        .map(|path| gather::baseline(path, &mut sources, terminal))
        .transpose()?
        .unwrap_or_default();
    let mut policies = Policies::new(&rules);
    let candidates: Vec<_> = modules
        .iter()
        .map(|module| {
            policies.candidate(module, arguments.policy.as_deref(), &mut sources, terminal)
        })
        .collect();
    let surroundings = Surroundings::of_process();
    let run = Run {
        rules: &rules,
        policies: &policies.loaded,
        sources: &sources,
        surroundings: &surroundings,
        lock: lock.as_ref(),
        fail_on: arguments.fail_on.into(),
        checklist: arguments.checklist,
        confirm: Some(rewrite::confirms),
    };
    let progress = terminal::progress(candidates.len());
    let read = |path: &str| ahead.read(path);
    let step = || progress.step();
    let report = run.check_against(&mut known, &candidates, &read, &step);
    progress.end();
    complain(&report);
    // What was not judged may still be found.
    if report.unjudged().next().is_none() {
        baseline::tell_fixed(&known);
    }
    write(&report, arguments, terminal)?;
    if let Some(path) = arguments.lock.as_ref().filter(|_| arguments.update) {
        update(&report, path);
    }
    let outcome = match &arguments.write_baseline {
        Some(path) => baseline::adopt(path, &report, &rules)?,
        None => report.verdict.into(),
    };
    // The process ends here: taking a large module's facts apart would only keep its caller waiting.
    std::mem::forget(report);
    Ok(outcome)
}

/// The lock, with the demand that it be signed; without a lock there is nothing that could be.
fn lock(
    arguments: &CheckArgs,
    sources: &mut Sources,
    terminal: &Terminal,
) -> Result<Option<Lock>, String> {
    let trust = gather::trust(&arguments.signers, sources, terminal)?;
    let Some(path) = &arguments.lock else {
        return match trust {
            Some(_) => Err(
                "--allowed-signers asks for signed approvals: name their lock with --lock FILE"
                    .to_owned(),
            ),
            None => Ok(None),
        };
    };
    let mut lock = gather::lock(path, sources, terminal)?;
    if let Some(trust) = trust {
        lock.demand(trust);
    }
    Ok(Some(lock))
}

/// Says what an approval of each module would change in the lock. It is for a reviewer to give, so nothing is written.
fn update(report: &Report, lock: &Path) {
    for module in &report.modules {
        let (Some(changes), Some(decoded)) = (&module.changes, &module.module) else {
            continue;
        };
        let mut lines = changes_of(changes, &decoded.digest());
        if lines.is_empty() {
            lines.push("nothing changed against its record".to_owned());
        } else {
            let policy = module.policy.as_deref().unwrap_or("POLICY");
            lines.push(format!(
                "the lock stays as it is: review this, then `ringfence approve {} --policy {policy} --lock {}`",
                module.path,
                lock.display()
            ));
        }
        terminal::remark(&format!("{}: {}", module.path, lines.join("\n")));
    }
}

/// At most so many lines of what is new, and of what is gone.
const MOST: usize = 100;

fn changes_of(changes: &Changes, digest: &str) -> Vec<String> {
    let mut lines = match &changes.recorded {
        None => vec!["no record in the lock is near to it; it has".to_owned()],
        Some(recorded) if recorded == digest => Vec::new(),
        Some(recorded) => vec![format!("sha256 {digest} and not {recorded}")],
    };
    for (sign, list) in [("+", &changes.gained), ("-", &changes.lost)] {
        lines.extend(list.iter().take(MOST).map(|line| format!("{sign} {line}")));
        if let Some(more @ 1..) = list.len().checked_sub(MOST) {
            lines.push(format!("{sign} and {more} more"));
        }
    }
    lines
}

fn set_jobs(arguments: &CheckArgs) {
    if let Some(jobs) = arguments.jobs {
        // A pool that exists already keeps its size: nothing but speed depends on it.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(jobs.get())
            .build_global();
    }
}

type Decoded = Result<(Input, Module), String>;

/// A single module is read and decoded while rules and policy are.
struct ReadAhead(Mutex<Option<JoinHandle<Decoded>>>);

impl ReadAhead {
    fn start(modules: &[PathBuf]) -> Self {
        let only = match modules {
            [only] => gather::text(only).ok(),
            _ => None,
        };
        let thread = only.and_then(|path| {
            let path = path.to_owned();
            std::thread::Builder::new()
                .spawn(move || decoded(&path))
                .ok()
        });
        Self(Mutex::new(thread))
    }

    fn read(&self, path: &str) -> Decoded {
        let thread = self.0.lock().ok().and_then(|mut thread| thread.take());
        match thread {
            Some(thread) => thread
                .join()
                .unwrap_or_else(|_| Err(format!("{path}: the decoder failed"))),
            None => decoded(path),
        }
    }
}

fn decoded(path: &str) -> Decoded {
    let input = gather::read(path)?;
    let module = wasm::decode_input(&input);
    Ok((input, module))
}

/// Says on standard error what could not be judged, and which modules had no policy.
fn complain(report: &Report) {
    for module in &report.modules {
        for error in &module.errors {
            let named = error.starts_with(&module.path);
            let place = if named {
                String::new()
            } else {
                format!("{}: ", module.path)
            };
            terminal::complain(&format!("{place}{error}"));
        }
    }
    let without = report
        .modules
        .iter()
        .filter(|module| module.policy.is_none() && module.module.is_some())
        .count();
    if without > 0 {
        let which = match (report.modules.len(), without) {
            (1, _) => "no policy".to_owned(),
            (_, 1) => "no policy for 1 module".to_owned(),
            _ => format!("no policy for {without} modules"),
        };
        terminal::say(&format!(
            "{which}: judged by builtin:baseline; grants and limits were not judged (give --policy FILE, or put <module>.policy.yaml beside the module)"
        ));
    }
}

fn write(report: &Report, arguments: &CheckArgs, terminal: &Terminal) -> Result<(), String> {
    let style = report::Style {
        quiet: arguments.quiet,
        ..terminal.style(arguments.output.is_some())
    };
    let write = |out: &mut dyn std::io::Write| report::write(report, arguments.format, &style, out);
    match &arguments.output {
        Some(path) => terminal::file(path, write),
        None => terminal::product(write),
    }
}
