//! `ringfence approve`.

use std::path::Path;

use crate::audit::{Recording, Report, Run, Severity, Surroundings, Verdict, record_approval};
use crate::policy::Date;
use crate::report::{self, Format, escape};
use crate::source::Sources;
use crate::wasm;

use super::command::ApproveArgs;
use super::gather::{self, Policies};
use super::outcome::Outcome;
use super::terminal::{self, Terminal};

/// Audits a module, shows what it can do, and records it if nothing stands against it.
pub fn run(arguments: &ApproveArgs, terminal: &Terminal) -> Result<Outcome, String> {
    let module = gather::text(&arguments.module)?;
    let mut sources = Sources::default();
    let rules = gather::rules(&arguments.rules, &mut sources, terminal)?;
    let policy = gather::policy_path(&arguments.module, arguments.policy.as_deref())?;
    let policy = policy.ok_or_else(|| {
        format!("{module}: nothing is approved without a policy: give one with --policy FILE")
    })?;
    let lock = gather::lock_path(arguments.lock.as_deref(), &policy)?;
    let mut policies = Policies::new(&rules);
    policies.load(Some(policy), &mut sources, terminal)?;
    let surroundings = Surroundings::of_process();
    refuse_past(arguments.until, &surroundings)?;
    let input = wasm::read(module).map_err(|error| error.to_string())?;
    let run = Run {
        rules: &rules,
        policies: &policies.loaded,
        sources: &sources,
        surroundings: &surroundings,
        lock: None,
        fail_on: Severity::Error,
        checklist: false,
    };
    let report = run.judge(&input, wasm::decode_input(&input));
    for (path, error) in report.unjudged() {
        terminal::complain(&format!("{path}: {error}"));
    }
    let recording = Recording {
        run: &run,
        until: arguments.until,
    };
    let record = recording.record(&report);
    show(&report, terminal)?;
    let Some(record) = record else {
        terminal::remark(&format!(
            "{module} is not approved: mend what is found, or waive it in the policy; `ringfence check` shows it at length"
        ));
        return Ok(Outcome::from(report.verdict).max(Outcome::Findings));
    };
    let mut read = Sources::default();
    record_approval(&lock, record, &mut read)
        .map_err(|error| gather::lock_error(error, &read, terminal))?;
    terminal::product(|out| approved(&report, arguments.until, &lock, out))?;
    Ok(Outcome::Clean)
}

fn refuse_past(until: Option<Date>, surroundings: &Surroundings) -> Result<(), String> {
    match until {
        Some(until) if until < surroundings.today => Err(format!(
            "--until {until} is past: name the last day on which the approval holds"
        )),
        _ => Ok(()),
    }
}

/// What the module can do if nothing fails, and the findings in one line each.
fn show(report: &Report, terminal: &Terminal) -> Result<(), String> {
    let style = terminal.style(false);
    terminal::product(|out| {
        if report.verdict == Verdict::Pass {
            for module in &report.modules {
                report::inspect(module, 1, &style, out)?;
            }
            writeln!(out)?;
        }
        report::write(report, Format::Short, &style, out)
    })
}

fn approved(
    report: &Report,
    until: Option<Date>,
    lock: &Path,
    out: &mut dyn std::io::Write,
) -> std::io::Result<()> {
    let module = report.modules.first();
    let path = module.map_or("", |module| module.path.as_str());
    let until = until.map_or(String::new(), |until| format!(" until {until}"));
    let lock = escape::name(&lock.display().to_string());
    writeln!(
        out,
        "{} is approved{until}: written to {lock}",
        escape::name(path)
    )
}
