//! Many modules, each held against its policy, into one report. Modules are read, judged and dropped one by one, in parallel.

use rayon::prelude::*;

use crate::policy::Policy;
use crate::rule::RuleSet;
use crate::source::{Sources, Spanned};
use crate::wasm::{Input, Module};

use super::baseline::Baseline;
use super::capabilities::rows;
use super::checklist::checklist;
use super::context::{Audit, Ground, Surroundings};
use super::drift::{drift, loss};
use super::facts::abi_version;
use super::hardening::{Confirm, Hardening, HardeningRecord};
use super::judged::Judged;
use super::lock::Lock;
use super::model::{Changes, Finding, ModuleReport, Report, Severity, Unjudged, Verdict};
use super::powers::{Powers, clean};
use super::reading::readings;
use super::recording::file_name;
use super::rule_info::rule_info;
use super::standing::Standing;
use super::together::Together;

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

impl LoadedPolicy {
    /// A policy under a name.
    pub fn new(name: impl Into<String>, policy: Policy, judged: bool) -> Self {
        Self {
            name: name.into(),
            policy,
            judged,
        }
    }
}

/// The rule about WASI functions that a policy does not list.
const UNLISTED: &str = "undeclared-wasi-import";

impl LoadedPolicy {
    /// Lets an audit pass modules whose WASI functions the policy does not list: for a run that only reports denials, which
    /// then reports these.
    pub fn report_unlisted(&mut self) {
        let setting = self.policy.rules.entry(UNLISTED.to_owned()).or_default();
        let span = setting.span;
        setting.severity = Some(Spanned::new("warning".to_owned(), span));
    }
}

/// A module to judge.
#[derive(Debug)]
pub struct Candidate {
    /// As the user wrote it.
    pub path: String,
    /// Which of the run's policies judges it, or why it has none.
    pub policy: Result<usize, String>,
}

/// Gives the module at a path with its bytes, or says why not.
pub type Reader<'r> = dyn Fn(&str) -> Result<(Input, Module), String> + Sync + 'r;

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
    /// By what hardened modules are held against the policy as a whole; else only what their records say is.
    pub confirm: Option<Confirm>,
}

impl<'a> Run<'a> {
    /// One without a lock or a checklist, in which errors fail.
    pub fn new(
        rules: &'a RuleSet,
        policies: &'a [LoadedPolicy],
        sources: &'a Sources,
        surroundings: &'a Surroundings,
    ) -> Self {
        Self {
            rules,
            policies,
            sources,
            surroundings,
            lock: None,
            fail_on: Severity::Error,
            checklist: false,
            confirm: None,
        }
    }
}

