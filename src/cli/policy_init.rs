//! `ringfence policy init`.

use std::path::{Path, PathBuf};

use crate::audit::{
    Least, LoadedPolicy, Run, RunRecord, Severity, Surroundings, Verdict, load_record,
};
use crate::policy::{self, Vocabulary};
use crate::report::{self, Format};
use crate::source::Sources;
use crate::wasm::{self, Input, Module};

use super::command::InitArgs;
use super::gather;
use super::outcome::Outcome;
use super::terminal::{self, Terminal};

/// Drafts a policy from modules, and says what no policy can mend.
pub fn run(arguments: &InitArgs, terminal: &Terminal) -> Result<Outcome, String> {
    if let Some(path) = arguments.output.as_deref().filter(|path| path.exists()) {
        return Err(format!(
            "{} is there already: a draft replaces no policy; write it elsewhere and compare",
            path.display()
        ));
    }
    let read = |path: &std::path::PathBuf| {
        let input = gather::read(gather::text(path)?)?;
        let module = wasm::decode_input(&input);
        match &module.malformed {
            None => Ok((input, module)),
            Some(fault) => Err(format!(
                "{}: not a valid module: {}",
                path.display(),
                fault.reason
            )),
        }
    };
    let modules: Vec<(Input, Module)> = arguments
        .modules
        .iter()
        .map(read)
        .collect::<Result<_, _>>()?;
    let surroundings = Surroundings::of_process();
    let pairs = modules
        .iter()
        .map(|(input, module)| (module, input.bytes.as_slice()));
    let mut least = Least::of(pairs, &surroundings);
    if !arguments.from_run.is_empty() {
        least.narrow(&records(arguments, &least)?, arguments.stub_unused)?;
    }
    let text = least.text(&name(arguments));
    match &arguments.output {
        Some(path) => terminal::file(path, |out| out.write_all(text.as_bytes()))?,
        None => terminal::product(|out| out.write_all(text.as_bytes()))?,
    }
    for sentence in least.beyond() {
        terminal::remark(&sentence);
    }
    judge(arguments, &text, modules, &surroundings, terminal)
}

/// The records, each of one of the modules.
fn records(arguments: &InitArgs, least: &Least) -> Result<Vec<RunRecord>, String> {
    let read = |path: &PathBuf| {
        let record = load_record(path).map_err(|error| error.to_string())?;
        match least.takes(&record) {
            Ok(()) => Ok(record),
            Err(reason) => Err(format!("{} {reason}", path.display())),
        }
    };
    arguments.from_run.iter().map(read).collect()
}

fn name(arguments: &InitArgs) -> String {
    let first = arguments.modules.first().and_then(|path| path.file_stem());
    let stem = first.map(|stem| stem.to_string_lossy().into_owned());
    let stem = stem.filter(|stem| stem != "-");
    arguments
        .name
        .clone()
        .or(stem)
        .unwrap_or_else(|| "plugin".to_owned())
}

/// Holds each module against the draft.
fn judge(
    arguments: &InitArgs,
    text: &str,
    modules: Vec<(Input, Module)>,
    surroundings: &Surroundings,
    terminal: &Terminal,
) -> Result<Outcome, String> {
    let mut sources = Sources::default();
    let rules = gather::rules(&[], &mut sources, terminal)?;
    let path = arguments
        .output
        .as_deref()
        .unwrap_or(Path::new("policy.yaml"));
    let folder = path.parent().unwrap_or(Path::new(""));
    let known = Vocabulary::standard();
    let name = path.to_string_lossy();
    let draft =
        policy::parse_in(folder, &name, text, &known, &mut sources).map_err(|mistakes| {
            gather::show(&mistakes, &sources, terminal);
            "the draft does not read; please report this".to_owned()
        })?;
    let policies = [LoadedPolicy::new(name, draft, true)];
    let run = Run::new(&rules, &policies, &sources, surroundings);
    let mut outcome = Outcome::Clean;
    for (input, module) in modules {
        let mut report = run.judge(&input, module);
        for (path, error) in report.unjudged() {
            terminal::complain(&format!("{path}: {error}"));
        }
        outcome = outcome.max(report.verdict.into());
        if report.verdict == Verdict::Pass {
            continue;
        }
        report
            .findings
            .retain(|finding| finding.severity == Severity::Error);
        let mut lines = Vec::new();
        let style = terminal.talk_style();
        report::write(&report, Format::Short, &style, &mut lines)
            .map_err(|error| error.to_string())?;
        terminal::say(String::from_utf8_lossy(&lines).trim_end());
    }
    if outcome == Outcome::Findings {
        terminal::say(
            "the draft grants what the code needs, and these stay: mend the module, or waive them with a reason",
        );
    }
    Ok(outcome)
}
