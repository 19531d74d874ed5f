//! Ways into a module and out of it: what only they led to goes with them, at once.

use ringfence::rewrite::Options;
use ringfence::wasm::{decode, encode_text};

use super::plain::{End, Plain};
use super::record::POLICY;
use super::{Check, harden, harden_bytes};
use crate::suite::program::ensure;

/// The tests.
pub const CHECKS: &[(&str, Check)] = &[
    ("what_only_a_denied_way_in_reached_goes_at_once", closed),
    ("what_only_a_way_out_led_to_goes_at_once", referred),
    ("what_code_refers_to_stays_declared", declared),
];

/// Of what is left, no code calls `env.log` once the export or the host's table is gone.
fn closed() -> Result<(), String> {
    let export = r#"(module (import "env" "log" (func $log (param i32 i32))) (memory (export "memory") 1)
        (func (export "run")) (func (export "gone") (call $log (i32.const 0) (i32.const 1))))"#;
    let table = r#"(module (import "env" "log" (func $log (param i32 i32))) (import "env" "ways" (table 1 funcref)) (memory (export "memory") 1)
        (func (export "run")) (func $way (call $log (i32.const 0) (i32.const 1))) (elem (i32.const 0) func $way))"#;
    for (text, what) in [(export, "export"), (table, "import")] {
        let options = Options::default();
        let (once, first) = harden_bytes(&encode_text(text)?, POLICY, options)?;
        let (twice, second) = harden_bytes(&once, POLICY, options)?;
        ensure(twice == once && first.record == second.record, || {
            format!("twice is not once: {text}")
        })?;
        let left = decode(&once).imports;
        ensure(left.is_empty(), || format!("{left:?}"))?;
        let done = first.record.done.iter();
        let told = done.filter(|deed| deed.what == what).count();
        ensure(told > 0, || format!("{:?}", first.record.done))?;
    }
    Ok(())
}

/// A function that the host may call only where a reference gets out to it: by what goes, none does.
fn referred() -> Result<(), String> {
    let policy = "version: 1\nname: a\nmodule: {exports: {allow: [run]}}\nimports: {host: [{module: env, name: f, signature: \"() -> ()\"}, {module: env, name: keep, signature: \"(funcref) -> ()\"}]}\nlimits: {fuel: 1000}\n";
    let f = r#"(import "env" "f" (func $f))"#;
    let run = r#"(func (export "run"))"#;
    for (text, imports) in [
        // No code calls what takes references.
        (
            format!(
                r#"{f} (import "env" "keep" (func (param funcref))) (global funcref (ref.func $f)) {run}"#
            ),
            0,
        ),
        // It is denied.
        (
            format!(
                r#"{f} (import "env" "x" (func $x (param funcref))) (global funcref (ref.func $f)) (func (export "run") (call $x (global.get 0)))"#
            ),
            0,
        ),
        // The export that holds one is denied.
        (
            format!(r#"{f} (global (export "g") (mut funcref) (ref.func $f)) {run}"#),
            0,
        ),
        // One that is granted and called remains.
        (
            format!(
                r#"{f} (import "env" "keep" (func $k (param funcref))) (global funcref (ref.func $f)) (func (export "run") (call $k (global.get 0)))"#
            ),
            2,
        ),
    ] {
        let once = harden(&format!("(module {text})"), policy)?;
        let (twice, _) = harden_bytes(&once, policy, Options::default())?;
        ensure(once == twice, || format!("{text}: twice is not once"))?;
        let left = decode(&once).imports.len();
        ensure(left == imports, || format!("{text}: {left} imports"))?;
    }
    Ok(())
}

/// Functions that only an export declared which goes: code may go on referring to them.
fn declared() -> Result<(), String> {
    let policy = "version: 1\nname: a\nmodule: {exports: {allow: [run, _start]}, start_section: deny}\nimports: {host: [{module: env, name: f, signature: \"() -> ()\"}]}\nlimits: {fuel: 1000}\n";
    let more = r#"(table $t 1 1 funcref) (elem (i32.const 0) func $other) (func $other)
        (func (export "run") (table.set (i32.const 0) (ref.func $f)) (call_indirect (i32.const 0)))"#;
    for (text, calls) in [
        (r#"(func $f) (export "f" (func $f))"#, 0),
        (
            r#"(func $f) (func $s) (start $s) (export "_start" (func $f))"#,
            0,
        ),
        (r#"(import "env" "f" (func $f)) (export "f" (func $f))"#, 1),
        (
            r#"(func $f) (export "f" (func $f)) (export "g" (func $f)) (elem funcref (ref.func $f) (ref.func $other))"#,
            0,
        ),
    ] {
        let once = harden(&format!("(module {text} {more})"), policy)?;
        let (twice, _) = harden_bytes(&once, policy, Options::default())?;
        ensure(once == twice, || format!("{text}: twice is not once"))?;
        let mut plain = Plain::new(&once)?;
        let end = plain.call("run", &[]);
        ensure(end == End::Returned(Vec::new()), || {
            format!("{text}: {end:?}")
        })?;
        ensure(plain.calls().len() == calls, || {
            format!("{text}: {:?}", plain.calls())
        })?;
    }
    let denied = r#"(import "env" "x" (func $f)) (export "f" (func $f))"#;
    let mut plain = Plain::new(&harden(&format!("(module {denied} {more})"), policy)?)?;
    ensure(plain.call("run", &[]) == End::Trapped, || {
        "a denied import is called".to_owned()
    })
}
