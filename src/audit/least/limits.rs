//! `limits` of the draft, with head-room.

use crate::audit::observed::Figures;
use crate::policy::quantity::{show_duration, show_size};

use super::page::{Page, with_room};
use super::sighted::{Sighted, round, twice, twice_in};
use super::{Least, beyond};

/// A page of memory.
pub(super) const WASM_PAGE: u64 = 65_536;
/// What every draft gives.
pub(super) const DEADLINE: u64 = 5_000_000_000;
const STACK: u64 = 1 << 20;
const HOST_CALLS: u64 = 100_000;
/// The least deadline that runs narrow to: machines differ.
const SHORTEST: u64 = 100_000_000;
/// The least fuel that runs narrow to.
const LEAST_FUEL: u64 = 100_000;
/// More than this bounds nothing worth the name (`no-deadline`).
const MOST_FUEL: u64 = 100_000_000_000;

/// Writes it.
pub(super) fn write(least: &Least, page: &mut Page) {
    let reason = match &least.sighted {
        None => "with head-room; observed runs narrow them",
        Some(_) => "twice what was observed, ten times in time; never more than the runs had",
    };
    page.section("limits", reason);
    if let Some(sighted) = &least.sighted {
        fuel(sighted, page);
    }
    for one in all(least) {
        one.write(least.sighted.as_ref(), page);
    }
    for sentence in beyond::limits(least) {
        page.remark("  ", &sentence);
    }
}

/// One limit of a draft.
pub(super) struct Limit {
    /// Its key.
    pub(super) key: &'static str,
    /// What the draft gives without any run.
    pub(super) most: u64,
    /// What it cannot be less than, as the module would not start.
    floor: u64,
    reason: &'static str,
    /// Its number in a record.
    pub(super) of: fn(&Figures) -> Option<u64>,
    /// The head-room over a peak.
    room: fn(u64) -> u64,
    /// As policies write it.
    pub(super) written: fn(u64) -> String,
    /// As comments show it.
    shown: fn(u64) -> String,
}

/// The limits of a draft.
pub(super) fn all(least: &Least) -> [Limit; 7] {
    let deadline = Limit::new("deadline", DEADLINE, |all| all.deadline, ten_times);
    let memory = Limit::new("memory", memory(least), |all| all.memory, pages);
    let elements = table(least);
    let table = Limit::new("table_elements", elements, |all| all.table_elements, itself);
    let stack = Limit::new("stack", STACK, |all| all.stack, itself);
    let calls = Limit::new("host_calls", HOST_CALLS, |all| all.host_calls, calls);
    let files = Limit::new("open_files", open_files(least), |all| all.open_files, files);
    let written = Limit::new(
        "written_bytes",
        written(least),
        |all| all.written_bytes,
        kibibytes,
    );
    [
        Limit {
            reason: "of everything: its code, host calls, sleeps",
            written: show_duration,
            // It differs from run to run, and a draft should not.
            shown: |_| String::new(),
            ..deadline
        },
        Limit {
            floor: floor(least),
            reason: if least.module.declares_maximum {
                "as declared"
            } else {
                ""
            },
            ..memory.in_bytes()
        },
        Limit {
            floor: elements,
            ..table
        },
        stack.in_bytes(),
        calls,
        Limit {
            reason: if least.opens() { "" } else { "it opens none" },
            ..files
        },
        written.in_bytes(),
    ]
}

impl Limit {
    fn new(
        key: &'static str,
        most: u64,
        of: fn(&Figures) -> Option<u64>,
        room: fn(u64) -> u64,
    ) -> Self {
        Self {
            key,
            most,
            floor: 0,
            reason: "",
            of,
            room,
            written: |number| number.to_string(),
            shown: |number| number.to_string(),
        }
    }

    fn in_bytes(self) -> Self {
        Self {
            written: show_size,
            shown: show_size,
            ..self
        }
    }

    fn write(&self, sighted: Option<&Sighted>, page: &mut Page) {
        let bound = sighted.and_then(|sighted| sighted.bound(self.of, None, self.room));
        let value = bound.map_or(self.most, |bound| bound.max(self.floor).min(self.most));
        let line = format!("  {}: {}", self.key, (self.written)(value));
        let peak = sighted.and_then(|sighted| Some((sighted, sighted.peak(self.of)?)));
        let seen = match (sighted, peak) {
            (None, _) => self.reason.to_owned(),
            (Some(_), Some((sighted, peak))) => {
                let shown = (self.shown)(peak);
                let seen = match shown.as_str() {
                    "" => sighted.words(),
                    shown => format!("{}: at most {shown}", sighted.words()),
                };
                joined(self.reason, &seen)
            }
            (Some(_), None) => joined(self.reason, "not observed"),
        };
        page.line(&line, &seen);
    }
}

fn joined(reason: &str, more: &str) -> String {
    if reason.is_empty() {
        more.to_owned()
    } else {
        format!("{reason}; {more}")
    }
}

/// Fuel, which no draft bounds without runs that were bounded by it.
fn fuel(sighted: &Sighted, page: &mut Page) {
    let Some(peak) = sighted
        .peak(|all| all.fuel)
        .filter(|_| sighted.is_telling())
    else {
        return;
    };
    let room = |peak| twice(peak, LEAST_FUEL);
    let bound = sighted.bound(|all| all.fuel, None, room);
    if let Some(bound) = bound.filter(|bound| *bound <= MOST_FUEL) {
        let words = sighted.words();
        page.line(
            &format!("  fuel: {bound}"),
            &format!("{words}: at most {peak}"),
        );
    }
}

fn calls(peak: u64) -> u64 {
    twice(peak, 16)
}

fn files(peak: u64) -> u64 {
    twice(peak, 1)
}

fn itself(peak: u64) -> u64 {
    peak
}

fn ten_times(peak: u64) -> u64 {
    let times = peak.saturating_mul(10).max(SHORTEST);
    // In milliseconds with two digits that count.
    round(times.div_ceil(1_000_000)).saturating_mul(1_000_000)
}

fn pages(peak: u64) -> u64 {
    twice_in(peak, WASM_PAGE)
}

/// In whole KiB; nothing where nothing was written.
pub(super) fn kibibytes(peak: u64) -> u64 {
    if peak == 0 {
        0
    } else {
        twice_in(peak, 1 << 10)
    }
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

/// The memory that it has to have: what is declared is declared.
fn floor(least: &Least) -> u64 {
    let module = &least.module;
    module.memory.max(module.memory_at_start).max(WASM_PAGE)
}

/// The elements of its largest table, with room for a rebuild.
pub(super) fn table(least: &Least) -> u64 {
    with_room(least.module.table, 100)
}

fn open_files(least: &Least) -> u64 {
    if least.opens() { 16 } else { 0 }
}

fn written(least: &Least) -> u64 {
    if least.needs("fs.write") { 16 << 20 } else { 0 }
}
