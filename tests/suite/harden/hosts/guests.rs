//! Hostile guests under their own policies: each does in every host what it did there before.

use std::path::{Path, PathBuf};

use ringfence::wasm::{Extern, decode};

use super::Case;
use super::alike::{PLENTY, agreed, everywhere, hardened, module, unchanged};
use super::job::Job;
use crate::suite::guests::host::Host as Around;
use crate::suite::guests::row::{Row, rows};
use crate::suite::program::ensure;

/// Guests that `endless` and `denied` have, and why the others are not run here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("endless-loop", "endless"),
    ("endless-start", "endless"),
    ("endless-version", "endless"),
    ("host-call-loop", "endless"),
    ("bulk-work", "endless"),
    ("table-bomb", "endless and denied"),
    (
        "deep-recursion",
        "endless: the depth of a stack is the engine's",
    ),
    ("denied-sources", "denied"),
    ("memory-bomb", "denied: before, it takes 4 GiB"),
    ("memory-claim", "refused: it starts over its limit"),
    ("long-sleep", "it sleeps for an hour"),
    ("silent-stdin", "it waits for input that never comes"),
    ("swapped-link", "a race, which ends one way or the other"),
    ("wide-folder", "a hundred thousand files"),
    ("special-files", "Node waits for the other end of a pipe"),
    ("poll-flood", "Node dies of a million subscriptions"),
    ("file-flood", "it takes of the disk what the host lets it"),
    ("write-flood", "the same"),
    ("sparse-file", "the same"),
    ("deep-folders", "the same"),
    ("open-flood", "it opens as many files as the host lets it"),
];

/// Lines of the table that are elsewhere, or that no host but ours should run, or that say nothing new in these.
const NOT_HERE: &[(&str, &str)] = &[
    // Node ends itself.
    ("exit-codes", "raise 9"),
    ("exit-codes", "raise 255"),
    ("exit-codes", "exit 119"),
    ("exit-codes", "exit 120"),
    ("exit-codes", "exit 126"),
    ("store-flood", "fill 200 1000"),
    ("store-flood", "fill 10 60000"),
    ("forged-log", "long"),
    ("forged-log", "bad"),
    ("forged-log", "flood"),
    ("provider-walks", "flood"),
    // Its guards deny what the guest asks for: it does not do the same as before.
    ("provider-walks", "pointers"),
    // It does not end.
    ("bad-pointers", "amplified"),
    // wazero follows links: the guest would read and write outside of the folders of the test.
    ("path-walks", "own_links"),
    ("path-walks", "moved_links"),
];

/// Lines of guests whose files, descriptors and streams are as each host has them: it answers in its own way, and so another
/// way is taken through the guest. An empty word is every line of the guest.
const OWN_ANSWERS: &[(&str, &str)] = &[
    ("path-walks", ""),
    ("read-only", ""),
    ("descriptor-tricks", ""),
    ("output-flood", "renumbered"),
    // wasmtime traps on codes from 126 on.
    ("exit-codes", "exit 256"),
    ("exit-codes", "exit 4294967295"),
    // Node wants a memory of that name to link WASI, and wazero takes one that is not shown.
    ("no-memory", ""),
    ("false-memory", ""),
];

/// The trials: one a guest, with each of its lines that a host can run.
pub fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let here = |row: &Row| {
        let plain = matches!(row.host.as_str(), "" | "bytes") && row.policy == "policy";
        plain
            && ELSEWHERE.iter().all(|(guest, _)| *guest != row.guest)
            && !NOT_HERE.iter().any(|line| is(row, line))
    };
    for row in rows().into_iter().filter(here) {
        let name = format!("{}::{}", row.guest, row.call.join("_"));
        cases.push((format!("guests::{name}"), Box::new(move || same(&row))));
    }
    cases
}

/// Whether a line of a list is that of the table.
fn is(row: &Row, (guest, call): &(&str, &str)) -> bool {
    *guest == row.guest && (call.is_empty() || *call == row.call.join(" "))
}

fn same(row: &Row) -> Result<(), String> {
    let original = module(&format!("hostile/{}", row.guest))?;
    let policy = row.policy_text().map_err(|error| error.to_string())?;
    let hardened = hardened(&original, &policy)?;
    let (before, after) = (
        runs(row, &policy, &original)?,
        runs(row, &policy, &hardened)?,
    );
    unchanged(&before, &after)?;
    for (host, outcome) in &after {
        ensure(!outcome.exhausted(), || {
            format!("{host:?}: {}", outcome.seen())
        })?;
    }
    if OWN_ANSWERS.iter().any(|line| is(row, line)) {
        return Ok(());
    }
    agreed(&after)
}

fn runs(row: &Row, policy: &str, bytes: &[u8]) -> Result<super::alike::Everywhere, String> {
    // Kept until all have run: each has a world of its own.
    let worlds = std::cell::RefCell::new(Vec::new());
    everywhere(&|| {
        let world = Around::around(row).expect("folders");
        let mut job = Job::of_words(bytes, &words(row, bytes));
        job.fuel = Some(PLENTY);
        if row.export() == "_start" {
            job.args = row.rest().to_vec();
        }
        if policy.contains("GREETING") {
            job.env = vec![("GREETING".to_owned(), "hi".to_owned())];
        }
        job.dirs = folders(policy, world.path());
        if row.host == "bytes" {
            job.stdin = vec![0xff; 64];
        }
        worlds.borrow_mut().push(world);
        job
    })
}

/// The step's words, with the types of the export's numbers.
fn words<'a>(row: &'a Row, bytes: &[u8]) -> Vec<&'a str> {
    if row.export() == "_start" {
        return vec!["_start"];
    }
    let narrow = decode(bytes).exports.iter().all(|export| match &export.ty {
        Extern::Function(signature) if export.name == row.export() => {
            signature.params.iter().all(|ty| ty.as_str() == "i32")
        }
        _ => true,
    });
    assert!(narrow, "only `deep-recursion` takes more than i32");
    row.call.iter().map(String::as_str).collect()
}

/// The folders that the policy gives, in its order; the rights are the host's to hold.
fn folders(policy: &str, world: &Path) -> Vec<(String, PathBuf)> {
    let mut folders = Vec::new();
    for part in policy.split("guest: /").skip(1) {
        let end = part.find(|letter: char| !letter.is_alphanumeric());
        let name = &part[..end.unwrap_or(part.len())];
        let path = world.join(name);
        let _ = std::fs::create_dir_all(&path);
        folders.push((format!("/{name}"), path));
    }
    folders
}
