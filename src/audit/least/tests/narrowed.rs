//! Drafts narrowed by records: they pass as the others do, and are nowhere wider.

use proptest::prelude::*;

use super::*;
use crate::audit::{Figures, Mode, Room, RunRecord, Runs, ScratchUse};
use crate::policy::{Role, load};

/// Reads files by two ways, and asks the time on some.
const MODULE: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
    (import "env" "read_file" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "env" "get" (func $get (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 64) "/data/a") (data (i32.const 96) "/data/b")
    (func (export "abi_version") (result i32) i32.const 1)
    (func (export "run") (param $at i32) (param $length i32)
        (drop (call $read (i32.const 64) (i32.const 7) (i32.const 1024) (i32.const 600)))
        (drop (call $read (i32.const 96) (i32.const 7) (i32.const 1024) (i32.const 600)))
        (drop (call $get (local.get $at) (local.get $length)))
        (drop (call $open (local.get $at) (i32.const 0) (local.get $at) (local.get $length) (i32.const 0)
            (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 8)))
        (drop (call $time (i32.const 0) (i64.const 0) (i32.const 16)))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))"#;

fn module() -> Vec<u8> {
    encode_text(MODULE).unwrap()
}

/// The draft of the module alone, and the one that a record of it narrows, with what it does not grant.
fn narrowed(runs: Runs, stub_unused: bool) -> (String, String, Vec<String>) {
    let bytes = module();
    let decoded = decode(&bytes);
    let draft = || Least::of([(&decoded, bytes.as_slice())], &nowhere());
    let mut least = draft();
    let record = RunRecord::of(decoded.digest(), crate::audit::ENGINE, runs);
    least.takes(&record).unwrap();
    least.narrow(&[record], stub_unused).unwrap();
    (
        draft().text("drafted"),
        least.text("drafted"),
        least.beyond(),
    )
}

/// Three runs that called the one function and wrote a line.
fn runs() -> Runs {
    let mut room = Room::default();
    let mut runs = Runs {
        policy: "0".repeat(64),
        runs: 3,
        complete: 3,
        limits: Figures {
            fuel: Some(1_000_000),
            deadline: Some(2_000_000_000),
            memory: Some(64 << 20),
            table_elements: Some(10),
            stack: Some(64 << 10),
            host_calls: Some(1000),
            open_files: Some(4),
            written_bytes: Some(1 << 20),
            stdin: Some(0),
            stdout: Some(1 << 10),
            stderr: Some(0),
        },
        peaks: Figures {
            fuel: Some(200_000),
            deadline: Some(3_000_000),
            memory: Some(64 << 10),
            table_elements: Some(0),
            stack: None,
            host_calls: Some(30),
            open_files: Some(1),
            written_bytes: Some(0),
            stdin: Some(0),
            stdout: Some(300),
            stderr: Some(0),
        },
        ..Runs::default()
    };
    runs.used("stdout", 3, &mut room);
    let write = runs.import("wasi_snapshot_preview1", "fd_write", &mut room);
    write.unwrap().calls = 3;
    let open = runs.import("wasi_snapshot_preview1", "path_open", &mut room);
    open.unwrap().calls = 1;
    let read = runs.import("env", "read_file", &mut room).unwrap();
    read.calls = 3;
    let path = read.argument(0, "path", Role::Path, &mut room).unwrap();
    path.text("/data/a", &mut room);
    read.argument(2, "out", Role::OutBuffer, &mut room)
        .unwrap()
        .length(300);
    runs
}

/// Which rules say that a child asks for more than its base.
fn widened(base: &str, child: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("base.yaml"), base).unwrap();
    let child = child.replacen("version: 1\n", "version: 1\nextends: base.yaml\n", 1);
    std::fs::write(at("child.yaml"), &child).unwrap();
    let mut sources = Sources::default();
    let policy = load(&at("child.yaml"), &Vocabulary::standard(), &mut sources);
    let policy = policy.unwrap_or_else(|error| panic!("{error}\n{child}"));
    let policies = [LoadedPolicy::new("child.yaml", policy, true)];
    let (rules, around) = (RuleSet::builtin(&SCHEMA), nowhere());
    let report = Run::new(&rules, &policies, &sources, &around).lint(Vec::new());
    let wider = ["base-widened", "limit-above-base"];
    let found = report
        .findings
        .into_iter()
        .filter(|one| wider.contains(&one.rule.as_str()));
    found
        .map(|one| format!("{}: {}", one.rule, one.message))
        .collect()
}

fn line<'t>(text: &'t str, start: &str) -> &'t str {
    let found = text
        .lines()
        .find(|line| line.trim_start().starts_with(start));
    found.unwrap_or_else(|| panic!("no `{start}` in\n{text}"))
}

