//! The fuzz targets' bodies over their seeds and over fixed mutations of them: what CI runs of `fuzz/`, on stable and without a
//! second build of anything. `RINGFENCE_FUZZ=N` takes N mutations a target instead, `RINGFENCE_FUZZ_FROM=M` other ones.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};

use super::program::{ensure, entries, root};

#[path = "../../fuzz/bodies/mod.rs"]
mod bodies;

use bodies::mutate::{Dice, Kind, mutate};
use bodies::{TARGETS, Target};

/// Mutations of a target, where nothing else is asked for: a few seconds of an unoptimised build.
const MUTATIONS: u64 = 60;
/// Larger seeds are judged as they are and not mutated here.
const SMALL: usize = 4 << 10;
/// What all seeds may take.
const SEEDS: u64 = 1 << 20;

/// The trials: one a target.
pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("fuzz::every_target_has_seeds", || {
            furnished().map_err(Failed::from)
        }),
        Trial::test("fuzz::a_broken_promise_is_told_with_its_input", || {
            told().map_err(Failed::from)
        }),
    ];
    trials.extend(TARGETS.iter().map(|target| {
        Trial::test(format!("fuzz::{}", target.name), || {
            pass(target).map_err(Failed::from)
        })
    }));
    trials.push(Trial::test("fuzz::generated_modules", || {
        generated().map_err(Failed::from)
    }));
    trials
}

fn folder(target: &str) -> PathBuf {
    root().join("fuzz/seeds").join(target)
}

fn seeds(target: &str) -> Result<Vec<Vec<u8>>, String> {
    let read = |path: PathBuf| {
        std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    entries(&folder(target)).into_iter().map(read).collect()
}

/// A number from the environment.
fn asked(name: &str, otherwise: u64) -> Result<u64, String> {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .map_err(|_| format!("{name}={text} is no number")),
        Err(_) => Ok(otherwise),
    }
}

/// The seeds as they are, then mutations of them.
fn pass(target: &'static Target) -> Result<(), String> {
    let seeds = seeds(target.name)?;
    for seed in &seeds {
        held(target, seed)?;
    }
    let small: Vec<&Vec<u8>> = seeds.iter().filter(|seed| seed.len() <= SMALL).collect();
    let (from, count) = (
        asked("RINGFENCE_FUZZ_FROM", 0)?,
        asked("RINGFENCE_FUZZ", MUTATIONS)?,
    );
    for number in from..from + count {
        let mut dice = Dice(number);
        let (one, other) = (dice.below(small.len()), dice.below(small.len()));
        if let (Some(one), Some(other)) = (small.get(one), small.get(other)) {
            let input = mutate(target.kind, one, other, &mut dice);
            held(target, &input).map_err(|error| format!("mutation {number}: {error}"))?;
        }
    }
    Ok(())
}

/// Modules of wasm-smith, whole and changed: the generator keeps what bytes alone hardly ever are, valid.
fn generated() -> Result<(), String> {
    let wanted = ["module", "run"];
    let targets = TARGETS
        .iter()
        .filter(|target| wanted.contains(&target.name));
    let count = asked("RINGFENCE_FUZZ", MUTATIONS)? / 4;
    let modules = modules(asked("RINGFENCE_FUZZ_FROM", 0)?, count.max(2))?;
    for target in targets {
        for (number, module) in modules.iter().enumerate() {
            held(target, module)?;
            let mut dice = Dice(number as u64);
            let other = modules.get(dice.below(modules.len()));
            let other = other.map(Vec::as_slice).unwrap_or_default();
            held(target, &mutate(Kind::Module, module, other, &mut dice))?;
        }
    }
    Ok(())
}

#[cfg(all(feature = "run", unix))]
fn modules(from: u64, count: u64) -> Result<Vec<Vec<u8>>, String> {
    super::soundness::modules(from, count)
}

#[cfg(not(all(feature = "run", unix)))]
fn modules(_: u64, _: u64) -> Result<Vec<Vec<u8>>, String> {
    seeds("module")
}

/// Runs a body; what it panics on is kept, to become a named case.
fn held(target: &Target, input: &[u8]) -> Result<(), String> {
    let body = target.body;
    let Err(panic) = catch_unwind(|| body(input)) else {
        return Ok(());
    };
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    let kept = keep(target.name, input).map_err(|error| error.to_string())?;
    Err(format!(
        "{}: {} (the input is kept in {})",
        target.name,
        text.unwrap_or_default(),
        kept.display()
    ))
}

fn keep(target: &str, input: &[u8]) -> std::io::Result<PathBuf> {
    use sha2::Digest as _;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    std::fs::create_dir_all(&folder)?;
    let digest = sha2::Sha256::digest(input);
    let name: String = digest
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let path = folder.join(format!("{target}-{name}"));
    std::fs::write(&path, input)?;
    Ok(path)
}

fn furnished() -> Result<(), String> {
    let mut all = 0;
    for target in TARGETS {
        let files = entries(&folder(target.name));
        ensure(!files.is_empty(), || {
            format!("no seeds for {}", target.name)
        })?;
        for file in files {
            all += std::fs::metadata(file).map_or(0, |file| file.len());
        }
        let source = root().join(format!("fuzz/fuzz_targets/{}.rs", target.name));
        ensure(source.is_file(), || format!("no {}", source.display()))?;
    }
    ensure(all < SEEDS, || format!("{all} bytes of seeds"))
}

/// A panic of a body is seen, as the harness would be green otherwise whatever happened.
fn told() -> Result<(), String> {
    let target = Target {
        name: "sabotage",
        body: |input| assert!(input.is_empty(), "not empty"),
        kind: Kind::Bytes,
    };
    held(&target, b"")?;
    let error = held(&target, b"x").err().unwrap_or_default();
    ensure(error.contains("not empty"), || error.clone())
}
