//! Calls through tables, element segments of each kind, tables that are shared, operators on tables.

use super::{check, check_caller};

/// A function `run` that calls what is in a table by the type of no parameters.
const RUN: &str = r#"(func $r (export "run") (call_indirect (i32.const 0))) "#;

fn check_run(cases: &[(&str, &str)]) {
    for (fields, expected) in cases {
        check_caller(&[(&format!("{fields} {RUN}"), expected)]);
    }
}

#[test]
fn a_call_through_a_table_may_meet_what_is_in_it() {
    check_run(&[
        (
            "(table 1 funcref) (elem (i32.const 0) $f)",
            "IndirectCall: run r ~f i",
        ),
        ("(table 1 funcref) (elem (i32.const 0) $r)", "unreachable"),
        ("(table funcref (elem $f))", "IndirectCall: run r ~f i"),
        (
            "(table 1 funcref) (elem (i32.const 0) $i)",
            "IndirectCall: run r ~i",
        ),
        (
            "(table 1 funcref) (elem (i32.const 0) funcref (ref.func $f) (ref.null func))",
            "IndirectCall: run r ~f i",
        ),
        (
            "(table 1 1 funcref (ref.func $f))",
            "IndirectCall: run r ~f i",
        ),
        (
            "(table 0 funcref) (func $g (param i32) call $f) (elem (i32.const 0) $g)",
            "unreachable",
        ),
        (
            "(table 0 funcref) (func $g (result i32) call $f i32.const 0) (elem (i32.const 0) $g)",
            "unreachable",
        ),
        ("(table 0 funcref)", "unreachable"),
    ]);
    let tail = r#"(table 1 funcref) (elem (i32.const 0) $f) (func $r (export "run") (return_call_indirect (i32.const 0)))"#;
    check_caller(&[(tail, "IndirectCall: run r ~f i")]);
    let uncalled = r#"(table 1 funcref) (elem (i32.const 0) $f) (func $r (export "run"))
        (func $dead (call_indirect (i32.const 0)))"#;
    check_caller(&[(uncalled, "unreachable")]);
}

#[test]
fn only_segments_that_are_used_count() {
    check_run(&[
        ("(table 1 funcref) (elem $e func $f)", "unreachable"),
        ("(table 1 funcref) (elem declare func $f)", "unreachable"),
        (
            r#"(table 1 funcref) (elem $e func $f)
               (func (export "init") (table.init $e (i32.const 0) (i32.const 0) (i32.const 1)))"#,
            "IndirectCall: run r ~f i",
        ),
        (
            "(table 1 funcref) (elem $e func $f) (func (table.init $e (i32.const 0) (i32.const 0) (i32.const 1)))",
            "unreachable",
        ),
        (
            r#"(table 1 funcref) (table $other 1 funcref) (elem $e func $f)
               (func (export "init") (table.init $other $e (i32.const 0) (i32.const 0) (i32.const 1)))"#,
            "unreachable",
        ),
        (
            r#"(table 1 funcref) (elem $e func $f) (func (export "drop") (elem.drop $e))"#,
            "unreachable",
        ),
    ]);
}

#[test]
fn tables_are_told_apart_until_something_moves_between_them() {
    let two = "(table 1 funcref) (table $t 1 funcref) (elem (table $t) (i32.const 0) func $f) ";
    for (fields, expected) in [
        ("", "unreachable"),
        (
            "(func (table.copy 0 $t (i32.const 0) (i32.const 0) (i32.const 1)))",
            "IndirectCall: run r ~f i",
        ),
        (
            "(func (table.set 0 (i32.const 0) (table.get $t (i32.const 0))))",
            "IndirectCall: run r ~f i",
        ),
        (
            "(func (drop (table.grow 0 (table.get $t (i32.const 0)) (i32.const 1))))",
            "IndirectCall: run r ~f i",
        ),
        (
            "(func (table.fill 0 (i32.const 0) (table.get $t (i32.const 0)) (i32.const 1)))",
            "IndirectCall: run r ~f i",
        ),
        ("(func (drop (table.size $t)))", "unreachable"),
    ] {
        check_run(&[(&format!("{two}{fields}"), expected)]);
    }
    let through = r#"(func (export "other") (call_indirect $t (i32.const 0)))"#;
    check_run(&[(&format!("{two}{through}"), "IndirectCall: other other ~f i")]);
}

#[test]
fn the_host_calls_what_is_in_a_shared_table() {
    check_caller(&[
        (
            r#"(table (export "t") 1 funcref) (elem (i32.const 0) $f)"#,
            "SharedTable: table f i",
        ),
        (r"(table 1 funcref) (elem (i32.const 0) $f)", "unreachable"),
        (
            r#"(table (export "t") 1 funcref) (elem $e func $f)"#,
            "unreachable",
        ),
        (
            r#"(table (export "t") 1 funcref) (elem $e func $f)
               (func (export "init") (table.init $e (i32.const 0) (i32.const 0) (i32.const 1)))"#,
            "SharedTable: table f i",
        ),
        (
            r#"(table (export "t") 1 funcref) (table $u 1 funcref) (elem (table $u) (i32.const 0) func $f)
               (func (table.copy 0 $u (i32.const 0) (i32.const 0) (i32.const 1)))"#,
            "SharedTable: table f i",
        ),
        (
            r#"(table (export "t") 1 funcref) (elem declare func $f)
               (func (export "put") (table.set (i32.const 0) (ref.func $f)))"#,
            "HostReference: HostReference f i",
        ),
        (
            r#"(table (export "t") 1 funcref) (table $u 1 funcref) (elem (table $u) (i32.const 0) func $f)"#,
            "unreachable",
        ),
    ]);
    check(&[
        (
            r#"(import "env" "t" (table 1 funcref)) (func $f call $i) (elem (i32.const 0) $f)"#,
            "SharedTable: table f i",
        ),
        (
            r#"(import "env" "t" (table 1 funcref)) (func $f call $i) (func (export "run") (call_indirect (i32.const 0)))"#,
            "unreachable",
        ),
        (
            r#"(import "env" "t" (table 1 funcref)) (elem (i32.const 0) $i)"#,
            "SharedTable: table i",
        ),
        (
            r#"(import "env" "t" (table 1 funcref)) (table $u 1 1 funcref (ref.func $f)) (func $f call $i)
               (elem (table $u) (i32.const 0) func $i)"#,
            "unreachable",
        ),
    ]);
}

#[test]
fn a_call_by_an_exported_function_of_a_shared_table_meets_exported_ones() {
    check(&[(
        r#"(import "env" "t" (table 1 funcref)) (func $f (export "f") call $i)
           (func (export "run") (call_indirect (i32.const 0)))"#,
        "likely: f f i",
    )]);
}
