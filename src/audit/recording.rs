//! What an audit that passed comes to in the lock.

use crate::policy::{Date, Policy};
use crate::source::{Span, Spanned};

use super::approval_key::{ApprovalKey, RealRoots};
use super::context::Audit;
use super::lock::{ApprovedWaiver, Record};
use super::model::{Finding, Report, Verdict};
use super::powers::{Powers, clean};
use super::run::{LoadedPolicy, Run};

/// The program that approves.
const TOOL: &str = concat!("ringfence ", env!("CARGO_PKG_VERSION"));

/// What the one who approves says.
#[derive(Debug, Clone, Default)]
pub struct Statement {
    /// Who it is.
    pub by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The last day of the approval.
    pub until: Option<Date>,
}

/// Makes records of what a run has passed.
#[derive(Debug)]
pub struct Recording<'r, 'a> {
    /// The run.
    pub run: &'r Run<'a>,
    /// The module's bytes.
    pub bytes: &'r [u8],
    /// What is said with it.
    pub statement: Statement,
}

impl Recording<'_, '_> {
    fn key(&self, policy: &LoadedPolicy) -> ApprovalKey {
        let ground = self.run.ground(policy);
        ApprovalKey::of(&ground, &RealRoots::of(&ground), self.run.rules)
    }

    /// The record of the one module of a report; `None` unless it passed under a policy that was given.
    pub fn record(&self, report: &Report) -> Option<Record> {
        let (policy, [judged]) = (self.run.policies.first()?, report.modules.as_slice()) else {
            return None;
        };
        let passed = report.verdict == Verdict::Pass && judged.verdict == Verdict::Pass;
        let module = judged.module.as_ref().filter(|_| passed && policy.judged)?;
        let audit = Audit::new(self.run.ground(policy), module, self.bytes, None);
        let said = &self.statement;
        let findings = report.findings.iter();
        Some(Record {
            name: policy.policy.name.clone(),
            file: file_name(&judged.path).map(|file| clean(&file)),
            by: said.by.clone().map(at),
            reason: said.reason.as_deref().map(clean),
            approved: Some(self.run.surroundings.today),
            until: said.until.map(at),
            waivers: findings
                .filter_map(|finding| waiver(finding, &policy.policy))
                .collect(),
            sha256: at(module.digest()),
            pin_digest: true,
            powers: Powers::of(&audit),
            key: Some(self.key(policy)),
            tool: Some(TOOL.to_owned()),
            signature: None,
        })
    }
}

fn at<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

/// Its file's own name: where it lay is nobody's business who reads the lock.
pub(super) fn file_name(path: &str) -> Option<String> {
    let name = std::path::Path::new(path)
        .file_name()
        .filter(|_| path != "-")?;
    Some(name.to_string_lossy().into_owned())
}

/// The waiver that covers a finding, as the policy states it.
fn waiver(finding: &Finding, policy: &Policy) -> Option<ApprovedWaiver> {
    let span = finding.waived.as_ref()?.span;
    let mut waivers = policy.waivers.iter();
    let waiver = waivers.find(|waiver| waiver.span == span)?;
    Some(ApprovedWaiver {
        rule: waiver.rule.value.clone(),
        subject: waiver.subject.as_ref().map(|subject| clean(&subject.value)),
        until: waiver.until.map(|until| until.value),
    })
}