impl Run<'_> {
    /// Judges every candidate; `read` gives a module and its bytes, `done` is called after each.
    /// Candidates are judged in parallel on rayon's pool; the report is in their order.
    pub fn check(
        &self,
        candidates: &[Candidate],
        read: &Reader<'_>,
        done: &(dyn Fn() + Sync),
    ) -> Report {
        self.check_against(&mut Baseline::default(), candidates, read, done)
    }

    /// The same, where what a baseline knows passes.
    pub fn check_against(
        &self,
        baseline: &mut Baseline,
        candidates: &[Candidate],
        read: &Reader<'_>,
        done: &(dyn Fn() + Sync),
    ) -> Report {
        let together = Together::default();
        let mut standings = self.standings(&together, candidates.len());
        let one = |candidate: &Candidate| {
            let mut outcome = self.one(candidate, &standings, read);
            if !together.holds(outcome.weight()) {
                outcome.give_up();
            }
            done();
            outcome
        };
        let mut outcomes: Vec<Judged> = match candidates {
            [only] => vec![one(only)],
            many => many.par_iter().map(one).collect(),
        };
        let all_read = outcomes.iter().all(|one| one.report.module.is_some());
        for (candidate, outcome) in candidates.iter().zip(&outcomes) {
            if let Some(standing) = of(candidate, &mut standings) {
                standing.note(&outcome.matched);
            }
        }
        close(&mut standings, all_read, &together, candidates.len());
        if together.is_too_much() {
            outcomes.iter_mut().for_each(Judged::give_up);
            standings.iter_mut().for_each(Standing::give_up);
        }
        for standing in &mut standings {
            baseline.mark(&mut standing.findings, None, self.rules);
        }
        for (candidate, outcome) in candidates.iter().zip(&mut outcomes) {
            baseline.mark(&mut outcome.findings, Some(&candidate.path), self.rules);
        }
        self.assemble(candidates, outcomes, standings)
    }

    /// Judges one module under the first policy of the run. Its bytes are not copied; the report holds its facts.
    pub fn judge(&self, input: &Input, module: Module) -> Report {
        self.judge_known(input, module, None)
    }

    /// The same of a module that was hardened just now, with its record.
    pub fn judge_hardened(
        &self,
        input: &Input,
        module: Module,
        record: &HardeningRecord,
    ) -> Report {
        self.judge_known(input, module, Some(Hardening::made(record)))
    }

    fn judge_known(&self, input: &Input, module: Module, known: Option<Hardening>) -> Report {
        let candidate = Candidate {
            path: input.path.clone(),
            policy: Ok(0),
        };
        let mut standings = self.standings(&Together::default(), 1);
        let judged = match (self.policies.first(), standings.first()) {
            (Some(policy), Some(standing)) => {
                self.held(&input.path, input, module, (policy, standing), known)
            }
            _ => Judged::nothing(&candidate.path, None, "there is no policy".to_owned()),
        };
        if let Some(standing) = standings.first_mut() {
            standing.note(&judged.matched);
        }
        for standing in &mut standings {
            standing.close(true);
        }
        self.assemble(&[candidate], vec![judged], standings)
    }

    /// Judges policies alone, without a module: `policy lint`. `unread`: those that did not read.
    pub fn lint(&self, unread: Vec<Unjudged>) -> Report {
        let mut report = Report {
            errors: unread,
            ..self.empty_report()
        };
        let together = Together::default();
        let mut standings = self.standings(&together, 1);
        close(&mut standings, false, &together, 1);
        if together.is_too_much() {
            standings.iter_mut().for_each(Standing::give_up);
        }
        for (standing, policy) in standings.into_iter().zip(self.policies) {
            report.findings.extend(standing.findings);
            report
                .errors
                .extend(standing.errors.into_iter().map(|error| Unjudged {
                    path: policy.name.clone(),
                    error,
                }));
        }
        report.verdict = self.overall(&report);
        report
    }

    /// Whether every policy passes by itself: the verdict of [`Run::lint`] without its report.
    pub(super) fn passes(&self) -> bool {
        let standings = self.standings(&Together::default(), 1);
        standings.into_iter().all(|mut standing| {
            standing.close(false);
            standing.errors.is_empty() && !standing.findings.iter().any(|one| self.fails(one))
        })
    }

    /// The policies judged by themselves, for so many modules.
    fn standings(&self, together: &Together, modules: usize) -> Vec<Standing<'_>> {
        let standing = |policy| {
            let mut standing = Standing::new(self.rules, self.ground(policy));
            if !together.holds(standing.weight(modules)) {
                standing.give_up();
            }
            standing
        };
        self.policies.iter().map(standing).collect()
    }

    /// A policy of the run with what its facts depend on.
    pub(super) fn ground<'g>(&'g self, policy: &'g LoadedPolicy) -> Ground<'g> {
        Ground {
            policy: &policy.policy,
            judged: policy.judged,
            rules: Some(self.rules),
            sources: self.sources,
            surroundings: self.surroundings,
        }
    }

    fn one(&self, candidate: &Candidate, standings: &[Standing<'_>], read: &Reader<'_>) -> Judged {
        let at = match &candidate.policy {
            Ok(at) => *at,
            Err(error) => return Judged::nothing(&candidate.path, None, error.clone()),
        };
        let (Some(policy), Some(standing)) = (self.policies.get(at), standings.get(at)) else {
            return Judged::nothing(
                &candidate.path,
                None,
                "its policy was not loaded".to_owned(),
            );
        };
        match read(&candidate.path) {
            Ok((input, module)) => {
                self.held(&candidate.path, &input, module, (policy, standing), None)
            }
            Err(error) => {
                let name = policy.judged.then(|| policy.name.clone());
                Judged::nothing(&candidate.path, name, error)
            }
        }
    }

    /// What a module says of its hardening, held against its bytes and the policy.
    fn hardening(&self, input: &Input, module: &Module, policy: &Policy) -> Option<Hardening> {
        let mut hardening = Hardening::of(module, &input.bytes)?;
        if let Some(confirm) = self.confirm {
            hardening.hold(confirm, &input.bytes, policy);
        }
        Some(hardening)
    }

    /// Holds a module against a policy; `known`: what it says of its hardening, where that need not be asked.
    fn held(
        &self,
        path: &str,
        input: &Input,
        module: Module,
        (policy, standing): (&LoadedPolicy, &Standing<'_>),
        known: Option<Hardening>,
    ) -> Judged {
        let hardening = known.or_else(|| self.hardening(input, &module, &policy.policy));
        let ground = self.ground(policy);
        let audit = Audit::with(ground, &module, &input.bytes, self.lock, hardening);
        let mut judgement = standing.judge.module(&audit);
        let mut matched = vec![false; policy.policy.waivers.len()];
        let digest = module.digest();
        let findings = &mut judgement.findings;
        standing.judge.waive(findings, &mut matched, Some(&digest));
        let (capabilities, abi_version) = (rows(&audit), abi_version(&audit));
        let read = readings(&module, &input.bytes, &audit.links);
        let changes = self.lock.map(|lock| changes(path, &audit, lock));
        drop(audit);
        Judged {
            report: ModuleReport {
                path: path.to_owned(),
                policy: policy.judged.then(|| policy.name.clone()),
                abi_version,
                capabilities,
                readings: read,
                changes,
                verdict: Verdict::Pass,
                errors: judgement.errors.iter().map(ToString::to_string).collect(),
                module: Some(module),
            },
            findings: judgement.findings,
            matched,
        }
    }

    /// Brings modules and policies together: the findings of each module in order, then those of each policy.
    fn assemble(
        &self,
        candidates: &[Candidate],
        outcomes: Vec<Judged>,
        mut standings: Vec<Standing<'_>>,
    ) -> Report {
        let mut report = self.empty_report();
        let mut checklists = Vec::new();
        for (index, (candidate, mut one)) in candidates.iter().zip(outcomes).enumerate() {
            let standing = of(candidate, &mut standings);
            let shared = standing
                .as_ref()
                .map(|standing| standing.findings.as_slice())
                .unwrap_or_default();
            let errors = standing
                .as_ref()
                .map(|standing| standing.errors.as_slice())
                .unwrap_or_default();
            // Both say the same where it was too much together.
            if one.report.errors != errors {
                one.report.errors.extend(errors.iter().cloned());
            }
            let findings = || one.findings.iter().chain(shared);
            one.report.verdict = self.verdict(&one.report, findings());
            if self.checklist {
                checklists.push(checklist(findings(), one.report.policy.is_some()));
            }
            report
                .findings
                .extend(one.findings.into_iter().map(|finding| Finding {
                    module: Some(index),
                    ..finding
                }));
            report.modules.push(one.report);
        }
        report
            .findings
            .extend(standings.into_iter().flat_map(|standing| standing.findings));
        report.checklist = self.checklist.then_some(checklists);
        report.verdict = self.overall(&report);
        report
    }

    fn empty_report(&self) -> Report {
        let infos = self
            .rules
            .iter()
            .map(|rule| (rule.id.clone(), rule_info(rule)));
        Report {
            rules: infos.collect(),
            sources: self.sources.clone(),
            ..Report::default()
        }
    }

    fn fails(&self, finding: &Finding) -> bool {
        finding.waived.is_none() && finding.severity >= self.fail_on
    }

    fn verdict<'f>(
        &self,
        report: &ModuleReport,
        mut findings: impl Iterator<Item = &'f Finding>,
    ) -> Verdict {
        if report.module.is_none() || !report.errors.is_empty() {
            Verdict::Error
        } else if findings.any(|finding| self.fails(finding)) {
            Verdict::Fail
        } else {
            Verdict::Pass
        }
    }

    fn overall(&self, report: &Report) -> Verdict {
        let fails = report.findings.iter().any(|finding| self.fails(finding));
        let own = match (report.errors.is_empty(), fails) {
            (false, _) => Verdict::Error,
            (true, true) => Verdict::Fail,
            (true, false) => Verdict::Pass,
        };
        let modules = report.modules.iter().map(|module| module.verdict);
        modules.fold(own, Verdict::max)
    }
}

