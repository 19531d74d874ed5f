//! What a record claims and nothing shows, and what no record may be written for.

use ringfence::rewrite::Options;
use ringfence::wasm::edit::{HOST_CALL, record, without_record};
use ringfence::wasm::encode_text;
use wasm_encoder::{CustomSection, Section as _};

use super::{Check, harden, harden_bytes};
use crate::suite::program::{code, ensure, private, run, stdout};

/// The tests.
pub const CHECKS: &[(&str, Check)] = &[
    ("more_fuel_than_the_policy_states_is_a_warning", fuel),
    ("a_record_that_would_not_be_read_is_not_written", unread),
    ("deeds_are_held_against_the_module", deeds),
    ("what_is_gone_may_have_the_name_of_what_stays", names),
];

const TEXT: &str = r#"(module (memory (export "memory") 1) (table 2 funcref) (func (export "run")) (func (export "other")))"#;

const POLICY: &str = "version: 1\nname: a\nmodule: {exports: {allow: [run, memory]}, custom_sections: {allow: [name, ringfence]}}\nlimits: {fuel: 100000, memory: 1MiB, table_elements: 10, deadline: 1s, host_calls: 100, stack: 64KiB}\nrules: {missing-abi-version: {severity: note}}\n";

/// The exit code of `check`, and what it says.
fn check(name: &str, bytes: &[u8]) -> Result<(i32, String), String> {
    check_under(POLICY, name, bytes)
}

fn check_under(policy: &str, name: &str, bytes: &[u8]) -> Result<(i32, String), String> {
    let folder = private("harden-claims").join(name);
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("policy.yaml"), policy).map_err(|error| error.to_string())?;
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
            "cheap",
            Options {
                host_call: HOST_CALL - 1,
                ..stated
            },
            Some("a call of the host costs 99 more than another call"),
        ),
        (
            "dear",
            Options {
                host_call: HOST_CALL + 1,
                ..stated
            },
            None,
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

fn unread() -> Result<(), String> {
    let module = |names: usize| {
        let export = |place: usize| {
            let name = format!("{place}{}", "x".repeat(90_000));
            format!("(export \"{name}\")")
        };
        let exports: String = (0..names).map(export).collect();
        format!("(module (func {exports}))")
    };
    harden(&module(11), POLICY)?;
    let error = harden(&module(12), POLICY).err().unwrap_or_default();
    ensure(error.contains("would not be read again"), || {
        error.chars().take(300).collect()
    })
}

/// A module that is what hardening gives, but for what its record says.
fn deeds() -> Result<(), String> {
    let once = harden(TEXT, POLICY)?;
    let said = record(&once).ok_or("no record")?;
    let said = String::from_utf8_lossy(said.map_err(|()| "two records")?).into_owned();
    let deed = |what: &str, subject: &str| {
        let more = format!(
            "\"done\":[{{\"what\":\"{what}\",\"subject\":\"{subject}\",\"how\":\"at most 1 pages (64KiB)\"}},"
        );
        said.replace("\"done\":[", &more)
    };
    for (name, record, problem) in [
        ("as-it-is", said.clone(), ""),
        (
            "memory",
            said.replace("at most 16 pages (1MiB)", "at most 1 pages (64KiB)"),
            "the maximum of the memory 0",
        ),
        (
            "table",
            said.replace("at most 10 elements", "at most 2 elements"),
            "the maximum of the table 0",
        ),
        (
            "no-memory",
            deed("memory", "1"),
            "the maximum of the memory 1",
        ),
        (
            "no-number",
            deed("memory", "x"),
            "the maximum of the memory x",
        ),
        (
            "unknown",
            deed("sandbox", "network"),
            "which hardening does not do",
        ),
    ] {
        ensure((record == said) == problem.is_empty(), || {
            format!("{name}: the record is spelled otherwise: {said}")
        })?;
        let mut bytes = without_record(&once).unwrap_or_default();
        let section = CustomSection {
            name: "ringfence".into(),
            data: record.as_bytes().into(),
        };
        section.append_to(&mut bytes);
        let (code, text) = check(name, &bytes)?;
        let passes = code == 0 && !text.contains("hardening-record");
        ensure(passes == problem.is_empty(), || format!("{name}: {text}"))?;
        ensure(text.contains(problem), || format!("{name}: {text}"))?;
        let again = harden_bytes(&bytes, POLICY, Options::default());
        ensure(again.is_ok() == passes, || {
            format!("{name}: it is hardened again")
        })?;
    }
    Ok(())
}

/// A function, a memory and a global can be imported by one name.
fn names() -> Result<(), String> {
    let text = r#"(module (import "env" "f" (func $f)) (import "env" "f" (memory 1)) (import "env" "g" (func $g))
        (import "env" "g" (global i32)) (memory (export "memory") 1) (func (export "run") (call $f) (call $g)))"#;
    let host = "imports: {host: [{module: env, name: f, signature: \"() -> ()\"}]}\n";
    let policy = format!("{POLICY}{host}");
    let bytes = harden(text, &policy)?;
    let (code, said) = check_under(&policy, "names", &bytes)?;
    ensure(!said.contains("hardening-record"), || {
        format!("{code}: {said}")
    })?;
    let forged = |what: &str| {
        let said = record(&bytes).and_then(Result::ok).unwrap_or_default();
        let deed =
            format!("\"done\":[{{\"what\":\"import\",\"subject\":\"env.f\",\"how\":\"{what}\"}},");
        let said = String::from_utf8_lossy(said).replace("\"done\":[", &deed);
        let mut bytes = without_record(&bytes).unwrap_or_default();
        let section = CustomSection {
            name: "ringfence".into(),
            data: said.as_bytes().into(),
        };
        section.append_to(&mut bytes);
        bytes
    };
    let (_, said) = check_under(&policy, "forged", &forged("traps"))?;
    ensure(said.contains("the import env.f is gone"), || said.clone())
}
