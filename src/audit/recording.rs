//! What an audit that passed comes to in the lock.

use crate::policy::{Date, Policy};
use crate::source::{Span, Spanned};
use crate::wasm::Import;

use super::approval_key::{ApprovalKey, RealRoots};
use super::lock::{ApprovedWaiver, Record};
use super::model::{Finding, ModuleReport, Report, Verdict};
use super::run::{LoadedPolicy, Run};

/// The program that approves.
const TOOL: &str = concat!("ringfence ", env!("CARGO_PKG_VERSION"));

/// Makes records of what a run has passed.
#[derive(Debug)]
pub struct Recording<'r, 'a> {
    /// The run.
    pub run: &'r Run<'a>,
    /// The last day of the approval.
    pub until: Option<Date>,
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
        let at = |value: String| Spanned::new(value, Span::default());
        Some(Record {
            name: policy.policy.name.clone(),
            file: file_name(judged),
            sha256: at(module.digest()),
            pin_digest: true,
            key: Some(self.key(policy)),
            tool: Some(TOOL.to_owned()),
            until: self.until.map(|until| Spanned::new(until, Span::default())),
            capabilities: judged
                .capabilities
                .iter()
                .map(|row| row.capability.clone())
                .collect(),
            imports: module.imports.iter().map(Import::full_name).collect(),
            exports: module
                .exports
                .iter()
                .map(|export| export.name.clone())
                .collect(),
            waivers: report
                .findings
                .iter()
                .filter_map(|finding| waiver(finding, &policy.policy))
                .collect(),
        })
    }
}

/// Its file's own name: where it lay is nobody's business who reads the lock.
fn file_name(judged: &ModuleReport) -> Option<String> {
    let path = std::path::Path::new(&judged.path);
    let name = path.file_name().filter(|_| judged.path != "-")?;
    Some(name.to_string_lossy().into_owned())
}

/// The waiver that covers a finding, as the policy states it.
fn waiver(finding: &Finding, policy: &Policy) -> Option<ApprovedWaiver> {
    let span = finding.waived.as_ref()?.span;
    let mut waivers = policy.waivers.iter();
    let waiver = waivers.find(|waiver| waiver.span == span)?;
    Some(ApprovedWaiver {
        rule: waiver.rule.value.clone(),
        subject: waiver.subject.as_ref().map(|subject| subject.value.clone()),
        until: waiver.until.map(|until| until.value),
    })
}
