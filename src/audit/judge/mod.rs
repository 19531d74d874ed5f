//! Rules over facts: which hold, how bad they are, and what they say.

mod waive;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::rule::{Level, Params, Record, Rule, RuleSet, Scope, Steps};
use crate::source::Span;

use super::context::{Audit, Ground};
use super::fact::{Element, Place};
use super::facts::Waived;
use super::facts::{SCHEMA, module_record, of_module, of_policy, of_waivers, policy_record};
use super::model::{Artifact, Finding, Listing, Location, Severity};

/// The most findings and errors, and KiB of their texts, of one module, of a policy, or of its waivers: more than the built-in
/// rules find on all but the worst.
const MOST: u64 = 100_000;
/// The most steps that conditions take on one module, on a policy, or on its waivers: 3 to 5 s of one core.
const MOST_STEPS: u64 = 50_000_000;

/// The most bytes of code that the disassembly beside one module's findings goes through, each from its function's start; later
/// findings have none. 1 to 2 s of one core.
const MOST_CODE: usize = 64 << 20;

/// A rule that could not be evaluated: an operational error, never a finding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the rule `{rule}` cannot be judged on `{subject}`: {reason}")]
pub struct JudgeError {
    /// The rule.
    pub rule: String,
    /// What it was on.
    pub subject: String,
    /// Why not.
    pub reason: String,
}

/// The outcome of judging: findings, and rules that could not be judged.
#[derive(Debug, Default)]
pub struct Judgement {
    /// Findings, the worst first.
    pub findings: Vec<Finding>,
    /// Rules that could not be judged.
    pub errors: Vec<JudgeError>,
}

/// A policy with its rules tuned, ready to judge any number of modules.
#[derive(Debug)]
pub struct Judge<'a> {
    rules: &'a RuleSet,
    /// By what they walk; tuned once there is such a thing, since a policy by itself has few kinds.
    tuned: BTreeMap<&'static str, OnceLock<Vec<Tuned<'a>>>>,
    ground: Ground<'a>,
    policy: Record,
}

#[derive(Debug)]
struct Tuned<'a> {
    rule: &'a Rule,
    level: Option<Level>,
    params: Params,
}

impl<'a> Judge<'a> {
    /// The rules, to be tuned as the policy says.
    pub fn new(rules: &'a RuleSet, ground: Ground<'a>) -> Self {
        let kinds = SCHEMA.kinds.iter();
        Self {
            rules,
            tuned: kinds.map(|kind| (kind.name, OnceLock::new())).collect(),
            policy: policy_record(&ground),
            ground,
        }
    }

    /// The rules over one kind of thing that are not off.
    fn over(&self, kind: &str) -> &[Tuned<'a>] {
        let tune = || {
            let over = self.rules.over(kind);
            over.filter_map(|rule| self.tune(rule)).collect()
        };
        self.tuned
            .get(kind)
            .map_or(&[], |tuned| tuned.get_or_init(tune))
    }

