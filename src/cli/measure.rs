//! `ringfence measure`.

use serde_json::json;

use crate::audit::{Approval, Refusal, Surroundings};
use crate::report::{self, Format, escape};
use crate::runner::{self, MeasureError, RunnerError};
use crate::source::Sources;
use crate::wasm;

use super::command::{MeasureArgs, PlainFormat};
use super::gather::{self, Policies};
use super::outcome::Outcome;
use super::terminal::{self, Terminal};

/// Audits a module as `run --no-lock` does, then starts many instances of it; nothing of it is called.
pub fn run(arguments: &MeasureArgs, terminal: &Terminal) -> Result<Outcome, String> {
    let module = gather::text(&arguments.module)?;
    let mut sources = Sources::default();
    let rules = gather::rules(&arguments.rules, &mut sources, terminal)?;
    let policy = gather::policy_path(&arguments.module, arguments.policy.as_deref())?;
    let policy = policy.ok_or_else(|| {
        format!("{module}: nothing runs without a policy: give one with --policy FILE")
    })?;
    let mut policies = Policies::new(&rules);
    policies.load(Some(policy), &mut sources, terminal)?;
    let policy = policies.loaded.pop().ok_or("the policy was not loaded")?;
    let input = gather::read(module)?;
    let decoded = wasm::decode_input(&input);
    let around = Surroundings::of_process();
    let approval = match Approval::audit(input, decoded, policy, sources, &rules, around) {
        Ok(approval) => approval,
        Err(refusal) => return refused(&refusal, module, terminal),
    };
    let digest = approval.digest();
    let measured = match runner::measure(approval) {
        Ok(measured) => measured,
        Err(MeasureError::Runner(RunnerError::Failed(reason)) | MeasureError::System(reason)) => {
            return Err(reason);
        }
        Err(error) => {
            terminal::complain(&format!("{module}: {error}"));
            return Ok(Outcome::Findings);
        }
    };
    terminal::product(|out| match arguments.format {
        PlainFormat::Text => {
            writeln!(out, "{}", escape::name(module))?;
            write!(out, "{measured}")
        }
        PlainFormat::Json => {
            let document = json!({"version": 1, "module": {"path": module, "sha256": digest}, "measured": measured.json()});
            report::json::value(&document, out)
        }
    })?;
    Ok(Outcome::Clean)
}

/// The findings that stand against a start, in one line each.
fn refused(refusal: &Refusal, module: &str, terminal: &Terminal) -> Result<Outcome, String> {
    let Some(found) = refusal.report() else {
        return Err(format!("{module}: {refusal}"));
    };
    let style = terminal.style(false);
    terminal::product(|out| report::write(found, Format::Short, &style, out))?;
    Ok(Outcome::from(found.verdict).max(Outcome::Findings))
}
