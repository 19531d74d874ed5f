//! References to functions in code, globals, parameters, results and exceptions, and calls by them.

use super::{check, check_caller};

#[test]
fn a_reference_is_called_by_its_type() {
    check_caller(&[
        (
            r#"(type $t (func)) (elem declare func $f) (func $r (export "run") (call_ref $t (ref.func $f)))"#,
            "IndirectCall: run r ~f i",
        ),
        (
            r#"(type $t (func)) (elem declare func $f) (func $r (export "run") (return_call_ref $t (ref.func $f)))"#,
            "IndirectCall: run r ~f i",
        ),
        (
            r#"(type $t (func)) (type $u (func (param i32))) (elem declare func $f)
               (func (export "run") (param (ref $u)) (drop (ref.func $f)) (call_ref $u (i32.const 0) (local.get 0)))"#,
            "HostReference: HostReference f i",
        ),
        (
            r#"(type $u (func (param i32))) (elem declare func $f)
               (func (export "run") (drop (ref.func $f)) (call_ref $u (i32.const 0) (ref.null $u)))"#,
            "unreachable",
        ),
        (
            r#"(type $t (func)) (elem declare func $f) (func $dead (drop (ref.func $f)))
               (func (export "run") (call_ref $t (ref.null $t)))"#,
            "unreachable",
        ),
        (
            r#"(type $t (func)) (elem declare func $f) (func $late (drop (ref.func $f)))
               (func $r (export "run") (call_ref $t (ref.null $t)) call $late)"#,
            "IndirectCall: run r ~f i",
        ),
        (
            r#"(elem declare func $f) (table 1 funcref)
               (func $r (export "run") (table.set (i32.const 0) (ref.func $f)) (call_indirect (i32.const 0)))"#,
            "IndirectCall: run r ~f i",
        ),
        (
            r#"(elem declare func $f) (table 1 funcref)
               (func $r (export "run") (drop (ref.func $f)) (call_indirect (i32.const 0)))"#,
            "unreachable",
        ),
    ]);
}

#[test]
fn a_function_of_a_type_between_is_met_after_the_call() {
    check(&[(
        r#"(type $s (sub (func))) (type $m (sub $s (func))) (type $c (sub $m (func)))
            (table 2 funcref) (elem $late func $c $m)
            (func $m (type $m) call $i) (func $c (type $c))
            (func $r (export "run") (call_indirect (type $s) (i32.const 1))
                (table.init $late (i32.const 0) (i32.const 0) (i32.const 2)))"#,
        "IndirectCall: run r ~m i",
    )]);
}

#[test]
fn subtypes_are_met_and_supertypes_are_not() {
    let types = "(type $super (sub (func))) (type $middle (sub $super (func))) (type $sub (sub $middle (func))) ";
    let module = |defined: &str, called: &str| {
        format!(
            r#"{types} (func $g (type ${defined}) call $i) (table 1 funcref) (elem (i32.const 0) $g)
               (func $r (export "run") (call_indirect (type ${called}) (i32.const 0)))"#
        )
    };
    for (defined, called, met) in [
        ("sub", "super", true),
        ("sub", "middle", true),
        ("middle", "super", true),
        ("super", "super", true),
        ("super", "sub", false),
        ("middle", "sub", false),
    ] {
        let expected = if met {
            "IndirectCall: run r ~g i"
        } else {
            "unreachable"
        };
        check(&[(&module(defined, called), expected)]);
    }
    // The call comes before anything of the type is known, and after.
    check(&[(
        &format!(
            r#"{types} (elem declare func $g) (func $g (type $sub) call $i)
               (func $r (export "run") (call_ref $super (ref.null $super)) call $late) (func $late (drop (ref.func $g)))"#
        ),
        "IndirectCall: run r ~g i",
    )]);
    let same = r#"(type $a (func (param i32))) (type $b (func (param i32))) (func $g (type $a) call $i)
        (table 1 funcref) (elem (i32.const 0) $g)
        (func $r (export "run") (call_indirect (type $b) (i32.const 0) (i32.const 0)))"#;
    check(&[(same, "IndirectCall: run r ~g i")]);
}

