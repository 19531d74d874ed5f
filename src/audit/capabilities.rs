//! What a module can do, one row a capability.

use std::collections::BTreeMap;

use super::context::Audit;
use super::link::Link;
use super::model::CapabilityRow;
use super::witness::Witness;

/// The capabilities of a module's imports, by name.
pub fn rows(audit: &Audit<'_>) -> Vec<CapabilityRow> {
    let mut groups: BTreeMap<&str, Vec<&Link<'_>>> = BTreeMap::new();
    for link in &audit.links {
        for capability in &link.capabilities {
            groups.entry(capability).or_default().push(link);
        }
    }
    let witness = Witness::new(audit.module);
    groups
        .into_iter()
        .map(|(capability, links)| CapabilityRow {
            capability: capability.to_owned(),
            imports: links.iter().map(|link| link.full.clone()).collect(),
            reachable: reachable(&links),
            granted: audit
                .ground
                .judged
                .then(|| links.iter().all(|link| granted(audit, link, capability))),
            paths: links
                .iter()
                .filter_map(|link| witness.names(link))
                .collect(),
        })
        .collect()
}

/// Whether code may get to one of them: it is enough that one is reached, and takes all of them that none is.
fn reachable(links: &[&Link<'_>]) -> Option<bool> {
    let mut all: Vec<Option<bool>> = links.iter().map(|link| link.reachable()).collect();
    all.sort_unstable_by_key(|reachable| match reachable {
        Some(true) => 0,
        None => 1,
        Some(false) => 2,
    });
    all.first().copied().flatten()
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
