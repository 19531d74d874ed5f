//! Sizes of sections, memories and tables in `inspect`'s text.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::wasm::{Extent, Memory, Module, Table};

use super::style::Style;
use super::{escape, wording};

/// Sections that get a line of their own, if they are a hundredth of the file at least.
const MAX_SECTIONS: usize = 6;
/// Columns of a full bar.
const BAR: usize = 24;

/// One line a section, the largest first, each with its share of the file.
pub fn sections(module: &Module, style: &Style) -> String {
    let sizes = by_name(module);
    let total = (module.size as u64).max(1);
    let mut text = String::new();
    let counts = |(_, size): &&(String, u64)| size.saturating_mul(100) >= total;
    let own = sizes.iter().take(MAX_SECTIONS).take_while(counts).count();
    for (name, size) in sizes.iter().take(own) {
        text.push_str(&row(name, *size, total, style));
    }
    let rest: u64 = sizes.iter().skip(own).map(|(_, size)| size).sum();
    if let Some(more @ 1..) = sizes.len().checked_sub(own) {
        text.push_str(&row(&format!("{more} others"), rest, total, style));
    }
    text
}

fn by_name(module: &Module) -> Vec<(String, u64)> {
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    for section in &module.sections {
        let name = match &section.name {
            Some(name) => format!("{} {}", section.id, escape::line(name, 24)),
            None => section.id.to_owned(),
        };
        let sum = sizes.entry(name).or_default();
        *sum = sum.saturating_add(section.size as u64);
    }
    let mut sizes: Vec<(String, u64)> = sizes.into_iter().collect();
    sizes.sort_by_key(|(_, size)| Reverse(*size));
    sizes
}

fn row(name: &str, size: u64, total: u64, style: &Style) -> String {
    let share = |of: u64| u128::from(size) * u128::from(of) / u128::from(total);
    let length = usize::try_from(share(BAR as u64)).unwrap_or(BAR).min(BAR);
    let bar = style.dim(&"█".repeat(length));
    let gap = " ".repeat(BAR - length);
    let shown = wording::size(size);
    format!("  {name:<20} {shown:>10} {:>3} %  {bar}{gap}", share(100))
        .trim_end()
        .to_owned()
        + "\n"
}

/// `memory 0: 2 pages (128 KiB), no maximum`.
pub fn memory((index, memory): (usize, &Memory)) -> String {
    let Extent { min, max } = memory.extent;
    let bytes = |pages: u64| wording::size(pages.saturating_mul(memory.page_size));
    let max = match max {
        Some(max) => format!("at most {}", bytes(max)),
        None => "no declared maximum".to_owned(),
    };
    let mut words = format!("memory {index}: starts with {}, {max}", bytes(min));
    let marks = [
        (memory.shared, ", shared"),
        (memory.memory64, ", 64-bit"),
        (memory.imported, ", imported"),
    ];
    words.extend(marks.iter().filter(|(set, _)| *set).map(|(_, word)| *word));
    words
}

/// `table 0: 12 to 12 funcref`.
pub fn table((index, table): (usize, &Table)) -> String {
    let Extent { min, max } = table.extent;
    let element = escape::name(&table.element);
    let max = max.map_or_else(
        || "no declared maximum".to_owned(),
        |max| format!("at most {max}"),
    );
    let imported = if table.imported { ", imported" } else { "" };
    format!("table {index}: starts with {min} {element}, {max}{imported}")
}
