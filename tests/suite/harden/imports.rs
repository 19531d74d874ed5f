//! Imports, exports, limits and the start section.

use ringfence::rewrite::Options;
use ringfence::wasm::{decode, encode_text};
use wasmtime::Val;

use super::plain::{End, Plain};
use super::{Check, harden, harden_bytes};
use crate::suite::program::ensure;

/// The tests.
pub const CHECKS: &[(&str, Check)] = &[
    ("stubs_answer_as_the_runners_do", stubs),
    ("denied_ones_are_gone_and_trap", denied),
    ("what_no_code_calls_is_gone", unreached),
    ("two_imports_of_a_name", twins),
    ("a_clock_that_is_denied_says_so", clocks),
    ("limits_are_lowered", limits),
    ("exports_and_sections_go", surface),
    ("start_runs_once_before_the_entry", start),
    ("a_start_that_traps_is_not_passed_over", failing),
    ("memories_and_tables_of_the_host_become_own", own),
    ("calls_through_tables_meet_the_same", tables),
    ("names_stay_true", names),
];

const WASI: &str = "wasi_snapshot_preview1";

fn one(ends: &End) -> &str {
    match ends {
        End::Returned(values) => values.first().map_or("", String::as_str),
        End::Trapped => "trap",
    }
}

fn stubs() -> Result<(), String> {
    let policy = "version: 1\nname: a\nimports: {wasi: {stub: [args_sizes_get, args_get, environ_sizes_get, fd_prestat_get, path_open, proc_exit, sock_send]}}\n";
    let text = format!(
        r#"(module
        (import "{WASI}" "args_sizes_get" (func $a (param i32 i32) (result i32)))
        (import "{WASI}" "args_get" (func $b (param i32 i32) (result i32)))
        (import "{WASI}" "environ_sizes_get" (func $c (param i32 i32) (result i32)))
        (import "{WASI}" "fd_prestat_get" (func $d (param i32 i32) (result i32)))
        (import "{WASI}" "path_open" (func $e (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "{WASI}" "proc_exit" (func $f (param i32)))
        (import "{WASI}" "sock_send" (func $g (param i32 i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff")
        (func (export "sizes") (param i32 i32) (result i32) (call $a (local.get 0) (local.get 1)))
        (func (export "environ") (param i32 i32) (result i32) (call $c (local.get 0) (local.get 1)))
        (func (export "args") (result i32) (call $b (i32.const 0) (i32.const 0)))
        (func (export "prestat") (result i32) (call $d (i32.const 3) (i32.const 0)))
        (func (export "open") (result i32) (call $e (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 0)))
        (func (export "exit") (call $f (i32.const 0)))
        (func (export "send") (result i32) (call $g (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
        (func (export "word") (param i32) (result i32) (i32.load (local.get 0))))"#
    );
    let bytes = harden(&text, policy)?;
    ensure(decode(&bytes).imports.is_empty(), || {
        "an import stayed".to_owned()
    })?;
    let mut plain = Plain::new(&bytes)?;
    let mut call = |export: &str, numbers: &[i32]| {
        let values: Vec<Val> = numbers.iter().map(|number| Val::I32(*number)).collect();
        one(&plain.call(export, &values)).to_owned()
    };
    for (export, numbers, expected) in [
        ("sizes", &[0, 65534][..], "trap"),
        ("sizes", &[0, 65536], "trap"),
        ("sizes", &[-4, 0], "trap"),
        ("sizes", &[1, 4], "trap"),
        ("word", &[0], "-1"),
        ("sizes", &[0, 8], "0"),
        ("word", &[0], "0"),
        ("word", &[4], "-1"),
        ("word", &[8], "0"),
        ("environ", &[4, 4], "0"),
        ("word", &[4], "0"),
        ("args", &[], "0"),
        ("prestat", &[], "8"),
        ("open", &[], "76"),
        ("exit", &[], "trap"),
        ("send", &[], "76"),
    ] {
        let said = call(export, numbers);
        ensure(said == expected, || {
            format!("{export} {numbers:?}: {said} and not {expected}")
        })?;
    }
    Ok(())
}

fn denied() -> Result<(), String> {
    let text = format!(
        r#"(module (import "{WASI}" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "{WASI}" "random_get" (func $random (param i32 i32) (result i32)))
        (import "env" "exec" (func $exec (param i32) (result i64)))
        (import "env" "log" (func $log (param i32)))
        (memory (export "memory") 1)
        (func (export "random") (result i32) (call $random (i32.const 0) (i32.const 8)))
        (func (export "exec") (result i64) (call $exec (i32.const 0)))
        (func (export "log") (call $log (i32.const 5)))
        (func (export "open") (result i32) (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 0))))"#
    );
    let policy = "version: 1\nname: a\nimports:\n  wasi: {allow: [random], deny: [path_open]}\n  host: [{module: env, name: log, signature: \"(i32) -> ()\"}]\ngrants: {random: {source: deny}}\n";
    let bytes = harden(&text, policy)?;
    let module = decode(&bytes);
    let names: Vec<&str> = module
        .imports
        .iter()
        .map(|import| import.name.as_str())
        .collect();
    ensure(names == ["log"], || format!("{names:?}"))?;
    let mut plain = Plain::new(&bytes)?;
    for export in ["random", "exec", "open"] {
        let end = plain.call(export, &[]);
        ensure(end == End::Trapped, || format!("{export}: {end:?}"))?;
    }
    plain.call("log", &[]);
    ensure(plain.calls() == ["log 5"], || {
        format!("{:?}", plain.calls())
    })
}

fn unreached() -> Result<(), String> {
    let text = r#"(module (import "env" "a" (func $a)) (import "env" "b" (func $b))
        (import "env" "a" (func $again))
        (func $dead (call $b)) (func (export "f") (call $a)))"#;
    let policy = "version: 1\nname: a\nimports: {host: [{module: env, name: a, signature: \"() -> ()\"}, {module: env, name: b, signature: \"() -> ()\"}]}\n";
    let bytes = harden(text, policy)?;
    let module = decode(&bytes);
    let names: Vec<&str> = module
        .imports
        .iter()
        .map(|import| import.name.as_str())
        .collect();
    ensure(names == ["a", "a"], || format!("{names:?}"))?;
    let mut plain = Plain::new(&bytes)?;
    plain.call("f", &[]);
    ensure(plain.calls() == ["a "], || format!("{:?}", plain.calls()))
}

/// The one that no code calls stays with the other; of another type, it has guards of its own or is refused for that.
fn twins() -> Result<(), String> {
    let policy = "version: 1\nname: a\nimports: {host: [{module: env, name: get, signature: \"(i32, i32) -> i32\", args: [{name: n, role: number, index: 1, max: 5}], on_deny: {return: -1}}]}\nlimits: {fuel: 1000}\n";
    let text = |twin: &str| {
        format!(
            r#"(module (import "env" "get" (func $get (param i32 i32) (result i32))) (import "env" "get" (func {twin}))
            (func (export "f") (param i32) (result i32) (call $get (i32.const 1) (local.get 0))))"#
        )
    };
    let bytes = harden(&text("(param i32 i32) (result i32)"), policy)?;
    ensure(decode(&bytes).imports.len() == 2, || {
        "one is gone".to_owned()
    })?;
    let (again, _) = harden_bytes(&bytes, policy, Options::default())?;
    ensure(again == bytes, || "twice is not once".to_owned())?;
    let mut plain = Plain::new(&bytes)?;
    let denied = plain.call("f", &[Val::I32(6)]);
    ensure(one(&denied) == "-1" && plain.calls().is_empty(), || {
        format!("{denied:?}")
    })?;
    for twin in ["", "(param i32)", "(result i64)", "(param i32 f32)"] {
        let error = harden(&text(twin), policy).err().unwrap_or_default();
        ensure(error.starts_with("env.get: "), || {
            format!("{twin}: {error}")
        })?;
    }
    for twin in ["(param i32 i32)", "(param i32 i64) (result i64)"] {
        harden(&text(twin), policy)?;
    }
    Ok(())
}

fn clocks() -> Result<(), String> {
    let text = format!(
        r#"(module (import "{WASI}" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "f") (param i32) (result i32) (call $time (local.get 0) (i64.const 0) (i32.const 8))))"#
    );
    let policy = |clock: &str| {
        format!(
            "version: 1\nname: a\nimports: {{wasi: {{allow: [clock.wall, clock.monotonic]}}}}\ngrants: {{clock: {{{clock}}}}}\n"
        )
    };
    for (clock, wall, monotonic) in [
        ("wall: real, monotonic: deny", true, false),
        ("monotonic: real", false, true),
        ("wall: real, monotonic: real", true, true),
    ] {
        let mut plain = Plain::new(&harden(&text, &policy(clock))?)?;
        for (id, granted) in [(0, wall), (1, monotonic)] {
            let before = plain.calls().len();
            let end = plain.call("f", &[Val::I32(id)]);
            let reached = plain.calls().len() > before;
            ensure(reached == granted && (granted || one(&end) == "76"), || {
                format!("{clock}: {id}: {end:?}")
            })?;
        }
    }
    let mut plain = Plain::new(&harden(&text, &policy("wall: deny"))?)?;
    let end = plain.call("f", &[Val::I32(0)]);
    ensure(end == End::Trapped, || format!("{end:?}"))
}

fn limits() -> Result<(), String> {
    let policy = "version: 1\nname: a\nmodule: {memory: {max: 1MiB}}\nlimits: {memory: 256KiB, table_elements: 10}\n";
    for (text, memory, table) in [
        ("(module (memory 1) (table 1 funcref))", Some(4), Some(10)),
        (
            "(module (memory 1 2) (table 1 3 externref))",
            Some(2),
            Some(3),
        ),
        (
            "(module (memory 1 100) (table 10 20 funcref))",
            Some(4),
            Some(10),
        ),
    ] {
        let module = decode(&harden(text, policy)?);
        let maxima = (module.memories[0].extent.max, module.tables[0].extent.max);
        ensure(maxima == (memory, table), || format!("{text}: {maxima:?}"))?;
    }
    for (text, said) in [
        ("(module (memory 5))", "memory 0 starts with 320KiB"),
        (
            "(module (memory 3) (memory 2))",
            "memory 0 starts with 192KiB",
        ),
        ("(module (table 11 funcref))", "table 0 starts with 11"),
    ] {
        let refused = harden(text, policy).err().unwrap_or_default();
        ensure(refused.contains(said), || format!("{text}: {refused}"))?;
    }
    let growing = r#"(module (memory 1) (func (export "f") (param i32) (result i32) (memory.grow (local.get 0))))"#;
    let mut plain = Plain::new(&harden(growing, policy)?)?;
    for (by, expected) in [(3, "1"), (1, "-1")] {
        let end = plain.call("f", &[Val::I32(by)]);
        ensure(one(&end) == expected, || format!("{by}: {end:?}"))?;
    }
    Ok(())
}

fn surface() -> Result<(), String> {
    let text = r#"(module (memory (export "memory") 1) (global (export "state") (mut i32) (i32.const 0))
        (func (export "run")) (func (export "admin"))
        (@custom "notes" "hello") (@custom "producers" "\00") (@custom ".debug_info" "x"))"#;
    let policy = "version: 1\nname: a\nmodule: {exports: {allow: [run], require: [memory]}, custom_sections: {allow: [producers, .debug_info]}}\n";
    let module = decode(&harden(text, policy)?);
    let exports: Vec<&str> = module
        .exports
        .iter()
        .map(|export| export.name.as_str())
        .collect();
    ensure(exports == ["memory", "run"], || format!("{exports:?}"))?;
    let sections = module
        .sections
        .iter()
        .filter_map(|section| section.name.as_deref());
    let sections: Vec<&str> = sections.collect();
    ensure(sections == ["producers", "ringfence"], || {
        format!("{sections:?}")
    })
}

fn start() -> Result<(), String> {
    let reports = r#"(import "env" "note" (func $note (param i32)))"#;
    let policy = "version: 1\nname: a\nmodule: {start_section: deny}\nimports: {host: [{module: env, name: note, signature: \"(i32) -> ()\"}]}\nlimits: {fuel: 100000}\n";
    for (entry, function) in [
        ("_initialize", ""),
        (
            "_initialize",
            "(func (export \"_initialize\") (call $note (i32.const 2)))",
        ),
        (
            "_start",
            "(func (export \"_start\") (call $note (i32.const 2)))",
        ),
    ] {
        let text = format!(
            "(module {reports} (func $s (call $note (i32.const 1))) (start $s) {function})"
        );
        let bytes = harden(&text, policy)?;
        ensure(decode(&bytes).start.is_none(), || {
            "it has a start section".to_owned()
        })?;
        let mut plain = Plain::new(&bytes)?;
        ensure(plain.calls().is_empty(), || "it ran at once".to_owned())?;
        plain.call(entry, &[]);
        plain.call(entry, &[]);
        let expected: &[&str] = match function {
            "" => &["note 1"],
            _ => &["note 1", "note 2", "note 2"],
        };
        ensure(plain.calls() == expected, || format!("{:?}", plain.calls()))?;
    }
    let closed = "version: 1\nname: a\nmodule: {exports: {allow: [run]}}\n";
    let error = harden("(module (func $s) (start $s))", closed)
        .err()
        .unwrap_or_default();
    ensure(error.contains("has no `_initialize`"), || error.clone())?;
    let text = "(module (func $s) (start $s) (func (export \"_start\") (param i32)))";
    let error = harden(text, "version: 1\nname: a\n")
        .err()
        .unwrap_or_default();
    ensure(error.contains("`_start`"), || error.clone())
}

/// What the start function did not come to does not count as done.
fn failing() -> Result<(), String> {
    let policy = "version: 1\nname: a\nimports: {host: [{module: env, name: note, signature: \"(i32) -> ()\"}]}\nlimits: {fuel: 100000}\n";
    for end in ["(unreachable)", "(loop (br 0))"] {
        let text = format!(
            r#"(module (import "env" "note" (func $note (param i32)))
                (func $s (call $note (i32.const 1)) {end}) (start $s)
                (func (export "_start") (call $note (i32.const 2))))"#
        );
        let mut plain = Plain::new(&harden(&text, policy)?)?;
        for _ in 0..3 {
            plain.set_fuel(100_000);
            let end = plain.call("_start", &[]);
            ensure(end == End::Trapped && plain.calls() == ["note 1"], || {
                format!("{end:?}: {:?}", plain.calls())
            })?;
        }
    }
    Ok(())
}

fn own() -> Result<(), String> {
    let text = r#"(module (import "env" "memory" (memory 1 4)) (import "env" "table" (table 2 funcref))
        (memory 1) (table 3 funcref) (elem (i32.const 0) $f) (export "memory" (memory 0))
        (func $f (export "f") (result i32) (i32.store (i32.const 0) (i32.const 7)) (i32.load (i32.const 0))))"#;
    let bytes = harden(text, "version: 1\nname: a\nlimits: {memory: 256KiB}\n")?;
    let module = decode(&bytes);
    ensure(
        module.imports.is_empty() && module.memories.len() == 2,
        || "imports".to_owned(),
    )?;
    let most: Vec<Option<u64>> = module
        .memories
        .iter()
        .map(|memory| memory.extent.max)
        .collect();
    ensure(most == [Some(3), Some(3)], || format!("{most:?}"))?;
    let mut plain = Plain::new(&bytes)?;
    let end = plain.call("f", &[]);
    ensure(one(&end) == "7", || format!("{end:?}"))?;
    let allowed = "version: 1\nname: a\nimports: {memory: allow, table: allow}\n";
    let module = decode(&harden(text, allowed)?);
    ensure(module.imports.len() == 2, || {
        "an allowed one is gone".to_owned()
    })?;
    let global = r#"(module (import "env" "g" (global (mut i32))))"#;
    let error = harden(global, "version: 1\nname: a\n")
        .err()
        .unwrap_or_default();
    ensure(error.contains("imports.globals"), || error.clone())
}

