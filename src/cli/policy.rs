//! `ringfence policy lint|show|schema`.

use crate::audit::{Run, Surroundings, Unjudged};
use crate::policy;
use crate::report;
use crate::source::Sources;

use super::command::{LintArgs, PlainFormat, SchemaArgs, ShowArgs};
use super::gather::{self, Policies};
use super::outcome::Outcome;
use super::terminal::{self, Terminal};

/// Judges policies alone.
pub fn lint(arguments: &LintArgs, terminal: &Terminal) -> Result<Outcome, String> {
    let mut sources = Sources::default();
    let rules = gather::rules(&arguments.rules, &mut sources, terminal)?;
    let mut policies = Policies::new(&rules);
    let mut unread = Vec::new();
    for path in &arguments.policies {
        if let Err(error) = policies.load(Some(path.clone()), &mut sources, terminal) {
            let path = path.display().to_string();
            unread.push(Unjudged { path, error });
        }
    }
    let surroundings = Surroundings::of_process();
    let run = Run {
        fail_on: arguments.fail_on.into(),
        ..Run::new(&rules, &policies.loaded, &sources, &surroundings)
    };
    let report = run.lint(unread);
    for (path, error) in report.unjudged() {
        terminal::complain(&format!("{path}: {error}"));
    }
    let style = terminal.style(false);
    terminal::product(|out| report::write(&report, arguments.format, &style, out))?;
    Ok(report.verdict.into())
}

/// Shows a policy with its bases merged in.
pub fn show(arguments: &ShowArgs, terminal: &Terminal) -> Result<Outcome, String> {
    let mut sources = Sources::default();
    let rules = gather::rules(&[], &mut sources, terminal)?;
    let mut policies = Policies::new(&rules);
    let at = policies.load(Some(arguments.policy.clone()), &mut sources, terminal)?;
    let loaded = policies.loaded.get(at).ok_or("the policy was not loaded")?;
    let rows = policy::show(&loaded.policy, &sources);
    terminal::product(|out| match arguments.format {
        PlainFormat::Json => report::json::value(&policy::show_json(&rows), out),
        PlainFormat::Text => out.write_all(policy::show_text(&rows).as_bytes()),
    })?;
    Ok(Outcome::Clean)
}

/// Prints the JSON Schema of policies.
pub fn schema(_: &SchemaArgs) -> Result<Outcome, String> {
    terminal::product(|out| report::json::value(&policy::schema(), out))?;
    Ok(Outcome::Clean)
}
