//! The way into the runner: audited bytes with the policy that they were held against. Its fields are private, so that
//! what was not audited does not run.

use std::sync::Arc;

use crate::capability::Taxonomy;
use crate::policy::Policy;
use crate::rule::RuleSet;
use crate::source::{Sources, Span};
use crate::wasm::{Digested, Input, Module};

use super::approval_key::{ApprovalKey, RealRoots, policy_digest};
use super::context::{Ground, Surroundings};
use super::link::{Link, link};
use super::lock::Lock;
use super::model::{Report, Verdict};
use super::refusal::Refusal;
use super::run::{LoadedPolicy, Run};

/// A module that may run under a policy.
#[derive(Debug)]
pub struct Approval {
    input: Input,
    module: Module,
    policy: LoadedPolicy,
    policy_digest: String,
    roots: RealRoots,
    recorded: bool,
    sources: Arc<Sources>,
    surroundings: Surroundings,
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
        if !policy.judged {
            return Err(Refusal::NoPolicy);
        }
        let mut report = run(&policy, &sources, rules, &surroundings).judge(&input, module);
        let judged = report.modules.pop();
        let passed = report.verdict == Verdict::Pass;
        let module = match judged {
            Some(mut judged) if passed && judged.module.is_some() => judged.module.take(),
            judged => {
                report.modules.extend(judged);
                None
            }
        };
        let Some(module) = module else {
            return Err(Refusal::Findings(Box::new(report)));
        };
        let roots = RealRoots::of(&ground(&policy, &sources, &surroundings));
        let digest = policy_digest(&ground(&policy, &sources, &surroundings), &roots);
        Ok(Self {
            input,
            module,
            policy_digest: digest,
            policy,
            roots,
            recorded: false,
            sources: Arc::new(sources),
            surroundings,
        })
    }

    /// Takes a module that a lock holds an approval of: [`Awaiting::new`] and [`Awaiting::admit`] in one.
    ///
    /// # Errors
    /// No record holds, or the policy does not pass today.
    pub fn recorded(
        module: Digested,
        policy: LoadedPolicy,
        sources: Sources,
        rules: &RuleSet,
        surroundings: Surroundings,
        lock: &Lock,
    ) -> Result<Self, Refusal> {
        Awaiting::new(policy, sources, rules, surroundings).admit(module, lock)
    }

    /// The module's path as it was given.
    pub fn path(&self) -> &str {
        &self.input.path
    }

    /// The audited bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.input.bytes
    }

    /// SHA-256 of the audited bytes, in lower-case hexadecimal.
    pub fn digest(&self) -> String {
        self.module.digest()
    }

    /// The module's declarations; what [`Digested::declarations`] leaves out may be missing.
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

    /// SHA-256 of the resolved policy as approvals are bound to it, in lower-case hexadecimal.
    pub fn policy_digest(&self) -> &str {
        &self.policy_digest
    }

    /// Whether a lock holds it; otherwise it was audited for this once.
    pub fn is_recorded(&self) -> bool {
        self.recorded
    }

    /// The module's imports as the policy rules on them.
    pub fn links(&self) -> Vec<Link<'_>> {
        link(&self.module, self.policy(), Taxonomy::builtin())
    }

    /// `policy.yaml:58`: where a span stands, for messages.
    pub fn place(&self, span: Span) -> String {
        self.sources.line(span)
    }

    /// The texts that the policy's spans point into.
    pub fn sources(&self) -> Arc<Sources> {
        Arc::clone(&self.sources)
    }

    /// Where the policy states a key (`limits.fuel`); its first line, if it does not.
    pub fn key(&self, key: &str) -> Span {
        self.ground().key(key)
    }

    /// A host path written at `span`, made absolute without touching the disk.
    pub fn host_path(&self, written: &str, span: Span) -> std::path::PathBuf {
        self.ground().host_path(written, span)
    }

    /// Where the granted folder written at `span` really lies, as the policy's digest has it; none, if it is itself a link.
    pub fn real_root(&self, written: &str, span: Span) -> Option<&std::path::Path> {
        let plain: std::path::PathBuf = self.host_path(written, span).components().collect();
        self.roots.at(span).filter(|_| !plain.is_symlink())
    }

    /// Every granted folder of the host: what it is for, and where it really lies.
    pub fn real_roots(&self) -> impl Iterator<Item = (&str, &std::path::Path)> {
        self.roots.all()
    }

    fn ground(&self) -> Ground<'_> {
        ground(&self.policy, &self.sources, &self.surroundings)
    }
}

/// A policy that was judged by itself, while the module that is to run under it is still read.
#[derive(Debug)]
pub struct Awaiting {
    policy: LoadedPolicy,
    sources: Sources,
    surroundings: Surroundings,
    roots: RealRoots,
    key: ApprovalKey,
    /// What of it does not pass today.
    failing: Option<Box<Report>>,
}

impl Awaiting {
    /// Looks at the disk and the day, and judges the policy with them.
    pub fn new(
        policy: LoadedPolicy,
        sources: Sources,
        rules: &RuleSet,
        surroundings: Surroundings,
    ) -> Self {
        let roots = RealRoots::of(&ground(&policy, &sources, &surroundings));
        let key = ApprovalKey::of(&ground(&policy, &sources, &surroundings), &roots, rules);
        let run = run(&policy, &sources, rules, &surroundings);
        let failing = (!run.passes()).then(|| Box::new(run.lint(Vec::new())));
        Self {
            policy,
            sources,
            surroundings,
            roots,
            key,
            failing,
        }
    }

    /// Takes a module that a lock holds an approval of. Its code is not audited again, as its bytes, the policy, the rules
    /// and the engine are those of the approval; what changes with the day and with the disk was judged again.
    ///
    /// # Errors
    /// No record holds, or the policy does not pass today.
    pub fn admit(self, module: Digested, lock: &Lock) -> Result<Approval, Refusal> {
        if !self.policy.judged {
            return Err(Refusal::NoPolicy);
        }
        let digest = module.digest();
        let name = self.policy.policy.name.as_ref();
        let name = name.map(|name| name.value.as_str());
        let record = lock
            .exact(&digest, name)
            .ok_or_else(|| Refusal::Unrecorded {
                sha256: digest,
                name: name.map(str::to_owned),
            })?;
        if let Some(distrust) = lock.distrust(record) {
            return Err(Refusal::Distrusted(distrust));
        }
        Refusal::of(record, &self.key, self.surroundings.today)?;
        if let Some(report) = self.failing {
            return Err(Refusal::NoLonger(report));
        }
        let (input, module) = module.into_parts();
        Ok(Approval {
            input,
            module,
            policy: self.policy,
            policy_digest: self.key.policy,
            roots: self.roots,
            recorded: true,
            sources: Arc::new(self.sources),
            surroundings: self.surroundings,
        })
    }
}

fn ground<'a>(
    policy: &'a LoadedPolicy,
    sources: &'a Sources,
    surroundings: &'a Surroundings,
) -> Ground<'a> {
    Ground {
        policy: &policy.policy,
        judged: policy.judged,
        rules: None,
        sources,
        surroundings,
    }
}

fn run<'a>(
    policy: &'a LoadedPolicy,
    sources: &'a Sources,
    rules: &'a RuleSet,
    surroundings: &'a Surroundings,
) -> Run<'a> {
    Run::new(rules, std::slice::from_ref(policy), sources, surroundings)
}
