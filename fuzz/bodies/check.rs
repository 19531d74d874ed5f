//! A policy and a module: the one held against the other.

use ringfence::audit::LoadedPolicy;
use ringfence::policy::{self, Vocabulary};
use ringfence::source::Sources;

use super::held::{RULES, judge};
use super::pair;

/// The policy's text, then the module.
pub fn body(data: &[u8]) {
    let (text, module) = pair(data);
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let mut sources = Sources::default();
    let read = policy::parse("policy.yaml", text, &Vocabulary::standard(), &mut sources);
    if let Ok(policy) = read {
        let policy = LoadedPolicy::new("policy.yaml", policy, true);
        judge(module, policy, &sources, &RULES, None);
    }
}
