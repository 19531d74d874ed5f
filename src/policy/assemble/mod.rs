//! A merged tree to the typed policy that the rest of the program reads. The check has made sure of every type, so this
//! only moves values; a test takes each key out and sees the policy change.

mod grants;
mod imports;
mod module;
mod take;

use std::collections::{BTreeMap, HashSet};

use crate::source::{Span, Spanned};

use super::merge::Merger;
use super::model::{Limits, Policy, RuleSetting, Waiver};
use super::tree::{Item, Map, Value};
use take::{Take, date, list, text};

/// Builds the policy. `chain` are the files, the child first; `waivable` is what the child's bases let it waive.
pub fn assemble(
    root: Item,
    waivable: &Item,
    chain: Vec<Span>,
    keys: Vec<Spanned<String>>,
    merger: Merger<'_>,
) -> Policy {
    let top = Take(Some(&root));
    let authority = Authority {
        last: chain.last().copied().unwrap_or_default(),
        permitted: &merger.permitted,
        child: chain.first().copied().unwrap_or_default(),
    };
    Policy {
        span: authority.child,
        name: top.text("name"),
        module: module::module(top.at("module")),
        abi: module::abi(top.at("abi")),
        imports: imports::imports(top.at("imports")),
        grants: grants::grants(top.at("grants")),
        limits: limits(top.at("limits")),
        determinism: top.item("determinism").map(|item| item.span),
        rules: rules(top.at("rules"), &merger),
        waivable: list(Some(waivable), text),
        waivers: authority.waivers(top.item("waivers")),
        widenings: merger.widenings,
        chain,
        places: places(&keys),
        keys,
        resolved: root,
    }
}

fn places(keys: &[Spanned<String>]) -> BTreeMap<String, Span> {
    keys.iter()
        .filter(|key| !key.value.contains('['))
        .map(|key| (key.value.clone(), key.span))
        .collect()
}

fn limits(limits: Take<'_>) -> Limits {
    Limits {
        span: limits.0.map(|item| item.key),
        fuel: limits.number("fuel"),
        deadline: limits.number("deadline"),
        memory: limits.number("memory"),
        table_elements: limits.number("table_elements"),
        stack: limits.number("stack"),
        host_calls: limits.number("host_calls"),
        open_files: limits.number("open_files"),
        written_bytes: limits.number("written_bytes"),
    }
}

fn rules(rules: Take<'_>, merger: &Merger<'_>) -> BTreeMap<String, RuleSetting> {
    rules
        .entries()
        .map(|(id, item)| {
            let setting = RuleSetting {
                span: item.key,
                severity: Take(Some(item)).text("severity"),
                parameters: parameters(item),
                lowered_from: merger.lowered.get(id).cloned(),
                bound: merger.bound.get(id).cloned().unwrap_or_default(),
            };
            (id.clone(), setting)
        })
        .collect()
}

fn parameters(item: &Item) -> BTreeMap<String, Spanned<i64>> {
    let none = Map::new();
    let map = match &item.value {
        Value::Map(map) => map,
        _ => &none,
    };
    map.iter()
        .filter_map(|(name, item)| match item.value {
            Value::Integer(number) => Some((name.clone(), Spanned::new(number, item.span))),
            _ => None,
        })
        .collect()
}

/// Which files of the chain may waive without asking.
struct Authority<'a> {
    last: Span,
    permitted: &'a HashSet<Span>,
    child: Span,
}

impl Authority<'_> {
    fn waivers(&self, waivers: Option<&Item>) -> Vec<Waiver> {
        let items = waivers.map(Item::items).unwrap_or_default();
        items.iter().filter_map(|item| self.waiver(item)).collect()
    }

    fn waiver(&self, item: &Item) -> Option<Waiver> {
        let waiver = Take(Some(item));
        Some(Waiver {
            span: item.span,
            rule: waiver.text("rule")?,
            subject: waiver.text("subject"),
            digest: waiver.text("digest"),
            reason: waiver.text("reason"),
            until: waiver.item("until").and_then(date),
            from_base: self.allows(item.span),
        })
    }

    fn allows(&self, span: Span) -> bool {
        span.source == self.last.source
            || (span.source != self.child.source && self.permitted.contains(&span))
    }
}
