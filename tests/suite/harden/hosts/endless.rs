//! What does not end is ended by its fuel, at the same point in every host.

use super::Case;
use super::alike::{agreed, everywhere, hardened, module, policy};
use super::job::Job;
use crate::suite::program::ensure;

/// A module, a step of it, and the fuel for that.
const ENDLESS: &[(&str, &str, i64)] = &[
    ("hostile/endless-loop", "_start", 1_000_000),
    ("hostile/endless-version", "abi_version", 1_000_000),
    ("hostile/host-call-loop", "ask", 100_000),
    ("hostile/host-call-loop", "yield", 100_000),
    ("hostile/host-call-loop", "fail", 100_000),
    ("hostile/bulk-work", "fill", 5_000_000),
    ("hostile/bulk-work", "copy", 5_000_000),
    ("hostile/bulk-work", "fill_table", 500_000),
    ("hostile/bulk-work", "copy_table", 500_000),
    ("hostile/bulk-work", "random", 2_000),
    ("hostile/table-bomb", "both", 500_000),
    ("hostile/deep-recursion", "direct i64:1", 5_000),
    ("hostile/deep-recursion", "through_table", 5_000),
    (
        "hostile/deep-recursion",
        "wide i64:1 i64:2 i64:3 i64:4",
        5_000,
    ),
    ("hostile/deep-recursion", "to_the_host", 20_000),
    ("hostile/forged-log", "flood", 1_000_000),
    ("hostile/provider-walks", "flood", 100_000),
    ("network-service", "_start", 50_000),
];

/// Modules that would go on in every host, were they not hardened.
const GOING_ON: &[(&str, &str)] = &[
    ("hostile/endless-loop", "_start"),
    ("hostile/host-call-loop", "yield"),
];

/// The trials.
pub fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for &(sample, steps, fuel) in ENDLESS {
        let name = format!("endless::{sample}::{}", steps.replace(' ', "_"));
        cases.push((name, Box::new(move || ended(sample, steps, fuel))));
    }
    cases.push((
        "endless::without_fuel_they_go_on".to_owned(),
        Box::new(going_on),
    ));
    cases.push(("endless::a_start_function".to_owned(), Box::new(start)));
    cases.push(("endless::the_first_value".to_owned(), Box::new(first_value)));
    cases.push(("endless::every_further_call".to_owned(), Box::new(further)));
    cases
}

fn ended(sample: &str, steps: &str, fuel: i64) -> Result<(), String> {
    let hardened = hardened(&module(sample)?, &policy(sample)?)?;
    let outcomes = everywhere(&|| {
        let mut job = Job::new(&hardened, steps);
        job.fuel = Some(fuel);
        job
    })?;
    for (host, outcome) in &outcomes {
        ensure(outcome.exhausted(), || {
            format!(
                "{host:?}: {} {:?} {}",
                outcome.seen(),
                outcome.fuel(),
                outcome.message
            )
        })?;
    }
    agreed(&outcomes)
}

fn going_on() -> Result<(), String> {
    for (sample, steps) in GOING_ON {
        let bytes = module(sample)?;
        let outcomes = everywhere(&|| {
            let mut job = Job::new(&bytes, steps);
            job.limit = 1000;
            job
        })?;
        for (host, outcome) in outcomes {
            ensure(outcome.ended == "timeout", || {
                format!("{host:?}: {}", outcome.seen())
            })?;
        }
    }
    Ok(())
}

/// The policy allows the start section here: it runs when the module is instantiated, on the first value.
fn start() -> Result<(), String> {
    let sample = "hostile/endless-start";
    let hardened = hardened(&module(sample)?, &policy(sample)?)?;
    let outcomes = everywhere(&|| Job::new(&hardened, "_start"))?;
    for (host, outcome) in &outcomes {
        let trapped = outcome.ended == "trapped" && outcome.at == "start";
        ensure(trapped && outcome.kind == "unreachable", || {
            format!("{host:?}: {} {}", outcome.seen(), outcome.message)
        })?;
    }
    agreed(&outcomes)
}

/// A host that sets nothing has the budget of the policy.
fn first_value() -> Result<(), String> {
    let sample = "hostile/endless-loop";
    let hardened = hardened(&module(sample)?, &policy(sample)?)?;
    let outcomes = everywhere(&|| Job::new(&hardened, "_start"))?;
    for (host, outcome) in &outcomes {
        ensure(outcome.exhausted(), || {
            format!("{host:?}: {}", outcome.seen())
        })?;
    }
    agreed(&outcomes)
}

/// The budget suffices for one call in three, and a host that does not set it again has none for the next ones.
fn further() -> Result<(), String> {
    let sample = "assemblyscript-function";
    let policy = policy(sample)?.replace("fuel: 100000", "fuel: 60");
    let hardened = hardened(&module(sample)?, &policy)?;
    let outcomes =
        everywhere(&|| Job::new(&hardened, "price 1500 3 , price 1500 3 , price 1500 3"))?;
    for (host, outcome) in &outcomes {
        let returned = outcome.results("price").is_empty() && outcome.steps.len() > 1;
        ensure(outcome.exhausted() && returned, || {
            format!("{host:?}: {} {:?}", outcome.seen(), outcome.fuel())
        })?;
    }
    agreed(&outcomes)
}
