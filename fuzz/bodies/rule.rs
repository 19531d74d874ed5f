//! A text as a rule: read, tried on its own examples, judged on a module.

use ringfence::audit::{SCHEMA, run_example};
use ringfence::rule::RuleSet;
use ringfence::source::Sources;

use super::held::{builtin, judge};
use super::lock::told;

/// A module and its policy with a fact of most kinds.
const MODULE: &[u8] = include_bytes!("../seeds/module/wide-host-abi.wasm");

/// The file is named after the rule, as it has to be.
pub fn body(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let id = text.lines().find_map(|line| line.strip_prefix("id: "));
    let id = id.unwrap_or("rule").trim();
    let mut sources = Sources::default();
    let mut rules = RuleSet::empty();
    if let Err(mistakes) = rules.add_text(id, "rule.yaml", text, &SCHEMA, &mut sources) {
        return told(&sources, Some(mistakes));
    }
    for rule in rules.iter() {
        for example in rule.examples().iter().take(4) {
            let _ = run_example(rule, example, &rules);
        }
    }
    let policy = builtin("function", &mut sources);
    judge_with(&rules, policy, &sources);
}

fn judge_with(rules: &RuleSet, policy: ringfence::audit::LoadedPolicy, sources: &Sources) {
    judge(MODULE, policy, sources, rules, None);
}