/// Whatever way a function of the host is called by: directly, from a table, from outside, by a reference.
fn tables() -> Result<(), String> {
    let text = r#"(module (import "env" "note" (func $note (param i32)))
        (import "env" "gone" (func $gone (param i32)))
        (table (export "table") 4 funcref) (elem (i32.const 0) $note $gone)
        (elem declare func $note $gone)
        (global funcref (ref.func $note))
        (type $t (func (param i32)))
        (func (export "table-note") (param i32) (call_indirect (type $t) (local.get 0) (i32.const 0)))
        (func (export "table-gone") (param i32) (call_indirect (type $t) (local.get 0) (i32.const 1)))
        (func (export "reference") (param i32) (table.set (i32.const 2) (ref.func $note)) (call_indirect (type $t) (local.get 0) (i32.const 2)))
        (func (export "global") (param i32) (table.set (i32.const 3) (global.get 0)) (call_indirect (type $t) (local.get 0) (i32.const 3)))
        (func (export "tail") (param i32) (return_call $note (local.get 0)))
        (export "note" (func $note)) (export "gone" (func $gone)))"#;
    let policy = "version: 1\nname: a\nimports: {host: [{module: env, name: note, signature: \"(i32) -> ()\", args: [{name: n, role: number, index: 0, max: 9}]}]}\n";
    let mut plain = Plain::new(&harden(text, policy)?)?;
    for export in ["table-note", "reference", "global", "tail", "note"] {
        let before = plain.calls().len();
        let end = plain.call(export, &[Val::I32(10)]);
        ensure(end == End::Trapped && plain.calls().len() == before, || {
            format!("{export} passes the guard: {end:?}")
        })?;
        plain.call(export, &[Val::I32(9)]);
        ensure(plain.calls().len() == before + 1, || {
            format!("{export} does not get through")
        })?;
    }
    for export in ["table-gone", "gone"] {
        let end = plain.call(export, &[Val::I32(1)]);
        ensure(end == End::Trapped, || format!("{export}: {end:?}"))?;
    }
    Ok(())
}

