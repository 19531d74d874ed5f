//! Containment by the engine's own means: what needs no WASI.

use std::time::{Duration, Instant};

use super::sample::{LIMITS, approve, call, runner, tokio};
use super::{
    Allocation, Budget, Ending, Entry, Invocation, Options, Runner, RunnerError, Stop, Value,
};

const CORE: &str = "module: {kind: core}\n";

fn core(limits: &str) -> String {
    format!("{CORE}{limits}")
}

fn stopped(ending: &Ending) -> Option<Budget> {
    match ending {
        Ending::Stopped(Stop::Spent(budget)) => Some(*budget),
        _ => None,
    }
}

const LOOP: &str = r#"(module (func (export "run") (loop $again (br $again))))"#;

#[test]
fn a_loop_ends_by_fuel() {
    let outcome = call(LOOP, &core(LIMITS), "run", &[]);
    assert_eq!(stopped(&outcome.ending), Some(Budget::Fuel), "{outcome:?}");
    assert_eq!(outcome.ending.code(), 121);
    assert_eq!(outcome.usage.fuel, Some(10_000_000));
}

#[test]
fn a_loop_ends_by_the_deadline_with_fuel_and_without() {
    for limits in ["deadline: 200ms", "deadline: 200ms, fuel: 100000000000"] {
        let policy = format!("{CORE}limits: {{{limits}, memory: 1MiB, host_calls: 1}}\n");
        let begun = Instant::now();
        let outcome = call(LOOP, &policy, "run", &[]);
        assert_eq!(stopped(&outcome.ending), Some(Budget::Deadline), "{limits}");
        assert_eq!(outcome.ending.code(), 124);
        assert!(begun.elapsed() > Duration::from_millis(200));
    }
}

#[test]
fn a_start_section_that_loops_is_under_the_limits() {
    let module =
        r#"(module (func $loop (loop $again (br $again))) (start $loop) (func (export "run")))"#;
    let policy = format!("module: {{kind: core, start_section: allow}}\n{LIMITS}");
    let outcome = call(module, &policy, "run", &[]);
    assert_eq!(stopped(&outcome.ending), Some(Budget::Fuel), "{outcome:?}");
}

#[test]
fn memory_and_tables_end_at_their_limits() {
    let module = r#"(module (memory 1) (table 10 funcref)
        (func (export "memory") (loop $again (drop (memory.grow (i32.const 1))) (br $again)))
        (func (export "table") (loop $again (drop (table.grow (ref.null func) (i32.const 1))) (br $again))))"#;
    let policy = core(LIMITS);
    let outcome = call(module, &policy, "memory", &[]);
    assert_eq!(
        stopped(&outcome.ending),
        Some(Budget::Memory),
        "{outcome:?}"
    );
    assert_eq!(outcome.usage.spent.memory, 1 << 20);
    assert_eq!(outcome.ending.code(), 122);
    let outcome = call(module, &policy, "table", &[]);
    assert_eq!(
        stopped(&outcome.ending),
        Some(Budget::TableElements),
        "{outcome:?}"
    );
    assert_eq!(outcome.usage.spent.table_elements, 100);
}

#[test]
fn deep_recursion_is_a_trap_with_names() {
    let module = r#"(module (func $deeper (export "run") (call $deeper)))"#;
    let outcome = call(module, &core(LIMITS), "run", &[]);
    let Ending::Trapped(trap) = &outcome.ending else {
        panic!("{outcome:?}")
    };
    assert!(trap.message.contains("stack"), "{}", trap.message);
    assert!(
        trap.frames.iter().all(|frame| frame == "deeper"),
        "{trap:?}"
    );
    assert_eq!(outcome.ending.code(), 126);
}

#[test]
fn a_backtrace_names_functions_as_they_were_written() {
    let module = r#"(module (func $_ZN6plugin5parse17h0123456789abcdefE (export "run") (call $_Z5innerv))
        (func $_Z5innerv (call $plain)) (func $plain unreachable))"#;
    let outcome = call(module, &core(LIMITS), "run", &[]);
    let Ending::Trapped(trap) = &outcome.ending else {
        panic!("{outcome:?}")
    };
    assert_eq!(trap.frames, ["plain", "inner()", "plugin::parse"]);
}

