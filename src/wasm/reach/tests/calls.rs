//! Direct calls, exports, the start section; sites and paths.

use super::{check, check_caller, spelled};
use crate::wasm::tests::valid;
use crate::wasm::{MAX_PATHS, Step};

#[test]
fn direct_calls_from_roots_are_likely() {
    check(&[
        (r#"(func (export "run") call $i)"#, "likely: run run i"),
        ("(func $s call $i) (start $s)", "likely: start s i"),
        ("(start $i)", "Exported: start i"),
        (r#"(export "again" (func $i))"#, "Exported: again i"),
        (r#"(func $f call $i) (func (export "run"))"#, "unreachable"),
        ("", "unreachable"),
    ]);
    check_caller(&[
        (r#"(func $r (export "run") call $f)"#, "likely: run r f i"),
        (
            r#"(func $r (export "run") return_call $f)"#,
            "likely: run r f i",
        ),
        (
            r#"(func $r (export "run") i32.const 0 if call $f end)"#,
            "likely: run r f i",
        ),
        (
            r#"(func $r (export "run") unreachable call $f)"#,
            "likely: run r f i",
        ),
        (
            r#"(func $r (export "run") call $r) (func $g call $f call $g)"#,
            "unreachable",
        ),
        ("(func $g call $f) (func $h call $g)", "unreachable"),
    ]);
}

#[test]
fn the_shortest_path_is_told_first() {
    check_caller(&[
        (
            r#"(func $a (export "long") call $b) (func $b call $c) (func $c call $f) (func $d (export "short") call $f)"#,
            "likely: short d f i",
        ),
        (
            r#"(func $a (export "one") call $f) (func $b (export "two") call $f)"#,
            "likely: one a f i",
        ),
    ]);
}

#[test]
fn there_is_a_path_for_each_function_that_calls() {
    let module = valid(
        r#"(module (import "env" "i" (func $i)) (func $a (export "a") call $b call $i call $i)
            (func $b call $i) (func $c call $i))"#,
    );
    let known = &module.uses.as_ref().unwrap().imports[0];
    let paths: Vec<_> = known
        .paths
        .iter()
        .map(|path| spelled(&module, path))
        .collect();
    assert_eq!(paths, ["a a i", "a a b i"]);
    assert_eq!(known.sites, 3);
    assert_eq!(known.others, None);
    let body = module.functions.offsets[0] as usize;
    let steps = [
        Step {
            function: 1,
            offset: None,
            may: None,
        },
        Step {
            function: 0,
            offset: Some(body + 3),
            may: None,
        },
    ];
    assert_eq!(known.paths[0].steps, steps);
}

#[test]
fn paths_are_bounded_in_number_and_length() {
    let many: String = (0..100)
        .map(|at| format!(r#"(func (export "f{at}") call $i)"#))
        .collect();
    let module = valid(&format!(r#"(module (import "env" "i" (func $i)) {many})"#));
    let known = &module.uses.as_ref().unwrap().imports[0];
    assert_eq!((known.paths.len(), known.sites), (MAX_PATHS, 100));
    let chain: String = (0..5000)
        .map(|at| format!("(func $f{at} call $f{})", at + 1))
        .collect();
    let module = valid(&format!(
        r#"(module (import "env" "i" (func $i)) {chain} (func $f5000 call $i) (export "run" (func $f0)))"#
    ));
    let uses = module.uses.unwrap();
    assert_eq!(uses.imports[0].reach.name(), "likely");
    assert!(uses.imports[0].paths.is_empty());
    assert!(uses.bounded.is_some());
}

#[test]
fn components_and_faulty_modules_have_no_uses() {
    let component = crate::wasm::encode_text("(component (core module))").unwrap();
    assert_eq!(crate::wasm::decode(&component).uses, None);
    let mut bytes = crate::wasm::tests::bytes(r#"(module (import "env" "i" (func)))"#);
    assert!(crate::wasm::decode(&bytes).uses.is_some());
    bytes.push(77);
    assert_eq!(crate::wasm::decode(&bytes).uses, None);
}
