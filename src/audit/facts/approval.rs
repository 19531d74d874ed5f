//! The module held against its record in the lock.

use crate::audit::context::Audit;
use crate::audit::drift::drift;
use crate::audit::fact::{Element, fact};
use crate::audit::lock::{Lock, Record};
use crate::audit::powers::Powers;

fact! { "approval" / "The module's record in the lock (only where a lock is given)." struct Approval {
    recorded: bool = "Whether the lock has a record for the module under this policy's name.",
    sha256: String = "The module's digest.",
    expired: bool = "Whether the record's last day is past.",
    until: Option<String> = "That day.",
    drift: Vec<String> = "What module and policy have that the record does not: `capability fs.write`, `import env.exec`, `limit memory: 128MiB (approved: 64MiB)`.",
    distrust: String = "Why the record's signature is not enough; empty if it is, or if none is asked for.",
    pinned: bool = "Whether the record holds for these very bytes alone.",
    same: bool = "Whether these are those bytes.",
} }

/// The one fact of its kind, if a lock was given.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let Some(lock) = audit.lock else {
        return Vec::new();
    };
    let digest = audit.module.digest();
    let best = best(audit, lock, &digest);
    let span = best
        .as_ref()
        .map_or(lock.span, |(record, _)| record.sha256.span);
    let record = best.as_ref().map(|(record, _)| *record);
    let fact = Approval {
        recorded: record.is_some(),
        expired: record.is_some_and(|record| is_past(audit, record)),
        until: record
            .and_then(|record| record.until)
            .map(|until| super::waiver::day(until.value)),
        pinned: record.is_some_and(|record| record.pin_digest),
        same: record.is_some_and(|record| record.sha256.value == digest),
        drift: best.map(|(_, drift)| drift).unwrap_or_default(),
        distrust: record
            .and_then(|record| lock.distrust(record))
            .map(|distrust| distrust.to_string())
            .unwrap_or_default(),
        sha256: digest,
    };
    let mut element = Element::new("approval", fact).at(Some(span), "");
    element.place.in_lock = true;
    vec![element.at_offset(None)]
}

/// The record that approves most of the module, with what it does not: one that is trusted before one that is not, one that
/// still holds before one that is past.
fn best<'a>(audit: &Audit<'a>, lock: &'a Lock, digest: &str) -> Option<(&'a Record, Vec<String>)> {
    let name = audit.ground.policy.name.as_ref();
    let candidates = lock.candidates(digest, name.map(|name| name.value.as_str()));
    let powers = Powers::of(audit);
    let drifts = candidates
        .into_iter()
        .map(|record| (record, drift(&record.powers, &powers)));
    drifts.min_by_key(|(record, drift)| {
        let distrusted = lock.distrust(record).is_some();
        (distrusted, is_past(audit, record), drift.len())
    })
}

fn is_past(audit: &Audit<'_>, record: &Record) -> bool {
    let today = audit.ground.surroundings.today;
    record.until.is_some_and(|until| until.value < today)
}
