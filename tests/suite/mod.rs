//! The parts of the suite. Each gives its trials; a trial fails with a text that says what was expected.

mod approvals;
#[cfg(unix)]
mod bounds;
mod cases;
mod documents;
#[cfg(all(feature = "run", unix))]
mod endurance;
#[cfg(all(feature = "run", unix))]
mod enforcement;
mod evasion;
#[cfg(all(feature = "run", unix))]
mod faults;
mod fuzz;
#[cfg(all(feature = "run", unix))]
mod guests;
#[cfg(all(feature = "run", unix))]
mod harden;
mod hostile;
#[cfg(all(feature = "run", unix))]
mod hosts;
mod layers;
#[cfg(unix)]
mod names;
#[cfg(all(feature = "run", unix))]
mod outputs;
#[cfg(unix)]
mod passphrase;
mod placebo;
mod program;
#[cfg(all(feature = "run", unix))]
mod promises;
mod recall;
#[cfg(all(feature = "run", unix))]
mod record;
#[cfg(all(feature = "run", unix))]
mod review;
#[cfg(all(feature = "run", unix))]
mod run;
mod samples;
#[cfg(all(feature = "run", unix))]
mod soundness;
mod supply;
#[cfg(all(feature = "run", unix))]
mod toolchains;
#[cfg(unix)]
mod wiring;

use libtest_mimic::Trial;

/// Every trial.
pub fn trials() -> Vec<Trial> {
    [
        approvals::trials(),
        #[cfg(unix)]
        bounds::trials(),
        cases::trials(),
        documents::trials(),
        #[cfg(all(feature = "run", unix))]
        endurance::trials(),
        evasion::trials(),
        #[cfg(all(feature = "run", unix))]
        faults::trials(),
        fuzz::trials(),
        #[cfg(all(feature = "run", unix))]
        guests::trials(),
        #[cfg(all(feature = "run", unix))]
        harden::trials(),
        hostile::trials(),
        #[cfg(all(feature = "run", unix))]
        hosts::trials(),
        layers::trials(),
        #[cfg(unix)]
        passphrase::trials(),
        placebo::trials(),
        #[cfg(all(feature = "run", unix))]
        promises::trials(),
        recall::trials(),
        #[cfg(all(feature = "run", unix))]
        record::trials(),
        samples::trials(),
        supply::trials(),
        #[cfg(all(feature = "run", unix))]
        soundness::trials(),
        #[cfg(all(feature = "run", unix))]
        enforcement::trials(),
        #[cfg(all(feature = "run", unix))]
        review::trials(),
        #[cfg(all(feature = "run", unix))]
        outputs::trials(),
        #[cfg(all(feature = "run", unix))]
        run::trials(),
        #[cfg(all(feature = "run", unix))]
        toolchains::trials(),
        #[cfg(unix)]
        wiring::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
