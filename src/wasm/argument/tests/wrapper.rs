//! Arguments that come from callers.

use super::*;

#[test]
fn parameters_are_followed_to_their_callers() {
    let found = body(
        r#"(func $inner (param i32 i32) (call $two (local.get 1) (local.get 0)))
           (func $outer (param i32) (call $inner (i32.const 3) (i32.add (local.get 0) (i32.const 1))))
           (func (export "f") (call $outer (i32.const 6)) (call $inner (i32.const 1) (i32.const 2)))"#,
    );
    assert_eq!(found.of(1), ["2 1", "7 3"]);
    let calls = found.import(1).calls.iter();
    let mut chains: Vec<usize> = calls.map(|call| call.sites.len()).collect();
    chains.sort_unstable();
    assert_eq!(chains, [2, 3]);
    let outermost = found.import(1).calls[0].sites[0];
    assert_eq!(outermost.caller, 6, "the exported function");
}

#[test]
fn a_wrapper_that_others_call_has_unknown_arguments_too() {
    let found = body(
        r#"(func $inner (export "inner") (param i32) (call $two (local.get 0) (i32.const 9)))
           (func (export "f") (call $inner (i32.const 6)))"#,
    );
    assert_eq!(found.of(1), ["* 9", "6 9"]);
    let table = body(
        r#"(table (export "t") 1 funcref) (elem (i32.const 0) $inner)
           (func $inner (param i32) (call $one (local.get 0)))
           (func (export "f") (call $inner (i32.const 6)))"#,
    );
    assert_eq!(table.of(0), ["*", "6"]);
}

#[test]
fn an_import_that_is_exported_has_others() {
    let found =
        body(r#"(export "again" (func $one)) (func (export "f") (call $one (i32.const 6)))"#);
    assert_eq!(found.of(0), ["6", "+"]);
}

#[test]
fn recursion_ends_and_stays_complete() {
    let found = body(
        r#"(func $inner (param i32 i32)
             (call $one (local.get 0))
             (if (local.get 1) (then (call $inner (local.get 0) (i32.sub (local.get 1) (i32.const 1))))))
           (func (export "f") (call $inner (i32.const 6) (call $get)))"#,
    );
    assert_eq!(found.of(0), ["6"]);
    let growing = body(
        r#"(func $inner (param i32)
             (call $one (local.get 0))
             (call $inner (i32.add (local.get 0) (i32.const 1))))
           (func (export "f") (call $inner (i32.const 0)))"#,
    );
    let rows = growing.of(0);
    assert!(rows.contains(&"*".to_owned()), "{rows:?}");
    assert!(rows.contains(&"2".to_owned()), "{rows:?}");
}

#[test]
fn deep_chains_end_in_unknown() {
    let mut wat = "(func $w0 (param i32) (call $one (local.get 0)))".to_owned();
    for level in 1..8 {
        let below = level - 1;
        wat += &[
            "(func $w",
            &level.to_string(),
            " (param i32) (call $w",
            &below.to_string(),
            " (local.get 0)))",
        ]
        .concat();
    }
    for (depth, expected) in [(2, "5"), (3, "5"), (7, "*")] {
        let found = body(&format!(
            r#"{wat} (func (export "f") (call $w{depth} (i32.const 5)))"#
        ));
        let rows = found.of(0);
        assert_eq!(rows, [expected], "{depth}");
    }
}

#[test]
fn results_of_calls_are_known() {
    let found = body(
        r#"(func $seven (result i32) (i32.const 7))
           (func $same (param i32) (result i32) (local.get 0))
           (func $either (param i32) (result i32 i32)
             (if (result i32 i32) (local.get 0) (then (i32.const 1) (i32.const 10)) (else (i32.const 2) (i32.const 20))))
           (func $never (result i32) (unreachable))
           (func (export "f") (param i32)
             (call $one (i32.add (call $seven) (call $same (i32.const 3))))
             (call $either (local.get 0)) (call $two)
             (drop (call $never))
             (call $one (i32.const 99)))"#,
    );
    assert_eq!(found.of(0), ["10"]);
    assert_eq!(found.of(1), ["1 10", "2 20"]);
}

#[test]
fn exported_functions_that_always_return_the_same() {
    for (wat, expected) in [
        (
            "(func (export \"v\") (result i32) (i32.add (i32.const 1) (i32.const 0x10000)))",
            (Some(0x10001), None),
        ),
        (
            "(func $i (result i32) (i32.const 5)) (func (export \"v\") (result i32) (call $i))",
            (Some(5), None),
        ),
        (
            "(func (export \"v\") (result i64) (local i64) (local.set 0 (i64.const 3)) (return (local.get 0)))",
            (Some(3), None),
        ),
        (
            "(memory 1) (data (i32.const 8) \"\\01\\00\\02\\00\") (func (export \"v\") (result i32) (i32.load (i32.const 8)))",
            (None, Some(0x20001)),
        ),
        (
            "(global $g (mut i32) (i32.const 4)) (func (export \"v\") (result i32) (global.get $g))",
            (None, Some(4)),
        ),
        (
            "(memory 1) (func (export \"v\") (result i32) (if (i32.load (i32.const 0)) (then (return (i32.const 1)))) (i32.const 2))",
            (None, None),
        ),
        (
            "(memory 1) (func (export \"v\") (result i32) (if (i32.load (i32.const 0)) (then (return (i32.const 1)))) (i32.const 1))",
            (Some(1), None),
        ),
        (
            "(func (export \"v\") (result i32) (loop (br 0)) (i32.const 1))",
            (None, None),
        ),
    ] {
        assert_eq!(returned(&format!("(module {wat})")), expected, "{wat}");
    }
}
