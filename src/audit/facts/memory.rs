//! Memories and tables against their limits.

use crate::audit::context::Audit;
use crate::audit::fact::{Element, fact};
use crate::source::Spanned;

fact! { "memory" / "One linear memory, imported or defined." struct Memory {
    index: u64 = "Its index.",
    min: u64 = "Declared minimum, bytes.",
    max: Option<u64> = "Declared maximum, bytes.",
    limit: Option<u64> = "The least of `module.memory.max` and `limits.memory`, bytes.",
    shared: bool = "Shared between threads.",
    memory64: bool = "Indexed by 64 bits.",
    imported: bool = "Whether the host provides it.",
} }

fact! { "table" / "One table, imported or defined." struct Table {
    index: u64 = "Its index.",
    min: u64 = "Declared minimum, elements.",
    max: Option<u64> = "Declared maximum, elements.",
    limit: Option<u64> = "The least of `module.table.max_elements` and `limits.table_elements`.",
    imported: bool = "Whether the host provides it.",
} }

/// Memories, then tables.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let policy = audit.ground.policy;
    let memory_limit = least(policy.module.memory_max, policy.limits.memory);
    let table_limit = least(policy.module.table_max, policy.limits.table_elements);
    let memories = audit
        .module
        .memories
        .iter()
        .enumerate()
        .map(|(index, memory)| {
            let bytes = |pages: u64| pages.saturating_mul(memory.page_size);
            let fact = Memory {
                index: index as u64,
                min: bytes(memory.extent.min),
                max: memory.extent.max.map(bytes),
                limit: memory_limit.map(|limit| limit.value),
                shared: memory.shared,
                memory64: memory.memory64,
                imported: memory.imported,
            };
            Element::new(format!("memory {index}"), fact)
                .at(memory_limit.map(|limit| limit.span), "")
                .at_offset(memory.offset)
        });
    let tables = audit
        .module
        .tables
        .iter()
        .enumerate()
        .map(|(index, table)| {
            let fact = Table {
                index: index as u64,
                min: table.extent.min,
                max: table.extent.max,
                limit: table_limit.map(|limit| limit.value),
                imported: table.imported,
            };
            Element::new(format!("table {index}"), fact)
                .at(table_limit.map(|limit| limit.span), "")
                .at_offset(table.offset)
        });
    memories.chain(tables).collect()
}

fn least(one: Option<Spanned<u64>>, other: Option<Spanned<u64>>) -> Option<Spanned<u64>> {
    [one, other]
        .into_iter()
        .flatten()
        .min_by_key(|limit| limit.value)
}
