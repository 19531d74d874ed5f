//! Waivers, and what a child policy concedes without its base's leave.

use crate::audit::context::Ground;
use crate::audit::fact::{Element, fact};
use crate::policy::{Date, RuleSetting};
use crate::rule::{Level, Rule};

fact! { "waiver" / "One waiver, once it is known whether it matched." struct Waiver {
    rule: String = "The rule that it waives.",
    subject: Option<String> = "The subject that it covers; null covers all.",
    reason: String = "Its reason, empty if it has none.",
    until: Option<String> = "Its last day.",
    expired: bool = "Whether that day is past.",
    matched: bool = "Whether it covered a finding of this run.",
    judged: bool = "Whether a module was there to match (in `policy lint` there is none).",
} }

fact! { "concession" / "A finding that a child policy waives, or a severity that it lowers, under a base." struct Concession {
    rule: String = "The rule.",
    how: String = "waives, lowers or tunes (sets a parameter).",
    waivable: bool = "Whether the base marks the rule `waivable`.",
} }

/// Which waivers of a policy matched a finding, by position.
#[derive(Debug, Clone)]
pub struct Waived {
    /// Whether each matched.
    pub matched: Vec<bool>,
    /// Whether there was a module.
    pub judged: bool,
}

/// The waivers in order.
pub fn collect(ground: &Ground<'_>, waived: &Waived) -> Vec<Element> {
    let waivers = ground.policy.waivers.iter().zip(&waived.matched);
    waivers
        .map(|(waiver, matched)| {
            let subject = waiver.subject.as_ref().map(|subject| subject.value.clone());
            let name = match &subject {
                Some(subject) => format!("waiver {} {subject}", waiver.rule.value),
                None => format!("waiver {}", waiver.rule.value),
            };
            let fact = Waiver {
                rule: waiver.rule.value.clone(),
                subject,
                reason: waiver.why().to_owned(),
                until: waiver.until.map(|until| day(until.value)),
                expired: waiver
                    .until
                    .is_some_and(|until| until.value < ground.surroundings.today),
                matched: *matched,
                judged: waived.judged,
            };
            Element::new(name, fact).at(Some(waiver.rule.span), "")
        })
        .collect()
}

/// `2027-03-31`.
pub fn day(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

/// What the child of a base waives or lowers.
pub fn concessions(ground: &Ground<'_>) -> Vec<Element> {
    let policy = ground.policy;
    if policy.chain.len() < 2 {
        return Vec::new();
    }
    let waivable = |rule: &str| policy.waivable.iter().any(|one| one.value == rule);
    let one = |rule: &str, how: &str| Concession {
        rule: rule.to_owned(),
        how: how.to_owned(),
        waivable: waivable(rule),
    };
    let waived = policy
        .waivers
        .iter()
        .filter(|waiver| !waiver.from_base)
        .map(|waiver| {
            Element::new(
                format!("rule {}", waiver.rule.value),
                one(&waiver.rule.value, "waives"),
            )
            .at(Some(waiver.rule.span), "")
        });
    let lowered = policy.rules.iter().filter_map(|(rule, setting)| {
        let from = setting.lowered_from.as_ref()?;
        let element = Element::new(format!("rule {rule}"), one(rule, "lowers"));
        Some(
            element
                .at(Some(setting.span), "lowered here")
                .at(Some(from.span), "set here"),
        )
    });
    let bound = policy.rules.iter().filter_map(|(id, setting)| {
        let how = softens(ground.rules?.get(id)?, setting)?;
        Some(Element::new(format!("rule {id}"), one(id, how)).at(Some(setting.span), ""))
    });
    waived.chain(lowered).chain(bound).collect()
}

/// How a setting that its base did not give leave for differs from the rule's default, if not to be stricter.
fn softens(rule: &Rule, setting: &RuleSetting) -> Option<&'static str> {
    let severity = setting
        .severity
        .as_ref()
        .filter(|_| setting.bound.contains("severity"));
    let level = severity.and_then(|severity| Level::named(&severity.value));
    let tuned = setting.parameters.iter().any(|(name, number)| {
        setting.bound.contains(name) && rule.params.get(name) != Some(&number.value)
    });
    match level {
        Some(level) if level < rule.severity => Some("lowers"),
        _ => tuned.then_some("tunes"),
    }
}
