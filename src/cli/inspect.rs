//! `ringfence inspect`.

use crate::audit::{self, ModuleReport, Surroundings};
use crate::report;
use crate::wasm;

use super::command::{InspectArgs, PlainFormat};
use super::gather;
use super::outcome::Outcome;
use super::terminal::{self, Terminal};

/// Shows what modules can do.
pub fn run(arguments: &InspectArgs, terminal: &Terminal) -> Result<Outcome, String> {
    let surroundings = Surroundings::of_process();
    let mut outcome = Outcome::Clean;
    let mut reports: Vec<ModuleReport> = Vec::new();
    for path in gather::modules(&arguments.modules)? {
        let Some(path) = path.to_str() else {
            terminal.complain(&format!("{}: {}", path.display(), gather::NOT_UTF8));
            outcome = Outcome::Failed;
            continue;
        };
        match wasm::read(path) {
            Ok(input) => {
                let module = wasm::decode_input(&input);
                if module.malformed.is_some() {
                    outcome = outcome.max(Outcome::Findings);
                }
                reports.push(audit::inspect(path, module, &input.bytes, &surroundings));
            }
            Err(error) => {
                terminal::complain(&error.to_string());
                outcome = Outcome::Failed;
            }
        }
    }
    let style = terminal.style(false);
    terminal::product(|out| match arguments.format {
        PlainFormat::Json => report::json::modules(&reports, out),
        PlainFormat::Text => reports
            .iter()
            .try_for_each(|report| report::inspect(report, &style, out)),
    })?;
    Ok(outcome)
}
