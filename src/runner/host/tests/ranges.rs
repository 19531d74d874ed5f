//! Pointers and lengths: the end of memory, wrap-around, four gigabytes, no memory at all.

use super::*;

const BUFFER: &str = "{name: b, role: buffer, ptr: 0, len: 1, max: 4GiB}";
const ROOM: &str = "{name: b, role: out-buffer, ptr: 0, len: 1, max: 4GiB}";

/// How many bytes the provider got, if it was asked.
fn taken(argument: &str, pointer: i32, length: i32) -> Option<usize> {
    let (runner, seen) = observed(&guest(2, b""), &policy(argument, ""), false);
    let ending = run(&runner, &[pointer, length]);
    let seen = seen.lock().unwrap();
    let Some(call) = seen.first() else {
        assert_eq!(denial(ending).argument.as_deref(), Some("b"));
        return None;
    };
    let taken = call.bytes("b").map(<[u8]>::len);
    taken.or_else(|| call.capacity("b"))
}

#[test]
fn a_range_lies_in_memory_or_is_denied() {
    for argument in [BUFFER, ROOM] {
        assert_eq!(taken(argument, 0, SIZE), Some(65536));
        assert_eq!(taken(argument, SIZE - 1, 1), Some(1));
        assert_eq!(taken(argument, SIZE, 0), Some(0));
        for (pointer, length) in [
            (SIZE, 1),
            (SIZE - 1, 2),
            (1, SIZE),
            (0, SIZE + 1),
            (SIZE + 1, 0),
            (-1, 1),
            (-1, 0),
            (-1, 2),
            (-1, -1),
            (i32::MIN, i32::MIN),
            (i32::MAX, i32::MAX),
            (8, -8),
            (-SIZE, SIZE),
            (0, -1),
        ] {
            assert_eq!(taken(argument, pointer, length), None, "{pointer} {length}");
        }
    }
}

