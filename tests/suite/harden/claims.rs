//! What a record claims and nothing shows, and what no record may be written for.

use ringfence::rewrite::Options;
use ringfence::wasm::encode_text;

use super::{Check, harden_bytes};
use crate::suite::program::{code, ensure, private, run, stdout};

/// The tests.
pub const CHECKS: &[(&str, Check)] = &[
    ("more_fuel_than_the_policy_states_is_a_warning", fuel),
];

const TEXT: &str = r#"(module (memory (export "memory") 1) (table 2 funcref) (func (export "run")) (func (export "other")))"#;

const POLICY: &str = "version: 1\nname: a\nmodule: {exports: {allow: [run, memory]}, custom_sections: {allow: [name, ringfence]}}\nlimits: {fuel: 100000, memory: 1MiB, table_elements: 10, deadline: 1s, host_calls: 100, stack: 64KiB}\nrules: {missing-abi-version: {severity: note}}\n";

/// The exit code of `check`, and what it says.
fn check(name: &str, bytes: &[u8]) -> Result<(i32, String), String> {
    let folder = private("harden-claims").join(name);
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("policy.yaml"), POLICY).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("plugin.wasm"), bytes).map_err(|error| error.to_string())?;
    let arguments = ["check", "plugin.wasm", "--policy", "policy.yaml"];
    let output = run(&folder, &[&arguments[..], &["--format", "short"]].concat());
    Ok((code(&output), stdout(&output)))
}

fn fuel() -> Result<(), String> {
    let stated = Options::default();
    for (name, options, said) in [
        ("stated", stated, None),
        (
            "less",
            Options {
                budget: Some(99_999),
                ..stated
            },
            None,
        ),
        (
            "more",
            Options {
                budget: Some(100_001),
                ..stated
            },
            Some("the fuel is 100001 at first"),
        ),
        (
            "most",
            Options {
                budget: Some(9_000_000_000_000_000_000),
                host_call: 0,
                ..stated
            },
            Some("the fuel is 9000000000000000000 at first"),
        ),
        (
            "none",
            Options {
                fuel: false,
                ..stated
            },
            Some("no fuel is counted"),
        ),
    ] {
        let (bytes, _) = harden_bytes(&encode_text(TEXT)?, POLICY, options)?;
        let (code, text) = check(name, &bytes)?;
        let silent = !text.contains("hardening-record");
        ensure(code == 0 && silent == said.is_none(), || {
            format!("{name}: {text}")
        })?;
        ensure(text.contains(said.unwrap_or_default()), || {
            format!("{name}: {text}")
        })?;
    }
    Ok(())
}
