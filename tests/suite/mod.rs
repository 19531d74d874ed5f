//! The parts of the suite. Each gives its trials; a trial fails with a text that says what was expected.

mod approvals;
mod cases;
mod documents;
#[cfg(all(feature = "run", unix))]
mod endurance;
#[cfg(all(feature = "run", unix))]
mod enforcement;
mod evasion;
#[cfg(all(feature = "run", unix))]
mod guests;
#[cfg(all(feature = "run", unix))]
mod harden;
mod hostile;
mod layers;
#[cfg(unix)]
mod names;
mod program;
mod recall;
#[cfg(all(feature = "run", unix))]
mod review;
#[cfg(all(feature = "run", unix))]
mod run;
mod samples;
#[cfg(all(feature = "run", unix))]
mod soundness;
#[cfg(all(feature = "run", unix))]
mod toolchains;
#[cfg(unix)]
mod wiring;

use libtest_mimic::Trial;

/// Every trial.
pub fn trials() -> Vec<Trial> {
    [
        approvals::trials(),
        cases::trials(),
        documents::trials(),
        #[cfg(all(feature = "run", unix))]
        endurance::trials(),
        evasion::trials(),
        #[cfg(all(feature = "run", unix))]
        guests::trials(),
        #[cfg(all(feature = "run", unix))]
        harden::trials(),
        hostile::trials(),
        layers::trials(),
        recall::trials(),
        samples::trials(),
        #[cfg(all(feature = "run", unix))]
        soundness::trials(),
        #[cfg(all(feature = "run", unix))]
        enforcement::trials(),
        #[cfg(all(feature = "run", unix))]
        review::trials(),
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
