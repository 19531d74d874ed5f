//! `ringfence diff`.

use std::path::Path;

use crate::audit::{Diff, Surroundings, Version, Weight, diff};
use crate::report;
use crate::rewrite;
use crate::rule::RuleSet;
use crate::source::Sources;
use crate::wasm::{self, Input, Module};

use super::command::{DiffArgs, DiffFormat, FailOnDiff};
use super::gather::{self, Policies};
use super::outcome::Outcome;
use super::terminal::{self, Terminal};

/// Compares two versions of a module.
pub fn run(arguments: &DiffArgs, terminal: &Terminal) -> Result<Outcome, String> {
    let mut sources = Sources::default();
    let rules = gather::rules(&[], &mut sources, terminal)?;
    let policies = policies(arguments, &rules, &mut sources, terminal)?;
    if arguments.old.as_os_str() == "-" && arguments.new.as_os_str() == "-" {
        return Err("standard input can be read once only; give `-` once".to_owned());
    }
    let (old, new) = (read(&arguments.old)?, read(&arguments.new)?);
    let found = diff(
        (version(&old), version(&new)),
        policies.loaded.first(),
        &sources,
        &Surroundings::of_process(),
        rewrite::derives,
    );
    let format = match arguments.format {
        DiffFormat::Text => report::DiffFormat::Text,
        DiffFormat::Json => report::DiffFormat::Json,
        DiffFormat::Markdown => report::DiffFormat::Markdown,
    };
    let style = terminal.style(false);
    terminal::product(|out| report::diff(&found, format, &style, out))?;
    Ok(if fails(&found, arguments.fail_on) {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}

fn policies<'r>(
    arguments: &DiffArgs,
    rules: &'r RuleSet,
    sources: &mut Sources,
    terminal: &Terminal,
) -> Result<Policies<'r>, String> {
    let mut policies = Policies::new(rules);
    if arguments.policy.is_some() {
        policies.load(arguments.policy.clone(), sources, terminal)?;
    }
    Ok(policies)
}

/// A module that is not valid has no powers to compare.
fn read(path: &Path) -> Result<(Input, Module), String> {
    let name = gather::text(path)?;
    let input = gather::read(name)?;
    let module = wasm::decode_input(&input);
    match &module.malformed {
        Some(malformed) => Err(format!(
            "{name} is not a valid module (at {:#x}: {})",
            malformed.offset, malformed.reason
        )),
        None => Ok((input, module)),
    }
}

fn version((input, module): &(Input, Module)) -> Version<'_> {
    Version {
        path: &input.path,
        module,
        bytes: &input.bytes,
    }
}

fn fails(diff: &Diff, fail_on: FailOnDiff) -> bool {
    let escalates = diff.count(Weight::Escalation) > 0;
    match fail_on {
        FailOnDiff::Escalation => escalates,
        FailOnDiff::Break => escalates || diff.breaks(),
        FailOnDiff::Change => escalates || diff.count(Weight::Change) > 0,
    }
}