#[test]
fn numbers_go_in_and_out() {
    let module = r#"(module (func (export "add") (param i32 i64) (result i64)
        (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1))))"#;
    let arguments = [Value::I32(-1), Value::I64(43)];
    let outcome = call(module, &core(LIMITS), "add", &arguments);
    let Ending::Returned(values) = &outcome.ending else {
        panic!("{outcome:?}")
    };
    assert_eq!(values, &[Value::I64(42)]);
    for wrong in [&arguments[..1], &[Value::I64(1), Value::I64(2)]] {
        let outcome = call(module, &core(LIMITS), "add", wrong);
        assert_eq!(outcome.ending.code(), 120, "{outcome:?}");
    }
    let outcome = call(module, &core(LIMITS), "absent", &[]);
    assert_eq!(outcome.ending.code(), 120, "{outcome:?}");
}

fn versioned(returns: &str, version: &str) -> Ending {
    let module = format!(
        r#"(module (global (export "abi") i32 (i32.const 2)) (global $ran (mut i32) (i32.const 0))
            (@custom "abi" "2")
            (func (export "marker_2"))
            (func (export "abi_version") (result i32) {returns})
            (func (export "run") unreachable))"#
    );
    let policy = format!("{CORE}{LIMITS}abi: {{version: {{{version}}}}}\n");
    call(&module, &policy, "run", &[]).ending
}

#[test]
fn the_gate_is_closed_to_other_versions_by_every_convention() {
    for convention in [
        "export: abi_version, major: 1",
        "export: absent, major: 1",
        "global: abi, major: 1",
        "global: absent, major: 1",
        "section: abi, major: 1",
        "section: absent, major: 1",
        "marker: marker_1",
    ] {
        let ending = versioned("(i32.const 2)", convention);
        assert!(
            matches!(ending, Ending::Refused(_)),
            "{convention}: {ending:?}"
        );
    }
    for convention in [
        "export: abi_version, major: 2",
        "global: abi, major: 2",
        "section: abi, major: 2",
        "marker: marker_2",
    ] {
        let ending = versioned("(i32.const 2)", convention);
        assert!(
            matches!(ending, Ending::Trapped(_)),
            "{convention}: {ending:?}"
        );
    }
}

#[test]
fn packed_versions_are_compared_by_their_major_part() {
    let packed = "export: abi_version, encoding: packed, major: 3";
    assert!(matches!(
        versioned("(i32.const 0x30007)", packed),
        Ending::Trapped(_)
    ));
    assert!(matches!(
        versioned("(i32.const 3)", packed),
        Ending::Refused(_)
    ));
}

#[test]
fn a_version_that_loops_is_under_the_limits() {
    let ending = versioned(
        "(loop $again (br $again)) (i32.const 1)",
        "export: abi_version, major: 1",
    );
    assert_eq!(stopped(&ending), Some(Budget::Fuel), "{ending:?}");
}

/// An exit before the call is no end that anybody asked for, whatever its code: it would pass for a success of what never ran.
#[test]
fn an_exit_before_the_call_is_a_refusal_whatever_its_code() {
    let module = |initialize: &str, version: &str| {
        format!(
            r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (memory (export "memory") 1)
                (func (export "_initialize") {initialize})
                (func (export "abi_version") (result i32) {version} (i32.const 1))
                (func (export "run") unreachable))"#
        )
    };
    let policy = format!(
        "imports: {{wasi: {{allow: [process.exit]}}}}\n{LIMITS}abi: {{version: {{export: abi_version, major: 1}}}}\n"
    );
    for code in [0, 1, 118, 119, 121, 126, 130, 256, u32::MAX] {
        let exit = format!("(call $exit (i32.const {}))", code.cast_signed());
        for (initialize, version, when) in [
            (exit.as_str(), "", "in `_initialize`"),
            ("", exit.as_str(), "while it was asked for its ABI version"),
        ] {
            let outcome = call(&module(initialize, version), &policy, "run", &[]);
            let Ending::Refused(reason) = &outcome.ending else {
                panic!("{code}: {outcome:?}")
            };
            assert_eq!(*reason, format!("it exited with code {code} {when}"));
            assert_eq!(outcome.ending.code(), 120);
        }
    }
    // What is called may exit as it likes.
    let outcome = call(&module("", ""), &policy, "run", &[]);
    assert_eq!(outcome.ending.code(), 126, "{outcome:?}");
}

