//! Why a module may not run: a sentence each, and what to do about it.

use crate::policy::Date;

use super::approval_key::ApprovalKey;
use super::lock::{ApprovedWaiver, Record};
use super::model::Report;
use super::signature::Distrust;

/// Why a module may not run.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The audit did not pass.
    #[error("the audit does not pass")]
    Findings(Box<Report>),
    /// Nothing says what it may do.
    #[error("there is no policy for it")]
    NoPolicy,
    /// The lock has no record of these bytes under the policy's name.
    #[error("the lock approves no module with sha256 {sha256}{}", under(name.as_deref()))]
    Unrecorded {
        /// The module's digest.
        sha256: String,
        /// The policy's name.
        name: Option<String>,
    },
    /// The record was written by hand, or by a program that bound it to less.
    #[error(
        "its record in the lock does not say under which policy, rules and engine it was approved"
    )]
    Unbound,
    /// Its signature is not there, not good, or not of somebody who may.
    #[error("its record in the lock is not trusted: {0}")]
    Distrusted(Distrust),
    /// Another policy than the one of the approval, or a granted folder that is another one.
    #[error(
        "the policy, or where its folders lie, is not what was approved: sha256 {now} and not {approved}"
    )]
    Policy {
        /// The digest in the record.
        approved: String,
        /// That of today.
        now: String,
    },
    /// Other rules than those of the approval.
    #[error("it was approved by other rules than these: sha256 {now} and not {approved}")]
    Rules {
        /// The digest in the record.
        approved: String,
        /// That of today.
        now: String,
    },
    /// Another engine than that of the approval.
    #[error("it was approved for {approved}, and this is {now}")]
    Engine {
        /// As the record says.
        approved: String,
        /// This program's.
        now: String,
    },
    /// The approval's last day is past.
    #[error("its approval ended on {until}")]
    Expired {
        /// That day.
        until: Date,
    },
    /// A waiver that the approval rests on is past its last day.
    #[error(
        "its approval rests on a waiver of {} that ended on {until}",
        waived(waiver)
    )]
    Waiver {
        /// The waiver.
        waiver: ApprovedWaiver,
        /// Its last day.
        until: Date,
    },
    /// The policy does not pass today, on this disk.
    #[error("what the policy grants does not pass today")]
    NoLonger(Box<Report>),
}

impl Refusal {
    /// Why a record does not hold, if it does not.
    pub(super) fn of(record: &Record, now: &ApprovalKey, today: Date) -> Result<(), Self> {
        let key = record.key.as_ref().ok_or(Self::Unbound)?;
        if key.policy != now.policy {
            return Err(Self::Policy {
                approved: key.policy.clone(),
                now: now.policy.clone(),
            });
        }
        if key.rules != now.rules {
            return Err(Self::Rules {
                approved: key.rules.clone(),
                now: now.rules.clone(),
            });
        }
        if key.engine != now.engine {
            return Err(Self::Engine {
                approved: key.engine.clone(),
                now: now.engine.clone(),
            });
        }
        if let Some(until) = record.until.filter(|until| until.value < today) {
            return Err(Self::Expired { until: until.value });
        }
        let mut waivers = record.waivers.iter();
        let past = waivers.find_map(|waiver| {
            let until = waiver.until.filter(|until| *until < today)?;
            Some((waiver.clone(), until))
        });
        past.map_or(Ok(()), |(waiver, until)| {
            Err(Self::Waiver { waiver, until })
        })
    }

    /// What was found, where that is the reason.
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::Findings(report) | Self::NoLonger(report) => Some(report),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn help(&self, module: &str, policy: &str) -> String {
        let again = format!("`ringfence approve {module} --policy {policy}`");
        match self {
            Self::Findings(_) => "mend what is found, or waive it in the policy".to_owned(),
            Self::NoPolicy => "give one with --policy FILE".to_owned(),
            Self::Unrecorded { .. } => format!("review it, then {again}"),
            Self::Waiver { waiver, .. } => {
                let rule = &waiver.rule;
                format!("mend what `{rule}` finds or renew its waiver in the policy, then {again}")
            }
            Self::Distrusted(_) => format!(
                "compare the lock with the one that was reviewed; then {again}, with --by and --sign where signatures are asked for"
            ),
            Self::NoLonger(_) => format!(
                "put the folders right, or change the policy and then {again}; `ringfence policy lint {policy}` shows what is wrong"
            ),
            _ => format!("review what changed, then {again}"),
        }
    }
}

fn under(name: Option<&str>) -> String {
    name.map(|name| format!(" under the policy's name `{name}`"))
        .unwrap_or_default()
}

fn waived(waiver: &ApprovedWaiver) -> String {
    match &waiver.subject {
        Some(subject) => format!("`{}` on {subject}", waiver.rule),
        None => format!("`{}`", waiver.rule),
    }
}
