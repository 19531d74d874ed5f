//! `ringfence harden`.

use std::path::Path;

use crate::audit::{Run, Surroundings};
use crate::report::{self, Format, escape};
use crate::rewrite::{Harden, Options, Refused};
use crate::source::Sources;
use crate::wasm;

use super::command::{HardenArgs, PlainFormat};
use super::gather::{self, Policies};
use super::outcome::Outcome;
use super::terminal::{self, Terminal};

/// Rewrites a module so that any host holds what its policy denies, and writes it if it passes under that policy.
pub fn run(arguments: &HardenArgs, terminal: &Terminal) -> Result<Outcome, String> {
    let module = gather::text(&arguments.module)?;
    let mut sources = Sources::default();
    let rules = gather::rules(&arguments.rules, &mut sources, terminal)?;
    let policy = gather::policy_path(&arguments.module, arguments.policy.as_deref())?;
    let policy = policy.ok_or_else(|| {
        format!("{module}: nothing is hardened without a policy: give one with --policy FILE")
    })?;
    let mut policies = Policies::new(&rules);
    policies.load(Some(policy), &mut sources, terminal)?;
    refuse_own_input(&arguments.module, &sources, &arguments.output)?;
    let input = gather::read(module)?;
    let decoded = wasm::decode_input(&input);
    let surroundings = Surroundings::of_process();
    let run = Run::new(&rules, &policies.loaded, &sources, &surroundings);
    let harden = Harden {
        input: &input,
        module: &decoded,
        run: &run,
        options: options(arguments),
    };
    let (bytes, hardened) = match harden.harden() {
        Ok(done) => done,
        Err(refused) => return self::refused(&refused, module, arguments.format, terminal),
    };
    terminal::file(&arguments.output, |out| out.write_all(&bytes))?;
    terminal::product(|out| match arguments.format {
        PlainFormat::Text => report::hardened(&hardened, &arguments.output, out),
        PlainFormat::Json => report::json::hardened(&hardened, &arguments.output, out),
    })?;
    Ok(Outcome::Clean)
}

fn options(arguments: &HardenArgs) -> Options {
    Options {
        fuel: !arguments.no_fuel,
        budget: arguments.fuel,
        host_call: arguments.host_call_cost,
        keep_names: !arguments.strip_names,
    }
}

/// The module that was reviewed stays what it is, and so do the policies and rules that were read, also behind a link.
fn refuse_own_input(input: &Path, sources: &Sources, output: &Path) -> Result<(), String> {
    if output.as_os_str() == "-" {
        return Err("-o takes the path of a file; the report goes to standard output".to_owned());
    }
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let Some(place) = real(output) else {
        return Ok(());
    };
    let is_place = |path: &Path| real(path).is_some_and(|path| path == place);
    let what = if input.as_os_str() != "-" && is_place(input) {
        "the module itself"
    } else if sources.names().any(|name| is_place(Path::new(name))) {
        "one of the policies and rules that it is hardened by"
    } else {
        return Ok(());
    };
    Err(format!(
        "{} is {what}: write what is hardened to another file",
        output.display()
    ))
}

/// Why nothing was written: in sentences, or as findings of what would have been.
fn refused(
    refused: &Refused,
    module: &str,
    format: PlainFormat,
    terminal: &Terminal,
) -> Result<Outcome, String> {
    let is_json = format == PlainFormat::Json;
    match refused {
        Refused::Reasons(reasons) => {
            if is_json {
                terminal::product(|out| report::json::refused(module, reasons, out))?;
            }
            for reason in reasons {
                terminal::complain(&format!("{module}: {reason}"));
            }
        }
        Refused::Broken(reason) => {
            return Err(format!(
                "{module}: what came of it is not valid, which is a fault of ringfence's ({reason}); nothing was written"
            ));
        }
        Refused::Findings(report) => {
            let style = terminal.style(false);
            let format = if is_json { Format::Json } else { Format::Short };
            terminal::product(|out| report::write(report, format, &style, out))?;
            for (path, error) in report.unjudged() {
                terminal::complain(&format!("{path}: {error}"));
            }
            terminal::remark(&format!(
                "{} is not hardened: what comes of it does not pass under the policy; `ringfence check` shows findings at length",
                escape::name(module)
            ));
        }
    }
    Ok(Outcome::Findings)
}
