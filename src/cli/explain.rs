//! `ringfence explain`.

use crate::audit::rule_info;
use crate::report;
use crate::source::Sources;

use super::command::ExplainArgs;
use super::gather;
use super::outcome::Outcome;
use super::terminal::{self, Terminal};

/// Shows a rule's page.
pub fn run(arguments: &ExplainArgs, terminal: &Terminal) -> Result<Outcome, String> {
    let mut sources = Sources::default();
    let rules = gather::rules(&arguments.rules, &mut sources, terminal)?;
    let Some(rule) = rules.get(&arguments.rule) else {
        let help = rules
            .suggest(&arguments.rule)
            .unwrap_or_else(|| "`ringfence rules list` names them all".to_owned());
        return Err(format!("no rule `{}`: {help}", arguments.rule));
    };
    let own = rule.examples();
    let examples: Vec<report::Example<'_>> = own
        .iter()
        .map(|example| {
            (
                example.name.as_str(),
                example.fires,
                example.policy.as_deref(),
                example.module.as_deref(),
            )
        })
        .collect();
    let style = terminal.style(false);
    terminal::product(|out| report::explain(&rule_info(rule), &examples, &style, out))?;
    Ok(Outcome::Clean)
}
