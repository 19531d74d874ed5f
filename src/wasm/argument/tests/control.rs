//! What moves a value: each operator and each kind of branch.

use super::*;

fn ones(wat: &str) -> Vec<String> {
    body(&format!(
        r#"(func (export "f") (param $p i32) (param $q i32) {wat})"#
    ))
    .of(0)
}

fn twos(wat: &str) -> Vec<String> {
    body(&format!(
        r#"(func (export "f") (param $p i32) (param $q i32) {wat})"#
    ))
    .of(1)
}

#[test]
fn constants_go_through_locals_and_arithmetic() {
    for (wat, found) in [
        ("(call $one (i32.const 7))", "7"),
        ("(local i32) (call $one (local.get 2))", "0"),
        (
            "(local $a i32) (local $b i32) (local.set $b (local.tee $a (i32.const 5))) (call $one (i32.add (local.get $a) (local.get $b)))",
            "10",
        ),
        ("(call $one (global.get $fixed))", "77"),
        ("(call $one (global.get $sp))", "65536?"),
        (
            "(call $one (i32.add (i32.const 0x7fffffff) (i32.const 1)))",
            "-2147483648",
        ),
        ("(call $one (i32.extend8_s (i32.const 0x80)))", "-128"),
        ("(call $one (i32.wrap_i64 (i64.const 0x1_0000_0003)))", "3"),
        ("(call $one (i32.eqz (i32.const 3)))", "0"),
        ("(call $one (i32.lt_u (i32.const 1) (i32.const -1)))", "1"),
        ("(call $one (i32.trunc_f32_s (f32.const 3)))", "*"),
        ("(call $one (call $get))", "*"),
        ("(call $one (local.get $p))", "*"),
        ("(call $one (i32.and (local.get $p) (i32.const 1)))", "*"),
        ("(call $one (i32.const 1)) (call $one (i32.const 1))", "1"),
    ] {
        assert_eq!(ones(wat), [found], "{wat}");
    }
}

#[test]
fn wide_values_keep_all_bits() {
    let long = |wat: &str| body(&format!("(func (export \"f\") (param i32) {wat})")).of(2);
    for (wat, found) in [
        ("(call $long (i64.const -9))", "-9"),
        (
            "(call $long (i64.extend_i32_u (i32.const -1)))",
            "4294967295",
        ),
        ("(call $long (i64.extend_i32_s (i32.const -1)))", "-1"),
        ("(call $long (i64.extend32_s (i64.const 0xffffffff)))", "-1"),
        (
            "(call $long (i64.shl (i64.const 1) (i64.const 40)))",
            "1099511627776",
        ),
        (
            "(call $long (i64.mul (i64.const 0x4000000000000000) (i64.const 4)))",
            "0",
        ),
        ("(call $long (i64.reinterpret_f64 (f64.const 0)))", "*"),
    ] {
        assert_eq!(long(wat), [found], "{wat}");
    }
}

#[test]
fn ways_that_meet_keep_what_belongs_together() {
    for wat in [
        "(call $two (select (i32.const 1) (i32.const 2) (local.get $p)) (select (i32.const 10) (i32.const 20) (local.get $p)))",
        "(call $two (select (result i32) (i32.const 1) (i32.const 2) (local.get $p)) (select (result i32) (i32.const 10) (i32.const 20) (local.get $p)))",
        "(local $a i32) (local $b i32)
         (if (local.get $p) (then (local.set $a (i32.const 1)) (local.set $b (i32.const 10)))
             (else (local.set $a (i32.const 2)) (local.set $b (i32.const 20))))
         (call $two (local.get $a) (local.get $b))",
        "(local $a i32)
         (local.set $a (if (result i32) (local.get $p) (then (i32.const 1)) (else (i32.const 2))))
         (call $two (local.get $a) (select (i32.const 10) (i32.const 20) (local.get $p)))",
        "(if (result i32 i32) (local.get $p) (then (i32.const 1) (i32.const 10)) (else (i32.const 2) (i32.const 20)))
         (call $two)",
        "(block $out (result i32 i32) (i32.const 1) (i32.const 10) (br_if $out (local.get $p)) (drop) (drop)
            (i32.const 2) (i32.const 20)) (call $two)",
        "(block $out (result i32 i32) (block $b (block $a (br_table $a $b (local.get $p)))
            (br $out (i32.const 1) (i32.const 10))) (br $out (i32.const 2) (i32.const 20))) (call $two)",
        "(if (local.get $p) (then (call $two (i32.const 1) (i32.const 10)) (return)))
         (call $two (i32.const 2) (i32.const 20))",
    ] {
        assert_eq!(twos(wat), ["1 10", "2 20"], "{wat}");
    }
}

