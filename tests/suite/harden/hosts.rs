//! Hardened modules in hosts that are not ours: Node with its own WASI, wazero, plain wasmtime (tests/hosts/README.md). What
//! was granted works as before, what was denied does not, what does not end is ended by its fuel, and all three count the
//! same.
//!
//! `RINGFENCE_HOSTS_SPEED=9` adds a trial that measures what counting costs in each of them.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::assigning_clones,
    reason = "hosts take the bits of a number as WebAssembly has them"
)]

mod alike;
mod denied;
mod endless;
mod engine;
mod foreign;
mod guests;
mod job;
mod made_up;
mod outcome;
mod samples;
mod speed;
mod steady;
mod table;

use libtest_mimic::{Failed, Trial};

use foreign::Host;

/// A trial's name and what it does.
type Case = (String, Box<dyn Fn() -> Result<(), String> + Send>);

/// The trials. One says that a host is not here, and is ignored then.
pub fn trials() -> Vec<Trial> {
    let here = [Host::Node, Host::Wazero].map(|host| {
        let missing = foreign::missing(host);
        if let Some(reason) = &missing {
            eprintln!("{reason}");
        }
        let absent = missing.is_some();
        let name = format!("harden::hosts::{host:?}_is_here");
        Trial::test(name, move || {
            missing.map_or(Ok(()), |text| Err(text.into()))
        })
        .with_ignored_flag(absent)
    });
    let cases = samples::cases()
        .into_iter()
        .chain(denied::cases())
        .chain(endless::cases())
        .chain(guests::cases())
        .chain(made_up::cases())
        .chain(speed::cases());
    let trial = |(name, check): Case| {
        Trial::test(format!("harden::hosts::{name}"), move || {
            check().map_err(Failed::from)
        })
    };
    cases.map(trial).chain(here).collect()
}
