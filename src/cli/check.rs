//! `ringfence check`.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::JoinHandle;

use crate::audit::{Baseline, Finding, Report, Run, Severity, Surroundings};
use crate::report;
use crate::rule::RuleSet;
use crate::source::Sources;
use crate::wasm::{self, Input, Module};

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
    let lock = arguments.lock.as_deref();
    let lock = lock
        .map(|path| gather::lock(path, &mut sources, terminal))
        .transpose()?;
    let mut baseline = arguments
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
    };
    let progress = terminal::progress(candidates.len());
    let read = |path: &str| ahead.read(path);
    let step = || progress.step();
    let report = run.check_against(&mut baseline, &candidates, &read, &step);
    progress.end();
    complain(&report);
    tell_fixed(&baseline);
    write(&report, arguments, terminal)?;
    let outcome = match &arguments.write_baseline {
        Some(path) => adopt(path, &report, &rules)?,
        None => report.verdict.into(),
    };
    // The process ends here: taking a large module's facts apart would only keep its caller waiting.
    std::mem::forget(report);
    Ok(outcome)
}

/// Findings that a baseline still lists are to be taken out: it should only ever get shorter.
fn tell_fixed(baseline: &Baseline) {
    let fixed: Vec<String> = baseline.fixed().collect();
    if fixed.is_empty() {
        return;
    }
    let shown = fixed.iter().take(MOST_FIXED);
    let mut text = "in the baseline and no longer found; take them out:".to_owned();
    for one in shown {
        text.push_str("\n");
        text.push_str(one);
    }
    if fixed.len() > MOST_FIXED {
        text.push_str(&format!("\n… {} more", fixed.len() - MOST_FIXED));
    }
    terminal::remark(&text);
}

/// How many of them are listed.
const MOST_FIXED: usize = 20;

/// Writes a baseline. What cannot be known (a malformed module, a missing approval, what could not be judged) still fails.
fn adopt(path: &Path, report: &Report, rules: &RuleSet) -> Result<Outcome, String> {
    if report.unjudged().next().is_some() {
        return Err("no baseline was written, since not everything could be judged".to_owned());
    }
    let text = Baseline::text(report, rules);
    terminal::file(path, |out| out.write_all(text.as_bytes()))?;
    let waivable = |finding: &&Finding| {
        let rule = rules.get(&finding.rule);
        rule.is_some_and(|rule| rule.waivable)
    };
    let failing = report
        .findings
        .iter()
        .filter(|finding| finding.waived.is_none() && finding.severity == Severity::Error);
    if failing.clone().count() == failing.filter(waivable).count() {
        Ok(Outcome::Clean)
    } else {
        terminal::say("findings that no baseline can cover remain");
        Ok(Outcome::Findings)
    }
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
    let input = wasm::read(path).map_err(|error| error.to_string())?;
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
