//! Drafts of plugins: they read, and what they are for passes under them.

mod narrowed;
mod strange;

use super::*;
use crate::audit::{LoadedPolicy, Report, Run, SCHEMA, Severity, Surroundings};
use crate::policy::{Date, Vocabulary, parse_in};
use crate::rule::RuleSet;
use crate::wasm::{Input, decode, encode_text};

fn nowhere() -> Surroundings {
    Surroundings {
        working: Some("/srv/example".into()),
        home: Some("/home/user".into()),
        today: Date {
            year: 2026,
            month: 6,
            day: 1,
        },
    }
}

/// The draft for modules, and what each is found to be under it.
fn drafted(modules: &[Vec<u8>]) -> (String, Vec<Report>) {
    let decoded: Vec<_> = modules.iter().map(|bytes| decode(bytes)).collect();
    let pairs = decoded
        .iter()
        .zip(modules)
        .map(|(module, bytes)| (module, bytes.as_slice()));
    let text = Least::of(pairs, &nowhere()).text("drafted");
    let reports = judged(&text, modules);
    (text, reports)
}

/// What each module is found to be under a draft.
fn judged(text: &str, modules: &[Vec<u8>]) -> Vec<Report> {
    let mut sources = Sources::default();
    let rules = RuleSet::builtin(&SCHEMA);
    let folder = std::path::Path::new("/srv/example/plugin");
    let policy = parse_in(
        folder,
        "/srv/example/plugin/policy.yaml",
        text,
        &Vocabulary::standard(),
        &mut sources,
    );
    let policy = policy.unwrap_or_else(|mistakes| panic!("{text}\n{mistakes:?}"));
    let (policies, around) = ([LoadedPolicy::new("policy.yaml", policy, true)], nowhere());
    let run = Run::new(&rules, &policies, &sources, &around);
    let reports = modules.iter().map(|bytes| {
        let input = Input::binary(bytes.clone());
        run.judge(&input, decode(bytes))
    });
    reports.collect()
}

fn errors(report: &Report) -> Vec<&str> {
    let errors = report
        .findings
        .iter()
        .filter(|one| one.severity == Severity::Error);
    errors.map(|one| one.rule.as_str()).collect()
}

fn sample(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-modules");
    std::fs::read(folder.join(name).join("plugin.wasm")).unwrap()
}

#[test]
fn honest_samples_pass_under_their_drafts() {
    for name in [
        "go-command",
        "go-reactor",
        "rust-command",
        "rust-notifier",
        "assemblyscript-function",
        "zig-function",
        "c-read-file",
    ] {
        let (text, reports) = drafted(&[sample(name)]);
        let found: Vec<_> = reports.iter().flat_map(errors).collect();
        let abi = ["missing-abi-version"];
        let left: Vec<_> = found
            .into_iter()
            .filter(|rule| !abi.contains(rule))
            .collect();
        assert!(left.is_empty(), "{name}: {left:?}\n{text}");
    }
}

/// What is found of a module and not of its policy, or needs what no policy of this runner can give; two majors have no policy in
/// common.
const STAYS: [&str; 9] = [
    "abi-major-mismatch",
    "ambient-host-import",
    "component-not-audited",
    "embedded-secret",
    "export-signature",
    "guest-chosen-authority",
    "legacy-wasi",
    "missing-abi-version",
    "unmet-need",
];

/// Alone, and as two versions of one plugin.
#[test]
fn every_sample_has_a_draft_that_reads() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-modules");
    let entries = std::fs::read_dir(folder).unwrap();
    let modules =
        entries.filter_map(|entry| std::fs::read(entry.unwrap().path().join("plugin.wasm")).ok());
    let mut modules: Vec<Vec<u8>> = modules.collect();
    modules.sort();
    assert!(modules.len() > 20);
    let (first, last) = (modules[0].clone(), modules.len() - 1);
    for (at, module) in modules.iter().enumerate() {
        let next = modules.get(at + 1).filter(|_| at < last).unwrap_or(&first);
        for versions in [vec![module.clone()], vec![module.clone(), next.clone()]] {
            let (text, reports) = drafted(&versions);
            for rule in reports.iter().flat_map(errors) {
                assert!(STAYS.contains(&rule), "{rule}\n{text}");
            }
        }
    }
}

