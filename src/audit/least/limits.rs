//! `limits` of the draft, with head-room.

use super::Least;
use super::page::{Page, size, with_room};

/// A page of memory.
const WASM_PAGE: u64 = 65_536;

/// Writes it.
pub(super) fn write(least: &Least, page: &mut Page) {
    page.section("limits", "with head-room; observed runs narrow them");
    page.line(
        "  deadline: 5s",
        "of everything: its code, host calls, sleeps",
    );
    page.line(&format!("  memory: {}", size(memory(least))), "");
    page.line(&format!("  table_elements: {}", table(least)), "");
    page.line("  stack: 1MiB", "");
    page.line("  host_calls: 100000", "");
    let files = ["fs.read", "fs.write", "fs.metadata"]
        .iter()
        .any(|one| least.needs(one));
    let open = if files { 16 } else { 3 };
    page.line(&format!("  open_files: {open}"), "the three streams count");
    let written = if least.needs("fs.write") {
        "16MiB"
    } else {
        "0"
    };
    page.line(&format!("  written_bytes: {written}"), "");
}

/// The memory that it declares to need at most; room to grow where it declares no maximum.
pub(super) fn memory(least: &Least) -> u64 {
    let declared = least.module.memory.max(WASM_PAGE);
    if least.module.declares_maximum {
        declared
    } else {
        declared
            .saturating_mul(4)
            .max(16 << 20)
            .next_multiple_of(1 << 20)
    }
}

/// The elements of its largest table, with room for a rebuild.
pub(super) fn table(least: &Least) -> u64 {
    with_room(least.module.table, 100)
}
