//! Static claims are sound: what generated modules do in an instrumented engine is within what the analysis claims.
//!
//! `RINGFENCE_SOUNDNESS=50000` sets how many modules of each generator run, `RINGFENCE_SOUNDNESS_FROM=1000` the first seed.

mod claim;
mod engine;
mod figures;
mod host;
mod saboteur;
mod smith;
pub mod stream;
mod weaver;
mod witness;

use std::panic::{AssertUnwindSafe, catch_unwind};

use libtest_mimic::{Failed, Trial};
use ringfence::wasm::{Module, Uses, decode};

use self::claim::Claims;
use self::engine::{Instrumented, Record};
use self::figures::{Figures, Floors};
use self::saboteur::SABOTEURS;
use self::witness::Witness;
use super::program::{ensure, private};

/// Modules of each generator where nobody says how many.
const MODULES: u64 = 1000;
/// Modules that saboteurs get.
const SABOTAGED: u64 = 150;
/// In how many of them each finds something to falsify, at least.
const FALSIFIED: u64 = 10;
/// Seeds that are asked for at once.
const BATCH: u64 = 100;
/// Violations after which a run ends.
const ENOUGH: usize = 5;

/// Woven modules are made for claims.
const WOVEN: Floors = Floors {
    calling: 75,
    unreachable: 45,
    proved: 60,
    tested: 45,
};
/// Arbitrary ones seldom call with constants, and leave most imports alone.
const ARBITRARY: Floors = Floors {
    calling: 40,
    unreachable: 60,
    proved: 2,
    tested: 0,
};

/// Modules by seed; empty ones could not be made.
type Generator = fn(from: u64, count: u64, collected: bool) -> Result<Vec<Vec<u8>>, String>;

/// The trials.
pub fn trials() -> Vec<Trial> {
    let woven = || hold("woven", woven, &WOVEN);
    let arbitrary = || hold("arbitrary", smith::modules, &ARBITRARY);
    vec![
        Trial::test("soundness::woven", move || woven().map_err(Failed::from)),
        Trial::test("soundness::arbitrary", move || {
            arbitrary().map_err(Failed::from)
        }),
        Trial::test("soundness::saboteurs_are_caught", || {
            saboteurs_are_caught().map_err(Failed::from)
        }),
    ]
}

fn woven(from: u64, count: u64, collected: bool) -> Result<Vec<Vec<u8>>, String> {
    let module = |seed| {
        let text = weaver::module(seed, collected);
        wat::parse_str(&text).map_err(|error| format!("seed {seed}: {error}\n{text}"))
    };
    (from..from + count).map(module).collect()
}

/// Arbitrary modules by seed, for others.
pub fn modules(from: u64, count: u64) -> Result<Vec<Vec<u8>>, String> {
    smith::modules(from, count, false)
}

/// The same, with imports of the module that a text describes.
pub fn modules_importing(text: &str, from: u64, count: u64) -> Result<Vec<Vec<u8>>, String> {
    smith::importing(text, from, count, false)
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Runs as many modules as are asked for, and holds what they do against the claims.
fn hold(kind: &str, generator: Generator, floors: &Floors) -> Result<(), String> {
    let asked = number("RINGFENCE_SOUNDNESS");
    let from = number("RINGFENCE_SOUNDNESS_FROM");
    let wanted = asked.unwrap_or(MODULES);
    let engine = Instrumented::new()?;
    let mut figures = Figures::new(kind, engine.collected);
    let mut seed = from.unwrap_or_default();
    let mut violations = Vec::new();
    while figures.modules < wanted && violations.len() < ENOUGH {
        let count = BATCH.min(wanted - figures.modules);
        for bytes in generator(seed, count, engine.collected)? {
            if let Err(what) = one(&engine, &bytes, seed, &mut figures) {
                violations.push(kept(kind, seed, &bytes, &what));
            }
            seed += 1;
        }
        figures.made(count)?;
    }
    figures.print(seed);
    ensure(violations.is_empty(), || violations.join("\n"))?;
    // Part of a run says nothing about the whole.
    if asked.is_none() && from.is_none() {
        figures.are_enough(floors)?;
    }
    Ok(())
}

fn one(
    engine: &Instrumented,
    bytes: &[u8],
    seed: u64,
    figures: &mut Figures,
) -> Result<(), String> {
    if bytes.is_empty() {
        return Ok(());
    }
    let record = match engine.run(bytes, seed) {
        Ok(record) => record,
        Err(refusal) => {
            figures.refused(&refusal);
            return Ok(());
        }
    };
    let (module, uses) = analysed(bytes)?;
    Witness::new(&module, bytes).hold(&uses)?;
    let claims = Claims::new(&module, &uses);
    figures.ran(&record, claims.count(), claims.tested(&record));
    claims.hold(&record)
}

fn analysed(bytes: &[u8]) -> Result<(Module, Uses), String> {
    let mut module = catch_unwind(AssertUnwindSafe(|| decode(bytes)))
        .map_err(|_| "the analysis panicked".to_owned())?;
    if let Some(malformed) = &module.malformed {
        return Err(format!("the engine runs what is malformed: {malformed:?}"));
    }
    let uses = module.uses.take().ok_or("not analysed")?;
    Ok((module, uses))
}

/// Keeps a module that shows a violation; the message says where it is and how to see it again.
fn kept(kind: &str, seed: u64, bytes: &[u8], what: &str) -> String {
    let name = format!("{kind}-{seed}");
    let path = private("soundness").join(&name);
    let text = wasmprinter::print_bytes(bytes).unwrap_or_else(|error| error.to_string());
    let _ = std::fs::write(path.with_extension("wasm"), bytes);
    let _ = std::fs::write(path.with_extension("wat"), text);
    format!(
        "{name}: {what}\n  {}.wat\n  RINGFENCE_SOUNDNESS=1 RINGFENCE_SOUNDNESS_FROM={seed} cargo test --test suite -- soundness::{kind}",
        path.display()
    )
}

fn saboteurs_are_caught() -> Result<(), String> {
    let engine = Instrumented::new()?;
    let mut runs: Vec<(Module, Uses, Record)> = Vec::new();
    for (seed, bytes) in (0..).zip(woven(0, SABOTAGED, engine.collected)?) {
        if let Ok(record) = engine.run(&bytes, seed) {
            let (module, uses) = analysed(&bytes)?;
            runs.push((module, uses, record));
        }
    }
    let mut escaped = Vec::new();
    for saboteur in SABOTEURS {
        let (mut falsified, mut caught) = (0, 0);
        for (module, uses, record) in &runs {
            if let Some(falsehood) = saboteur.falsify(uses) {
                falsified += 1;
                caught += u64::from(Claims::new(module, &falsehood).hold(record).is_err());
            }
        }
        let result = format!("{}: {caught} of {falsified} caught", saboteur.name);
        figures::print(&result);
        if falsified < FALSIFIED || caught * 1000 < saboteur.floor * falsified {
            escaped.push(result);
        }
    }
    ensure(escaped.is_empty(), || escaped.join("\n"))
}
