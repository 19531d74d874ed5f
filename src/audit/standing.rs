//! A policy judged by itself, and which of its waivers have matched so far.

use crate::rule::RuleSet;

use super::context::Ground;
use super::facts::Waived;
use super::judge::{Judge, sort, weighed, weight};
use super::model::Finding;
use super::together::Together;

/// How a policy stands in a run.
#[derive(Debug)]
pub struct Standing<'a> {
    /// The policy with the rules as it tunes them.
    pub judge: Judge<'a>,
    /// What it is found to be, whatever the module.
    pub findings: Vec<Finding>,
    /// Rules that could not be judged on it.
    pub errors: Vec<String>,
    matched: Vec<bool>,
}

impl<'a> Standing<'a> {
    /// Judges a policy by itself.
    pub fn new(rules: &'a RuleSet, ground: Ground<'a>) -> Self {
        let judge = Judge::new(rules, ground);
        let mut judgement = judge.policy();
        let mut matched = vec![false; ground.policy.waivers.len()];
        judge.waive(&mut judgement.findings, &mut matched, None);
        Self {
            judge,
            findings: judgement.findings,
            errors: judgement.errors.iter().map(ToString::to_string).collect(),
            matched,
        }
    }

    /// What there is of it in a report on so many modules, each of which repeats its errors.
    pub fn weight(&self, modules: usize) -> u64 {
        let findings: u64 = self.findings.iter().map(weight).sum();
        let errors: u64 = self.errors.iter().map(|error| weighed(&[error])).sum();
        findings + errors * modules.max(1) as u64
    }

    /// Keeps nothing but the error that it was too much.
    pub fn give_up(&mut self) {
        self.findings = Vec::new();
        self.errors = vec![Together::error()];
    }

    /// Notes which waivers matched a finding of a module.
    pub fn note(&mut self, matched: &[bool]) {
        for (all, here) in self.matched.iter_mut().zip(matched) {
            *all |= here;
        }
    }

    /// Judges the waivers; `judged`: whether every module was there to match.
    pub fn close(&mut self, judged: bool) {
        let waived = Waived {
            matched: std::mem::take(&mut self.matched),
            judged,
        };
        let judgement = self.judge.waivers(&waived);
        self.findings.extend(judgement.findings);
        self.errors
            .extend(judgement.errors.iter().map(ToString::to_string));
        sort(&mut self.findings);
    }
}
