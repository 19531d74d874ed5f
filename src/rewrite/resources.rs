//! Limits of memories and tables, and custom sections.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::{Deed, at_most_elements, at_most_pages};
use crate::policy::{Policy, quantity::show_size};
use crate::source::Spanned;
use crate::wasm::Module;

/// Sections that name places in the code, which are others afterwards.
const OF_PLACES: &[&str] = &["linking", "sourceMappingURL", "external_debug_info"];
/// Starts of the names of such sections.
const OF_PLACES_START: &[&str] = &[".debug_", "reloc.", "metadata.code."];

fn smaller(one: Option<Spanned<u64>>, other: Option<Spanned<u64>>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.value.min(other.value)),
        (one, other) => one.or(other).map(|stated| stated.value),
    }
}

/// The most pages of each memory, where it declares more: the bytes that the policy has, less what the others have at least.
///
/// # Errors
/// Why the limit cannot be held: a memory starts over it, also where no rule that judges says so.
pub fn memories(
    module: &Module,
    policy: &Policy,
    done: &mut Vec<Deed>,
) -> Result<BTreeMap<u32, u64>, String> {
    let limit = smaller(policy.limits.memory, policy.module.memory_max);
    let Some(limit) = limit else {
        return Ok(BTreeMap::new());
    };
    let least = |memory: &crate::wasm::Memory| memory.extent.min.saturating_mul(memory.page_size);
    let all: u64 = module
        .memories
        .iter()
        .fold(0, |sum, memory| sum.saturating_add(least(memory)));
    let mut most = BTreeMap::new();
    for (index, memory) in (0..).zip(&module.memories) {
        let own = least(memory);
        let room = limit.saturating_sub(all.saturating_sub(own));
        let pages = room / memory.page_size.max(1);
        let lower = memory.extent.max.is_none_or(|max| pages < max);
        if pages < memory.extent.min {
            return Err(format!(
                "memory {index} starts with {}, and the policy leaves it {}: raise `limits.memory` or `module.memory.max`, or have it start with less",
                show_size(own),
                show_size(room)
            ));
        }
        if lower {
            most.insert(index, pages);
            done.push(deed(
                "memory",
                &index.to_string(),
                at_most_pages(pages, memory.page_size),
            ));
        }
    }
    Ok(most)
}

/// The most elements of each table, likewise.
///
/// # Errors
/// Why the limit cannot be held: a table starts over it.
pub fn tables(
    module: &Module,
    policy: &Policy,
    done: &mut Vec<Deed>,
) -> Result<BTreeMap<u32, u64>, String> {
    let limit = smaller(policy.limits.table_elements, policy.module.table_max);
    let Some(limit) = limit else {
        return Ok(BTreeMap::new());
    };
    let all: u64 = module
        .tables
        .iter()
        .fold(0, |sum, table| sum.saturating_add(table.extent.min));
    let mut most = BTreeMap::new();
    for (index, table) in (0..).zip(&module.tables) {
        let elements = limit.saturating_sub(all.saturating_sub(table.extent.min));
        let lower = table.extent.max.is_none_or(|max| elements < max);
        let known = matches!(table.element.as_str(), "funcref" | "externref");
        if elements < table.extent.min {
            return Err(format!(
                "table {index} starts with {} elements, and the policy leaves it {elements}: raise `limits.table_elements` or `module.table.max_elements`, or have it start with fewer",
                table.extent.min
            ));
        }
        if known && lower {
            most.insert(index, elements);
            done.push(deed(
                "table",
                &index.to_string(),
                at_most_elements(elements),
            ));
        }
    }
    Ok(most)
}

/// Custom sections that go, by place among these.
pub fn customs(module: &Module, policy: &Policy, done: &mut Vec<Deed>) -> BTreeSet<usize> {
    let allow = policy.module.custom_allow.as_ref();
    let names = module
        .sections
        .iter()
        .filter_map(|section| section.name.as_deref());
    let mut gone = BTreeSet::new();
    let mut told = BTreeSet::new();
    for (place, name) in names.enumerate() {
        let of_places = OF_PLACES.contains(&name)
            || OF_PLACES_START.iter().any(|start| name.starts_with(start));
        let listed =
            name == "name" || allow.is_none_or(|list| list.iter().any(|one| one.value == name));
        let how = if of_places {
            "it names places in the code, which are others now"
        } else if listed {
            continue;
        } else {
            "`module.custom_sections.allow` does not name it"
        };
        gone.insert(place);
        if told.insert(name) {
            done.push(deed("section", name, how));
        }
    }
    gone
}

/// One thing that was done.
pub fn deed(what: &str, subject: &str, how: impl Into<String>) -> Deed {
    Deed {
        what: what.to_owned(),
        subject: subject.to_owned(),
        how: how.into(),
    }
}
