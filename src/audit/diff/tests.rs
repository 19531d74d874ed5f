//! What is a change, and what is none.

use super::*;
use crate::policy::{self, Vocabulary};
use crate::wasm::{Input, decode, encode_text};

fn compare_under(old: &str, new: &str, policy: Option<&str>) -> Diff {
    let [old, new] = [old, new].map(|text| Input::binary(encode_text(text).unwrap()));
    let (was, now) = (decode(&old.bytes), decode(&new.bytes));
    let mut sources = Sources::default();
    let loaded = policy.map(|text| {
        let folder = std::path::Path::new("/srv");
        let known = Vocabulary::standard();
        let policy = policy::parse_in(folder, "/srv/p.yaml", text, &known, &mut sources);
        LoadedPolicy::new("p.yaml", policy.unwrap(), true)
    });
    let surroundings = Surroundings {
        working: None,
        home: None,
        today: crate::policy::Date {
            year: 2026,
            month: 6,
            day: 1,
        },
    };
    let version = |path, module, input: &'static Input| Version {
        path,
        module,
        bytes: &input.bytes,
    };
    let [old, new] = [old, new].map(|input| &*Box::leak(Box::new(input)));
    diff(
        (
            version("old.wasm", &was, old),
            version("new.wasm", &now, new),
        ),
        loaded.as_ref(),
        &sources,
        &surroundings,
        |_, _, _, _| false,
    )
}

/// The changes that compilers do not make, a line each.
fn changes(old: &str, new: &str) -> Vec<String> {
    lines(&compare_under(old, new, None))
}

fn lines(diff: &Diff) -> Vec<String> {
    let changes = diff.changes.iter();
    let changes = changes.filter(|change| change.weight > Weight::Information);
    changes
        .map(|change| {
            let mark = if change.weight == Weight::Escalation {
                "!"
            } else {
                ""
            };
            let breaks = if change.breaks { " breaks" } else { "" };
            let (topic, subject) = (change.topic, &change.subject);
            format!("{mark}{topic} {subject} {:?}{breaks}", change.direction)
        })
        .collect()
}

const PLAIN: &str = "(module (memory (export \"memory\") 1 2) (func (export \"run\")))";

#[test]
fn a_recompile_is_no_change() {
    let moved = "(module $other (memory (export \"memory\") 2 2) (func $helper nop nop) (func $run2 (export \"run\") call $helper) (@custom \"producers\" \"\\00\"))";
    let diff = compare_under(PLAIN, moved, None);
    assert_eq!(lines(&diff), [""; 0]);
    assert!(diff.count(Weight::Information) > 0 && !diff.breaks());
    assert_eq!(compare_under(PLAIN, PLAIN, None).changes, []);
}

#[test]
fn a_new_import_is_an_escalation() {
    let more = "(module (import \"env\" \"exec\" (func (param i32 i32))) (memory (export \"memory\") 1 2) (func (export \"run\") i32.const 0 i32.const 0 call 0))";
    assert_eq!(
        changes(PLAIN, more),
        [
            "!capability host:env/exec Gained",
            "!import env.exec Gained"
        ]
    );
    assert_eq!(
        changes(more, PLAIN),
        ["capability host:env/exec Lost", "import env.exec Lost"]
    );
}

#[test]
fn a_capability_with_a_further_import_is_wider() {
    let with = |names: &[&str]| {
        let imports = names.iter().map(|name| {
            format!("(import \"wasi_snapshot_preview1\" \"{name}\" (func ${name} (param i32 i32) (result i32)))")
        });
        let calls = names
            .iter()
            .map(|name| format!("(drop (call ${name} (i32.const 0) (i32.const 0)))"));
        let (imports, calls) = (imports.collect::<String>(), calls.collect::<String>());
        format!("(module {imports} (func (export \"run\") {calls}))")
    };
    let said = changes(
        &with(&["environ_get"]),
        &with(&["environ_get", "environ_sizes_get"]),
    );
    assert_eq!(
        said,
        [
            "!capability env Widened",
            "!import wasi_snapshot_preview1.environ_sizes_get Gained"
        ]
    );
}

#[test]
fn what_is_never_reached_is_no_new_power() {
    let uncalled = "(module (import \"env\" \"exec\" (func)) (func (export \"run\")))";
    let called = uncalled.replace("\"run\")", "\"run\") call 0");
    let said = changes("(module (func (export \"run\")))", uncalled);
    assert_eq!(
        said,
        ["!import env.exec Gained", "capability host:env/exec Gained"]
    );
    assert_eq!(
        changes(uncalled, &called),
        ["!capability host:env/exec Widened"]
    );
    assert_eq!(
        changes(&called, uncalled),
        ["capability host:env/exec Narrowed"]
    );
}

#[test]
fn another_signature_of_an_import_breaks_and_escalates() {
    let with = |ty: &str| format!("(module (import \"env\" \"log\" (func {ty})))");
    let said = changes(&with("(param i32)"), &with("(param i64)"));
    assert_eq!(
        said,
        [
            "!import env.log Changed breaks",
            "abi version Changed breaks"
        ]
    );
}

