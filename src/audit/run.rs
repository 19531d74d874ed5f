//! Many modules, each held against its policy, into one report. Modules are read, judged and dropped one by one, in parallel.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::policy::Policy;
use crate::rule::{Level, RuleSet};
use crate::source::Sources;
use crate::wasm::{self, Input, Module};

use super::capabilities::rows;
use super::checklist::checklist;
use super::context::{Audit, Ground, Surroundings};
use super::facts::{Waived, abi_version};
use super::judge::{Judge, sort};
use super::lock::Lock;
use super::model::{Finding, ModuleReport, Report, RuleInfo, Severity, Unjudged, Verdict};

/// A policy with the name that reports call it by.
#[derive(Debug)]
pub struct LoadedPolicy {
    /// Its path as the user wrote it, or `builtin:baseline`.
    pub name: String,
    /// The policy.
    pub policy: Policy,
    /// Whether it was given; otherwise its grants are not judged.
    pub judged: bool,
}

/// A module to judge.
#[derive(Debug)]
pub struct Candidate {
    /// As the user wrote it.
    pub path: String,
    /// Which of the run's policies judges it, or why it has none.
    pub policy: Result<usize, String>,
}

/// Everything that a check needs.
#[derive(Debug)]
pub struct Run<'a> {
    /// The rules.
    pub rules: &'a RuleSet,
    /// The policies that candidates refer to.
    pub policies: &'a [LoadedPolicy],
    /// The texts that their spans point into.
    pub sources: &'a Sources,
    /// The machine around.
    pub surroundings: &'a Surroundings,
    /// The lock, if one was given.
    pub lock: Option<&'a Lock>,
    /// Findings from this severity on fail a module.
    pub fail_on: Severity,
    /// Whether to fill in the checklist.
    pub checklist: bool,
}

struct Judged {
    report: ModuleReport,
    findings: Vec<Finding>,
    matched: Vec<bool>,
}