#[test]
fn globals_hold_references() {
    check_caller(&[
        (
            r#"(global (export "g") funcref (ref.func $f))"#,
            "HostReference: HostReference f i",
        ),
        ("(global funcref (ref.func $f))", "unreachable"),
        (
            r#"(type $t (func)) (global $g (ref $t) (ref.func $f)) (func $r (export "run") (call_ref $t (global.get $g)))"#,
            "IndirectCall: run r ~f i",
        ),
        (
            r#"(global $g (export "g") (mut funcref) (ref.null func)) (elem declare func $f)
               (func (export "run") (global.set $g (ref.func $f)))"#,
            "HostReference: HostReference f i",
        ),
        (
            r#"(global $g funcref (ref.func $f)) (table 1 funcref) (elem (i32.const 0) funcref (global.get $g))
               (func $r (export "run") (call_indirect (i32.const 0)))"#,
            "IndirectCall: run r ~f i",
        ),
    ]);
    check(&[
        (
            r#"(import "env" "g" (global $g (mut funcref))) (func $f call $i) (elem declare func $f)
               (func (export "run") (global.set $g (ref.func $f)))"#,
            "HostReference: HostReference f i",
        ),
        (
            r#"(import "env" "g" (global $g funcref)) (func $f call $i) (table 1 funcref) (elem (i32.const 0) $f)"#,
            "unreachable",
        ),
        (
            r#"(import "env" "g" (global $g funcref)) (func $f call $i) (table 1 1 funcref (global.get $g))
               (elem (i32.const 0) $f)"#,
            "HostReference: HostReference f i",
        ),
    ]);
}

#[test]
fn parameters_and_results_carry_references() {
    check(&[
        (
            r#"(import "env" "give" (func $give (param funcref))) (func $f call $i) (elem declare func $f)
               (func (export "run") (call $give (ref.func $f)))"#,
            "HostReference: HostReference f i",
        ),
        (
            r#"(import "env" "give" (func $give (param funcref))) (func $f call $i) (table 1 funcref) (elem (i32.const 0) $f)
               (func (export "run") (call $give (table.get (i32.const 0))))"#,
            "HostReference: HostReference f i",
        ),
        (
            r#"(import "env" "give" (func $give (param funcref))) (func $f call $i) (table 1 funcref) (elem (i32.const 0) $f)"#,
            "unreachable",
        ),
        (
            r#"(import "env" "give" (func $give (param externref))) (func $f call $i) (elem declare func $f)
               (func (export "run") (drop (ref.func $f)) (call $give (ref.null extern)))"#,
            "unreachable",
        ),
        (
            r#"(func $f call $i) (elem declare func $f) (func (export "get") (result funcref) (ref.func $f))"#,
            "HostReference: HostReference f i",
        ),
        (
            r#"(func $f call $i) (elem declare func $f) (func $get (result funcref) (ref.func $f)) (func (export "run") (drop (call $get)))"#,
            "unreachable",
        ),
        // What the host may call in a shared table gets and gives references.
        (
            r#"(table (export "t") 1 funcref) (elem (i32.const 0) $get) (func $f call $i) (elem declare func $f)
               (func $get (result funcref) (ref.func $f))"#,
            "HostReference: HostReference f i",
        ),
    ]);
}

#[test]
fn exceptions_carry_references() {
    let throw = r#"(func $f call $i) (elem declare func $f) (func (export "run") (throw $e (ref.func $f)))"#;
    check(&[
        (
            &format!(r#"(tag $e (export "e") (param funcref)) {throw}"#),
            "HostReference: HostReference f i",
        ),
        (
            &format!("(tag $e (param funcref)) {throw}"),
            "HostReference: HostReference f i",
        ),
        (
            &format!(r#"(import "env" "e" (tag $e (param funcref))) {throw}"#),
            "HostReference: HostReference f i",
        ),
        (
            r#"(tag $e (param i32)) (func $f call $i) (elem declare func $f)
               (func (export "run") (drop (ref.func $f)) (throw $e (i32.const 0)))"#,
            "unreachable",
        ),
        (
            r#"(tag $e) (func $f call $i) (func $r (export "run") (block $h (try_table (catch $e $h) (throw $e))) call $f)"#,
            "likely: run r f i",
        ),
    ]);
}