#[test]
fn different_conditions_choose_by_themselves() {
    let four = ["1 10", "1 20", "2 10", "2 20"];
    for wat in [
        "(call $two (select (i32.const 1) (i32.const 2) (local.get $p)) (select (i32.const 10) (i32.const 20) (local.get $q)))",
        "(call $two (select (i32.const 1) (i32.const 2) (i32.load (i32.const 0))) (select (i32.const 10) (i32.const 20) (i32.load (i32.const 0))))",
        "(call $two (select (i32.const 1) (i32.const 2) (global.get $sp)) (select (i32.const 10) (i32.const 20) (global.get $sp)))",
        "(call $two (select (i32.const 1) (i32.const 2) (call $get)) (select (i32.const 10) (i32.const 20) (call $get)))",
    ] {
        let found = twos(wat);
        let found: Vec<_> = found.iter().map(|row| row.replace('?', "")).collect();
        // A global as compiled is no proof of which way is gone.
        if !wat.contains("global") {
            assert_eq!(found, four, "{wat}");
        }
    }
}

/// The host may set an exported global, and code may write memory by another address, between two choices by it.
#[test]
fn what_can_change_may_choose_otherwise_the_next_time() {
    let twice = |condition: &str, last: &str| {
        format!(
            "(local $a i32) (local $b i32)
             (local.set $a (select (i32.const 1) (i32.const 0) {condition})) (drop (call $get))
             (local.set $b (select (i32.const 1) (i32.const 0) {condition})) {last}"
        )
    };
    for condition in ["(global.get $sp)", "(i32.load (local.get $p))"] {
        let one = |last| ones(&twice(condition, last));
        let difference = "(call $one (i32.sub (local.get $a) (local.get $b)))";
        assert_eq!(one(difference), ["0?"], "{condition}");
        let guarded =
            "(if (i32.ne (local.get $a) (local.get $b)) (then (call $one (i32.const 9))))";
        assert_eq!(one(guarded), ["9"], "{condition}");
        let further = "(call $one (i32.sub (select (i32.const 5) (i32.const 6) (local.get $a))
            (select (i32.const 5) (i32.const 6) (local.get $b))))";
        assert_eq!(one(further), ["0?"], "{condition}");
        let both = twos(&twice(
            condition,
            "(call $two (local.get $a) (local.get $b))",
        ));
        assert_eq!(both, ["0? 0?", "1? 1?"], "{condition}");
        let alone = twice(condition, "(call $one (local.get $a))");
        assert_eq!(ones(&alone), ["0", "1"], "{condition}");
    }
}

#[test]
fn ways_that_are_never_gone_are_left_out() {
    for (wat, found) in [
        (
            "(if (i32.const 0) (then (call $one (i32.const 1))) (else (call $one (i32.const 2))))",
            vec!["2"],
        ),
        (
            "(block (br_if 0 (i32.const 1)) (call $one (i32.const 1)))",
            vec![],
        ),
        ("(block (br 0) (call $one (i32.const 1)))", vec![]),
        (
            "(block (block (block (br_table 0 1 2 (i32.const 1))) (call $one (i32.const 1))) (call $one (i32.const 2)))",
            vec!["2"],
        ),
        (
            "(block (block (br_table 0 1 (i32.const -1))) (call $one (i32.const 1)))",
            vec![],
        ),
        ("(return) (call $one (i32.const 1))", vec![]),
        ("(unreachable) (call $one (i32.const 1))", vec![]),
        (
            "(call $one (select (i32.const 1) (i32.const 2) (i32.const 0)))",
            vec!["2"],
        ),
        (
            "(throw $tag (i32.const 0)) (call $one (i32.const 1))",
            vec![],
        ),
        // What memory holds may be written first: both ways stay.
        (
            "(if (i32.load (i32.const 1024)) (then (call $one (i32.const 1))) (else (call $one (i32.const 2))))",
            vec!["1", "2"],
        ),
    ] {
        assert_eq!(ones(wat), found, "{wat}");
    }
}

