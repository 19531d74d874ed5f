//! What a hardened module says of itself.

use crate::audit::context::Audit;
use crate::audit::fact::{Element, fact};
use crate::audit::{HardeningRecord, hardening_digest};
use crate::policy::Policy;
use crate::wasm::edit::{HOST_CALL, RECORD};

fact! { "hardening" / "What the section `ringfence` of a hardened module says of it." struct Hardening {
    misleads: bool = "Whether it does not read, or says what the module does not show.",
    problem: String = "Why it does not read, the first thing that it says and the module does not show, that it is for another policy or of another version, or that it has more fuel than the policy states, or calls of the host that cost less than they do by default; else empty.",
    source: String = "SHA-256 of the module that it says was hardened.",
    tool: String = "What it says hardened it.",
    policy_matches: Option<bool> = "Whether it says that it was hardened for this policy, as far as hardening reads it; null without a policy.",
    fuel: bool = "Whether all code counts its fuel: shown by the code.",
} }

/// How the fuel is another than the policy states, where that is more, or lasts for more calls of the host: options of `harden`
/// go before the policy.
fn other_fuel(record: &HardeningRecord, policy: &Policy) -> Option<String> {
    let stated = policy.limits.fuel?.value;
    let Some(fuel) = &record.fuel else {
        return Some(format!(
            "no fuel is counted, and the policy states {stated} (`limits.fuel`)"
        ));
    };
    if u64::try_from(fuel.budget).is_ok_and(|budget| budget > stated) {
        return Some(format!(
            "the fuel is {} at first, and the policy states {stated} (`limits.fuel`)",
            fuel.budget
        ));
    }
    (fuel.host_call < HOST_CALL).then(|| {
        format!(
            "a call of the host costs {} more than another call, and {HOST_CALL} more where nobody says otherwise (`--host-call-cost`)",
            fuel.host_call
        )
    })
}

/// The record, if there is one.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let Some(hardening) = &audit.hardening else {
        return Vec::new();
    };
    let record = hardening.record.as_ref();
    let policy_matches = record
        .filter(|_| audit.ground.judged)
        .map(|record| record.policy == hardening_digest(audit.ground.policy));
    let misleads = !hardening.wrong.is_empty();
    let fact = Hardening {
        misleads,
        problem: if misleads {
            hardening.wrong.clone()
        } else if policy_matches == Some(false) {
            "it was hardened for another policy".to_owned()
        } else if hardening.unconfirmed {
            "it was hardened by another version of ringfence, and cannot be confirmed by this one"
                .to_owned()
        } else {
            let judged = record.filter(|_| audit.ground.judged);
            judged
                .and_then(|record| other_fuel(record, audit.ground.policy))
                .unwrap_or_default()
        },
        source: record
            .map(|record| record.source.clone())
            .unwrap_or_default(),
        tool: record.map(|record| record.tool.clone()).unwrap_or_default(),
        policy_matches,
        fuel: hardening.counted,
    };
    let sections = audit.module.sections.iter();
    let section = sections
        .rev()
        .find(|section| section.name.as_deref() == Some(RECORD));
    let offset = section.map(|section| section.offset);
    vec![Element::new("hardening", fact).at_offset(offset)]
}
