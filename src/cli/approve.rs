//! `ringfence approve`.

use std::path::Path;

use crate::audit::{
    Entry, Lock, Pin, Record, Recording, Report, Run, Signer, Statement, Surroundings, Verdict,
    record_approval,
};
use crate::policy::Date;
use crate::report::{self, Format, escape};
use crate::rewrite;
use crate::source::Sources;
use crate::wasm;

use super::command::{ApproveArgs, PinTo};
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
    let signer = signer(arguments)?;
    let known = Lock::load(&lock, &mut sources);
    let known = known.map_err(|error| gather::lock_error(error, &sources, terminal))?;
    let input = gather::read(module)?;
    let run = Run {
        confirm: Some(rewrite::confirms),
        ..Run::new(&rules, &policies.loaded, &sources, &surroundings)
    };
    let report = run.judge(&input, wasm::decode_input(&input));
    for (path, error) in report.unjudged() {
        terminal::complain(&format!("{path}: {error}"));
    }
    let recording = Recording {
        run: &run,
        bytes: &input.bytes,
        statement: Statement {
            by: arguments.by.clone(),
            reason: arguments.reason.clone(),
            until: arguments.until,
        },
    };
    let record = recording.record(&report);
    show(&report, terminal)?;
    let Some(record) = record else {
        terminal::remark(&format!(
            "{module} is not approved: mend what is found, or waive it in the policy; `ringfence check` shows it at length"
        ));
        return Ok(Outcome::from(report.verdict).max(Outcome::Findings));
    };
    let changed = known.map_or_else(Vec::new, |known| changed(&known, &record, signer.is_some()));
    let entry = Entry {
        record,
        pin: arguments.pin.map(Pin::from),
        signer: signer.as_ref(),
    };
    let mut read = Sources::default();
    record_approval(&lock, entry, &mut read)
        .map_err(|error| gather::lock_error(error, &read, terminal))?;
    terminal::product(|out| {
        for line in &changed {
            writeln!(out, "{}", escape::log_lines(&escape::text(line)))?;
        }
        approved(&report, arguments, &lock, out)
    })?;
    Ok(Outcome::Clean)
}

/// The key to sign with; asked for before the audit, so that a wrong passphrase costs nothing.
fn signer(arguments: &ApproveArgs) -> Result<Option<Signer>, String> {
    let Some(path) = &arguments.sign else {
        return Ok(None);
    };
    let ask = || rpassword::prompt_password(format!("Passphrase of {}: ", path.display()));
    let signer = Signer::load(path, &ask).map_err(|error| error.to_string())?;
    Ok(Some(signer))
}

impl From<PinTo> for Pin {
    fn from(pin: PinTo) -> Self {
        match pin {
            PinTo::Digest => Self::Digest,
            PinTo::Capabilities => Self::Capabilities,
        }
    }
}

/// What is new and what is gone against the record that was there before.
fn changed(known: &Lock, record: &Record, signed: bool) -> Vec<String> {
    let digest = &record.sha256.value;
    let before = known.nearest(digest, record.policy_name(), record.file.as_deref());
    let Some(before) = before else {
        return Vec::new();
    };
    let (gained, lost) = before.compare(record);
    let gained = gained.into_iter().map(|line| format!("+ {line}"));
    let lost = lost.into_iter().map(|line| format!("- {line}"));
    let mut lines: Vec<String> = gained.chain(lost).collect();
    let replaced = before.sha256.value == *digest && before.policy_name() == record.policy_name();
    if replaced {
        let restated = before.restated(record, signed).into_iter();
        lines.extend(restated.map(|line| format!("~ {line}")));
    }
    if !lines.is_empty() {
        let digest = &before.sha256.value;
        lines.insert(0, format!("against the approval of sha256 {digest}:"));
    }
    lines
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
    arguments: &ApproveArgs,
    lock: &Path,
    out: &mut dyn std::io::Write,
) -> std::io::Result<()> {
    let module = report.modules.first();
    let path = module.map_or("", |module| module.path.as_str());
    let until = arguments.until;
    let until = until.map_or(String::new(), |until| format!(" until {until}"));
    let signed = if arguments.sign.is_some() {
        " and signed"
    } else {
        ""
    };
    let lock = escape::name(&lock.display().to_string());
    writeln!(
        out,
        "{} is approved{until}{signed}: written to {lock}",
        escape::name(path)
    )
}
