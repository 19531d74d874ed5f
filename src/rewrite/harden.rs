//! Hardening one module.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::audit::{Hardened, Hardening, HardeningRecord, Report, Run, Verdict, Version, links};
use crate::policy::Policy;
use crate::wasm::edit::{self, HOST_CALL, Layout};
use crate::wasm::{Input, Malformed, Module, decode};

use super::again::{self, Before};
use super::carried::refusals;
use super::plan::Plan;
use super::ways;

/// What the user wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whether fuel is counted, where there is a budget.
    pub fuel: bool,
    /// The budget, instead of the policy's.
    pub budget: Option<u64>,
    /// What a call of the host costs more than another call.
    pub host_call: u32,
    /// Whether the name section stays.
    pub keep_names: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            fuel: true,
            budget: None,
            host_call: HOST_CALL,
            keep_names: true,
        }
    }
}

impl Options {
    /// What the fuel is at first, if it is counted.
    pub(super) fn budget(self, policy: &Policy) -> Option<i64> {
        let stated = policy.limits.fuel.map(|fuel| fuel.value);
        let budget = self.budget.or(stated).filter(|_| self.fuel)?;
        Some(i64::try_from(budget).unwrap_or(i64::MAX))
    }
}

/// Why nothing was written.
#[derive(Debug)]
pub enum Refused {
    /// The module cannot be hardened; in sentences.
    Reasons(Vec<String>),
    /// What came out does not pass under the policy.
    Findings(Box<Report>),
    /// What came out is not valid: a fault of ours.
    Broken(String),
}

/// A module and what it is hardened with; `run` has the one policy.
#[derive(Debug, Clone, Copy)]
pub struct Harden<'h> {
    /// The module's bytes.
    pub input: &'h Input,
    /// Its facts.
    pub module: &'h Module,
    /// The policy, the rules and the machine around.
    pub run: &'h Run<'h>,
    /// What the user wants.
    pub options: Options,
}

impl Harden<'_> {
    /// Hardens it; what comes out was audited.
    ///
    /// # Errors
    /// Why it cannot be, or what was found in what came out.
    pub fn harden(&self) -> Result<(Vec<u8>, Hardened), Refused> {
        let rewritten = catch_unwind(AssertUnwindSafe(|| self.rewrite()));
        let (bytes, record) =
            rewritten.unwrap_or_else(|_| Err(Refused::Broken("rewriting it failed".to_owned())))?;
        let module = decode(&bytes);
        if let Some(fault) = &module.malformed {
            return Err(not_valid(fault));
        }
        // `check` reads it, and so has whoever gets the module.
        if let Err(wrong) = HardeningRecord::read(&record.write()) {
            return Err(reason(format!(
                "the record of what is done to it would not be read again ({wrong}): build it with fewer imports and exports that the policy does not name, or name them"
            )));
        }
        let audited = Input {
            path: self.input.path.clone(),
            bytes,
            fault: None,
        };
        let hardened = Hardened::new(
            &self.input.path,
            &module,
            record,
            audited.bytes == self.input.bytes,
        );
        let report = self.run.judge_hardened(&audited, module, &hardened.record);
        if report.verdict == Verdict::Pass {
            Ok((audited.bytes, hardened))
        } else {
            Err(Refused::Findings(Box::new(report)))
        }
    }

    fn policy(&self) -> Result<&Policy, Refused> {
        let policy = self.run.policies.first();
        policy
            .map(|loaded| &loaded.policy)
            .ok_or_else(|| reason("there is no policy"))
    }

    fn rewrite(&self) -> Result<(Vec<u8>, HardeningRecord), Refused> {
        match Hardening::of(self.module, &self.input.bytes) {
            None => afresh(
                self.policy()?,
                self.options,
                &self.input.bytes,
                self.module,
                None,
            ),
            Some(said) => self.again(said),
        }
    }

    /// A module with a record is what hardening gives, or it is refused: nothing that it says is believed.
    fn again(&self, said: Hardening) -> Result<(Vec<u8>, HardeningRecord), Refused> {
        let source = said.record.as_ref().map(|record| record.source.clone());
        let before = said
            .record
            .filter(|_| said.wrong.is_empty())
            .and_then(|record| again::before(&self.input.bytes, record));
        if let Some(before) = before {
            let (bytes, record) = once_more(self.policy()?, self.options, &before)?;
            if bytes == self.input.bytes {
                return Ok((bytes, record));
            }
        }
        let source = source.unwrap_or_else(|| "unknown".to_owned());
        Err(reason(format!(
            "it has a section `{}` and is not what hardening under this policy and these options gives: harden the module that it was made from (sha256 {source})",
            edit::RECORD
        )))
    }
}

/// Whether a module with this record is what hardening gives under a policy: the whole of it, guards and all.
pub fn confirms(bytes: &[u8], record: &HardeningRecord, policy: &Policy) -> bool {
    let before = || again::before(bytes, record.clone());
    let Ok(Some(before)) = catch_unwind(AssertUnwindSafe(before)) else {
        return false;
    };
    gives(record, bytes, |options| once_more(policy, options, &before))
}

