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
    let paths = gather::modules(&arguments.modules)?;
    let several = paths.len() > 1;
    if several && arguments.graph.is_some() {
        let count = paths.len();
        return Err(format!(
            "--graph draws one module, and these are {count}: name one of them"
        ));
    }
    for path in paths {
        let input = gather::text(&path)
            .map_err(|error| format!("{}: {error}", path.display()))
            .and_then(gather::read);
        match input {
            Ok(input) => {
                let module = wasm::decode_input(&input);
                if module.malformed.is_some() {
                    outcome = outcome.max(Outcome::Findings);
                }
                let path = path.display().to_string();
                reports.push(audit::inspect(&path, module, &input.bytes, &surroundings));
            }
            Err(error) => {
                terminal::complain(&error);
                outcome = Outcome::Failed;
            }
        }
    }
    let style = terminal.style(false);
    terminal::product(|out| match (arguments.graph, arguments.format) {
        (Some(language), _) => reports
            .iter()
            .try_for_each(|one| report::graph(one, arguments.paths, language.into(), out)),
        (None, PlainFormat::Json) => report::json::modules(&reports, several, out),
        (None, PlainFormat::Text) => reports
            .iter()
            .try_for_each(|report| report::inspect(report, arguments.paths, &style, out)),
    })?;
    Ok(outcome)
}
