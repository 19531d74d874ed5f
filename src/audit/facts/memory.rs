//! Memories and tables against their limits.

use crate::audit::context::Audit;
use crate::audit::fact::{Element, fact};
use crate::policy::ModuleLimits;
use crate::source::{Span, Spanned};
use crate::wasm;

fact! { "memory" / "One linear memory, imported or defined." struct Memory {
    index: u64 = "Its index.",
    min: u64 = "Declared minimum, bytes.",
    sum: u64 = "Declared minimums of it and the memories before it, bytes.",
    max: Option<u64> = "Declared maximum, bytes.",
    limit: Option<u64> = "The least of `module.memory.max` and `limits.memory`, bytes.",
    budget: Option<u64> = "`limits.memory`, which all memories share, bytes.",
    shared: bool = "Shared between threads.",
    memory64: bool = "Indexed by 64 bits.",
    imported: bool = "Whether the host provides it.",
} }

fact! { "table" / "One table, imported or defined." struct Table {
    index: u64 = "Its index.",
    min: u64 = "Declared minimum, elements.",
    sum: u64 = "Declared minimums of it and the tables before it, elements.",
    max: Option<u64> = "Declared maximum, elements.",
    limit: Option<u64> = "The least of `module.table.max_elements` and `limits.table_elements`.",
    budget: Option<u64> = "`limits.table_elements`, which all tables share.",
    imported: bool = "Whether the host provides it.",
} }

/// Memories, then tables.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let mut elements = memories(audit);
    elements.extend(tables(audit));
    elements
}

fn memories(audit: &Audit<'_>) -> Vec<Element> {
    let policy = audit.ground.policy;
    let limit = least(policy.module.memory_max, policy.limits.memory);
    let mut sum = 0_u64;
    let mut elements = Vec::new();
    for (index, memory) in audit.module.memories.iter().enumerate() {
        let bytes = |pages: u64| pages.saturating_mul(memory.page_size);
        let min = bytes(memory.extent.min);
        sum = sum.saturating_add(min);
        let fact = Memory {
            index: index as u64,
            min,
            sum,
            max: memory.extent.max.map(bytes),
            limit: limit.map(|limit| limit.value),
            budget: policy.limits.memory.map(|budget| budget.value),
            shared: memory.shared,
            memory64: memory.memory64,
            imported: memory.imported,
        };
        let stated = policy.limits.memory.filter(|budget| sum > budget.value);
        let limit = limit.filter(|limit| over(&[Some(min), fact.max], limit.value));
        let limit = limit.or(stated);
        let mut element = Element::new(format!("memory {index}"), fact)
            .at(limit.map(|limit| limit.span), "the limit")
            .at_offset(memory.offset);
        for (span, text) in broken(&policy.module, memory) {
            element = element.at(span, text);
        }
        elements.push(element);
    }
    elements
}

/// The keys that a memory's kind does not meet, where the policy states them.
fn broken(limits: &ModuleLimits, memory: &wasm::Memory) -> [(Option<Span>, &'static str); 3] {
    let key = |key: Option<Spanned<bool>>, broken: bool| key.filter(|_| broken).map(|key| key.span);
    [
        (
            key(limits.require_maximum, memory.extent.max.is_none()),
            "a maximum is asked for",
        ),
        (
            key(limits.allow_shared, memory.shared),
            "on shared memories",
        ),
        (
            key(limits.allow_memory64, memory.memory64),
            "on 64-bit memories",
        ),
    ]
}

fn tables(audit: &Audit<'_>) -> Vec<Element> {
    let policy = audit.ground.policy;
    let limit = least(policy.module.table_max, policy.limits.table_elements);
    let mut sum = 0_u64;
    let mut elements = Vec::new();
    for (index, table) in audit.module.tables.iter().enumerate() {
        sum = sum.saturating_add(table.extent.min);
        let fact = Table {
            index: index as u64,
            min: table.extent.min,
            sum,
            max: table.extent.max,
            limit: limit.map(|limit| limit.value),
            budget: policy.limits.table_elements.map(|budget| budget.value),
            imported: table.imported,
        };
        elements.push(
            Element::new(format!("table {index}"), fact)
                .at(limit.map(|limit| limit.span), "")
                .at_offset(table.offset),
        );
    }
    elements
}

fn over(values: &[Option<u64>], limit: u64) -> bool {
    values.iter().flatten().any(|value| *value > limit)
}

fn least(one: Option<Spanned<u64>>, other: Option<Spanned<u64>>) -> Option<Spanned<u64>> {
    [one, other]
        .into_iter()
        .flatten()
        .min_by_key(|limit| limit.value)
}