fn names() -> Result<(), String> {
    let text = r#"(module $plugin (import "env" "a" (func $alpha)) (import "env" "b" (func $beta)) (import "env" "c" (func $gamma))
        (func $delta (export "d") (param $p i32) (local $l i32) (call $alpha) (call $beta) (call $gamma)) (func $epsilon (call $delta (i32.const 1))))"#;
    let policy = "version: 1\nname: a\nimports: {host: [{module: env, name: a, signature: \"() -> ()\"}, {module: env, name: c, signature: \"() -> ()\"}]}\nlimits: {fuel: 1000}\n";
    let bytes = encode_text(text)?;
    let (hardened, _) = harden_bytes(&bytes, policy, Options::default())?;
    let names = decode(&hardened).names;
    let names: Vec<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
    let expected = [
        "alpha",
        "gamma",
        "delta",
        "epsilon",
        "ringfence.denied env.b",
        "ringfence.call env.a",
        "ringfence.call env.c",
    ];
    ensure(names == expected, || format!("{names:?}"))?;
    let printed = wasmprinter::print_bytes(&hardened).map_err(|error| error.to_string())?;
    ensure(
        printed.contains("(param $p i32)") && printed.contains("(local $l i32)"),
        || printed.clone(),
    )?;
    let options = Options {
        keep_names: false,
        ..Options::default()
    };
    let (stripped, _) = harden_bytes(&bytes, policy, options)?;
    ensure(decode(&stripped).names.is_empty(), || {
        "names stayed".to_owned()
    })
}
