//! A rule as reports list it and `explain` shows it.

use crate::rule::Level;

use super::model::{RuleInfo, Severity};

/// A rule as reports and `explain` show it.
pub fn rule_info(rule: &crate::rule::Rule) -> RuleInfo {
    RuleInfo {
        id: rule.id.clone(),
        title: rule.title.clone(),
        severity: match rule.severity {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Note | Level::Off => Severity::Note,
        },
        confidence: rule.confidence.clone(),
        tags: rule.tags.clone(),
        explanation: rule.explanation.clone(),
        help: without_placeholders(&rule.help_text),
    }
}

/// A template as prose: `{it.name}` is an ellipsis, `{{` a brace.
fn without_placeholders(template: &str) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        text.push_str(before);
        rest = match (brace.get(..2), brace.find('}')) {
            (Some(double @ ("{{" | "}}")), _) => {
                text.push_str(double.get(1..).unwrap_or_default());
                brace.get(2..)
            }
            (_, Some(end)) if brace.starts_with('{') => {
                text.push('…');
                brace.get(end + 1..)
            }
            _ => {
                text.push_str(brace.get(..1).unwrap_or_default());
                brace.get(1..)
            }
        }
        .unwrap_or_default();
    }
    text + rest
}
