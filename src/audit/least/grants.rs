//! `grants` of the draft: nothing of the host's files or variables.

use crate::audit::observed::{Figures, FileUse, Mode, ScratchUse};
use crate::policy::quantity::show_size;
use crate::source::ascii::yaml as quoted;

use super::page::{Page, size};
use super::sighted::{Sighted, twice, twice_in};
use super::{Least, beyond};

/// Where the guest sees its scratch.
pub(super) const SCRATCH: &str = "/scratch";
const SCRATCH_BYTES: u64 = 16 << 20;
const SCRATCH_ENTRIES: u64 = 1000;

/// A standard stream.
pub(super) struct StreamGrant {
    pub(super) name: &'static str,
    /// What the draft gives without any run.
    pub(super) most: u64,
    /// Its number in a record.
    pub(super) of: fn(&Figures) -> Option<u64>,
    more: &'static str,
}

/// The standard streams.
pub(super) const STREAMS: &[StreamGrant] = &[
    StreamGrant {
        name: "stdin",
        most: 1 << 20,
        of: |all| all.stdin,
        more: "",
    },
    StreamGrant {
        name: "stdout",
        most: 1 << 20,
        of: |all| all.stdout,
        more: ", on_limit: truncate",
    },
    StreamGrant {
        name: "stderr",
        most: 64 << 10,
        of: |all| all.stderr,
        more: ", on_limit: truncate",
    },
];

/// Writes it.
pub(super) fn write(least: &Least, page: &mut Page) {
    page.section(
        "grants",
        "what each run gets; nothing of the host's files or variables",
    );
    let sighted = least.sighted.as_ref();
    let mut given = Vec::new();
    if least.needs_files() {
        given.push(files(sighted));
    }
    if least.needs("args") {
        let line = "  args: {max: 16, allow: [\"*\"]}".to_owned();
        given.push((line, "whoever starts it chooses them".to_owned()));
    }
    let streams = STREAMS.iter().filter(|one| least.needs(one.name));
    given.extend(streams.map(|one| stream(one, sighted)));
    given.extend(sources(least, sighted));
    if given.is_empty() {
        given.push((
            "  preopens: []".to_owned(),
            "it asks for nothing".to_owned(),
        ));
    }
    for (line, reason) in given {
        page.line(&line, &reason);
    }
    for folder in beyond::folders(least) {
        propose(&folder, sighted, page);
    }
}

/// A scratch, as full as one was seen.
fn files(sighted: Option<&Sighted>) -> (String, String) {
    let folders = sighted.map(Sighted::folders).unwrap_or_default();
    let own = folders.iter().find(|folder| folder.guest == SCRATCH);
    let held = own.and_then(|folder| folder.scratch);
    let telling = sighted.is_some_and(Sighted::is_telling);
    let (bytes, entries) = match held {
        Some(held) => quotas(held, telling),
        None => (SCRATCH_BYTES, SCRATCH_ENTRIES),
    };
    let line = format!(
        "  preopens: [{{guest: {SCRATCH}, scratch: {{bytes: {}, entries: {entries}}}}}]",
        size(bytes)
    );
    let reason = match (sighted, held) {
        (None, _) => "an empty folder of its own; for one of yours write {guest: /data, host: ./data, mode: ro}".to_owned(),
        (Some(sighted), None) if folders.iter().all(|folder| folder.modes().is_empty()) => {
            format!("an empty folder of its own; {}: no file was used", sighted.words())
        }
        (Some(sighted), None) => format!("an empty folder of its own; {}: others", sighted.words()),
        (Some(sighted), Some(held)) => format!(
            "an empty folder of its own; {}: at most {} in {} entries",
            sighted.words(),
            show_size(held.bytes),
            held.entries
        ),
    };
    (line, reason)
}

/// Twice what it held, and never more than it might have.
fn quotas(held: ScratchUse, telling: bool) -> (u64, u64) {
    let bytes = twice_in(held.bytes, 1 << 10);
    let entries = twice(held.entries, 1);
    let (bytes, entries) = if telling {
        (bytes, entries)
    } else {
        (SCRATCH_BYTES, SCRATCH_ENTRIES)
    };
    (
        bytes.min(held.max_bytes).min(SCRATCH_BYTES),
        entries.min(held.max_entries).min(SCRATCH_ENTRIES),
    )
}

