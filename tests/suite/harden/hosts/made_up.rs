//! Made-up programs, hardened: guards, stubs, loops and calls come to the same in every host, and cost the same.

use ringfence::wasm::encode_text;

use super::Case;
use super::alike::{PLENTY, agreed, counted, everywhere, hardened};
use super::job::{Job, Number};
use crate::suite::harden::program::{POLICY, program};

/// How many trials, and programs in each.
const TRIALS: u64 = 4;
const PROGRAMS: u64 = 5;

/// The trials.
pub fn cases() -> Vec<Case> {
    let trial = |trial: u64| -> Case {
        let seeds = trial * PROGRAMS..(trial + 1) * PROGRAMS;
        let name = format!("made_up::seeds_from_{}", seeds.start);
        let check = move || seeds.clone().try_for_each(agree);
        (name, Box::new(check))
    };
    (0..TRIALS).map(trial).collect()
}

/// Every function of a program, one after the other, until one traps.
fn agree(seed: u64) -> Result<(), String> {
    let text = program(seed);
    let told = |reason: String| format!("seed {seed}: {reason}\n{text}");
    let hardened = hardened(&encode_text(&text)?, POLICY).map_err(told)?;
    let outcomes = everywhere(&|| {
        let mut job = Job::new(&hardened, "f0 1 2 , f1 3 -4 , f2 7 8 , f3 9 100 , f4 0 1");
        job.fuel = Some(PLENTY);
        job.answers = vec![
            ("env.note".to_owned(), Number::Narrow(11)),
            ("env.word".to_owned(), Number::Wide(-5)),
            ("env.text".to_owned(), Number::Narrow(3)),
            ("env.path".to_owned(), Number::Narrow(4)),
        ];
        job.texts = vec![("env.text".to_owned(), 0, 1), ("env.path".to_owned(), 0, 1)];
        job
    });
    let outcomes = outcomes.map_err(told)?;
    agreed(&outcomes).map_err(told)?;
    // A start function that traps leaves nothing to count.
    if outcomes[0].1.at == "start" {
        return Ok(());
    }
    counted(&outcomes, PLENTY).map_err(told)
}
