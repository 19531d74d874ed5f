//! A text as a policy: read, shown, printed and read again, judged by itself.

use ringfence::audit::{LoadedPolicy, Run, Severity, check_names};
use ringfence::policy::{self, Policy, Vocabulary, canonical};
use ringfence::report;
use ringfence::source::Sources;

use super::choices::grow;
use super::held::{RULES, formats, parses, quiet, surroundings};
use super::lock::told;
use super::policy_text::printed;

/// The bytes as they are.
pub fn body(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        hold(text);
    }
}

/// The bytes as choices of a grammar, which is the language's own table of keys.
pub fn grown(data: &[u8]) {
    hold(&grow(data));
}

fn hold(text: &str) {
    let mut sources = Sources::default();
    let read = policy::parse("policy.yaml", text, &Vocabulary::standard(), &mut sources);
    let policy = match read {
        Ok(policy) => policy,
        Err(mistakes) => return told(&sources, Some(mistakes)),
    };
    let rows = policy::show(&policy, &sources);
    quiet("policy show", &policy::show_text(&rows), false);
    let mut out = Vec::new();
    report::json::value(&policy::show_json(&rows), &mut out).expect("a vector takes all");
    parses("policy show", &String::from_utf8_lossy(&out));
    // Those with a base are held to it by the base's text, which is not printed.
    if policy.chain.len() < 2 {
        reads_back(&policy);
    }
    lint(policy, &sources);
}

/// What is printed of a policy means the same.
fn reads_back(policy: &Policy) {
    let text = printed(policy);
    let mut sources = Sources::default();
    let again = policy::parse("again.yaml", &text, &Vocabulary::standard(), &mut sources);
    match again {
        Ok(again) => assert_eq!(canonical(policy), canonical(&again), "{text}"),
        Err(mistakes) => {
            let told: Vec<&str> = mistakes.iter().map(|one| one.message.as_str()).collect();
            panic!("what is printed does not read: {told:?}\n{text}");
        }
    }
}

fn lint(policy: Policy, sources: &Sources) {
    let mistakes = check_names(&policy, &RULES);
    if !mistakes.is_empty() {
        return told(sources, Some(mistakes));
    }
    let around = surroundings();
    let policies = [LoadedPolicy::new("policy.yaml", policy, true)];
    let run = Run {
        rules: &RULES,
        policies: &policies,
        sources,
        surroundings: &around,
        lock: None,
        fail_on: Severity::Error,
        checklist: false,
        confirm: None,
    };
    formats(&run.lint(Vec::new()));
}