#[test]
fn wide_parameters_do_not_wrap_either() {
    for memory in ["1 1", "i64 1 1"] {
        let module = format!(
            "(module (import \"env\" \"f\" (func $f (param i64 i64) (result i32)))
            (memory (export \"memory\") {memory})
            (func (export \"run\") (param i64 i64) (result i32)
                (call $f (local.get 0) (local.get 1))))"
        );
        let policy = policy(BUFFER, "").replace(
            "module: {kind: core,",
            "module: {kind: core, proposals: {allow: [memory64, bulk-memory]},",
        );
        let (runner, seen) = observed(&module, &policy, false);
        for (pointer, length, fits) in [
            (0, 65536, true),
            (65536, 0, true),
            (1, 65536, false),
            (-1, 1, false),
            (-1, 2, false),
            (i64::MIN, i64::MIN, false),
            (0x1_0000_0000, 1, false),
            (0, 0x1_0000_0000, false),
        ] {
            let entry = Entry::Export {
                name: "run".to_owned(),
                arguments: vec![Value::I64(pointer), Value::I64(length)],
            };
            let outcome = tokio().block_on(runner.run(Invocation::default(), &entry));
            assert_eq!(returned(&outcome.ending, 7), fits, "{pointer} {length}");
            assert_eq!(seen.lock().unwrap().drain(..).count(), usize::from(fits));
        }
    }
}

#[test]
fn a_guest_without_a_memory_passes_no_bytes() {
    let exported = guest(2, b"");
    for hidden in [
        exported.replace("(export \"memory\")", ""),
        exported.replace("(export \"memory\")", "(export \"mem\")"),
        exported
            .replace("(export \"memory\")", "")
            .replace("(export \"peek\")", "(export \"memory\")"),
    ] {
        for argument in [BUFFER, ROOM] {
            let (runner, seen) = observed(&hidden, &policy(argument, ""), false);
            let denial = denial(run(&runner, &[0, 0]));
            assert_eq!(denial.reason, "the guest exports no `memory`");
            assert!(seen.lock().unwrap().is_empty());
        }
    }
}

#[test]
fn bounds_have_a_default_and_end_where_they_say() {
    for (role, max, most) in [
        ("text", "", 4096),
        ("buffer", "", 65536),
        ("buffer", ", max: 16", 16),
        ("out-buffer", ", max: 16", 16),
        ("text", ", max: 0", 0),
    ] {
        let argument = format!("{{name: b, role: {role}, ptr: 0, len: 1{max}}}");
        let module = guest(2, b"").replace("(data (i32.const 1024) \"\")", "");
        let filled = module.replace(
            "(memory (export \"memory\") 1 1)",
            &format!(
                "(memory (export \"memory\") 1 1) (data (i32.const 0) \"{}\")",
                "a".repeat(8192)
            ),
        );
        let (runner, _) = observed(&filled, &policy(&argument, ""), false);
        assert!(returned(&run(&runner, &[0, most]), 7), "{role} {most}");
        let denial = denial(run(&runner, &[0, most + 1]));
        assert!(!denial.reason.is_empty(), "{role} {most}");
    }
}

#[test]
fn a_denial_points_at_what_decided() {
    let argument = "{name: b, role: buffer, ptr: 0, len: 1, max: 16}";
    let (runner, _) = observed(&guest(2, b""), &policy(argument, ""), false);
    let over = denial(run(&runner, &[0, 17]));
    let outside = denial(run(&runner, &[SIZE, 1]));
    assert_eq!(over.function, "env.f");
    assert_eq!(over.reason, "17 bytes, and 16 is the most");
    assert_eq!(
        outside.reason,
        "1 bytes from 65536 on are not in the guest's memory of 65536"
    );
    let sources = runner.approval().sources();
    assert_eq!(sources.slice(over.decided_by), "16");
    assert!(over.decided_by != outside.decided_by);
}

#[test]
fn a_denied_call_returns_what_the_policy_says() {
    let more = ", on_deny: {return: -9}";
    let (runner, seen) = observed(&guest(2, b""), &policy(BUFFER, more), false);
    assert!(returned(&run(&runner, &[SIZE, 1]), -9));
    assert!(seen.lock().unwrap().is_empty());
    assert!(returned(&run(&runner, &[0, 1]), 7));
}

#[test]
fn every_call_counts() {
    let (runner, seen) = observed(
        &guest(2, b"").replace(
            "(call $f (local.get 0)(local.get 1))",
            "(loop $l (drop (call $f (local.get 0)(local.get 1))) (br $l)) (unreachable)",
        ),
        &policy(BUFFER, ", on_deny: {return: 0}"),
        false,
    );
    for (pointer, asked) in [(0, 1000), (SIZE, 0)] {
        let entry = words(&[pointer, 1]);
        let outcome = tokio().block_on(runner.run(Invocation::default(), &entry));
        let spent = Stop::Spent(crate::runner::Budget::HostCalls);
        assert!(matches!(&outcome.ending, Ending::Stopped(stop) if *stop == spent));
        assert_eq!(outcome.usage.host_calls, [("env.f".to_owned(), 1000)]);
        assert_eq!(seen.lock().unwrap().drain(..).count(), asked);
    }
}

/// A call that copies much burns no fuel: the deadline must be looked at all the same.
#[test]
fn calls_without_end_meet_the_deadline() {
    let module = guest(2, b"").replace("1 1)", "256 256)").replace(
        "(call $f (local.get 0)(local.get 1))",
        "(loop $l (drop (call $f (local.get 0)(local.get 1))) (br $l)) (unreachable)",
    );
    let limits =
        "limits: {fuel: 100000000000, deadline: 300ms, memory: 16MiB, host_calls: 1000000000}\n";
    let policy = policy(BUFFER, "").replace(LIMITS, limits);
    let mut functions = Registry::default();
    functions.host_fn("env", "f", |_| Ok(Answer::default()));
    let options = Options {
        functions,
        ..Options::default()
    };
    let runner = Runner::new(approve(&module, &policy), options).unwrap();
    let begun = std::time::Instant::now();
    let ending = run(&runner, &[0, 16 << 20]);
    let deadline = Stop::Spent(crate::runner::Budget::Deadline);
    assert!(
        matches!(&ending, Ending::Stopped(stop) if *stop == deadline),
        "{ending:?}"
    );
    assert!(begun.elapsed().as_secs() < 20);
}
