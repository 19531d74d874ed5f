//! Texts in modules, with fake credentials put together at run time.

use crate::wasm::{Literal, LiteralKind, decode};

/// An access key's id that no scanner sees in this file.
fn key() -> String {
    ["AK", "IA", "Q3EGZ7WN2XK5", "M4TB"].concat()
}

fn literals(wat: &str) -> Vec<Literal> {
    let module = decode(&wat::parse_str(wat).unwrap());
    assert_eq!(module.malformed, None);
    module.literals
}

fn wide(text: &str) -> String {
    text.chars()
        .map(|character| format!("{character}\\00"))
        .collect()
}

#[test]
fn texts_are_found_with_their_places() {
    let key = key();
    let found = literals(&format!(
        r#"(module (memory 1)
            (data (i32.const 0) "nothing here")
            (data (i32.const 100) "id={key} see https://api.example.com:8080/v1?x=1, bye")
            (@custom "notes" "built in /home/alice/src/plugin and C:\5cUsers\5cBob\5cx"))"#
    ));
    let brief: Vec<_> = found
        .iter()
        .map(|literal| {
            (
                literal.kind,
                literal.text.as_str(),
                literal.detail.as_str(),
                literal.place.as_str(),
            )
        })
        .collect();
    let (data, notes) = ("data segment 1", "custom section notes");
    assert_eq!(
        brief,
        [
            (
                LiteralKind::Credential,
                "AKIA…(redacted, 20 characters)",
                "aws-access-key",
                data
            ),
            (
                LiteralKind::Url,
                "https://api.example.com:8080/v1?x=1",
                "api.example.com",
                data
            ),
            (LiteralKind::BuildPath, "/home/alice/src/plugin", "", notes),
            (LiteralKind::BuildPath, "C:\\Users\\Bob\\x", "", notes),
        ]
    );
}

#[test]
fn offsets_are_those_of_the_binary() {
    let key = key();
    let wat = format!(r#"(module (memory 1) (data (i32.const 0) "xx{key}"))"#);
    let bytes = wat::parse_str(wat).unwrap();
    let offset = decode(&bytes).literals[0].offset;
    assert!(bytes[offset..].starts_with(key.as_bytes()));
}

#[test]
fn utf_16_is_read_at_even_and_odd_places() {
    let key = wide(&key());
    for shift in ["", "z"] {
        let wat = format!(
            r#"(module (memory 1) (data (i32.const 0) "{shift}\01\02\03\04{key}\00\00\00\00{}"))"#,
            wide("ws://x.io/a")
        );
        let found = literals(&wat);
        let texts: Vec<_> = found.iter().map(|literal| literal.text.as_str()).collect();
        assert_eq!(texts, ["AKIA…(redacted, 20 characters)", "ws://x.io/a"]);
    }
}

#[test]
fn a_credential_across_segments_is_found() {
    let key = key();
    let (first, second) = key.split_at(9);
    let (middle, last) = second.split_at(3);
    let found = literals(&format!(
        r#"(module (memory 1)
            (data (i32.const 20) "{last}")
            (data (i32.const 8) "{first}")
            (data (i32.const 17) "{middle}"))"#
    ));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].place, "data segment 1");
}

#[test]
fn a_printable_length_before_a_segment_hides_nothing() {
    let secret = ["to", "ken=a1b2c3d4e5f6g7h8i9"].concat();
    for (text, kind) in [
        (secret.as_str(), LiteralKind::Credential),
        ("/home/alice/x.go", LiteralKind::BuildPath),
    ] {
        // The length's byte: a control, then letters, a digit, a dash and an underscore.
        for size in [30, 45, 49, 65, 95, 97] {
            let found = literals(&format!(r#"(module (data "{text:<size$}"))"#));
            let kinds: Vec<_> = found.iter().map(|literal| literal.kind).collect();
            assert_eq!(kinds, [kind], "{text} in {size} bytes");
        }
    }
}

#[test]
fn the_name_of_a_custom_section_is_searched_apart_from_its_content() {
    let key = key();
    let found = literals(&format!(
        r#"(module (@custom "{key}" "x") (@custom "to" "{}"))"#,
        ["ken", "=a1b2c3d4e5f6g7h8i9"].concat()
    ));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].place, format!("custom section {key}"));
}

#[test]
fn segments_apart_in_memory_are_not_joined() {
    let key = key();
    let (first, second) = key.split_at(9);
    let found = literals(&format!(
        r#"(module (memory 1) (data (i32.const 8) "{first}") (data (i32.const 18) "{second}"))"#
    ));
    assert_eq!(found, []);
}

#[test]
fn a_text_comes_once_and_its_kind_is_bounded() {
    let many: String = (0..1500)
        .map(|index| format!("https://h{index}.example.com/ "))
        .collect();
    let found = literals(&format!(
        r#"(module (memory 2) (data (i32.const 0) "{many} https://h1.example.com/ "))"#
    ));
    assert_eq!(found.len(), crate::wasm::MAX_LITERALS);
    assert_eq!(found[1].detail, "h1.example.com");
}

#[test]
fn code_is_not_searched() {
    let bytes: String = key()
        .bytes()
        .map(|byte| format!("i32.const {byte} drop "))
        .collect();
    assert_eq!(literals(&format!("(module (func {bytes}))")), []);
}

#[test]
fn a_url_with_a_password_is_redacted() {
    let url = ["https://", "app", ":", "s3cr3tpass", "@db.example.com/x"].concat();
    let found = literals(&format!(
        r#"(module (memory 1) (data (i32.const 0) "{url}"))"#
    ));
    assert_eq!(found.len(), 2);
    assert!(
        found
            .iter()
            .all(|literal| !literal.text.contains("s3cr3tpass"))
    );
    assert!(
        found
            .iter()
            .any(|literal| literal.detail == "db.example.com")
    );
}
