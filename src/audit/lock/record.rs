//! One approval as the lock holds it.

use std::collections::BTreeSet;

use crate::audit::approval_key::ApprovalKey;
use crate::audit::drift::{drift, loss};
use crate::audit::powers::Powers;
use crate::policy::Date;
use crate::source::Spanned;

/// One approval.
#[derive(Debug, Clone)]
pub struct Record {
    /// The policy's name under which the module was approved.
    pub name: Option<Spanned<String>>,
    /// The name of the module's file, for those who read the lock; nothing goes by it.
    pub file: Option<String>,
    /// Who approved: the principal of a signature.
    pub by: Option<Spanned<String>>,
    /// Why, for those who read the lock.
    pub reason: Option<String>,
    /// The day of the approval, for those who read the lock.
    pub approved: Option<Date>,
    /// Its last day.
    pub until: Option<Spanned<Date>>,
    /// Waivers without which it would not have been approved.
    pub waivers: BTreeSet<ApprovedWaiver>,
    /// The module's digest.
    pub sha256: Spanned<String>,
    /// `pin: digest`: the record holds for these very bytes alone. Otherwise for any module without new powers.
    pub pin_digest: bool,
    /// What was approved.
    pub powers: Powers,
    /// What else it is bound to; `None` in a record that `approve` did not write, which lets nothing run.
    pub key: Option<ApprovalKey>,
    /// The program that approved.
    pub tool: Option<String>,
    /// A signature of all of the above, in base64.
    pub signature: Option<Spanned<String>>,
}

/// A waiver that covered a finding when the module was approved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApprovedWaiver {
    /// The rule.
    pub rule: String,
    /// The subject; `None` is every one.
    pub subject: Option<String>,
    /// The waiver's last day.
    pub until: Option<Date>,
}

impl Record {
    /// Whether it was made under a policy of this name, or under one without a name.
    pub(super) fn is_for(&self, name: Option<&str>) -> bool {
        let own = self.policy_name();
        own.is_none() || own == name
    }

    /// What another record has beyond this one, and what this one has beyond it.
    pub fn compare(&self, other: &Self) -> (Vec<String>, Vec<String>) {
        let (own, other) = (&self.powers, &other.powers);
        (drift(own, other), loss(own, other))
    }

    /// What it loses where another one takes its place: who approved, why and until when is said anew with each approval.
    /// `signed` is whether the other one will be.
    pub fn restated(&self, other: &Self, signed: bool) -> Vec<String> {
        let by = |record: &Self| record.by.as_ref().map(|by| by.value.clone());
        let until = |record: &Self| record.until.map(|until| until.value.to_string());
        let pairs = [
            ("by", by(self), by(other)),
            ("reason", self.reason.clone(), other.reason.clone()),
            ("until", until(self), until(other)),
        ];
        let mut lines = Vec::new();
        for (key, before, now) in pairs {
            let Some(before) = before.filter(|before| now.as_ref() != Some(before)) else {
                continue;
            };
            let now = now.unwrap_or_else(|| "none".to_owned());
            lines.push(format!("{key}: {now} (before: {before})"));
        }
        if self.signature.is_some() && !signed {
            lines.push("signature: none (before: signed)".to_owned());
        }
        lines
    }

    /// The policy's name under which the module was approved.
    pub fn policy_name(&self) -> Option<&str> {
        self.name.as_ref().map(|name| name.value.as_str())
    }
}
