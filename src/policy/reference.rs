//! `docs/policy.md`: the table of keys as a reference, with prose around it. A test writes it under `BLESS=1`.

use std::fmt::Write;

use super::keys::{Enforcer, Merge, POLICY, Row, Shape, rows};

const INTRODUCTION: &str = include_str!("reference/introduction.md");
const MEANING: &str = include_str!("reference/meaning.md");

/// The reference of the policy language, in markdown.
pub fn reference() -> String {
    let mut text = format!("{INTRODUCTION}\n## Keys\n");
    let rows = rows();
    for section in POLICY.keys {
        let _ = write!(text, "\n### `{}`\n\n", section.name);
        text.push_str(
            "| key | holds | absent | in a child | made true by | held by |\n|---|---|---|---|---|---|\n",
        );
        let prefix = format!("{}.", section.name);
        let listed = format!("{}[]", section.name);
        for row in &rows {
            let own = row.path == section.name;
            if own || row.path.starts_with(&prefix) || row.path.starts_with(&listed) {
                text.push_str(&line(row));
            }
        }
    }
    text.push('\n');
    text.push_str(MEANING);
    text
}

fn line(row: &Row) -> String {
    let key = row.key;
    format!(
        "| `{}` | {}<br>{} | {} | {} | {} | {} |\n",
        row.path,
        cell(&kind(&key.shape)),
        cell(key.doc),
        cell(key.absent),
        child(key.merge),
        enforcer(key.enforcer),
        held(&row.path, key.enforcer),
    )
}

/// A text for a cell: `|` would end it, and `<` outside of code would be HTML.
fn cell(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let escaped = parts.map(|(at, part)| {
        let part = part.replace('|', "\\|");
        if at % 2 == 0 {
            part.replace('<', "&lt;")
        } else {
            part
        }
    });
    escaped.collect::<Vec<_>>().join("`")
}

fn kind(shape: &Shape) -> String {
    let plain = match shape {
        Shape::Size => "size",
        Shape::Duration => "duration",
        Shape::Count { .. } => "whole number",
        Shape::Integer => "integer",
        Shape::Bound => "size or integer",
        Shape::Flag => "`true` or `false`",
        Shape::Date => "day",
        Shape::Time => "time",
        Shape::Text { .. } => "text",
        Shape::Variable => "variable name",
        Shape::RuleId => "rule id",
        Shape::Digest => "SHA-256",
        Shape::Pattern => "pattern",
        Shape::Choice(words) => return format!("`{}`", words.join("`, `")),
        Shape::Signature => "signature",
        Shape::Capability => "capability",
        Shape::Function => "WASI function",
        Shape::CapabilityOrFunction => "capability or WASI function",
        Shape::Proposal => "proposal",
        Shape::GuestPath => "guest path",
        Shape::HostPath => "host path",
        Shape::Endpoint => "`host:port`",
        Shape::Base => "file name or `builtin:<profile>`",
        Shape::Map(_) => "map",
        Shape::Entries(..) => "list of maps",
        Shape::List(inside) => return format!("list: {}", kind(inside)),
        Shape::MapOf(_, key) => return format!("map: name to {}", kind(&key.shape)),
        Shape::Either(scalar, _) => return format!("{} or map", kind(scalar)),
    };
    plain.to_owned()
}

fn child(merge: Merge) -> &'static str {
    match merge {
        Merge::Own => "not inherited",
        Merge::Replace => "replaces",
        Merge::Same => "must be the same",
        Merge::Fixed(_) => "must be the same, as absent too",
        Merge::Smaller => "the smaller holds",
        Merge::Larger => "the larger holds",
        Merge::Narrower(..) => "the narrower holds",
        Merge::Intersect(_) => "both lists must match",
        Merge::Subset => "only what the base lists",
        Merge::Union => "adds up",
        Merge::Below => "the same or below",
        Merge::Parts => "key by key",
        Merge::Known => "entry by entry, no new ones",
        Merge::Added => "entry by entry",
        Merge::Severity => "only upward, unless waivable",
        Merge::Parameter => "must be the same, unless waivable",
        Merge::Waivable => "only what the base lists, or nothing",
        Merge::Waivers => "add up",
    }
}

fn enforcer(enforcer: Enforcer) -> String {
    let list = |rules: &[&str]| format!("`{}`", rules.join("` `"));
    match enforcer {
        Enforcer::Rules(rules) => list(rules),
        Enforcer::Runner => "the runner".to_owned(),
        Enforcer::Both(rules) => format!("the runner, {}", list(rules)),
        Enforcer::Reader => "the reader of policies".to_owned(),
        Enforcer::Parts => "its keys".to_owned(),
    }
}

/// The tests that fail when the key's enforcer is gone: trials of the suite, one a key.
fn held(path: &str, enforcer: Enforcer) -> String {
    let runner = format!("`enforcement::{path}`");
    let rules = format!("`placebo::{path}`");
    let judged = "`audit::run_tests::rules_judge_by_the_severities_and_parameters_of_the_policy`";
    match enforcer {
        Enforcer::Reader if path == "rules.<rule>.<parameter>" => judged.to_owned(),
        Enforcer::Rules(_) if path == "rules.<rule>.severity" => format!("{rules} {judged}"),
        Enforcer::Rules(_) => rules,
        Enforcer::Runner => runner,
        Enforcer::Both(_) => format!("{runner} {rules}"),
        Enforcer::Reader if path == "version" => "`hostile::bad_policies_end_with_two`".to_owned(),
        Enforcer::Reader => "`policy::tests::every_key_reaches_the_model`".to_owned(),
        Enforcer::Parts => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::blessed;

    #[test]
    fn the_committed_reference_is_current() {
        blessed("docs/policy.md", &reference());
    }

    #[test]
    fn every_key_is_in_the_reference_once() {
        let text = reference();
        for row in rows() {
            let cell = format!("\n| `{}` |", row.path);
            assert_eq!(text.matches(&cell).count(), 1, "{}", row.path);
        }
    }
}