    fn tune(&self, rule: &'a Rule) -> Option<Tuned<'a>> {
        let setting = self.ground.policy.rules.get(&rule.id);
        let level = setting
            .and_then(|setting| setting.severity.as_ref())
            .and_then(|severity| Level::named(&severity.value))
            .map(|level| match setting {
                Some(setting) if setting.bound.contains("severity") => level.max(rule.severity),
                _ => level,
            });
        if level == Some(Level::Off) && rule.waivable {
            return None;
        }
        let values: BTreeMap<String, i64> = setting
            .into_iter()
            .flat_map(|setting| {
                let own = setting.parameters.iter();
                own.filter(|(name, _)| !setting.bound.contains(*name))
            })
            .map(|(name, number)| (name.clone(), number.value))
            .collect();
        Some(Tuned {
            rule,
            level,
            params: rule.tuned(&values),
        })
    }

    /// What the policy itself is found to be, whatever the module.
    pub fn policy(&self) -> Judgement {
        let nothing = Record::new(SCHEMA.module, Vec::new());
        let mut judgement = self.judge(&of_policy(&self.ground), &nothing, None);
        if !self.ground.judged {
            judgement.findings.clear();
        }
        judgement
    }

    /// What a module is found to be.
    pub fn module(&self, audit: &Audit<'_>) -> Judgement {
        self.judge(&of_module(audit), &module_record(audit), Some(audit))
    }

    /// What the waivers are found to be; `matched` has one flag a waiver.
    pub fn waivers(&self, waived: &Waived) -> Judgement {
        let nothing = Record::new(SCHEMA.module, Vec::new());
        self.judge(&of_waivers(&self.ground, waived), &nothing, None)
    }

    fn judge(&self, elements: &[Element], module: &Record, audit: Option<&Audit<'_>>) -> Judgement {
        let mut judgement = Judgement::default();
        let (steps, mut found) = (Steps::new(MOST_STEPS), 0);
        let code = Cell::new(MOST_CODE);
        let mut taken: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for element in elements {
            let kind = element.record.kind().name;
            let rules = self.over(kind);
            let taken_here = taken.entry(kind).or_insert_with(|| vec![0; rules.len()]);
            for (tuned, taken_by) in rules.iter().zip(taken_here) {
                let scope = Scope {
                    it: &element.record,
                    module,
                    policy: &self.policy,
                    params: &tuned.params,
                    steps: &steps,
                };
                let before = steps.left();
                let outcome = self.one(tuned, element, &scope, audit, &code);
                *taken_by += before - steps.left();
                if steps.left() == 0 {
                    return self.cut_for_steps(judgement, &element.subject, &taken);
                }
                match outcome {
                    Ok(Some(finding)) => {
                        found += weight(&finding);
                        judgement.findings.push(finding);
                    }
                    Ok(None) => {}
                    Err(reason) => {
                        let error = JudgeError {
                            rule: tuned.rule.id.clone(),
                            subject: element.subject.clone(),
                            reason,
                        };
                        found += error.weight();
                        judgement.errors.push(error);
                    }
                }
                if found > MOST {
                    return self.cut_for_findings(judgement, &element.subject);
                }
            }
        }
        sort(&mut judgement.findings);
        judgement
    }

    fn cut_for_findings(&self, judgement: Judgement, subject: &str) -> Judgement {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for finding in &judgement.findings {
            *counts.entry(&finding.rule).or_default() += weight(finding);
        }
        for error in &judgement.errors {
            *counts.entry(&error.rule).or_default() += error.weight();
        }
        let (rule, count) = self.worst(counts);
        let reason = format!(
            "the rules find more than {MOST} things or KiB of text here, {count} of them are its own, and the rest was not judged: narrow its `when`, shorten its texts, or leave rules out"
        );
        cut(judgement, rule, subject, reason)
    }

    fn cut_for_steps(
        &self,
        judgement: Judgement,
        subject: &str,
        taken: &BTreeMap<&str, Vec<u64>>,
    ) -> Judgement {
        let counts = taken.iter().flat_map(|(kind, taken)| {
            let ids = self.over(kind).iter().map(|tuned| tuned.rule.id.as_str());
            ids.zip(taken.iter().copied())
        });
        let (rule, count) = self.worst(counts);
        let reason = format!(
            "the rules' conditions take more than {MOST_STEPS} steps here, {count} of them are its own, and the rest was not judged: shorten its `when`, loop over shorter lists, or leave rules out"
        );
        cut(judgement, rule, subject, reason)
    }

    /// The rule that counts most, a user's if there is one that counts.
    fn worst<'r>(&self, counts: impl IntoIterator<Item = (&'r str, u64)>) -> (String, u64) {
        let worst = counts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .max_by_key(|(rule, count)| (!self.rules.is_builtin(rule), *count));
        let (rule, count) = worst.unwrap_or_default();
        (rule.to_owned(), count)
    }

    fn one(
        &self,
        tuned: &Tuned<'_>,
        element: &Element,
        scope: &Scope<'_>,
        audit: Option<&Audit<'_>>,
        code: &Cell<usize>,
    ) -> Result<Option<Finding>, String> {
        let rule = tuned.rule;
        if !rule.when.holds(scope)? {
            return Ok(None);
        }
        let raised = rule.level(scope)?;
        let level = match tuned.level {
            Some(level) if !rule.waivable || raised > rule.severity => level.max(raised),
            Some(level) => level,
            None => raised,
        };
        let Some(severity) = severity(level) else {
            return Ok(None);
        };
        let help = rule.help.render(scope);
        Ok(Some(Finding {
            rule: rule.id.clone(),
            severity,
            subject: element.subject.clone(),
            message: rule.message.render(scope),
            help: (!help.is_empty()).then_some(help),
            module: None,
            locations: self.locations(&element.place, audit, code),
            waived: None,
        }))
    }

    fn locations(
        &self,
        place: &Place,
        audit: Option<&Audit<'_>>,
        code: &Cell<usize>,
    ) -> Vec<Location> {
        let artifact = if place.in_lock {
            Artifact::Lock
        } else {
            Artifact::Policy
        };
        let shown = self.ground.judged || place.in_lock;
        let labels = place.labels.iter().filter(|_| shown);
        let mut locations: Vec<Location> = labels
            .map(|label| Location::Text {
                artifact,
                span: label.span,
                label: label.text.clone(),
            })
            .collect();
        if let (Some(place), Some(audit)) = (&place.module, audit) {
            let in_code = place.offset.filter(|_| place.function.is_some());
            let in_code = in_code.filter(|offset| {
                let left = code.get().checked_sub(audit.module.before(*offset));
                code.set(left.unwrap_or(0));
                left.is_some()
            });
            let listing = in_code.and_then(|offset| audit.module.listing(audit.bytes, offset));
            locations.push(Location::Module {
                offset: place.offset,
                function: place
                    .function
                    .map(|function| audit.function_label(function)),
                import: place.import.clone(),
                export: place.export.clone(),
                listing: listing.map(|listing| Listing {
                    text: listing.text,
                    start: listing.start,
                    end: listing.end,
                }),
            });
        }
        locations
    }
}

