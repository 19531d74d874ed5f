//! A policy and a module: what hardening makes of the module is valid, hardening it once more changes nothing, and `check` and
//! `diff` see that it is so.

use ringfence::audit::{LoadedPolicy, Run, Version};
use ringfence::policy::{self, Vocabulary};
use ringfence::rewrite::{Harden, Options, Refused, confirms, derives};
use ringfence::source::Sources;
use ringfence::wasm::{self, Input, edit};

use super::held::{RULES, surroundings};
use super::pair;

/// The policy's text, then the module.
pub fn body(data: &[u8]) {
    let (text, module) = pair(data);
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let mut sources = Sources::default();
    let Ok(policy) = policy::parse("policy.yaml", text, &Vocabulary::standard(), &mut sources)
    else {
        return;
    };
    let policies = [LoadedPolicy::new("policy.yaml", policy, true)];
    let around = surroundings();
    let run = Run::new(&RULES, &policies, &sources, &around);
    for budget in [None, Some(1_000_000)] {
        let options = Options {
            budget,
            ..Options::default()
        };
        let harden = |bytes: &[u8]| {
            let input = Input::binary(bytes.to_vec());
            let module = wasm::decode_input(&input);
            let harden = Harden {
                input: &input,
                module: &module,
                run: &run,
                options,
            };
            match harden.harden() {
                Ok((bytes, hardened)) => Some((bytes, hardened.record)),
                Err(Refused::Broken(reason)) => panic!("what was hardened is broken: {reason}"),
                Err(Refused::Reasons(_) | Refused::Findings(_)) => None,
            }
        };
        let Some((once, record)) = harden(module) else {
            continue;
        };
        let twice = harden(&once).map(|(twice, _)| twice);
        assert_eq!(twice.as_ref(), Some(&once), "hardening twice is not once");
        let policy = &policies[0].policy;
        assert!(confirms(&once, &record, policy), "`check` refuses it");
        if edit::record(module).is_none() {
            let source = Version {
                path: "source.wasm",
                module: &wasm::decode_input(&Input::binary(module.to_vec())),
                bytes: module,
            };
            let derived = derives(source, &once, &record, policy);
            assert!(derived, "`diff` does not see where it comes from");
        }
    }
}
