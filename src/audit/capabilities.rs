//! What a module can do, one row a capability.

use std::collections::BTreeMap;

use super::context::Audit;
use super::link::Link;
use super::model::CapabilityRow;

/// The capabilities of a module's imports, by name.
pub fn rows(audit: &Audit<'_>) -> Vec<CapabilityRow> {
    let mut groups: BTreeMap<&str, Vec<&Link<'_>>> = BTreeMap::new();
    for link in &audit.links {
        for capability in &link.capabilities {
            groups.entry(capability).or_default().push(link);
        }
    }
    groups
        .into_iter()
        .map(|(capability, links)| CapabilityRow {
            capability: capability.to_owned(),
            imports: links.iter().map(|link| link.full.clone()).collect(),
            reachable: None,
            granted: audit
                .ground
                .judged
                .then(|| links.iter().all(|link| granted(audit, link, capability))),
            paths: Vec::new(),
        })
        .collect()
}

/// Whether the policy lets an import act, and with this very capability.
fn granted(audit: &Audit<'_>, link: &Link<'_>, capability: &str) -> bool {
    if !link.wasi {
        return link.is_granted();
    }
    let names = |one: &crate::source::Spanned<String>| {
        one.value == capability || one.value == link.import.name
    };
    link.is_granted() && super::link::covered(&audit.ground.policy.imports.wasi_allow, names)
}
