//! Every key that the runner makes true, as a trial: one small guest under two policies that differ in this key alone comes to
//! two ends. No rule judges here, so only the runner can hold the line.

mod abi;
mod arguments;
mod case;
mod clocks;
mod files;
mod guest;
mod host;
mod imports;
mod limits;
mod providers;
mod rest;
mod seen;
mod streams;
mod withheld;

use std::collections::BTreeSet;

use libtest_mimic::{Failed, Trial};
use ringfence::policy::keys::{Enforcer, rows};

use super::program::ensure;
use case::Case;

/// The trials.
pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("enforcement::every_key_has_a_case", || {
            complete().map_err(Failed::from)
        }),
        Trial::test("enforcement::no_case_repeats_another", || {
            distinct().map_err(Failed::from)
        }),
    ];
    trials.extend(cases().map(|case| {
        Trial::test(format!("enforcement::{}", case.name()), move || {
            case.hold().map_err(Failed::from)
        })
    }));
    trials.extend(withheld::CASES.iter().map(|case| {
        let name = format!("enforcement::{}: none in any case", case.name());
        Trial::test(name, move || case.hold_alike().map_err(Failed::from))
    }));
    trials
}

fn cases() -> impl Iterator<Item = &'static Case> {
    [
        abi::CASES,
        arguments::CASES,
        clocks::CASES,
        files::CASES,
        host::CASES,
        imports::CASES,
        limits::CASES,
        providers::CASES,
        rest::CASES,
        streams::CASES,
    ]
    .into_iter()
    .flatten()
}

/// A key without a case is enforced on paper; a case without a key tests nothing that a policy can say.
fn complete() -> Result<(), String> {
    let enforced = |enforcer| matches!(enforcer, Enforcer::Runner | Enforcer::Both(_));
    let keys = rows().into_iter().filter(|row| enforced(row.key.enforcer));
    let keys: BTreeSet<String> = keys.map(|row| row.path).collect();
    let tried: BTreeSet<String> = cases().map(|case| case.key.to_owned()).collect();
    let untried: Vec<&String> = keys.difference(&tried).collect();
    ensure(untried.is_empty(), || {
        format!("without a case: {untried:?}")
    })?;
    let unknown: Vec<&String> = tried.difference(&keys).collect();
    ensure(unknown.is_empty(), || {
        format!("no keys of the runner's: {unknown:?}")
    })
}

fn distinct() -> Result<(), String> {
    let mut names = BTreeSet::new();
    let again: Vec<String> = cases()
        .map(Case::name)
        .filter(|name| !names.insert(name.clone()))
        .collect();
    ensure(again.is_empty(), || format!("twice: {again:?}"))
}