#[test]
fn a_lost_export_breaks_and_the_version_should_say_so() {
    let with = |version: u32, exports: &str| {
        format!(
            "(module (func (export \"abi_version\") (result i32) i32.const {version}) {exports})"
        )
    };
    let run = "(func (export \"run\"))";
    let diff = compare_under(&with(1, run), &with(1, ""), None);
    assert_eq!(
        lines(&diff),
        ["export run Lost breaks", "abi version Changed breaks"]
    );
    let said = diff
        .changes
        .iter()
        .find(|change| change.topic == "abi")
        .unwrap();
    assert!(said.new.as_ref().unwrap().contains("abi major must change"));
    assert!(diff.breaks() && diff.count(Weight::Escalation) == 0);
    let said = compare_under(&with(1, run), &with(2, ""), None);
    let abi = said
        .changes
        .iter()
        .find(|change| change.topic == "abi")
        .unwrap();
    assert_eq!(
        (abi.old.as_deref(), abi.new.as_deref()),
        (Some("1"), Some("2"))
    );
    assert_eq!(changes(&with(1, ""), &with(1, run)), ["export run Gained"]);
    let other = changes(
        &with(1, run),
        &with(1, "(func (export \"run\") (param i32))"),
    );
    assert_eq!(
        other,
        ["export run Changed breaks", "abi version Changed breaks"]
    );
}

#[test]
fn memory_that_may_grow_further_is_said() {
    let with = |memory: &str| format!("(module (memory {memory}))");
    assert_eq!(changes(&with("1 2"), &with("1 3")), ["memory 0 Widened"]);
    assert_eq!(changes(&with("1 2"), &with("1")), ["memory 0 Widened"]);
    assert_eq!(changes(&with("1"), &with("1 2")), ["memory 0 Narrowed"]);
    let shared = changes(&with("1 2"), &with("1 2 shared"));
    assert!(
        shared.contains(&"!memory 0 Widened".to_owned()),
        "{shared:?}"
    );
}

#[test]
fn debugging_data_is_no_power() {
    let with = |custom: &str| {
        format!("(module (import \"env\" \"send\" (func (param i32 i32))) {custom})")
    };
    let debugged = with("(@custom \".debug_str\" \"(https://compiler.example/project 1.2)\")");
    assert_eq!(changes(&with(""), &debugged), [""; 0]);
}

#[test]
fn hosts_in_the_data_are_told_from_other_texts() {
    let with = |import: &str, text: &str| {
        format!("(module {import} (memory 1) (data (i32.const 0) \"{text} \"))")
    };
    let send = "(import \"env\" \"send\" (func (param i32 i32)))";
    let (old, new) = ("https://a.example/x", "https://evil.example/x");
    let said = changes(&with("", old), &with("", new));
    assert!(
        said.contains(&"host evil.example Gained".to_owned()),
        "{said:?}"
    );
    let said = changes(&with(send, old), &with(send, new));
    assert!(
        said.contains(&"!host evil.example Gained".to_owned()),
        "{said:?}"
    );
}

#[test]
fn a_policy_says_what_it_would_grant() {
    let new = "(module (import \"env\" \"exec\" (func)) (import \"wasi_snapshot_preview1\" \"random_get\" (func (param i32 i32) (result i32))))";
    let policy = "version: 1\nimports: {wasi: {allow: [random]}}\n";
    let diff = compare_under("(module)", new, Some(policy));
    let granted = |subject: &str| {
        let mut changes = diff.changes.iter();
        changes
            .find(|change| change.subject == subject)
            .unwrap()
            .granted
    };
    assert_eq!(granted("random"), Some(true));
    assert_eq!(granted("host:env/exec"), Some(false));
    assert_eq!(granted("env.exec"), Some(false));
    assert_eq!(granted("wasi_snapshot_preview1.random_get"), Some(true));
    assert_eq!(
        compare_under("(module)", new, None).changes[0].granted,
        None
    );
}

#[test]
fn the_weightiest_come_first_and_the_order_is_the_same() {
    let new = "(module (import \"env\" \"b\" (func)) (import \"env\" \"a\" (func)) (func (export \"x\")))";
    let diff = compare_under(PLAIN, new, None);
    assert!(
        diff.changes
            .is_sorted_by(|one, other| one.weight >= other.weight)
    );
    assert_eq!(diff, compare_under(PLAIN, new, None));
}

const EXEC: &str = "(module (import \"env\" \"exec\" (func (param i32 i32))) (memory 1 1) (data (i32.const 8) \"ls -l\") (func (export \"run\") i32.const 8 i32.const 5 call 0))";

#[test]
fn a_text_for_an_import_weighs_by_what_the_policy_says_of_it() {
    let other = EXEC.replace("ls -l", "sh -c");
    let moved = EXEC.replace("const 8", "const 64");
    assert_eq!(
        changes(EXEC, &moved),
        [""; 0],
        "a text that moved is the same"
    );
    assert_eq!(
        changes(EXEC, &other),
        ["argument env.exec 0 Gained", "argument env.exec 0 Lost"]
    );
    let policy = "version: 1\nimports: {host: [{module: env, name: exec, signature: \"(i32, i32) -> ()\", args: [{name: command, role: command, ptr: 0, len: 1}]}]}\n";
    let said = compare_under(EXEC, &other, Some(policy));
    assert_eq!(
        lines(&said),
        [
            "!argument env.exec command Gained",
            "argument env.exec command Lost"
        ]
    );
    assert_eq!(said.changes[0].new.as_deref(), Some("\"sh -c\""));
}
