//! The record: what it says is held against the bytes, and hardening twice is hardening once.

use ringfence::rewrite::Options;
use ringfence::wasm::edit::{record, without_record};
use ringfence::wasm::encode_text;
use wasm_encoder::{CustomSection, Section as _};

use super::{Check, harden, harden_bytes};
use crate::suite::program::{code, ensure, private, run, stdout};

/// The tests.
pub const CHECKS: &[(&str, Check)] = &[
    ("twice_is_once", twice),
    ("another_policy_is_refused", another),
    ("a_changed_module_is_refused", changed),
    ("check_holds_it_against_the_bytes", checked),
    (
        "a_record_of_guards_that_are_not_there_is_refused",
        unguarded,
    ),
];

/// A module of which much is taken away.
pub(super) const TEXT: &str = r#"(module
    (import "env" "log" (func $log (param i32 i32)))
    (import "env" "exec" (func $exec (param i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
    (memory (export "memory") 1) (table 2 funcref) (elem (i32.const 0) $log2 $run)
    (global $state (mut i32) (i32.const 0))
    (func $log2 (export "log2") (call $log (i32.const 0) (i32.const 1)))
    (func $begin (global.set $state (i32.const 1)))
    (func $run (export "run") (param i32) (result i32)
      (loop (call $log2) (br_if 0 (i32.eqz (global.get $state))))
      (if (local.get 0) (then (call $exec (i32.const 1))))
      (call $args (i32.const 0) (i32.const 4)))
    (func (export "abi_version") (result i32) (i32.const 1))
    (start $begin))"#;

/// What takes it away.
pub(super) const POLICY: &str = "version: 1\nname: a\nmodule:\n  proposals: {allow: [mutable-global]}\n  exports: {allow: [run, memory, _initialize, abi_version], max: 4}\n  custom_sections: {allow: [name, ringfence]}\nimports:\n  wasi: {stub: [args_sizes_get]}\n  host:\n    - module: env\n      name: log\n      signature: \"(i32, i32) -> ()\"\n      args: [{name: message, role: text, ptr: 0, len: 1, max: 64, allow: [\"hello*\"]}]\n      on_deny: trap\nlimits: {fuel: 100000, memory: 1MiB, table_elements: 10, deadline: 1s, host_calls: 100, stack: 64KiB}\n";

fn twice() -> Result<(), String> {
    let bytes = encode_text(TEXT)?;
    for policy in [POLICY.to_owned(), POLICY.replace("fuel: 100000, ", "")] {
        for keep_names in [true, false] {
            let options = Options {
                keep_names,
                ..Options::default()
            };
            let (once, first) = harden_bytes(&bytes, &policy, options)?;
            let (again, _) = harden_bytes(&bytes, &policy, options)?;
            ensure(once == again, || {
                "other bytes for the same input".to_owned()
            })?;
            let (twice, second) = harden_bytes(&once, &policy, options)?;
            ensure(twice == once, || "twice is not once".to_owned())?;
            ensure(second.unchanged && !first.unchanged, || {
                "unchanged".to_owned()
            })?;
            ensure(first.record == second.record, || {
                format!("{:?}", second.record)
            })?;
        }
    }
    Ok(())
}

fn another() -> Result<(), String> {
    let once = harden(TEXT, POLICY)?;
    for policy in [
        POLICY.replace("fuel: 100000", "fuel: 100001"),
        POLICY.replace("max: 64", "max: 65"),
        POLICY.replace("memory: 1MiB", "memory: 2MiB"),
    ] {
        let error = harden_bytes(&once, &policy, Options::default()).err();
        let error = error.unwrap_or_default();
        ensure(
            error.contains("harden the module that it was made from"),
            || format!("{policy}: {error}"),
        )?;
    }
    // What hardening does not read makes no other module.
    let other = POLICY.replace("name: a", "name: b");
    ensure(harden(TEXT, &other)? == once, || {
        "the policy's name counts".to_owned()
    })
}

/// Every bit of a hardened module: what is accepted as hardened is counted, guarded and otherwise the same.
fn changed() -> Result<(), String> {
    let once = harden(TEXT, POLICY)?;
    let mut taken = Vec::new();
    for at in (8..once.len()).step_by(3) {
        let mut forged = once.clone();
        forged[at] ^= 1 << (at % 7);
        if let Ok((bytes, _)) = harden_bytes(&forged, POLICY, Options::default()) {
            ensure(bytes == forged, || {
                format!("{at}: it is hardened once more")
            })?;
            taken.push(at);
        }
    }
    ensure(taken.len() * 9 < once.len(), || {
        format!("{} of {} are taken", taken.len(), once.len())
    })
}

/// A folder with the module and the policy.
pub(super) fn written(name: &str, bytes: &[u8]) -> Result<std::path::PathBuf, String> {
    let folder = private("harden-record").join(name);
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("policy.yaml"), POLICY).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("plugin.wasm"), bytes).map_err(|error| error.to_string())?;
    Ok(folder)
}

const CHECK: &[&str] = &[
    "check",
    "plugin.wasm",
    "--policy",
    "policy.yaml",
    "--format",
    "short",
];