/// A start section runs before everything.
#[test]
fn an_exit_in_the_start_section_is_no_success() {
    let module = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func $start (call $exit (i32.const 0))) (start $start)
        (func (export "run")))"#;
    let policy = format!(
        "module: {{start_section: allow}}\nimports: {{wasi: {{allow: [process.exit]}}}}\n{LIMITS}"
    );
    let outcome = call(module, &policy, "run", &[]);
    assert_eq!(outcome.ending.code(), 120, "{outcome:?}");
}

/// The folder that was approved is opened by its real path: whoever exchanges a folder above it for a link is not followed.
#[test]
fn a_folder_above_a_grant_exchanged_for_a_link_is_not_followed() {
    let here = tempfile::tempdir().unwrap();
    let at = |name: &str| here.path().join(name);
    for folder in ["above/data", "evil/data"] {
        std::fs::create_dir_all(at(folder)).unwrap();
    }
    let policy = format!(
        "imports: {{wasi: {{allow: [fs.read]}}}}\ngrants: {{preopens: [{{guest: /data, host: {}}}]}}\n{LIMITS}",
        at("above/data").display()
    );
    let module = r#"(module (func (export "run")))"#;
    let runner = runner(module, &policy);
    let entry = Entry::Export {
        name: "run".to_owned(),
        arguments: Vec::new(),
    };
    let run = || tokio().block_on(runner.run(Invocation::default(), &entry));
    assert_eq!(run().ending.code(), 0);
    std::fs::rename(at("above"), at("aside")).unwrap();
    std::os::unix::fs::symlink(at("evil"), at("above")).unwrap();
    let outcome = run();
    let Ending::Refused(reason) = &outcome.ending else {
        panic!("{outcome:?}")
    };
    assert!(reason.contains("symbolic link"), "{reason}");
    // What was there once is fine again, and so is a real folder in its place.
    std::fs::remove_file(at("above")).unwrap();
    std::fs::rename(at("aside"), at("above")).unwrap();
    assert_eq!(run().ending.code(), 0);
}

#[test]
fn initialize_runs_before_the_call_and_only_in_reactors() {
    let module = r#"(module (global $ready (mut i32) (i32.const 0))
        (func (export "_initialize") (global.set $ready (i32.const 7)))
        (func (export "run") (result i32) (global.get $ready)))"#;
    let outcome = call(module, &core(LIMITS), "run", &[]);
    assert!(
        matches!(&outcome.ending, Ending::Returned(values) if values == &[Value::I32(7)]),
        "{outcome:?}"
    );
}

#[test]
fn nothing_is_called_after_a_trap() {
    let module = r#"(module (func (export "run") unreachable) (func (export "fine")))"#;
    let runner = runner(module, &core(LIMITS));
    let tokio = tokio();
    let mut instance = tokio.block_on(runner.start(Invocation::default())).unwrap();
    let entry = |name: &str| Entry::Export {
        name: name.to_owned(),
        arguments: Vec::new(),
    };
    assert!(matches!(
        tokio.block_on(instance.call(&entry("fine"))),
        Ending::Returned(_)
    ));
    assert!(matches!(
        tokio.block_on(instance.call(&entry("run"))),
        Ending::Trapped(_)
    ));
    assert!(matches!(
        tokio.block_on(instance.call(&entry("fine"))),
        Ending::Refused(_)
    ));
}

