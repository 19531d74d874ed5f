//! Which findings the policy's waivers cover.

use std::collections::{HashMap, HashSet};

use crate::audit::facts::waiver_day;
use crate::audit::model::{Finding, WaivedBy};

use super::Judge;

impl Judge<'_> {
    /// Marks the findings that waivers cover, and those waivers in `matched`. `digest` is that of the module that the findings
    /// are of: a waiver for one module covers nothing of another, nor of the policy alone.
    pub fn waive(&self, findings: &mut [Finding], matched: &mut [bool], digest: Option<&str>) {
        let policy = self.ground.policy;
        let mut by_rule = by_rule(findings);
        by_rule.retain(|rule, _| self.rules.get(rule).is_some_and(|rule| rule.waivable));
        let mut spent = HashSet::new();
        for (waiver, matched) in policy.waivers.iter().zip(matched) {
            let only = waiver.digest.as_ref().map(|only| only.value.as_str());
            if only.is_some() && only != digest {
                continue;
            }
            let leave = waiver.from_base
                || policy.chain.len() < 2
                || policy
                    .waivable
                    .iter()
                    .any(|rule| rule.value == waiver.rule.value);
            let reason = waiver.why();
            let past = waiver
                .until
                .is_some_and(|until| until.value < self.ground.surroundings.today);
            let subject = waiver
                .subject
                .as_ref()
                .map(|subject| subject.value.as_str());
            let covered = by_rule
                .get(&waiver.rule.value)
                .map_or(&[][..], |places| places.of(subject));
            *matched |= !covered.is_empty();
            let effective = leave && !past && !reason.is_empty();
            if !effective || !spent.insert((&waiver.rule.value, subject)) {
                continue;
            }
            for at in covered {
                if let Some(finding) = findings.get_mut(*at) {
                    finding.waived.get_or_insert_with(|| WaivedBy {
                        reason: reason.to_owned(),
                        until: waiver.until.map(|until| waiver_day(until.value)),
                        span: waiver.span,
                    });
                }
            }
        }
    }
}

/// Where the findings of one rule are: all of them, and by subject. A policy can have as many waivers as a module findings.
#[derive(Debug, Default)]
struct Places {
    all: Vec<usize>,
    by_subject: HashMap<String, Vec<usize>>,
}

impl Places {
    fn of(&self, subject: Option<&str>) -> &[usize] {
        match subject {
            None => &self.all,
            Some(subject) => self.by_subject.get(subject).map_or(&[], Vec::as_slice),
        }
    }
}

fn by_rule(findings: &[Finding]) -> HashMap<String, Places> {
    let mut rules: HashMap<String, Places> = HashMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let places = rules.entry(finding.rule.clone()).or_default();
        places.all.push(at);
        let same = places.by_subject.entry(finding.subject.clone());
        same.or_default().push(at);
    }
    rules
}