impl JudgeError {
    fn weight(&self) -> u64 {
        weighed(&[&self.subject, &self.reason])
    }
}

/// What a finding counts against [`MOST`].
pub fn weight(finding: &Finding) -> u64 {
    let help = finding.help.as_deref().unwrap_or_default();
    weighed(&[&finding.subject, &finding.message, help])
}

/// What a finding or an error of these texts counts.
pub fn weighed(texts: &[&str]) -> u64 {
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    1 + bytes as u64 / 1024
}

/// Ends it before all was judged: an error, so that nothing passes by this.
fn cut(mut judgement: Judgement, rule: String, subject: &str, reason: String) -> Judgement {
    sort(&mut judgement.findings);
    judgement.errors.push(JudgeError {
        rule,
        subject: subject.to_owned(),
        reason,
    });
    judgement
}

/// The worst first, then by rule, subject and place.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|one, other| {
        (other.severity, &one.rule, &one.subject, place_of(one)).cmp(&(
            one.severity,
            &other.rule,
            &other.subject,
            place_of(other),
        ))
    });
}

fn place_of(finding: &Finding) -> (Option<Span>, Option<usize>) {
    let spans = finding
        .locations
        .iter()
        .find_map(|location| match location {
            Location::Text { span, .. } => Some(*span),
            Location::Module { .. } => None,
        });
    let offsets = finding
        .locations
        .iter()
        .find_map(|location| match location {
            Location::Text { .. } => None,
            Location::Module { offset, .. } => *offset,
        });
    (spans, offsets)
}

fn severity(level: Level) -> Option<Severity> {
    match level {
        Level::Off => None,
        Level::Note => Some(Severity::Note),
        Level::Warning => Some(Severity::Warning),
        Level::Error => Some(Severity::Error),
    }
}
