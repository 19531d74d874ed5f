//! Approved modules for the tests of the runner.

use crate::audit::{Approval, LoadedPolicy, Refusal, Surroundings};
use crate::policy::{self, Vocabulary};
use crate::rule::RuleSet;
use crate::source::Sources;
use crate::wasm;

use super::{Entry, Invocation, Options, Outcome, Runner, Value};

/// Limits that let a small guest do its work.
pub const LIMITS: &str = "limits: {fuel: 10000000, deadline: 5s, memory: 1MiB, table_elements: 100, stack: 256KiB, host_calls: 1000}\n";

/// Approves a module's text under a policy's, which begins after `version` and `name`. No rule judges it: what the auditor
/// would have refused is for the runner to contain.
pub fn approve(module: &str, policy: &str) -> Approval {
    let mut sources = Sources::default();
    let text = format!("version: 1\nname: sample\n{policy}");
    let policy = policy::parse("policy.yaml", &text, &Vocabulary::standard(), &mut sources);
    let policy = LoadedPolicy::new("policy.yaml", policy.unwrap(), true);
    let input = wasm::Input::binary(wasm::encode_text(module).unwrap());
    let module = wasm::decode_input(&input);
    let rules = RuleSet::empty();
    let around = Surroundings::of_process();
    match Approval::audit(input, module, policy, sources, &rules, around) {
        Ok(approval) => approval,
        Err(Refusal::Findings(report)) => {
            let findings = report.findings.iter().map(|one| (&one.rule, &one.message));
            panic!("{:?}", findings.collect::<Vec<_>>())
        }
        Err(refusal) => panic!("{refusal}"),
    }
}

/// A runner over a sample.
pub fn runner(module: &str, policy: &str) -> Runner {
    Runner::new(approve(module, policy), Options::default()).unwrap()
}

/// A tokio runtime on this thread.
pub fn tokio() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

/// Calls an export of a sample.
pub fn call(module: &str, policy: &str, name: &str, arguments: &[Value]) -> Outcome {
    let entry = Entry::Export {
        name: name.to_owned(),
        arguments: arguments.to_vec(),
    };
    let runner = runner(module, policy);
    tokio().block_on(runner.run(Invocation::default(), &entry))
}
