//! The names of rules that a policy gives, against the rules that there are.

use crate::policy::Policy;
use crate::rule::{Level, RuleSet};
use crate::source::{MAX_MISTAKES, Mistake, Spanned, first_mistakes};

/// Mistakes in the names of rules that a policy gives: unknown ones, unknown parameters, ones that cannot be tuned or waived.
pub fn check_names(policy: &Policy, rules: &RuleSet) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let mut known = |name: &Spanned<String>| {
        let rule = rules.get(&name.value);
        // A suggestion asks every rule, and nobody reads on.
        if rule.is_none() && mistakes.len() <= MAX_MISTAKES {
            let mistake = Mistake::new(
                "unknown-rule",
                format!("no rule `{}`", name.value),
                name.span,
            );
            mistakes.push(match rules.suggest(&name.value) {
                Some(help) => mistake.help(help),
                None => mistake.help("`ringfence rules list` names them all"),
            });
        }
        rule
    };
    let mut fixed = Vec::new();
    for waiver in &policy.waivers {
        if known(&waiver.rule).is_some_and(|rule| !rule.waivable) {
            fixed.push((waiver.rule.clone(), "waived"));
        }
    }
    for rule in &policy.waivable {
        known(rule);
    }
    let mut parameters = Vec::new();
    for (id, setting) in &policy.rules {
        let name = Spanned::new(id.clone(), setting.span);
        let Some(rule) = known(&name) else { continue };
        let lowered = setting
            .severity
            .as_ref()
            .and_then(|severity| Level::named(&severity.value))
            .is_some_and(|level| level < rule.severity);
        if lowered && !rule.waivable {
            fixed.push((name, "lowered"));
        }
        let strange = setting
            .parameters
            .iter()
            .filter(|(parameter, _)| !rule.params.contains_key(*parameter));
        parameters.extend(
            strange.map(|(parameter, number)| (id.clone(), parameter.clone(), number.span)),
        );
    }
    for (name, how) in fixed {
        mistakes.push(
            Mistake::new(
                "rule-fixed",
                format!("`{}` cannot be {how}", name.value),
                name.span,
            )
            .help("remove the entry and mend what the rule finds"),
        );
    }
    for (rule, parameter, span) in parameters {
        mistakes.push(
            Mistake::new(
                "unknown-parameter",
                format!("the rule `{rule}` has no parameter `{parameter}`"),
                span,
            )
            .help(format!("`ringfence explain {rule}` names its parameters")),
        );
    }
    first_mistakes(mistakes)
}