fn checked() -> Result<(), String> {
    let once = harden(TEXT, POLICY)?;
    let folder = written("whole", &once)?;
    let output = run(&folder, CHECK);
    ensure(code(&output) == 0, || stdout(&output))?;
    for rule in ["hardening-record", "unexpected-export", "too-many-exports"] {
        ensure(!stdout(&output).contains(rule), || stdout(&output))?;
    }
    let printed = wasmprinter::print_bytes(&once).map_err(|error| error.to_string())?;
    let forgeries = [
        (
            "budget",
            printed.replacen("(i64.const 100000)", "(i64.const 200000)", 1),
        ),
        (
            "budget",
            printed.replacen("i64.const 100000", "i64.const 200000", 1),
        ),
        ("charge", without_a_charge(&printed)),
        (
            "import",
            printed.replacen(
                "(memory",
                "(import \"env\" \"exec\" (func (;99;) (param i32)))\n(memory",
                0,
            ),
        ),
    ];
    let mut tried = 0;
    for (name, text) in forgeries {
        if text == printed {
            continue;
        }
        tried += 1;
        let bytes = encode_text(&text).map_err(|error| format!("{name}: {error}"))?;
        let folder = written(name, &bytes)?;
        let output = run(&folder, CHECK);
        ensure(
            code(&output) == 1 && stdout(&output).contains("hardening-record"),
            || format!("{name}: {}", stdout(&output)),
        )?;
    }
    ensure(tried >= 2, || format!("{tried} forgeries"))?;
    let forged = r#"(module (global (export "ringfence_fuel") (mut i64) (i64.const 1)) (global (export "ringfence_exhausted") (mut i32) (i32.const 0))
        (func (export "run") (loop (br 0)))
        (@custom "ringfence" "{\"version\":1,\"tool\":\"x\",\"source\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"policy\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"fuel\":{\"model\":1,\"budget\":1,\"host_call\":100},\"wrappers\":0,\"done\":[],\"left\":[]}"))"#;
    let folder = written("forged", &encode_text(forged)?)?;
    let output = run(&folder, CHECK);
    let text = stdout(&output);
    ensure(
        text.contains("unexpected-export") && text.contains("hardening-record"),
        || text.clone(),
    )
}

/// The text of a module's record.
pub(super) fn told(bytes: &[u8]) -> Result<String, String> {
    let record = record(bytes).ok_or("no record")?;
    let record = record.map_err(|()| "two records")?;
    Ok(String::from_utf8_lossy(record).into_owned())
}

/// A module with another record.
pub(super) fn with(module: &[u8], record: &str) -> Vec<u8> {
    let mut bytes = without_record(module).unwrap_or_default();
    let section = CustomSection {
        name: "ringfence".into(),
        data: record.as_bytes().into(),
    };
    section.append_to(&mut bytes);
    bytes
}

/// A record for the very policy, on a module whose calls nothing checks.
fn unguarded() -> Result<(), String> {
    let once = harden(TEXT, POLICY)?;
    let guard = "\n      args: [{name: message, role: text, ptr: 0, len: 1, max: 64, allow: [\"hello*\"]}]\n      on_deny: trap";
    let without = POLICY.replace(guard, "");
    ensure(without != POLICY, || {
        "the guard is spelled otherwise".to_owned()
    })?;
    let said = told(&once)?;
    ensure(with(&once, &said) == once, || {
        "it is put together otherwise".to_owned()
    })?;
    for (name, bytes, problem, exit) in [
        (
            "unguarded",
            with(&harden(TEXT, &without)?, &said),
            "hardening gives another module",
            1,
        ),
        (
            "other-guard",
            with(&once, &said.replace("env.log message", "env.log secret")),
            "hardening gives another module",
            1,
        ),
        (
            "other-tool",
            with(&once, &said.replace("ringfence 0.", "ringfence 99.")),
            "by another version of ringfence",
            0,
        ),
        ("as-it-is", once.clone(), "", 0),
    ] {
        let folder = written(name, &bytes)?;
        let output = run(&folder, CHECK);
        let text = stdout(&output);
        ensure(code(&output) == exit && text.contains(problem), || {
            format!("{name}: {text}")
        })?;
        let silent = !text.contains("hardening-record");
        ensure(silent == problem.is_empty(), || format!("{name}: {text}"))?;
        let again = harden_bytes(&bytes, POLICY, Options::default());
        ensure(again.is_ok() == silent, || {
            format!("{name}: it is hardened again")
        })?;
    }
    // What the record's digest of the policy does not cover is no difference, and what it does is one.
    let left = said.replace("limits.deadline", "limits.headline");
    for (name, policy, bytes, silent) in [
        (
            "other-grants",
            format!("{POLICY}grants: {{args: {{max: 3}}, stdout: {{max: 1KiB}}}}\n"),
            &once,
            true,
        ),
        ("other-left", POLICY.to_owned(), &with(&once, &left), false),
    ] {
        let folder = written(name, bytes)?;
        std::fs::write(folder.join("policy.yaml"), &policy).map_err(|error| error.to_string())?;
        let output = run(&folder, CHECK);
        let text = stdout(&output);
        let passes = code(&output) == 0 && !text.contains("hardening-record");
        ensure(passes == silent, || format!("{name}: {text}"))?;
        ensure(
            harden_bytes(bytes, &policy, Options::default()).is_ok() == silent,
            || format!("{name}: hardened again"),
        )?;
    }
    // The names may have gone.
    let options = Options {
        keep_names: false,
        host_call: 107,
        budget: Some(9),
        ..Options::default()
    };
    let (bytes, _) = harden_bytes(&encode_text(TEXT)?, POLICY, options)?;
    let output = run(&written("nameless", &bytes)?, CHECK);
    ensure(
        code(&output) == 0 && !stdout(&output).contains("hardening-record"),
        || stdout(&output),
    )
}

/// The same module with one charge of one unit less.
fn without_a_charge(printed: &str) -> String {
    let marker = "i64.sub\n";
    match printed.rfind(marker) {
        None => printed.to_owned(),
        Some(at) => {
            let head = &printed[..at];
            let constant = head.rfind("i64.const ").unwrap_or(at);
            let end = printed[constant..].find('\n').unwrap_or(0) + constant;
            format!("{}i64.const 0{}", &printed[..constant], &printed[end..])
        }
    }
}
