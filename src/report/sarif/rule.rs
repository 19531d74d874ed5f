//! The tool and its rules as SARIF describes them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::audit::{Report, RuleInfo, Severity};

use crate::report::escape;

/// The most characters of a description that GitHub takes.
const MAX_DESCRIPTION: usize = 1024;
/// The most tags of a rule that GitHub takes.
const MAX_TAGS: usize = 20;

/// `runs[].tool`: every rule that was loaded, by id.
pub fn tool(report: &Report) -> Value {
    let rules: Vec<Value> = report.rules.values().map(rule).collect();
    let version = env!("CARGO_PKG_VERSION");
    json!({"driver": {
        "name": "ringfence",
        "version": version,
        "semanticVersion": version,
        "shortDescription": {"text": env!("CARGO_PKG_DESCRIPTION")},
        "rules": rules,
    }})
}

fn rule(rule: &RuleInfo) -> Value {
    let explanation = escape::sarif(rule.explanation.trim());
    let help = escape::sarif(rule.help.trim());
    let braces = |text: &str| text.replace('{', "{{").replace('}', "}}");
    let markdown = format!(
        "{}\n\n**What to write instead:** {}",
        rule.explanation.trim(),
        rule.help.trim()
    );
    json!({
        "id": rule.id,
        "name": pascal(&rule.id),
        "shortDescription": {"text": escape::sarif(&rule.title)},
        "fullDescription": {"text": description(&explanation)},
        "help": {
            "text": format!("{explanation}\n\nWhat to write instead: {help}"),
            "markdown": braces(&markdown),
        },
        "defaultConfiguration": {"level": rule.severity.name()},
        "properties": {
            "tags": tags(rule),
            "precision": rule.confidence,
            "problem.severity": problem(rule.severity),
            "security-severity": score(rule.severity),
        },
    })
}

/// `confused-deputy-path` is `ConfusedDeputyPath`.
fn pascal(id: &str) -> String {
    id.split('-')
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        })
        .collect()
}

/// The paragraphs that fit into what GitHub takes; the first one is cut if it must be.
fn description(explanation: &str) -> String {
    if explanation.chars().count() <= MAX_DESCRIPTION {
        return explanation.to_owned();
    }
    let cut: String = explanation.chars().take(MAX_DESCRIPTION).collect();
    match cut.rsplit_once("\n\n") {
        Some((whole, _)) => whole.to_owned(),
        None => cut,
    }
}

/// `security` and the rule's own, each once as the schema wants it, and no more than GitHub takes.
fn tags(rule: &RuleInfo) -> Vec<String> {
    let own = rule.tags.iter().map(|tag| match tag.strip_prefix("CWE-") {
        Some(number) => format!("external/cwe/cwe-{number}"),
        None => tag.clone(),
    });
    let mut seen = BTreeSet::new();
    std::iter::once("security".to_owned())
        .chain(own)
        .filter(|tag| seen.insert(tag.clone()))
        .take(MAX_TAGS)
        .collect()
}

fn problem(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "recommendation",
    }
}

/// A CVSS-like score: what GitHub sorts alerts by.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "8.0",
        Severity::Warning => "5.0",
        Severity::Note => "2.0",
    }
}
