//! The way into the runner: audited bytes with the policy that they were held against. Its fields are private, so that
//! what was not audited does not run.

use std::sync::Arc;

use crate::capability::Taxonomy;
use crate::policy::Policy;
use crate::rule::RuleSet;
use crate::source::{Sources, Span};
use crate::wasm::{Input, Module};

use super::context::{Ground, Surroundings};
use super::link::{Link, link};
use super::model::{Report, Severity, Verdict};
use super::run::{Candidate, LoadedPolicy, Run};

/// A module that may run under a policy.
#[derive(Debug)]
pub struct Approval {
    input: Input,
    module: Module,
    policy: LoadedPolicy,
    sources: Arc<Sources>,
    surroundings: Surroundings,
}

/// Why a module may not run.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The audit did not pass.
    #[error("the audit does not pass")]
    Findings(Box<Report>),
}

impl Approval {
    /// Audits a module under a policy, without a record: for development, and for hosts with records of their own.
    ///
    /// # Errors
    /// The report, if anything in it fails.
    pub fn audit(
        input: Input,
        module: Module,
        policy: LoadedPolicy,
        sources: Sources,
        rules: &RuleSet,
        surroundings: Surroundings,
    ) -> Result<Self, Refusal> {
        let policies = [policy];
        let run = Run {
            rules,
            policies: &policies,
            sources: &sources,
            surroundings: &surroundings,
            lock: None,
            fail_on: Severity::Error,
            checklist: false,
        };
        let candidate = Candidate {
            path: input.path.clone(),
            policy: Ok(0),
        };
        let given = std::sync::Mutex::new(Some((input, module)));
        let kept = std::sync::Mutex::new(None);
        let read = |_: &str| {
            let taken = given.lock().ok().and_then(|mut given| given.take());
            let (input, module) = taken.ok_or_else(|| "it was read twice".to_owned())?;
            if let Ok(mut kept) = kept.lock() {
                *kept = Some((input.clone(), module.clone()));
            }
            Ok((input, module))
        };
        let report = run.check(&[candidate], &read, &|| {});
        let kept = kept.into_inner().ok().flatten();
        let [policy] = policies;
        match kept {
            Some((input, module)) if report.verdict == Verdict::Pass && policy.judged => Ok(Self {
                input,
                module,
                policy,
                sources: Arc::new(sources),
                surroundings,
            }),
            _ => Err(Refusal::Findings(Box::new(report))),
        }
    }

    /// The module's path as it was given.
    pub fn path(&self) -> &str {
        &self.input.path
    }

    /// The audited bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.input.bytes
    }

    /// The module's declarations.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// The resolved policy.
    pub fn policy(&self) -> &Policy {
        &self.policy.policy
    }

    /// The policy's name for reports: its path.
    pub fn policy_name(&self) -> &str {
        &self.policy.name
    }

    /// The module's imports as the policy rules on them.
    pub fn links(&self) -> Vec<Link<'_>> {
        link(&self.module, self.policy(), Taxonomy::builtin())
    }

    /// `policy.yaml:58`: where a span stands, for messages.
    pub fn place(&self, span: Span) -> String {
        let name = self.sources.name(span);
        match self.sources.places(span) {
            Some((start, _)) => format!("{name}:{}", start.line),
            None => name.to_owned(),
        }
    }

    /// Where the policy states a key (`limits.fuel`); its first line, if it does not.
    pub fn key(&self, key: &str) -> Span {
        self.ground().key(key)
    }

    /// A host path written at `span`, made absolute without touching the disk.
    pub fn host_path(&self, written: &str, span: Span) -> std::path::PathBuf {
        self.ground().host_path(written, span)
    }

    fn ground(&self) -> Ground<'_> {
        Ground {
            policy: self.policy(),
            judged: true,
            rules: None,
            sources: &self.sources,
            surroundings: &self.surroundings,
        }
    }
}
