//! Components: their own imports and exports, and nothing of the modules inside.

use super::{bytes, valid};
use crate::wasm::{Kind, LiteralKind, MAX_NESTING, decode};

const COMPONENT: &str = r#"(component
    (import "wasi:clocks/wall-clock@0.2.0" (instance
        (type $t (record (field "seconds" u64)))
        (export "datetime" (type (eq $t)))
        (export "now" (func (result u64)))
        (export "resolve" (func (param "name" string) (result (list u8))))))
    (import "host:empty/x" (instance))
    (import "log" (func (param "text" string)))
    (core module $inner
        (import "env" "secret" (func))
        (memory (export "memory") 1 2 shared)
        (func (export "run") (if (i32.const 1) (then nop)))
        (data (i32.const 0) "see https://inner.example.com/x"))
    (core module (func))
    (component (core module (memory 1)))
    (component $part)
    (export "part" (component $part)))"#;

#[test]
fn imports_are_per_function_of_an_interface() {
    let module = valid(COMPONENT);
    assert_eq!(module.kind, Kind::Component);
    let imports: Vec<_> = module
        .imports
        .iter()
        .map(|import| {
            let ty = import.ty.signature().map(ToString::to_string);
            (
                import.module.as_str(),
                import.name.as_str(),
                ty,
                import.ty.kind(),
            )
        })
        .collect();
    let clock = "wasi:clocks/wall-clock@0.2.0";
    assert_eq!(
        imports,
        [
            (clock, "now", Some("() -> u64".into()), "function"),
            (
                clock,
                "resolve",
                Some("(string) -> list".into()),
                "function"
            ),
            ("host:empty/x", "", None, "instance"),
            ("log", "", Some("(string) -> ()".into()), "function"),
        ]
    );
    assert_eq!(module.exports[0].name, "part");
    assert_eq!(module.exports[0].ty.kind(), "component");
}

#[test]
fn modules_inside_do_not_mix_in() {
    let module = valid(COMPONENT);
    assert!(module.memories.is_empty() && module.data.is_empty());
    assert!(module.functions.complexity.is_empty() && module.names.is_empty());
    assert!(module.sections.iter().any(|section| section.id == "module"));
    assert!(module.sections.iter().all(|section| section.id != "memory"));
}

#[test]
fn what_could_hide_inside_is_found() {
    let module = valid(COMPONENT);
    let url = module
        .literals
        .iter()
        .find(|literal| literal.kind == LiteralKind::Url);
    assert_eq!(url.unwrap().place, "data segment 0 of nested module 1");
    let threads = module
        .proposals
        .iter()
        .find(|usage| usage.name == "threads");
    assert_eq!(threads.unwrap().function, None);
}

#[test]
fn bodies_inside_are_validated() {
    let mut binary = bytes("(component (core module (func i32.const 1 drop)))");
    assert_eq!(decode(&binary).malformed, None);
    let drop = binary.iter().rposition(|byte| *byte == 0x1a).unwrap();
    binary[drop] = 0x01;
    assert_eq!(decode(&binary).malformed.unwrap().offset, drop + 1);
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth| "(component ".repeat(depth) + &")".repeat(depth);
    let fine = bytes(&nested(MAX_NESTING));
    assert_eq!(decode(&fine).malformed, None);
    let mut binary = b"\0asm\x0d\0\x01\0".to_vec();
    for _ in 0..5_000 {
        binary = [
            b"\0asm\x0d\0\x01\0\x04".to_vec(),
            super::leb(binary.len()),
            binary,
        ]
        .concat();
    }
    let fault = decode(&binary).malformed.unwrap();
    assert!(fault.reason.contains("levels of nesting"), "{fault:?}");
}
