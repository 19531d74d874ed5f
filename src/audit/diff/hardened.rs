//! What the new version says of having been hardened from the old one, and whether hardening the old one gives it.

use crate::audit::hardening::{HardeningRecord, hardening_digest};
use crate::policy::Policy;

use super::super::run::LoadedPolicy;
use super::{Both, Change, Direction, Version, Weight};

/// Whether hardening a module under a policy, with the options of a record, gives these bytes: [`crate::rewrite::derives`].
pub type Derive = fn(Version<'_>, &[u8], &HardeningRecord, &Policy) -> bool;

/// A new version that was hardened from the old one: shown by hardening that again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derivation {
    /// What was done, what is left to the host, and the fuel: all that tells the two apart.
    pub record: HardeningRecord,
}

/// What comes of a record.
pub(super) enum Standing {
    /// There is none.
    None,
    /// The bytes are what hardening the old version gives.
    Shown(Derivation),
    /// That could not be asked; why, in a sentence.
    Unasked(String),
    /// The record is not true; why, in a sentence.
    Refuted(String),
}

impl Both<'_> {
    /// Holds what the new version's record says against the old version.
    pub(super) fn standing(
        &self,
        (old, new): (Version<'_>, Version<'_>),
        policy: Option<&LoadedPolicy>,
        derive: Derive,
    ) -> Standing {
        let Some(hardening) = &self.new.hardening else {
            return Standing::None;
        };
        let record = match &hardening.record {
            Some(record) if hardening.wrong.is_empty() => record,
            _ => {
                let wrong = &hardening.wrong;
                return Standing::Refuted(format!("it does not hold: {wrong}"));
            }
        };
        let unasked = |why: String| {
            let counted = if hardening.counted {
                "; all its code counts fuel, by two exports that are not listed"
            } else {
                ""
            };
            Standing::Unasked(format!("the new version's record says that {why}{counted}"))
        };
        if record.source != old.module.digest() {
            return unasked("it was hardened from another module than the old version".to_owned());
        }
        let from_old = "it was hardened from the old version, and nothing here shows that";
        let Some(policy) = policy else {
            return unasked(format!(
                "{from_old}: give the policy that it was hardened under, with --policy"
            ));
        };
        if record.policy != hardening_digest(&policy.policy) {
            return unasked(format!("{from_old}: it names another policy"));
        }
        if !record.is_ours() {
            return unasked(format!("{from_old}: another version of ringfence made it"));
        }
        if derive(old, new.bytes, record, &policy.policy) {
            let record = record.clone();
            Standing::Shown(Derivation { record })
        } else {
            let gives = "it says that it was hardened from the old version under this policy, and hardening that gives another module";
            Standing::Refuted(gives.to_owned())
        }
    }
}

/// A record that is not true hides what was done, so it weighs as what it may hide.
pub(super) fn untrue(why: &str) -> Change {
    Change::new("hardening", "record", Direction::Gained)
        .weighing(Weight::Escalation)
        .between(None, Some(why.to_owned()))
}
