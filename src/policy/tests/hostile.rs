//! Text that means harm.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn soon<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "took {:?}",
        start.elapsed()
    );
    result
}

#[test]
fn bombs_and_broken_texts_are_mistakes() {
    for text in [
        "",
        "# nothing\n",
        "~",
        "[1, 2]",
        "text",
        "a: &a [1]\nb: [*a, *a]",
        "version: 1\n\tname: x",
        "limits: {fuel: 1, fuel: 2}",
        "version: 1\n---\nversion: 1",
        "{",
        "version: !!int 1",
        "? [a]\n: b",
        "limits: {fuel: NaN}",
        "limits: {fuel: 1e999}",
        "limits: {memory: .inf}",
        "limits: {fuel: 99999999999999999999}",
        "limits: 5",
        "grants: []",
        "version: 1.0",
        "version: \"1\"",
    ] {
        assert!(!mistakes(text).is_empty(), "{text:?}");
    }
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_harmless() {
    let (policy, sources) = read("\u{feff}version: 1\r\nlimits:\r\n  memory: 1MiB\r\n").unwrap();
    assert_eq!(sources.slice(policy.limits.memory.unwrap().span), "1MiB");
}

#[test]
fn many_unknown_keys_are_told_and_the_rest_left() {
    let text: String = (0..10_000).map(|n| format!("key{n}: 1\n")).collect();
    let mistakes = soon(|| mistakes(&text));
    assert_eq!(mistakes.len(), 1001);
    assert_eq!(mistakes[1000].message, "and further mistakes from here on");
}

#[test]
fn long_names_do_not_flood_messages() {
    let long = "x".repeat(1 << 20);
    for text in [
        format!("{long}: 1"),
        format!("name: {long}"),
        format!("limits: {{memory: {long}}}"),
        format!("rules: {{{long}: {{a: 1, b: 2}}}}"),
    ] {
        assert!(
            mistakes(&text)
                .iter()
                .all(|mistake| mistake.message.len() < 400
                    && mistake.help.as_ref().is_none_or(|help| help.len() < 400))
        );
    }
}

#[test]
fn wildcards_are_bounded_over_all_lists_of_a_file() {
    let lists = |first: &str, second: &str| {
        format!("version: 1\ngrants: {{env: {{pass: [{first}]}}, args: {{allow: [{second}]}}}}\n")
    };
    let many = |pattern: &str, count: usize| vec![pattern; count].join(",");
    for (first, second, told) in [
        (many("A*", 10_000), many("B*", 10_000), 0),
        (many("A*", 10_000), many("B*", 10_001), 1),
        (many("\"{a,b}*\"", 6_667), String::new(), 1),
        (many("'\\a'", 20_001), String::new(), 1),
        (many("'a]'", 20_001), String::new(), 1),
        (many("LITERAL", 50_000), String::new(), 0),
    ] {
        let text = lists(&first, &second);
        let codes = soon(|| codes(&text));
        assert_eq!(codes, vec!["too-many-wildcards"; told]);
    }
}

#[test]
fn a_hundred_thousand_guards_take_linear_time() {
    let guards: String = (0..100_000).map(|n| format!("\"/d/{n}/x\",")).collect();
    let one = format!(
        "version: 1\nimports: {{host: [{{module: e, name: f, args: [{{name: p, role: path, ptr: 0, len: 1, allow: [{guards}]}}]}}]}}\n"
    );
    let (policy, _) = soon(|| read(&one).unwrap());
    assert_eq!(policy.imports.host[0].args[0].allow.0[0].len(), 100_000);
}

#[test]
fn many_imports_in_child_and_base_merge_in_linear_time() {
    let folder = tempfile::tempdir().unwrap();
    let list = |path: &str| -> String {
        (0..10_000).map(|n| format!("  - {{module: e, name: f{n}, args: [{{name: p, role: path, ptr: 0, len: 1, allow: [{path}]}}]}}\n")).collect()
    };
    std::fs::write(
        folder.path().join("base.yaml"),
        format!("imports:\n host:\n{}", list("/d/**")),
    )
    .unwrap();
    let child = format!("extends: base.yaml\nimports:\n host:\n{}", list("/e/x"));
    let policy = soon(|| {
        parse_in(
            folder.path(),
            "child.yaml",
            &child,
            &Vocabulary::standard(),
            &mut Sources::default(),
        )
        .unwrap()
    });
    assert_eq!(policy.imports.host.len(), 10_000);
    assert_eq!(policy.widenings.len(), 1000);
}

#[test]
fn many_literals_against_many_patterns_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let list = |count: usize, tail: &str| {
        (0..count)
            .map(|n| format!("A{n}{tail},"))
            .collect::<String>()
    };
    std::fs::write(
        folder.path().join("base.yaml"),
        format!("grants: {{env: {{pass: [{}]}}}}", list(20_000, "*")),
    )
    .unwrap();
    let child = format!(
        "extends: base.yaml\ngrants: {{env: {{pass: [{}]}}}}",
        list(50_000, "x")
    );
    let policy = soon(|| {
        parse_in(
            folder.path(),
            "child.yaml",
            &child,
            &Vocabulary::standard(),
            &mut Sources::default(),
        )
        .unwrap()
    });
    assert_eq!(policy.grants.env_pass.0.len(), 2);
}

/// Texts near to policies: the full one with a part of it replaced.
fn near() -> impl Strategy<Value = String> {
    (0..FULL.len(), 0..40usize, "[ -~\n\t\u{e9}]{0,12}").prop_map(|(start, length, with)| {
        let fit = |at: usize| {
            (at..=FULL.len())
                .find(|at| FULL.is_char_boundary(*at))
                .unwrap()
        };
        let (start, end) = (fit(start), fit((start + length).min(FULL.len())));
        format!("{}{with}{}", &FULL[..start], &FULL[end.max(start)..])
    })
}

proptest! {
    #[test]
    fn any_text_ends_in_a_policy_or_in_placed_mistakes(text in prop_oneof![".{0,200}", near()]) {
        let mut sources = Sources::default();
        if let Err(mistakes) = parse("x", &text, &Vocabulary::standard(), &mut sources) {
            prop_assert!(!mistakes.is_empty());
            for label in mistakes.iter().flat_map(|mistake| &mistake.labels) {
                prop_assert!(sources.places(label.span).is_some());
            }
        }
    }
}