/// Whether a module with this record is what hardening a source under a policy gives, with the options that the record shows.
pub fn derives(
    source: Version<'_>,
    bytes: &[u8],
    record: &HardeningRecord,
    policy: &Policy,
) -> bool {
    // What is hardened already is not hardened afresh, and its record names what it was made from.
    let afresh = |options| afresh(policy, options, source.bytes, source.module, None);
    Hardening::of(source.module, source.bytes).is_none() && gives(record, bytes, afresh)
}

/// Whether hardening with the options of a record gives these bytes. Whether names were kept is not asked of the record: both
/// are tried.
fn gives(
    record: &HardeningRecord,
    bytes: &[u8],
    harden: impl Fn(Options) -> Result<(Vec<u8>, HardeningRecord), Refused>,
) -> bool {
    let fuel = record.fuel.as_ref();
    let options = |keep_names| Options {
        fuel: fuel.is_some(),
        budget: fuel.and_then(|fuel| u64::try_from(fuel.budget).ok()),
        host_call: fuel.map_or(HOST_CALL, |fuel| fuel.host_call),
        keep_names,
    };
    let same = |keep_names| harden(options(keep_names)).is_ok_and(|(given, _)| given == bytes);
    let either = || same(true) || same(false);
    catch_unwind(AssertUnwindSafe(either)).unwrap_or(false)
}

fn once_more(
    policy: &Policy,
    options: Options,
    before: &Before,
) -> Result<(Vec<u8>, HardeningRecord), Refused> {
    let record = Some(&before.record);
    afresh(policy, options, &before.bytes, &before.module, record)
}

/// One pass over a module without a record; `before`: that which it had.
fn afresh(
    policy: &Policy,
    options: Options,
    bytes: &[u8],
    module: &Module,
    before: Option<&HardeningRecord>,
) -> Result<(Vec<u8>, HardeningRecord), Refused> {
    let reasons = refusals(module, options.budget(policy).is_some());
    if !reasons.is_empty() {
        return Err(Refused::Reasons(reasons));
    }
    let plan = Plan {
        module,
        layout: &Layout::of(bytes).map_err(|fault| broken(&fault))?,
        links: &links(module, policy),
        policy,
        options,
        done: Vec::new(),
        before,
    };
    planned(plan, (module.digest(), ROUNDS))
}

/// How often ways are looked for. Two rounds are enough for all that was seen; each one reads the whole module.
const ROUNDS: u32 = 8;

/// Ways in and out first, until there are none that have to go: each round has fewer.
fn planned(
    plan: Plan<'_>,
    (source, rounds): (String, u32),
) -> Result<(Vec<u8>, HardeningRecord), Refused> {
    let broken = |fault| broken(&fault);
    if let Some(closed) = ways::closed(&plan).map_err(broken)? {
        let plan = Plan {
            module: &closed.module,
            layout: &Layout::of(&closed.bytes).map_err(broken)?,
            links: &links(&closed.module, plan.policy),
            done: closed.done,
            ..plan
        };
        let rounds = rounds.checked_sub(1).ok_or_else(|| {
            reason("what goes leads to more that goes, over and over: build it with fewer imports that take references")
        })?;
        return planned(plan, (source, rounds));
    }
    let layout = plan.layout;
    let (edit, record) = plan.edit(source).map_err(Refused::Reasons)?;
    Ok((edit::apply(layout, &edit).map_err(broken)?, record))
}

fn broken(fault: &Malformed) -> Refused {
    Refused::Broken(format!("at {:#x}: {}", fault.offset, fault.reason))
}

/// Why what came out is not valid. A module that was just within a limit of engines is over it with what is added.
fn not_valid(fault: &Malformed) -> Refused {
    let place = format!("at {:#x}: {}", fault.offset, fault.reason);
    // An index that is out of bounds is a fault of ours.
    let limits = [
        "exceeds limit of",
        "locals exceed maximum",
        "size is out of bounds",
        "over ringfence's own limit",
    ];
    if limits.iter().any(|limit| fault.reason.contains(limit)) {
        return reason(format!(
            "with what hardening adds it is over a limit ({place}): build it with fewer locals, smaller functions, or fewer of them; `--no-fuel` adds less"
        ));
    }
    Refused::Broken(place)
}

fn reason(reason: impl Into<String>) -> Refused {
    Refused::Reasons(vec![reason.into()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_limits_are_the_modules_own_fault() {
        let refused = |reason: &str| {
            not_valid(&Malformed {
                offset: 8,
                reason: reason.to_owned(),
            })
        };
        for limit in [
            "too many locals: locals exceed maximum",
            "function body size is out of bounds",
            "functions count exceeds limit of 1000000",
            "20001 exports: over ringfence's own limit of 20000",
        ] {
            assert!(matches!(refused(limit), Refused::Reasons(_)), "{limit}");
        }
        for fault in [
            "unknown function 7: function index out of bounds",
            "unknown local 3: local index out of bounds",
            "type mismatch: expected i32 but nothing on stack",
        ] {
            assert!(matches!(refused(fault), Refused::Broken(_)), "{fault}");
        }
    }
}