#[test]
fn budgets_span_the_calls_of_an_instance() {
    let module = r#"(module (func (export "run") (local $i i32)
        (loop $again (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 1000000))))))"#;
    let runner = runner(module, &core(LIMITS));
    let tokio = tokio();
    let mut instance = tokio.block_on(runner.start(Invocation::default())).unwrap();
    let entry = Entry::Export {
        name: "run".to_owned(),
        arguments: Vec::new(),
    };
    let first = tokio.block_on(instance.call(&entry));
    assert!(matches!(first, Ending::Returned(_)), "{first:?}");
    let second = tokio.block_on(instance.call(&entry));
    assert_eq!(stopped(&second), Some(Budget::Fuel));
}

#[test]
fn what_the_policy_does_not_allow_is_not_compiled() {
    // The decoder's facts are not what the engine goes by: proposals are off in it.
    let module = r#"(module (func (export "run") (param v128 v128) (result v128)
        (i32x4.relaxed_trunc_f32x4_s (local.get 0)) (drop) (local.get 1)))"#;
    let error = Runner::new(approve(module, &core(LIMITS)), Options::default());
    assert!(matches!(error, Err(RunnerError::Refused(_))));
}

#[test]
fn a_function_of_a_subtype_in_a_table_is_refused_and_ends_no_process() {
    let module = r#"(module (type $s (sub (func))) (type $u (sub $s (func))) (table 1 1 funcref)
        (elem (i32.const 0) func $f) (func $f (type $u))
        (func (export "run") (call_indirect (type $s) (i32.const 0))))"#;
    let policy = format!(
        "module: {{kind: core, proposals: {{allow: [gc, exceptions, function-references, reference-types]}}}}\n{LIMITS}"
    );
    let error = Runner::new(approve(module, &policy), Options::default());
    assert!(matches!(error, Err(RunnerError::Refused(_))));
}

#[test]
fn an_atomic_wait_or_notify_is_refused_and_ends_no_process() {
    // Both are valid on a memory that is not shared, and this build of the engine has no code for them.
    let policy = format!("module: {{kind: core, proposals: {{allow: [threads]}}}}\n{LIMITS}");
    for code in [
        "(memory.atomic.notify (i32.const 0) (i32.const 1))",
        "(memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0))",
        "(memory.atomic.wait64 (i32.const 0) (i64.const 0) (i64.const 0))",
    ] {
        let module = format!(r#"(module (memory 1) (func (export "run") (result i32) {code}))"#);
        let error = Runner::new(approve(&module, &policy), Options::default());
        assert!(matches!(error, Err(RunnerError::Refused(_))), "{code}");
    }
}

#[test]
fn pooled_instances_are_contained_alike() {
    let policy = core(LIMITS);
    let options = Options {
        allocation: Allocation::Pooled { instances: 4 },
        ..Options::default()
    };
    let module = r#"(module (memory (export "memory") 1 8) (func (export "run") (result i32)
        (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))) (i32.load (i32.const 0))))"#;
    let runner = Runner::new(approve(module, &policy), options).unwrap();
    let tokio = tokio();
    let entry = Entry::Export {
        name: "run".to_owned(),
        arguments: Vec::new(),
    };
    for _ in 0..20 {
        let outcome = tokio.block_on(runner.run(Invocation::default(), &entry));
        assert!(
            matches!(&outcome.ending, Ending::Returned(values) if values == &[Value::I32(1)]),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_pool_has_as_many_instances_as_it_was_given() {
    let options = Options {
        allocation: Allocation::Pooled { instances: 2 },
        ..Options::default()
    };
    let module = r#"(module (memory 1 1) (table 1 1 funcref) (func (export "run")))"#;
    let runner = Runner::new(approve(module, &core(LIMITS)), options).unwrap();
    let tokio = tokio();
    let start = || {
        let started = tokio.block_on(runner.start(Invocation::default()));
        started.map_err(|outcome| outcome.ending.code())
    };
    let (first, second) = (start(), start());
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(start().err(), Some(127), "a third one");
    drop(first);
    assert!(start().is_ok());
}
