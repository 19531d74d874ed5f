//! `ringfence rules list|test`.

use std::io::Write;

use crate::audit::{ExampleOutcome, SCHEMA, rule_info, run_example};
use crate::report;
use crate::rule::{Rule, RuleSet};
use crate::source::Sources;

use super::command::{ListArgs, PlainFormat, TestArgs};
use super::gather;
use super::outcome::Outcome;
use super::terminal::{self, Terminal};

/// Lists the rules, or the facts that they can use.
pub fn list(arguments: &ListArgs, terminal: &Terminal) -> Result<Outcome, String> {
    let mut sources = Sources::default();
    let rules = gather::rules(&arguments.rules, &mut sources, terminal)?;
    terminal::product(|out| match (arguments.facts, arguments.format) {
        (false, PlainFormat::Text) => list_text(&rules, out),
        (false, PlainFormat::Json) => report::json::value(&list_json(&rules), out),
        (true, PlainFormat::Text) => facts_text(out),
        (true, PlainFormat::Json) => report::json::value(&facts_json(), out),
    })?;
    Ok(Outcome::Clean)
}

fn list_text(rules: &RuleSet, out: &mut dyn Write) -> std::io::Result<()> {
    let widest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    rules.iter().try_for_each(|rule| {
        let severity = rule_info(rule).severity.name();
        writeln!(
            out,
            "{severity:<8} {:<widest$}  {}",
            rule.id,
            report::escape::text(&rule.title)
        )
    })
}

fn list_json(rules: &RuleSet) -> serde_json::Value {
    let one = |rule: &Rule| {
        let info = rule_info(rule);
        serde_json::json!({
            "id": info.id, "title": info.title, "severity": info.severity.name(), "confidence": info.confidence,
            "tags": info.tags, "since": rule.since, "over": rule.over.name, "params": rule.params,
        })
    };
    rules.iter().map(one).collect()
}

fn facts_text(out: &mut dyn Write) -> std::io::Result<()> {
    for kind in SCHEMA.kinds {
        writeln!(out, "{}: {}", kind.name, kind.doc)?;
        for field in kind.fields {
            let null = if field.nullable { " or null" } else { "" };
            writeln!(out, "  {}: {}{null}. {}", field.name, field.ty, field.doc)?;
        }
    }
    Ok(())
}

fn facts_json() -> serde_json::Value {
    let fields = |kind: &crate::rule::Kind| -> Vec<serde_json::Value> {
        let one = |field: &crate::rule::Field| serde_json::json!({"name": field.name, "type": field.ty.to_string(), "nullable": field.nullable, "doc": field.doc});
        kind.fields.iter().map(one).collect()
    };
    let kinds = SCHEMA.kinds.iter().map(
        |kind| serde_json::json!({"name": kind.name, "doc": kind.doc, "fields": fields(kind)}),
    );
    kinds.collect()
}

/// Runs the examples of the built-in rules, or of the rules of folders.
pub fn test(arguments: &TestArgs, terminal: &Terminal) -> Result<Outcome, String> {
    let mut sources = Sources::default();
    let rules = gather::rules(&arguments.folders, &mut sources, terminal)?;
    let builtin = RuleSet::builtin(&SCHEMA);
    let own = |rule: &&Rule| arguments.folders.is_empty() || builtin.get(&rule.id).is_none();
    let (mut passed, mut lines) = (0_usize, Vec::new());
    for rule in rules.iter().filter(own) {
        for example in rule.examples().iter() {
            match run_example(rule, example, &rules) {
                Ok(ExampleOutcome::Held) => passed += 1,
                Ok(ExampleOutcome::Broke(how)) => {
                    lines.push(format!("{}: {}: {how}", rule.id, example.name));
                }
                Err(error) => lines.push(format!(
                    "{}: {}: cannot run: {error}",
                    rule.id, example.name
                )),
            }
        }
    }
    terminal::product(|out| {
        lines
            .iter()
            .try_for_each(|line| writeln!(out, "{}", report::escape::text(line)))?;
        writeln!(out, "{passed} examples passed, {} failed", lines.len())
    })?;
    Ok(if lines.is_empty() {
        Outcome::Clean
    } else {
        Outcome::Findings
    })
}
