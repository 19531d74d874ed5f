//! The module held against its record in the lock.

use crate::audit::capabilities::rows;
use crate::audit::context::Audit;
use crate::audit::fact::{Element, fact};
use crate::audit::link::full_name;
use crate::audit::lock::Record;
use crate::source::Label;

fact! { "approval" / "The module's record in the lock (only where a lock is given)." struct Approval {
    recorded: bool = "Whether the lock has a record for the module.",
    expired: bool = "Whether the record's last day is past.",
    until: Option<String> = "That day.",
    drift: Vec<String> = "What the module has that its record does not: `capability fs.write`, `import env.exec`, `export run`.",
    pinned: bool = "Whether the record holds for these very bytes alone.",
    same: bool = "Whether these are those bytes.",
} }

/// The one fact of its kind, if a lock was given.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let Some(lock) = audit.lock else {
        return Vec::new();
    };
    let digest = audit.module.digest();
    let record = lock.find(
        &digest,
        audit
            .ground
            .policy
            .name
            .as_ref()
            .map(|name| name.value.as_str()),
    );
    let fact = Approval {
        recorded: record.is_some(),
        expired: record
            .and_then(|record| record.until)
            .is_some_and(|until| until.value < audit.ground.surroundings.today),
        until: record
            .and_then(|record| record.until)
            .map(|until| super::waiver::day(until.value)),
        drift: record
            .map(|record| drift(audit, record))
            .unwrap_or_default(),
        pinned: record.is_some_and(|record| record.pin_digest),
        same: record.is_some_and(|record| record.sha256.value == digest),
    };
    let mut element = Element::new("approval", fact);
    element.place.in_lock = true;
    element.place.labels.push(Label {
        span: record.map_or(lock.span, |record| record.sha256.span),
        text: String::new(),
    });
    vec![element.at_offset(0)]
}

/// What is new against a record, sorted.
fn drift(audit: &Audit<'_>, record: &Record) -> Vec<String> {
    let capabilities = rows(audit)
        .into_iter()
        .map(|row| ("capability", row.capability, &record.capabilities));
    let imports = audit
        .module
        .imports
        .iter()
        .map(|import| ("import", full_name(import), &record.imports));
    let exports = audit
        .module
        .exports
        .iter()
        .map(|export| ("export", export.name.clone(), &record.exports));
    let mut new: Vec<String> = capabilities
        .chain(imports)
        .chain(exports)
        .filter(|(_, name, known)| !known.contains(name))
        .map(|(what, name, _)| format!("{what} {name}"))
        .collect();
    new.sort();
    new.dedup();
    new
}