impl Run<'_> {
    /// Judges every candidate; `read` gives a module's bytes (text modules encoded), `done` is called after each.
    /// Candidates are judged in parallel on rayon's pool; the report is in their order.
    pub fn check(
        &self,
        candidates: &[Candidate],
        read: &(dyn Fn(&str) -> Result<Input, String> + Sync),
        done: &(dyn Fn() + Sync),
    ) -> Report {
        let judges: Vec<Judge<'_>> = self
            .policies
            .iter()
            .map(|policy| Judge::new(self.rules, self.ground(policy)))
            .collect();
        let one = |candidate: &Candidate| {
            let judged = self.one(candidate, &judges, read);
            done();
            judged
        };
        let judged: Vec<Judged> = match candidates {
            [only] => vec![one(only)],
            many => many.par_iter().map(one).collect(),
        };
        self.assemble(candidates, judged, &judges)
    }

    fn ground<'g>(&'g self, policy: &'g LoadedPolicy) -> Ground<'g> {
        Ground {
            policy: &policy.policy,
            judged: policy.judged,
            rules: Some(self.rules),
            sources: self.sources,
            surroundings: self.surroundings,
        }
    }

    fn one(
        &self,
        candidate: &Candidate,
        judges: &[Judge<'_>],
        read: &(dyn Fn(&str) -> Result<Input, String> + Sync),
    ) -> Judged {
        let at = match &candidate.policy {
            Ok(at) => *at,
            Err(error) => return unjudged(candidate, None, error.clone()),
        };
        let (Some(policy), Some(judge)) = (self.policies.get(at), judges.get(at)) else {
            return unjudged(candidate, None, "its policy was not loaded".to_owned());
        };
        let name = policy.judged.then(|| policy.name.clone());
        let input = match read(&candidate.path) {
            Ok(input) => input,
            Err(error) => return unjudged(candidate, name, error),
        };
        let module = wasm::decode_input(&input);
        let audit = Audit::new(self.ground(policy), &module, &input.bytes, self.lock);
        let mut judgement = judge.module(&audit);
        let mut matched = vec![false; policy.policy.waivers.len()];
        judge.waive(&mut judgement.findings, &mut matched);
        let capabilities = rows(&audit);
        let abi_version = abi_version(&audit);
        drop(audit);
        Judged {
            report: ModuleReport {
                path: candidate.path.clone(),
                policy: name,
                abi_version,
                capabilities,
                verdict: Verdict::Pass,
                errors: judgement.errors.iter().map(ToString::to_string).collect(),
                module: Some(module),
            },
            findings: judgement.findings,
            matched,
        }
    }

    /// Brings modules and policies together: module findings, then each used policy's own, then its waivers'.
    fn assemble(
        &self,
        candidates: &[Candidate],
        judged: Vec<Judged>,
        judges: &[Judge<'_>],
    ) -> Report {
        let mut report = Report {
            rules: rule_infos(self.rules),
            sources: self.sources.clone(),
            ..Report::default()
        };
        let mut of_policies: BTreeMap<usize, (Vec<Finding>, Vec<String>, Vec<bool>)> =
            BTreeMap::new();
        for candidate in candidates {
            if let (Ok(at), Some(judge)) = (
                &candidate.policy,
                candidate
                    .policy
                    .as_ref()
                    .ok()
                    .and_then(|at| judges.get(*at)),
            ) {
                of_policies.entry(*at).or_insert_with(|| {
                    let mut judgement = judge.policy();
                    let waivers = self
                        .policies
                        .get(*at)
                        .map_or(0, |policy| policy.policy.waivers.len());
                    let mut matched = vec![false; waivers];
                    judge.waive(&mut judgement.findings, &mut matched);
                    (
                        judgement.findings,
                        judgement.errors.iter().map(ToString::to_string).collect(),
                        matched,
                    )
                });
            }
        }
        for (candidate, one) in candidates.iter().zip(&judged) {
            if let Some((_, _, matched)) = candidate
                .policy
                .as_ref()
                .ok()
                .and_then(|at| of_policies.get_mut(at))
            {
                for (all, here) in matched.iter_mut().zip(&one.matched) {
                    *all |= here;
                }
            }
        }
        for (at, (findings, errors, matched)) in &mut of_policies {
            if let Some(judge) = judges.get(*at) {
                let unread = |one: &Judged| one.report.module.is_none();
                let waived = Waived {
                    matched: matched.clone(),
                    judged: !judged.iter().any(unread),
                };
                let judgement = judge.waivers(&waived);
                findings.extend(judgement.findings);
                errors.extend(judgement.errors.iter().map(ToString::to_string));
                sort(findings);
            }
        }
        let mut checklists = Vec::new();
        for (index, (candidate, mut one)) in candidates.iter().zip(judged).enumerate() {
            let policy = candidate.policy.as_ref().ok();
            let (shared, errors) = policy
                .and_then(|at| of_policies.get(at))
                .map(|(findings, errors, _)| (findings.as_slice(), errors.as_slice()))
                .unwrap_or_default();
            one.report.errors.extend(errors.iter().cloned());
            one.report.verdict = self.verdict(&one.report, one.findings.iter().chain(shared));
            let judged = policy
                .and_then(|at| self.policies.get(*at))
                .is_some_and(|policy| policy.judged);
            checklists.push(checklist(one.findings.iter().chain(shared), judged));
            report
                .findings
                .extend(one.findings.into_iter().map(|finding| Finding {
                    module: Some(index),
                    ..finding
                }));
            report.modules.push(one.report);
        }
        report.findings.extend(
            of_policies
                .into_values()
                .flat_map(|(findings, ..)| findings),
        );
        report.checklist = self.checklist.then_some(checklists);
        report.verdict = self.overall(&report);
        report
    }

    fn verdict<'f>(
        &self,
        report: &ModuleReport,
        mut findings: impl Iterator<Item = &'f Finding>,
    ) -> Verdict {
        if report.module.is_none() || !report.errors.is_empty() {
            return Verdict::Error;
        }
        let fails =
            |finding: &Finding| finding.waived.is_none() && finding.severity >= self.fail_on;
        if findings.any(fails) {
            Verdict::Fail
        } else {
            Verdict::Pass
        }
    }

    /// Judges policies alone, without a module: `policy lint`. `unread`: those that did not read.
    pub fn lint(&self, unread: Vec<Unjudged>) -> Report {
        let mut report = Report {
            errors: unread,
            rules: rule_infos(self.rules),
            sources: self.sources.clone(),
            ..Report::default()
        };
        for policy in self.policies {
            let judge = Judge::new(self.rules, self.ground(policy));
            let mut judgement = judge.policy();
            let mut matched = vec![false; policy.policy.waivers.len()];
            judge.waive(&mut judgement.findings, &mut matched);
            let waivers = judge.waivers(&Waived {
                matched,
                judged: false,
            });
            judgement.findings.extend(waivers.findings);
            sort(&mut judgement.findings);
            report.findings.extend(judgement.findings);
            let errors = judgement.errors.iter().chain(&waivers.errors);
            report.errors.extend(errors.map(|error| Unjudged {
                path: policy.name.clone(),
                error: error.to_string(),
            }));
        }
        report.verdict = self.overall(&report);
        report
    }

    fn overall(&self, report: &Report) -> Verdict {
        let fails =
            |finding: &Finding| finding.waived.is_none() && finding.severity >= self.fail_on;
        let own = match (report.errors.is_empty(), report.findings.iter().any(fails)) {
            (false, _) => Verdict::Error,
            (true, true) => Verdict::Fail,
            (true, false) => Verdict::Pass,
        };
        report
            .modules
            .iter()
            .map(|module| module.verdict)
            .fold(own, Verdict::max)
    }
}

fn unjudged(candidate: &Candidate, policy: Option<String>, error: String) -> Judged {
    Judged {
        report: ModuleReport {
            path: candidate.path.clone(),
            policy,
            module: None,
            abi_version: None,
            capabilities: Vec::new(),
            verdict: Verdict::Error,
            errors: vec![error],
        },
        findings: Vec::new(),
        matched: Vec::new(),
    }
}

fn rule_infos(rules: &RuleSet) -> BTreeMap<String, RuleInfo> {
    let infos = rules.iter().map(|rule| (rule.id.clone(), rule_info(rule)));
    infos.collect()
}

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
        help: rule.help_text.clone(),
    }
}

/// What a module can do, without a policy.
pub fn inspect(
    path: &str,
    module: Module,
    bytes: &[u8],
    surroundings: &Surroundings,
) -> ModuleReport {
    let policy = Policy::default();
    let sources = Sources::default();
    let ground = Ground {
        policy: &policy,
        judged: false,
        rules: None,
        sources: &sources,
        surroundings,
    };
    let audit = Audit::new(ground, &module, bytes, None);
    let (capabilities, abi_version) = (rows(&audit), abi_version(&audit));
    drop(audit);
    ModuleReport {
        path: path.to_owned(),
        policy: None,
        abi_version,
        capabilities,
        verdict: Verdict::Pass,
        errors: Vec::new(),
        module: Some(module),
    }
}
