//! Hardened modules in a plain engine, which knows nothing of policies: what was granted still works, what was denied does not,
//! and fuel ends what does not end by itself.
//!
//! `RINGFENCE_HARDEN=5000` sets how many made-up programs and arbitrary modules run, `RINGFENCE_HARDEN_FROM=1000` the first seed.

mod alike;
mod arbitrary;
mod claims;
mod command;
mod compared;
mod embedded;
mod fuel;
mod guards;
mod hosts;
mod imports;
mod plain;
mod program;
mod record;
mod refused;
mod samples;
mod ways;

use libtest_mimic::{Failed, Trial};
use ringfence::audit::{Hardened, LoadedPolicy, Run, Severity, Surroundings};
use ringfence::policy::{self, Vocabulary};
use ringfence::rewrite::{Harden, Options, Refused};
use ringfence::rule::RuleSet;
use ringfence::source::Sources;
use ringfence::wasm::{Input, decode, encode_text};

/// A test.
type Check = fn() -> Result<(), String>;

/// The trials.
pub fn trials() -> Vec<Trial> {
    let parts: [(&str, &[(&str, Check)]); 12] = [
        ("alike", alike::CHECKS),
        ("arbitrary", arbitrary::CHECKS),
        ("claims", claims::CHECKS),
        ("command", command::CHECKS),
        ("compared", compared::CHECKS),
        ("fuel", fuel::CHECKS),
        ("guards", guards::CHECKS),
        ("imports", imports::CHECKS),
        ("record", record::CHECKS),
        ("refused", refused::CHECKS),
        ("samples", samples::CHECKS),
        ("ways", ways::CHECKS),
    ];
    let trial = |part: &str, (name, check): &(&str, Check)| {
        let check = *check;
        Trial::test(format!("harden::{part}::{name}"), move || {
            check().map_err(Failed::from)
        })
    };
    parts
        .iter()
        .flat_map(|(part, checks)| checks.iter().map(|check| trial(part, check)))
        .chain(hosts::trials())
        .collect()
}

/// Hardens bytes under a policy's text; no rule judges, so that only what hardening does itself is seen.
fn harden_bytes(
    bytes: &[u8],
    policy: &str,
    options: Options,
) -> Result<(Vec<u8>, Hardened), String> {
    let mut sources = Sources::default();
    let read = policy::parse("policy.yaml", policy, &Vocabulary::standard(), &mut sources);
    let read = read.map_err(|mistakes| format!("{mistakes:?}"))?;
    let policies = [LoadedPolicy::new("policy.yaml", read, true)];
    let surroundings = Surroundings::of_process();
    let rules = RuleSet::empty();
    let run = Run {
        rules: &rules,
        policies: &policies,
        sources: &sources,
        surroundings: &surroundings,
        lock: None,
        fail_on: Severity::Error,
        checklist: false,
        confirm: None,
    };
    let input = Input::binary(bytes.to_vec());
    let module = decode(bytes);
    let harden = Harden {
        input: &input,
        module: &module,
        run: &run,
        options,
    };
    harden.harden().map_err(|refused| match refused {
        Refused::Reasons(reasons) => reasons.join("\n"),
        Refused::Findings(report) => format!("findings: {:?}", report.findings),
        Refused::Broken(reason) => format!("broken: {reason}"),
    })
}

/// The same of a text.
fn harden(text: &str, policy: &str) -> Result<Vec<u8>, String> {
    let bytes = encode_text(text)?;
    let (hardened, _) = harden_bytes(&bytes, policy, Options::default())?;
    Ok(hardened)
}