#[test]
fn what_was_seen_narrows() {
    let (plain, text, beyond) = narrowed(runs(), false);
    assert_eq!(widened(&plain, &text), [""; 0], "{text}");
    // The other way round it is seen.
    assert!(widened(&text, &plain).len() > 5, "{text}");
    let reports = judged(&text, &[module()]);
    assert_eq!(errors(&reports[0]), [""; 0], "{text}");
    assert_eq!(beyond, [""; 0]);
    for (start, expected) in [
        ("fuel:", "fuel: 400000 "),
        ("deadline:", "deadline: 100ms "),
        ("memory: 1", "memory: 128KiB "),
        ("stack:", "stack: 64KiB "),
        ("host_calls:", "host_calls: 60 "),
        ("open_files:", "open_files: 2 "),
        ("stdout:", "stdout: {max: 1KiB, "),
    ] {
        let line = line(&text, start);
        assert!(line.contains(expected), "{line}");
        assert!(line.contains("observed"), "{line}");
    }
    let out = line(&text, "- {name: \"out2\"");
    assert!(
        out.contains("max: 768B") && out.contains("observed in 3 runs"),
        "{out}"
    );
    let path = line(&text, "- {name: \"path\"");
    assert!(
        path.contains("\"/data/a\", \"/data/b\"") && path.contains("all but \"/data/b\""),
        "{path}"
    );
    // What no run called is proposed.
    assert!(line(&text, "# - \"clock_time_get\"").contains("never called"));
    assert!(line(&text, "# provider: {stub").contains("never called"));
    assert!(line(&text, "- \"clock.wall\"").contains("never"));
}

#[test]
fn what_was_not_called_is_stubbed_where_that_is_asked_for() {
    let (plain, text, _) = narrowed(runs(), true);
    assert_eq!(errors(&judged(&text, &[module()])[0]), [""; 0], "{text}");
    assert_eq!(widened(&plain, &text), [""; 0], "{text}");
    assert!(line(&text, "- \"clock_time_get\"").contains("never called"));
    assert!(
        !text.contains("\"clock.wall\"") && !text.contains("clock:"),
        "{text}"
    );
    line(&text, "provider: {stub: {return: -1}}");
}

#[test]
fn runs_that_were_cut_off_narrow_to_what_they_had_alone() {
    let cut = Runs {
        complete: 0,
        ..runs()
    };
    let (_, text, _) = narrowed(cut, true);
    assert!(
        line(&text, "host_calls:").contains("host_calls: 1000 "),
        "{text}"
    );
    assert!(text.contains("none of which ended by itself"));
    assert!(!text.contains("never called"), "{text}");
    let truncated = Runs {
        truncated: ["stdout".to_owned()].into(),
        ..runs()
    };
    let (_, text, _) = narrowed(truncated, false);
    assert!(line(&text, "stdout:").contains("max: 1KiB"), "{text}");
}

#[test]
fn what_goes_beyond_the_code_is_told_and_not_granted() {
    let mut room = Room::default();
    let mut more = runs();
    more.import("wasi_snapshot_preview1", "random_get", &mut room)
        .unwrap()
        .calls = 1;
    more.import("env", "exec\n  evil: []", &mut room)
        .unwrap()
        .calls = 1;
    let read = more.import("env", "read_file", &mut room).unwrap();
    let path = read.argument(0, "path", Role::Path, &mut room).unwrap();
    path.text("/etc/passwd\n# \u{202e}", &mut room);
    path.text("AKIAIOSFODNN7EXAMPLE", &mut room);
    let folder = more.folder("/secrets").unwrap();
    folder.path("a/b/x", [Mode::Read], &mut room);
    folder.path("a/b/y", [Mode::Look], &mut room);
    let folder = more.folder("/other").unwrap();
    folder.path("x\n  - {guest: /, host: /}/y", [Mode::Read], &mut room);
    more.folder("/scratch").unwrap().scratch = Some(ScratchUse {
        bytes: u64::MAX,
        entries: u64::MAX,
        max_bytes: u64::MAX,
        max_entries: u64::MAX,
    });
    more.peaks.memory = Some(1 << 40);
    more.limits.memory = Some(1 << 41);
    let (plain, text, beyond) = narrowed(more, false);
    assert_eq!(widened(&plain, &text), [""; 0], "{text}");
    assert_eq!(errors(&judged(&text, &[module()])[0]), [""; 0], "{text}");
    for told in ["random_get", "exec", "/etc/passwd", "/secrets", "of memory"] {
        assert!(
            beyond.iter().any(|one| one.contains(told)),
            "{told}: {beyond:?}"
        );
    }
    let granted: String = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .collect();
    for withheld in ["passwd", "secrets", "evil", "exec"] {
        assert!(!granted.contains(withheld), "{withheld}\n{text}");
    }
    assert!(!text.contains("AKIAIOSFODNN7EXAMPLE") && !text.contains('\u{202e}'));
    let proposed = line(&text, "# preopens: [{guest: \"/secrets/a/b\"");
    assert!(
        proposed.contains("host: \"SAY_WHICH/a/b\", mode: ro"),
        "{proposed}"
    );
}

