//! A policy and a module: what hardening makes of the module is valid, and hardening it once more changes nothing.

use ringfence::audit::{LoadedPolicy, Run};
use ringfence::policy::{self, Vocabulary};
use ringfence::rewrite::{Harden, Options, Refused};
use ringfence::source::Sources;
use ringfence::wasm::{self, Input};

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
                Ok((bytes, _)) => Some(bytes),
                Err(Refused::Broken(reason)) => panic!("what was hardened is broken: {reason}"),
                Err(Refused::Reasons(_) | Refused::Findings(_)) => None,
            }
        };
        if let Some(once) = harden(module) {
            assert_eq!(harden(&once), Some(once), "hardening twice is not once");
        }
    }
}