/// Judges the waivers of policies; what they add counts too.
fn close(standings: &mut [Standing<'_>], judged: bool, together: &Together, modules: usize) {
    for standing in standings {
        let before = standing.weight(modules);
        standing.close(judged);
        if !together.holds(standing.weight(modules) - before) {
            standing.give_up();
        }
    }
}

/// The standing of a candidate's policy.
fn of<'s, 'a>(
    candidate: &Candidate,
    standings: &'s mut [Standing<'a>],
) -> Option<&'s mut Standing<'a>> {
    standings.get_mut(*candidate.policy.as_ref().ok()?)
}

/// How a module differs from the record that is nearest to it.
fn changes(path: &str, audit: &Audit<'_>, lock: &Lock) -> Changes {
    let name = audit.ground.policy.name.as_ref();
    let name = name.map(|name| name.value.as_str());
    let file = file_name(path).map(|file| clean(&file));
    let record = lock.nearest(&audit.module.digest(), name, file.as_deref());
    let (none, now) = (Powers::default(), Powers::of(audit));
    let approved = record.map_or(&none, |record| &record.powers);
    Changes {
        recorded: record.map(|record| record.sha256.value.clone()),
        gained: drift(approved, &now),
        lost: loss(approved, &now),
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
    let read = readings(&module, bytes, &audit.links);
    drop(audit);
    ModuleReport {
        path: path.to_owned(),
        policy: None,
        abi_version,
        capabilities,
        readings: read,
        changes: None,
        verdict: Verdict::Pass,
        errors: Vec::new(),
        module: Some(module),
    }
}