#[test]
fn arguments_of_one_name_are_told_apart() {
    let version = |params: &str, call: &str| {
        encode_text(&format!(
            r#"(module (import "env" "read_file" (func $f (param {params})))
            (memory (export "memory") 1 1) (func (export "abi_version") (result i32) i32.const 1)
            (func (export "run") (local i32) (call $f {call})))"#
        ))
        .unwrap()
    };
    let old = version("i32 i32", "(local.get 0) (local.get 0)");
    let new = version("i64 i32 i32", "(i64.const 1) (local.get 0) (local.get 0)");
    let (text, _) = drafted(&[old, new]);
    assert!(
        text.contains("name: \"path\"") && text.contains("name: \"path1\""),
        "{text}"
    );
}

#[test]
fn a_draft_is_for_all_versions() {
    let one = encode_text(r#"(module (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1 1) (func (export "_start") (drop (call $w (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))))"#).unwrap();
    let two = encode_text(r#"(module (import "wasi_snapshot_preview1" "random_get" (func $r (param i32 i32) (result i32)))
        (memory (export "memory") 1 4) (func (export "_start") (drop (call $r (i32.const 0) (i32.const 4)))))"#).unwrap();
    let (text, reports) = drafted(&[one, two]);
    for report in &reports {
        assert_eq!(errors(report), [""; 0], "{text}");
    }
    assert!(
        text.contains("\"random\"") && text.contains("\"stdout\"") && text.contains("max: 256KiB")
    );
}

#[test]
fn what_is_not_reached_is_stubbed() {
    let bytes = encode_text(r#"(module (import "wasi_snapshot_preview1" "path_open" (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (memory (export "memory") 1 1) (func (export "_start")))"#).unwrap();
    let (text, reports) = drafted(&[bytes]);
    assert_eq!(errors(&reports[0]), [""; 0], "{text}");
    let stub = text.split("stub:").nth(1).unwrap();
    assert!(stub.lines().nth(1).unwrap().contains("path_open"), "{text}");
    assert!(text.contains("allow: []"));
}

#[test]
fn constants_become_guards() {
    let bytes = encode_text(
        r#"(module (import "env" "read_file" (func $read (param i32 i32) (result i32)))
        (memory (export "memory") 1 1) (data (i32.const 64) "/etc/[a]*")
        (func (export "abi_version") (result i32) i32.const 1)
        (func (export "run") (drop (call $read (i32.const 64) (i32.const 9)))))"#,
    )
    .unwrap();
    let (text, reports) = drafted(&[bytes]);
    assert_eq!(errors(&reports[0]), [""; 0], "{text}");
    assert!(text.contains("recovered"), "{text}");
    assert!(!text.contains("/plugin-data"), "{text}");
}

#[test]
fn constants_are_guarded_in_the_form_that_is_judged() {
    let bytes = encode_text(
        r#"(module (import "env" "read_file" (func $read (param i32 i32) (result i32)))
        (memory (export "memory") 1 1) (data (i32.const 64) "/data//./x/../y")
        (func (export "abi_version") (result i32) i32.const 1)
        (func (export "run") (drop (call $read (i32.const 64) (i32.const 15)))))"#,
    )
    .unwrap();
    let (text, reports) = drafted(&[bytes]);
    assert_eq!(errors(&reports[0]), [""; 0], "{text}");
    assert!(text.contains("allow: [\"/data/y\"]"), "{text}");
}

#[test]
fn what_no_pattern_admits_is_none() {
    let bytes = encode_text(
        r#"(module (import "env" "read_file" (func $read (param i32 i32) (result i32)))
        (memory (export "memory") 1 1) (data (i32.const 64) "/etc/a\00")
        (func (export "run") (drop (call $read (i32.const 64) (i32.const 7)))))"#,
    )
    .unwrap();
    let (text, _) = drafted(&[bytes]);
    assert!(text.contains("allow: [\"/plugin-data/**\"]"), "{text}");
}

#[test]
fn names_stay_in_their_lines() {
    let bytes = encode_text(
        r#"(module (import "env\"\n  evil: [" "read_file\n# x" (func $f (param i32 i32)))
        (memory (export "memory\nlimits: {}") 1 1)
        (func (export "run\n") (call $f (i32.const 0) (i32.const 4))))"#,
    )
    .unwrap();
    let (text, _) = drafted(&[bytes]);
    assert_eq!(text.matches("\nlimits:").count(), 1, "{text}");
}
