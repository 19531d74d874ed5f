//! Approvals for modules of the benches.

use std::path::Path;

use ringfence::audit::{Approval, LoadedPolicy, Surroundings};
use ringfence::policy::{self, Vocabulary};
use ringfence::rule::RuleSet;
use ringfence::source::Sources;
use ringfence::wasm;

/// Approves a module under a policy's text; rules are for `check`, so none judges here.
pub fn approve(bytes: Vec<u8>, text: &str) -> Approval {
    let mut sources = Sources::default();
    let policy = policy::parse("bench.yaml", text, &Vocabulary::standard(), &mut sources);
    let policy = LoadedPolicy::new("bench.yaml", policy.expect("the policy reads"), true);
    let input = wasm::Input::binary(bytes);
    let module = wasm::decode_input(&input);
    let rules = RuleSet::empty();
    let around = Surroundings::of_process();
    match Approval::audit(input, module, policy, sources, &rules, around) {
        Ok(approval) => approval,
        Err(refusal) => panic!("{refusal}"),
    }
}

/// A sample with its policy.
pub fn sample(name: &str) -> (Vec<u8>, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("sample-modules")
        .join(name);
    let read = |file| std::fs::read(folder.join(file)).expect("the sample is there");
    let policy = String::from_utf8(read("policy.yaml")).expect("the policy is text");
    (read("plugin.wasm"), policy)
}
