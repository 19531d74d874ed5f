//! References to functions in structs and arrays.

use super::check_caller;

#[test]
fn objects_hold_references() {
    check_caller(&[
        (
            r#"(type $t (func)) (type $s (struct (field (ref $t)))) (elem declare func $f)
               (func $r (export "run") (call_ref $t (struct.get $s 0 (struct.new $s (ref.func $f)))))"#,
            "IndirectCall: run r ~f i",
        ),
        (
            r#"(type $t (func)) (type $a (array (mut (ref null $t)))) (elem $e (ref null $t) (ref.func $f))
               (func $r (export "run")
                 (call_ref $t (array.get $a (array.new_elem $a $e (i32.const 0) (i32.const 1)) (i32.const 0))))"#,
            "IndirectCall: run r ~f i",
        ),
        (
            r#"(type $t (func)) (type $a (array (mut (ref null $t)))) (elem $e (ref null $t) (ref.func $f))
               (global $g (mut (ref null $a)) (ref.null $a))
               (func $fill (export "fill")
                 (array.init_elem $a $e (global.get $g) (i32.const 0) (i32.const 0) (i32.const 1)))
               (func $r (export "run") (call_ref $t (array.get $a (global.get $g) (i32.const 0))))"#,
            "IndirectCall: run r ~f i",
        ),
        (
            r#"(type $t (func)) (type $a (array (mut (ref null $t)))) (elem $e (ref null $t) (ref.func $f))
               (global $g (mut (ref null $a)) (ref.null $a))
               (func $dead (array.init_elem $a $e (global.get $g) (i32.const 0) (i32.const 0) (i32.const 1)))
               (func $r (export "run") (call_ref $t (array.get $a (global.get $g) (i32.const 0))))"#,
            "unreachable",
        ),
        (
            r#"(type $t (func)) (type $s (struct (field (ref $t)))) (global $g (ref $s) (struct.new $s (ref.func $f)))
               (func $r (export "run") (call_ref $t (struct.get $s 0 (global.get $g))))"#,
            "IndirectCall: run r ~f i",
        ),
    ]);
}

#[test]
fn objects_go_to_the_host_as_any_reference() {
    let object = "(type $s (struct (field funcref))) (elem declare func $f) ";
    for (fields, expected) in [
        (
            r#"(func (export "run") (result externref) (extern.convert_any (struct.new $s (ref.func $f))))"#,
            "HostReference: HostReference f i",
        ),
        (
            r#"(func (export "run") (result anyref) (struct.new $s (ref.func $f)))"#,
            "HostReference: HostReference f i",
        ),
        (
            r#"(global (export "g") (ref $s) (struct.new $s (ref.func $f)))"#,
            "HostReference: HostReference f i",
        ),
        (
            r#"(table (export "t") 1 (ref null $s))
               (func (export "run") (table.set (i32.const 0) (struct.new $s (ref.func $f))))"#,
            "HostReference: HostReference f i",
        ),
        (
            r#"(table $t 1 (ref null $s))
               (func (export "run") (table.set $t (i32.const 0) (struct.new $s (ref.func $f))))"#,
            "unreachable",
        ),
        (
            r#"(func (export "run") (drop (struct.new $s (ref.func $f))))"#,
            "unreachable",
        ),
    ] {
        check_caller(&[(&format!("{object}{fields}"), expected)]);
    }
    let number = r#"(type $s (struct (field i32))) (elem declare func $f)
        (func (export "run") (result anyref) (drop (ref.func $f)) (struct.new $s (i32.const 0)))"#;
    check_caller(&[(number, "unreachable")]);
}