#[test]
fn loops_forget_what_they_write() {
    for (wat, found) in [
        (
            "(local $i i32) (loop (call $one (local.get $i)) (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if 0 (local.get $p)))",
            vec!["*"],
        ),
        (
            "(local $i i32) (local $k i32) (local.set $k (i32.const 9)) (loop (call $one (local.get $k)) (local.set $i (call $get)) (br_if 0 (local.get $i)))",
            vec!["9"],
        ),
        (
            "(local $i i32) (loop (call $one (i32.const 3)) (br_if 0 (local.get $p)))",
            vec!["3"],
        ),
        (
            "(i32.const 1) (loop (param i32) (call $one) (i32.const 2) (br_if 0 (local.get $p)) (drop))",
            vec!["*"],
        ),
        ("(i32.const 1) (loop (param i32) (call $one))", vec!["1"]),
        (
            "(local $i i32) (loop (loop (call $one (local.get $i)) (br_if 0 (local.get $p))) (local.set $i (i32.const 4)) (br_if 0 (local.get $q)))",
            vec!["*"],
        ),
        (
            "(local $i i32) (block (loop (br_table 0 1 (local.get $p)))) (call $one (local.get $i))",
            vec!["0"],
        ),
        // A table of branches right at a block's start looks like Go's dispatcher, and repeats the loop all the same.
        (
            "(local $i i32) (loop $l (call $one (local.get $i)) (local.set $i (i32.const 4)) (block $b (br_table $l $b (local.get $p))))",
            vec!["*"],
        ),
        (
            "(local $i i32) (block (br_table 0 0 (local.get $p))) (loop $l (call $one (local.get $i)) (local.set $i (i32.const 4)) (block $b (br_table $b $l (local.get $p))))",
            vec!["*"],
        ),
        // The choice of one turn is not that of the next.
        (
            "(local $a i32) (local $c i32) (loop
            (call $one (i32.sub (local.get $a) (select (i32.const 1) (i32.const 2) (local.get $c))))
            (local.set $c (call $get))
            (local.set $a (select (i32.const 1) (i32.const 2) (local.get $c)))
            (local.set $c (call $get))
            (br_if 0 (local.get $p)))",
            vec!["*"],
        ),
    ] {
        assert_eq!(ones(wat), found, "{wat}");
    }
}

#[test]
fn references_and_exceptions_branch() {
    for (wat, found) in [
        (
            "(local $a i32) (block (br_on_null 0 (ref.null func)) (drop) (local.set $a (i32.const 1))) (call $one (local.get $a))",
            vec!["0", "1"],
        ),
        (
            "(local $a i32) (block (result (ref func)) (br_on_non_null 0 (ref.null func)) (local.set $a (i32.const 1)) (call $one (local.get $a)) (return)) (drop) (call $one (local.get $a))",
            vec!["0", "1"],
        ),
        (
            "(local $a i32) (local.set $a (i32.const 1)) (block $h (try_table (catch_all $h) (local.set $a (i32.const 2)) (drop (call $get)) (local.set $a (i32.const 3)))) (call $one (local.get $a))",
            vec!["*", "3"],
        ),
        (
            "(block $h (result i32) (try_table (catch $tag $h) (throw $tag (i32.const 5))) (i32.const 6)) (call $one)",
            vec!["*"],
        ),
        (
            "(local $a i32) (local.set $a (i32.const 1)) (block $h (try_table (catch_all $h) (drop (call $get)))) (call $one (local.get $a))",
            vec!["1"],
        ),
    ] {
        let mut rows = ones(wat);
        rows.sort();
        assert_eq!(rows, found, "{wat}");
    }
}

#[test]
fn calls_in_tail_position_and_through_references() {
    let found = body(
        r#"(func (export "f") (return_call $one (i32.const 4)))
           (func $own (param i32) (call $one (local.get 0)))
           (elem declare func $own)
           (func (export "g") (call_ref $one (i32.const 5) (ref.func $own)))
           (func (export "h") (return_call $own (i32.const 6)))"#,
    );
    assert_eq!(found.of(0), ["*", "4", "6"]);
}
