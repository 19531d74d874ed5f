//! Every sample module under its own policy: what it is for works as before, in every host, and costs the same.

use std::path::{Path, PathBuf};

use super::Case;
use super::alike::{
    PLENTY, agreed, counted, everywhere, hardened, module, policy, unchanged, with,
};
use super::job::Job;
use super::table::{SAMPLES, Sample};
use crate::suite::program::{ensure, root};

/// Proposals that not every host has: each says the same of the module after as before.
const NOT_EVERYWHERE: &[&str] = &["relaxed-simd", "memory64"];

/// Those that hardening refuses, with what it says.
const REFUSED: &[(&str, &str)] = &[
    ("side-module", "env.__stack_pointer"),
    ("shared-memory", "threads"),
];

/// The trials.
pub fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut case = |name: &str, check: Box<dyn Fn() -> Result<(), String> + Send>| {
        cases.push((format!("samples::{name}"), check));
    };
    for sample in SAMPLES {
        case(sample.name, Box::new(move || granted(sample)));
    }
    for name in NOT_EVERYWHERE {
        case(name, Box::new(move || not_everywhere(name)));
    }
    for (name, said) in REFUSED {
        case(name, Box::new(move || refused(name, said)));
    }
    case("start-section", Box::new(start_section));
    case("all_are_here", Box::new(all_are_here));
    cases
}

fn granted(sample: &Sample) -> Result<(), String> {
    let original = module(sample.name)?;
    let mut policy = policy(sample.name)?;
    if sample.name == "go-unguarded-read" {
        // Without its name and its variables the program lays out its memory another way, and tells other addresses.
        policy = with(&policy, "poll_oneoff]", "poll_oneoff, args, env]")?;
        policy = with(
            &policy,
            "    stub: [args_get, args_sizes_get, environ_get, environ_sizes_get]\n",
            "",
        )?;
    }
    let hardened = hardened(&original, &policy)?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let new = |bytes: &[u8]| {
        let mut job = (sample.set)(Job::of_words(bytes, sample.steps));
        job.fuel = Some(PLENTY);
        if sample.name == "rust-command" {
            job.dirs = newsletter(folder.path());
            job.args = vec!["--template=a".to_owned()];
            job.stdin = b"Bob\n".to_vec();
        }
        job
    };
    let before = everywhere(&|| new(&original))?;
    let after = everywhere(&|| new(&hardened))?;
    unchanged(&before, &after)?;
    for (host, outcome) in &after {
        ensure((sample.expected)(outcome), || {
            format!("{host:?}: {} {}", outcome.seen(), outcome.message)
        })?;
    }
    agreed(&after)?;
    counted(&after, PLENTY)
}

/// A folder with a template, and an empty one.
fn newsletter(folder: &Path) -> Vec<(String, PathBuf)> {
    let (templates, scratch) = (folder.join("templates"), folder.join("scratch"));
    let _ = std::fs::remove_dir_all(&scratch);
    let _ = std::fs::create_dir_all(&scratch);
    let _ = std::fs::create_dir_all(&templates);
    let _ = std::fs::write(templates.join("a.en.txt"), "Dear {{}}, hi\n");
    vec![
        ("/templates".to_owned(), templates),
        ("/scratch".to_owned(), scratch),
    ]
}

fn not_everywhere(name: &str) -> Result<(), String> {
    let original = module(name)?;
    let hardened = hardened(&original, &policy(name)?)?;
    let run = |bytes: &[u8]| everywhere(&|| Job::new(bytes, "abi_version"));
    let (before, after) = (run(&original)?, run(&hardened)?);
    unchanged(&before, &after)?;
    let ran = after
        .iter()
        .any(|(_, outcome)| outcome.results("abi_version") == ["65536"]);
    ensure(ran, || "no host runs it".to_owned())
}

fn refused(name: &str, said: &str) -> Result<(), String> {
    match hardened(&module(name)?, &policy(name)?) {
        Ok(_) => Err(format!("{name} was hardened")),
        Err(reason) => ensure(reason.contains(said), || reason.clone()),
    }
}

/// The start function runs at the first call of `_initialize`, which the policy lists here.
fn start_section() -> Result<(), String> {
    let policy = policy("start-section")?;
    let original = module("start-section")?;
    let listed = with(&policy, "allow: [memory,", "allow: [memory, _initialize,")?;
    let hardened = hardened(&original, &listed)?;
    let run = |bytes: &[u8], steps: &str| everywhere(&|| Job::new(bytes, steps));
    let after = run(&hardened, "square 12 , _initialize , square 12")?;
    agreed(&after)?;
    for (host, outcome) in run(&original, "square 12")?.iter().chain(&after) {
        ensure(outcome.results("square") == ["144"], || {
            format!("{host:?}: {} {}", outcome.seen(), outcome.message)
        })?;
    }
    Ok(())
}

/// No sample is left out; the others are of `denied` and `endless`.
fn all_are_here() -> Result<(), String> {
    let elsewhere = [
        "start-section",
        "browser-build",
        "foreign-wasi",
        "network-service",
    ];
    for path in crate::suite::program::entries(&root().join("sample-modules")) {
        if !path.join("plugin.wasm").exists() {
            continue;
        }
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let known = SAMPLES.iter().any(|sample| sample.name == name)
            || NOT_EVERYWHERE.contains(&name.as_str())
            || REFUSED.iter().any(|(refused, _)| *refused == name)
            || elsewhere.contains(&name.as_str());
        ensure(known, || format!("no host runs the sample {name}"))?;
    }
    Ok(())
}
