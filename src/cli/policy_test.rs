//! `ringfence policy test`.

use std::path::{Path, PathBuf};

use crate::audit::{CaseEnd, CaseResult, PolicyCase, PolicyCases, Run, Surroundings};
use crate::report::policy_case;
use crate::rule::RuleSet;
use crate::source::{Sources, file};
use crate::wasm;

use super::command::{CaseFormat, PolicyTestArgs};
use super::gather::{self, Policies};
use super::outcome::Outcome;
use super::terminal::{self, Terminal};

/// How files of cases end.
const ENDING: &str = ".cases.yaml";

/// Judges each case's module under its policy, and says which verdicts differ.
pub fn run(arguments: &PolicyTestArgs, terminal: &Terminal) -> Result<Outcome, String> {
    let mut sources = Sources::default();
    let rules = gather::rules(&arguments.rules, &mut sources, terminal)?;
    let files = gather::files(&arguments.paths, ENDING)?;
    let mut results = Vec::new();
    for file in &files {
        of_file(file, &rules, terminal, &mut results)?;
    }
    let write = |out: &mut dyn std::io::Write| match arguments.format {
        CaseFormat::Text => policy_case::text(&results, out),
        CaseFormat::Json => policy_case::json(&results, out),
        CaseFormat::Junit => policy_case::junit(&results, out),
    };
    match &arguments.output {
        Some(path) => terminal::file(path, write)?,
        None => terminal::product(write)?,
    }
    let outcomes = results.iter().map(|result| match result.end {
        CaseEnd::Held => Outcome::Clean,
        CaseEnd::Broke(_) => Outcome::Findings,
        CaseEnd::Failed(_) => Outcome::Failed,
    });
    Ok(outcomes.max().unwrap_or(Outcome::Failed))
}

fn of_file(
    path: &Path,
    rules: &RuleSet,
    terminal: &Terminal,
    results: &mut Vec<CaseResult>,
) -> Result<(), String> {
    let cases = read(path, rules, terminal)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    for case in &cases.cases {
        let stated = case.policy.as_ref().or(cases.policy.as_ref());
        let policy = stated.map(|policy| beside(folder, &policy.value));
        let end = match policy.ok_or_else(|| "it names no policy".to_owned()) {
            Ok(policy) => one(case, folder, policy, rules, terminal),
            Err(error) => Err(error),
        };
        results.push(CaseResult {
            file: path.display().to_string(),
            name: case.name.value.clone(),
            end: end.unwrap_or_else(CaseEnd::Failed),
        });
    }
    Ok(())
}

fn beside(folder: &Path, path: &str) -> PathBuf {
    if path.starts_with("builtin:") {
        PathBuf::from(path)
    } else {
        folder.join(path)
    }
}

fn read(path: &Path, rules: &RuleSet, terminal: &Terminal) -> Result<PolicyCases, String> {
    let name = path.display().to_string();
    let bytes = file::read(path, true).map_err(|refused| {
        let error = std::io::Error::from(refused);
        format!("cannot read the cases {name}: {error}")
    })?;
    let mut sources = Sources::default();
    let read = file::decode(&name, bytes, &mut sources).and_then(|source| {
        let text = sources.get(source).map(|source| source.text.clone());
        let cases = PolicyCases::read(&text.unwrap_or_default(), source)?;
        match cases.unknown_rules(rules) {
            mistakes if mistakes.is_empty() => Ok(cases),
            mistakes => Err(mistakes),
        }
    });
    read.map_err(|mistakes| {
        gather::show(&mistakes, &sources, terminal);
        format!("the cases {name} do not read")
    })
}

/// A policy is read anew for each case: one that does not read fails its cases and no others.
fn one(
    case: &PolicyCase,
    folder: &Path,
    policy: PathBuf,
    rules: &RuleSet,
    terminal: &Terminal,
) -> Result<CaseEnd, String> {
    let mut sources = Sources::default();
    let mut policies = Policies::new(rules);
    policies.load(Some(policy), &mut sources, terminal)?;
    let module = folder.join(&case.module.value);
    let input = gather::read(gather::text(&module)?)?;
    let surroundings = Surroundings::of_process();
    let run = Run::new(rules, &policies.loaded, &sources, &surroundings);
    let report = run.judge(&input, wasm::decode_input(&input));
    if let Some((path, error)) = report.unjudged().next() {
        return Err(format!("{path}: {error}"));
    }
    Ok(case.broken(&report).map_or(CaseEnd::Held, CaseEnd::Broke))
}