#[test]
fn what_lies_within_a_guess_takes_its_place() {
    let bytes = encode_text(
        r#"(module (import "env" "read_file" (func $read (param i32 i32) (result i32)))
        (memory (export "memory") 1 1)
        (func (export "abi_version") (result i32) i32.const 1)
        (func (export "run") (param i32 i32) (drop (call $read (local.get 0) (local.get 1)))))"#,
    )
    .unwrap();
    let decoded = decode(&bytes);
    let of = |texts: &[&str]| {
        let mut room = Room::default();
        let mut runs = runs();
        runs.imports.clear();
        let read = runs.import("env", "read_file", &mut room).unwrap();
        read.calls = 1;
        let path = read.argument(0, "path", Role::Path, &mut room).unwrap();
        for text in texts {
            path.text(text, &mut room);
        }
        let record = RunRecord::of(decoded.digest(), crate::audit::ENGINE, runs);
        let mut least = Least::of([(&decoded, bytes.as_slice())], &nowhere());
        least.narrow(&[record], false).unwrap();
        let text = least.text("drafted");
        assert_eq!(
            errors(&judged(&text, std::slice::from_ref(&bytes))[0]),
            [""; 0],
            "{text}"
        );
        text
    };
    let text = of(&["/plugin-data/[x]", "/plugin-data/y/z"]);
    let path = line(&text, "- {name: \"path\"");
    assert!(
        path.contains(r#"allow: ["/plugin-data/\\[x\\]", "/plugin-data/y/z"]"#),
        "{path}"
    );
    assert!(path.contains("observed in 3 runs: these alone"), "{path}");
    let text = of(&["/etc/passwd"]);
    let path = line(&text, "- {name: \"path\"");
    assert!(path.contains(r#"allow: ["/plugin-data/**"]"#), "{path}");
    line(
        &text,
        "# observed in 3 runs and not granted for \"path\": \"/etc/passwd\"",
    );
}

#[test]
fn a_record_of_something_else_is_refused() {
    let bytes = module();
    let decoded = decode(&bytes);
    let mut least = Least::of([(&decoded, bytes.as_slice())], &nowhere());
    let other = RunRecord::of("1".repeat(64), crate::audit::ENGINE, runs());
    assert!(least.takes(&other).unwrap_err().contains("none of those"));
    assert!(
        least
            .narrow(&[other], false)
            .unwrap_err()
            .contains("--from-run")
    );
    let old = RunRecord::of(decoded.digest(), "wasmtime 1.0.0", runs());
    assert!(least.takes(&old).unwrap_err().contains("record anew"));
}

prop_compose! {
    fn figures()(all in prop::collection::vec(prop::option::of(prop_oneof![0_u64..1000, any::<u64>()]), 11)) -> Figures {
        Figures {
            fuel: all[0], deadline: all[1], memory: all[2], table_elements: all[3], stack: all[4], host_calls: all[5],
            open_files: all[6], written_bytes: all[7], stdin: all[8], stdout: all[9], stderr: all[10],
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever a record says, the draft passes, and is nowhere wider than the one without it.
    #[test]
    fn no_record_widens(
        limits in figures(),
        peaks in figures(),
        complete in 0_u64..3,
        texts in prop::collection::vec("[/a-z.*\\[{\\\\\"\n#é-]{0,20}", 0..4),
        numbers in any::<(u64, u64, i64)>(),
        names in prop::collection::vec(prop_oneof![Just("fd_write"), Just("path_open"), Just("clock_time_get"), Just("random_get"), Just("x\n")], 0..4),
        stub in any::<bool>(),
    ) {
        let mut room = Room::default();
        let mut runs = Runs { policy: "0".repeat(64), runs: 3, complete, limits, peaks, ..Runs::default() };
        for name in names {
            runs.import("wasi_snapshot_preview1", name, &mut room).unwrap().calls = numbers.0;
        }
        for (name, parameter) in [("read_file", 0), ("read_file", 2), ("get", 0)] {
            let import = runs.import("env", name, &mut room).unwrap();
            import.calls = numbers.1;
            let values = import.argument(parameter, "x", Role::Path, &mut room).unwrap();
            for text in &texts {
                values.text(text, &mut room);
            }
            values.length(numbers.0);
            values.number(numbers.2, &mut room);
        }
        let folder = runs.folder("/scratch").unwrap();
        folder.scratch = Some(ScratchUse { bytes: numbers.0, entries: numbers.1, max_bytes: numbers.1, max_entries: numbers.0 });
        for text in &texts {
            folder.path(text, [Mode::Write], &mut room);
        }
        let (plain, text, _) = narrowed(runs, stub);
        let reports = judged(&text, &[module()]);
        prop_assert_eq!(errors(&reports[0]), [""; 0], "{}", text);
        prop_assert_eq!(widened(&plain, &text), [""; 0], "{}\n{}", plain, text);
    }
}
