//! Modules that are made to cost.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::super::bound::MAX_SCANNED;
use super::*;

/// Far more than any of these takes, far less than a loop over all of a product.
const LONG: Duration = Duration::from_secs(20);

fn quick(wat: &str) -> Followed {
    let start = Instant::now();
    let found = body(wat);
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
    found
}

/// The deeper ones are past what is followed, and end all the same.
#[test]
fn deep_blocks_need_no_deep_stack() {
    for (depth, blocks, inner) in [(2_000, "7", "7"), (20_000, "7", "+"), (100_000, "+", "+")] {
        let mut code = vec![0];
        code.extend([0x02, 0x40].repeat(depth));
        code.extend([0x41, 7, 0x10, 0]);
        code.extend([0x0b].repeat(depth + 1));
        assert_eq!(follow(module(&code)).of(0), [blocks], "{depth} blocks");
        let mut loops = vec![0];
        loops.extend([0x03, 0x40].repeat(depth));
        loops.extend([0x41, 7, 0x10, 0]);
        loops.extend([0x41, 1, 0x0d, 0, 0x0b].repeat(depth));
        loops.push(0x0b);
        assert_eq!(follow(module(&loops)).of(0), [inner], "{depth} loops");
    }
}

/// A module with the import `one` and one exported function of these bytes.
fn module(body: &[u8]) -> Vec<u8> {
    fn leb(mut value: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let byte = u8::try_from(value & 0x7f).unwrap();
            value >>= 7;
            bytes.push(if value == 0 { byte } else { byte | 0x80 });
            if value == 0 {
                return bytes;
            }
        }
    }
    let sized = |content: &[u8]| [leb(content.len()), content.to_vec()].concat();
    let section = |id: u8, content: &[u8]| [vec![id], sized(content)].concat();
    [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &[2, 0x60, 1, 0x7f, 0, 0x60, 0, 0]),
        section(2, &[1, 1, b'e', 1, b'o', 0, 0]),
        section(3, &[1, 1]),
        section(7, &[1, 1, b'f', 0, 1]),
        section(10, &[vec![1], sized(body)].concat()),
    ]
    .concat()
}

#[test]
fn many_locals_and_branches_are_bounded() {
    let mut code = vec![1, 0xd0, 0x86, 0x03, 0x7f, 0x02, 0x40];
    for local in 0..49_000_u32 {
        let low = u8::try_from(local & 0x7f).unwrap() | 0x80;
        let high = u8::try_from((local >> 7) & 0x7f).unwrap() | 0x80;
        // The local becomes another, and the block may end.
        code.extend([
            0x41,
            1,
            0x21,
            low,
            high,
            u8::try_from((local >> 14) & 3).unwrap(),
        ]);
        code.extend([0x20, 0, 0x0d, 0]);
    }
    code.extend([0x0b, 0x41, 7, 0x10, 0, 0x0b]);
    let start = Instant::now();
    let found = follow(module(&code));
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
    assert!(
        found.of(0) == ["7"] || found.of(0) == ["+"],
        "{:?}",
        found.of(0)
    );
}

#[test]
fn a_giant_table_of_branches_is_one_edge() {
    let mut wat = "(func (export \"f\") (param i32) (block (block (br_table ".to_owned();
    wat.push_str(&"0 1 ".repeat(50_000));
    wat.push_str("0 (local.get 0))) (call $one (i32.const 1))) (call $one (i32.const 2)))");
    assert_eq!(quick(&wat).of(0), ["1", "2"]);
}

#[test]
fn diamonds_in_a_row_double_nothing() {
    let mut wat = "(func (export \"f\") (param i32) (local $x i32)".to_owned();
    for _ in 0..2000 {
        wat.push_str("(if (call $get) (then (local.set $x (i32.add (local.get $x) (i32.const 1)))) (else (local.set $x (i32.mul (local.get $x) (i32.const 3)))))");
    }
    wat.push_str("(call $one (local.get $x)))");
    assert_eq!(quick(&wat).of(0), ["*"]);
}

#[test]
fn many_choices_at_once_are_one_unknown_row() {
    let mut wat = "(func (export \"f\") (local $x i32)".to_owned();
    for _ in 0..12 {
        wat.push_str("(local.set $x (i32.or (i32.shl (local.get $x) (i32.const 1)) (select (i32.const 0) (i32.const 1) (call $get))))");
    }
    wat.push_str("(call $one (local.get $x)) (call $one (i32.const 3)))");
    assert_eq!(quick(&wat).of(0), ["*", "3"]);
}

#[test]
fn wrappers_with_exponentially_many_contexts_are_bounded() {
    let mut wat = "(func $w0 (param i32) (call $one (local.get 0)))".to_owned();
    for level in 1..6 {
        write!(wat, "(func $w{level} (param i32)").unwrap();
        for step in 0..40 {
            write!(
                wat,
                "(call $w{} (i32.add (local.get 0) (i32.const {step})))",
                level - 1
            )
            .unwrap();
        }
        wat.push(')');
    }
    wat.push_str("(func (export \"f\") (call $w3 (i32.const 5)))");
    let found = quick(&wat);
    assert!(found.import(0).others.is_some());
    assert!(found.import(0).calls.len() <= crate::wasm::MAX_CALLS);
}

#[test]
fn a_function_that_is_too_large_is_not_followed() {
    let mut code = vec![0];
    code.extend([0x41, 0, 0x1a].repeat(MAX_SCANNED / 3));
    code.extend([0x41, 7, 0x10, 0, 0x0b]);
    let start = Instant::now();
    assert_eq!(follow(module(&code)).of(0), ["+"]);
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
}

#[test]
fn callees_that_call_each_other_end() {
    let mut wat = String::new();
    for function in 0..300 {
        let (a, b) = ((function * 7 + 1) % 300, (function * 13 + 5) % 300);
        write!(
            wat,
            "(func $r{function} (result i32) (i32.add (call $r{a}) (call $r{b})))"
        )
        .unwrap();
    }
    wat.push_str("(func (export \"f\") (call $one (call $r0)))");
    assert_eq!(quick(&wat).of(0), ["*"]);
}

#[test]
fn unary_operations_upon_each_other_double_nothing() {
    let nested = format!(
        "(call $one {}(local.get 0){})",
        "(i32.eqz (i32.extend8_s ".repeat(11),
        "))".repeat(11)
    );
    let wat = format!("(func (export \"f\") (param i32) {})", nested.repeat(100));
    assert_eq!(quick(&wat).of(0), ["*"]);
}
