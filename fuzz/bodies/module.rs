//! Bytes as a module: its facts, the analysis of its code, and the reports about it.

use ringfence::audit::inspect;
use ringfence::source::Sources;
use ringfence::wasm::{self, Input};

use super::held::{RULES, builtin, judge, screens, surroundings};

/// Without a policy or under a strict one, as its length has it: each costs as much as all the rest.
pub fn body(data: &[u8]) {
    let input = Input::binary(data.to_vec());
    let module = wasm::decode_input(&input);
    assert_eq!(
        module.digest(),
        wasm::Digested::new(input.clone()).digest(),
        "two digests of the same bytes"
    );
    screens(&inspect("plugin.wasm", module, data, &surroundings()));
    let name = if data.len().is_multiple_of(2) {
        "baseline"
    } else {
        "strict"
    };
    let mut sources = Sources::default();
    let policy = builtin(name, &mut sources);
    judge(data, policy, &sources, &RULES, None);
}