fn stream(one: &StreamGrant, sighted: Option<&Sighted>) -> (String, String) {
    let bound =
        |sighted: &Sighted| sighted.bound(one.of, Some(one.name), |peak| twice_in(peak, 1 << 10));
    let most = sighted.and_then(bound).unwrap_or(one.most).min(one.most);
    let line = format!("  {}: {{max: {}{}}}", one.name, size(most), one.more);
    let seen = |sighted: &Sighted| {
        let peak = sighted.peak(one.of)?;
        Some(format!("{}: at most {} bytes", sighted.words(), peak))
    };
    (line, sighted.and_then(seen).unwrap_or_default())
}

/// Clocks and random bytes.
fn sources(least: &Least, sighted: Option<&Sighted>) -> Vec<(String, String)> {
    let mut given = Vec::new();
    let clocks = [("wall", "clock.wall"), ("monotonic", "clock.monotonic")];
    let clocks = clocks.map(|(name, capability)| (name, capability, least.needs(capability)));
    if clocks.iter().any(|(.., needed)| *needed) {
        let word = |needed: bool| if needed { "real" } else { "deny" };
        let words = clocks.map(|(name, _, needed)| format!("{name}: {}", word(needed)));
        let mut reason = "`fixed` and `step` repeat from run to run".to_owned();
        for (name, capability, _) in clocks.iter().filter(|(.., needed)| *needed) {
            if let Some(used) = used(sighted, capability) {
                reason = format!("{reason}; {name} {used}");
            }
        }
        given.push((format!("  clock: {{{}}}", words.join(", ")), reason));
    }
    if least.needs("random") {
        let mut reason = "`seeded` repeats from run to run".to_owned();
        if let Some(used) = used(sighted, "random") {
            reason = format!("{reason}; {used}");
        }
        given.push(("  random: {source: os}".to_owned(), reason));
    }
    given
}

/// How often runs used a capability, in words.
fn used(sighted: Option<&Sighted>, capability: &str) -> Option<String> {
    let sighted = sighted?;
    Some(sighted.told(sighted.uses(capability)?))
}

/// A folder that runs used, as a line that is a comment: which folder of the host it is is for a reviewer to say.
fn propose(folder: &FileUse, sighted: Option<&Sighted>, page: &mut Page) {
    let words = sighted.map(Sighted::words).unwrap_or_default();
    let changes = folder
        .modes()
        .iter()
        .any(|mode| matches!(mode, Mode::Create | Mode::Write));
    let (guest, below) = narrowest(folder);
    let what = match (folder.scratch, changes) {
        (Some(_), _) => "scratch: {bytes: 16MiB, entries: 1000}".to_owned(),
        (None, true) => format!("host: {}, mode: rw", quoted(&format!("SAY_WHICH{below}"))),
        (None, false) => format!("host: {}, mode: ro", quoted(&format!("SAY_WHICH{below}"))),
    };
    page.line(
        &format!("  # preopens: [{{guest: {}, {what}}}]", quoted(&guest)),
        &format!("{words}, and not granted: {}", beyond::how(folder)),
    );
}

/// The folder below which everything lies that was used, and its way from the grant.
fn narrowest(folder: &FileUse) -> (String, String) {
    let whole = (folder.guest.clone(), String::new());
    let mut paths = folder.paths.iter().map(|one| parts(parent(&one.path)));
    let Some(first) = paths.next().filter(|_| folder.others.is_empty()) else {
        return whole;
    };
    let common = paths.fold(first, |common, next| {
        let same = common
            .iter()
            .zip(&next)
            .take_while(|(one, other)| one == other);
        let same = same.count();
        common.into_iter().take(same).collect()
    });
    let depth = parts(&folder.guest).len();
    let below: Vec<&str> = common.get(depth..).unwrap_or_default().to_vec();
    if below.is_empty() {
        return whole;
    }
    (
        format!("/{}", common.join("/")),
        format!("/{}", below.join("/")),
    )
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !part.is_empty()).collect()
}
