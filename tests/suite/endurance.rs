//! One process survives every hostile guest many times over: no memory, descriptor, thread or folder is left behind.
//!
//! `ENDURANCE=1000` sets the rounds; each runs every line of the table once. They run in a process of their own, as the
//! other trials of this one would be measured with them. To watch it, start the inner trial itself, with a standard input that
//! never comes, and two arenas: `export MALLOC_ARENA_MAX=2 ENDURANCE=1000`, and
//! `sleep infinity | cargo test --test suite -- --exact endurance::in_this_process --ignored`.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use ringfence::runner::{Allocation, Ending, Stop};

use super::guests::embedded::{Embedded, tokio};
use super::guests::host::Host;
use super::guests::row::{Row, rows};
use super::program::{ensure, entries};

/// Rounds where nobody says how many.
const ROUNDS: u32 = 20;
/// Rounds before anything is measured: pools, arenas and lazily made things are there after these.
const WARM: u32 = 5;
/// Rounds between two words on how far it is.
const TOLD: u32 = 50;
/// What resident memory may differ by, KiB: an allocator's own coming and going. 50 bytes a run would be more in 1000 rounds.
const SLACK: u64 = 6 * 1024;
/// How long threads that wait for work are kept by tokio, and a little more.
const IDLE: Duration = Duration::from_secs(12);

/// Two arenas: glibc makes one a thread otherwise, up to eight a core, and keeps each, so that how many threads happened to be
/// at work at once would tell in what is resident. What leaks shows as well in two as in sixteen.
const ARENAS: (&str, &str) = ("MALLOC_ARENA_MAX", "2");

const HERE: &str = "endurance::in_this_process";

/// The trial, and what it starts.
pub fn trials() -> Vec<Trial> {
    let outer = Trial::test("endurance::hostile_guests_leave_nothing_behind", || {
        in_a_process_of_its_own().map_err(Failed::from)
    });
    let inner = Trial::test(HERE, || here().map_err(Failed::from)).with_ignored_flag(true);
    vec![outer, inner]
}

fn in_a_process_of_its_own() -> Result<(), String> {
    if !fs::exists("/proc/self/statm").unwrap_or_default() {
        return Ok(());
    }
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(["--exact", HERE, "--ignored", "--test-threads", "1"]);
    command.env(ARENAS.0, ARENAS.1);
    // A standard input that never comes, as long as this end is held.
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let held = child.stdin.take();
    let output = child
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    drop(held);
    let said = String::from_utf8_lossy(&output.stdout);
    ensure(said.contains("1 passed"), || {
        format!("{said}{}", String::from_utf8_lossy(&output.stderr))
    })
}

/// What this process holds.
#[derive(Debug, Clone, Copy)]
struct Held {
    resident: u64,
    descriptors: usize,
    threads: usize,
}

impl Held {
    fn now() -> Result<Self, String> {
        let status = fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
        let resident = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB"))
            .and_then(|number| number.trim().parse().ok());
        Ok(Self {
            resident: resident.ok_or("no VmRSS")?,
            descriptors: entries("/proc/self/fd".as_ref()).len(),
            threads: entries("/proc/self/task".as_ref()).len(),
        })
    }
}

fn here() -> Result<(), String> {
    let rounds = std::env::var("ENDURANCE").ok();
    let rounds = rounds
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(ROUNDS);
    let guests = guests()?;
    let tokio = tokio();
    let round = || -> Result<(), String> {
        for (row, guest) in &guests {
            let outcome = tokio.block_on(guest.run(row))?;
            ensure(survived(row, &outcome.ending), || {
                format!("{}: {:?}", row.name(), outcome.ending)
            })?;
        }
        Ok(())
    };
    for _ in 0..WARM {
        round()?;
    }
    let before = Held::now()?;
    let begun = Instant::now();
    for number in 1..=rounds {
        round()?;
        if number % TOLD == 0 {
            tell(&format!(
                "{number} rounds in {:?}: {:?}",
                begun.elapsed(),
                Held::now()?
            ));
        }
    }
    let spent = begun.elapsed();
    std::thread::sleep(IDLE);
    let after = Held::now()?;
    tell(&format!(
        "{rounds} rounds of {} runs in {spent:?}: {before:?}, {after:?}",
        guests.len()
    ));
    for (row, guest) in &guests {
        guest.host.no_scratch_left(row)?;
    }
    let grown = || format!("after {rounds} rounds {before:?} became {after:?}");
    ensure(after.resident <= before.resident + SLACK, grown)?;
    ensure(after.descriptors <= before.descriptors, grown)?;
    ensure(after.threads <= before.threads, grown)
}

/// For whoever watches a long run.
fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Every line of the table with a guest that is ready, its limits cut so that it ends soon; every other one from a pool.
fn guests() -> Result<Vec<(Row, Embedded)>, String> {
    let mut guests = Vec::new();
    for (number, row) in rows().into_iter().enumerate() {
        let host = Host::with_width(&row, 500).map_err(|error| error.to_string())?;
        let allocation = if number % 2 == 0 {
            Allocation::OnDemand
        } else {
            Allocation::Pooled { instances: 1 }
        };
        let guest = Embedded::new(&row, host, allocation, |text| hasten(&row, &text))
            .map_err(|error| format!("{}: {error}", row.name()))?;
        guests.push((row, guest));
    }
    Ok(guests)
}

/// The same limits, smaller. Those that a guest is to run into stay the ones that it runs into first.
fn hasten(row: &Row, text: &str) -> String {
    let long = ["deep-folders", "swapped-link"].contains(&row.guest.as_str());
    let cut = |line: &str| -> String {
        let (key, _) = line.trim().split_once(": ").unwrap_or_default();
        match key {
            "deadline" if row.exit == 124 => "  deadline: 2ms".to_owned(),
            "fuel" if row.exit == 121 => "  fuel: 100000".to_owned(),
            "host_calls" if row.exit == 123 || long => "  host_calls: 200".to_owned(),
            _ => line.replace("entries: 200}", "entries: 20}"),
        }
    };
    text.lines().map(|line| cut(line) + "\n").collect()
}

/// It ended as the table says, or by a limit that was cut; never by success where there must be none, or by our failing.
fn survived(row: &Row, ending: &Ending) -> bool {
    let code = i32::from(ending.code());
    let cut = matches!(ending, Ending::Stopped(Stop::Spent(_)));
    // A folder that is not that wide is counted, and found wanting.
    let counted = row.guest == "wide-folder" && row.export() == "count" && code == 1;
    code == row.exit || cut || counted
}
