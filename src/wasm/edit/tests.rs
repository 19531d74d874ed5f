use std::collections::BTreeMap;

use super::*;
use crate::wasm::{decode, encode_text};

fn meter(text: &str) -> (Vec<u8>, Vec<u8>) {
    let bytes = encode_text(text).unwrap();
    let layout = Layout::of(&bytes).unwrap();
    let mut edit = Edit::default();
    let numbering = Numbering::of(&layout, &edit.dropped_imports, 0);
    count_fuel(&mut edit, &layout, &numbering, 1000, 10);
    let metered = apply(&layout, &edit).unwrap();
    assert_eq!(decode(&metered).malformed, None, "{text}");
    (bytes, metered)
}

const TEXTS: &[&str] = &[
    "(module)",
    "(module (func))",
    "(module (func (loop (br 0))) (memory 1) (func (param i32) (local f32 i64) (block (br_if 0 (local.get 0)) (br_if 1 (local.get 0)) (return)) (unreachable)))",
    "(module (import \"a\" \"b\" (func $b (param i32))) (table 3 funcref) (elem (i32.const 0) $b $c) (func $c (param i32) (if (local.get 0) (then (call $b (i32.const 1))) (else (call_indirect (param i32) (local.get 0) (i32.const 1))))) (export \"c\" (func $c)) (start $d) (func $d))",
    "(module (memory 1) (func (result i32) (memory.fill (i32.const 0) (i32.const 1) (i32.const 64)) (memory.grow (i32.const 1))))",
    "(module (memory i64 1) (func (param i64) (memory.fill (i64.extend_i32_u (i32.const 0)) (i32.const 1) (i64.extend_i32_u (i32.const 64)))))",
    "(module (func $f (param i64) (result i64) (local.get 0) (loop (param i64) (result i64) (br_table 0 1 (i32.const 1)))))",
    "(module (func $f (return_call $f)))",
    "(module (table i64 1 externref) (func (param externref) (table.fill (i64.const 0) (local.get 0) (i64.const 1)) (drop (table.grow (local.get 0) (i64.const 2)))))",
    "(module (func (param i32) (result i32 i64) (loop (loop (br 2 (i32.const 1) (i64.const 2)))) (loop (result i32) (br_if 1 (i32.const 3) (i64.const 4) (local.get 0)) (drop) (drop) (block (loop (br_if 0 (local.get 0)) (br_table 0 1 2 (local.get 0)))) (i32.const 1)) (i64.const 2)))",
    "(module (func (loop (br_if 0 (i32.const 1)) (br 1)) (block (block (loop (block (br_table 0 1 2 3 4 (i32.const 2))))))))",
    "(module (memory 1) (func (param i32) (result i64) (loop (result i64) (block (result i64) (i64.const 1) (br_table 2 0 2 0 (local.get 0))) (drop) (if (local.get 0) (then (br_if 2 (i64.const 3) (local.get 0)) (drop))) (memory.fill (i32.const 0) (i32.const 1) (i32.const 64)) (br_table 1 1 (i64.const 2) (local.get 0)))))",
    "(module (func (loop (block (loop (br 2))) (return)) (unreachable) (loop (br 0) (loop (br 1)))))",
    "(module (table 1 externref) (func (param externref) (table.fill (i32.const 0) (local.get 0) (i32.const 1)) (drop (table.grow (local.get 0) (i32.const 2)))))",
];

#[test]
fn what_counts_can_be_taken_out_again_and_is_known() {
    for text in TEXTS {
        let (bytes, metered) = meter(text);
        let without = counted(&metered).unwrap();
        assert_eq!(decode(&without.bytes).malformed, None, "{text}");
        assert_eq!(without.bytes, bytes, "{text}");
        assert_eq!(is_counted(&metered, 10), Ok(Some(1000)), "{text}");
        assert_eq!(is_counted(&bytes, 10), Ok(None), "{text}");
    }
    let (_, metered) = meter(TEXTS[3]);
    assert_eq!(is_counted(&metered, 9), Ok(None), "another surcharge");
}

/// Ways that are not charged: such code is never said to count, whoever wrote it.
#[test]
fn code_that_is_not_carried_is_not_counted() {
    for text in [
        "(module (func (result anyref) (ref.null any) (loop (param anyref) (result anyref) (br_on_cast 0 anyref anyref))))",
        "(module (func (result anyref) (ref.null any) (loop (param anyref) (result anyref) (br_on_cast_fail 0 anyref (ref i31)))))",
        "(module (memory 1 1 shared) (func (param i64) (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (local.get 0)))))",
    ] {
        let (bytes, metered) = meter(text);
        // Taken out and put in again it is the same: what it is decides.
        assert_eq!(counted(&metered).unwrap().bytes, bytes, "{text}");
        assert_eq!(is_counted(&metered, 10), Ok(None), "{text}");
    }
}

#[test]
fn a_byte_changed_in_what_counts_is_no_counting() {
    let mut refused = 0;
    for text in TEXTS {
        let (_, metered) = meter(text);
        let module = decode(&metered);
        let code = module.sections.iter().find(|section| section.id == "code");
        let code = code.map_or(metered.len(), |section| section.offset);
        for at in code..metered.len() {
            for bit in 0..8 {
                let mut forged = metered.clone();
                forged[at] ^= 1 << bit;
                let valid = decode(&forged).malformed.is_none();
                if valid && is_counted(&forged, 10) == Ok(None) {
                    refused += 1;
                }
                // What is not valid is not asked for either; it must not panic all the same.
                let _ = counted(&forged);
            }
        }
    }
    assert!(refused > 400, "{refused}");
}

#[test]
fn a_guest_that_sets_its_own_fuel_is_not_counted() {
    for own in [
        "(global.set $fuel (i64.const 9999999))",
        "(global.set $exhausted (i32.const 0))",
        "(local.set 0 (i64.const 9999999))",
    ] {
        let text = format!(
            r#"(module (global $fuel (export "ringfence_fuel") (mut i64) (i64.const 1000))
                (global $exhausted (export "ringfence_exhausted") (mut i32) (i32.const 0))
                (func (local i64)
                  (local.set 0 (global.get $fuel))
                  (local.set 0 (i64.sub (local.get 0) (i64.const 1)))
                  (global.set $fuel (local.get 0))
                  (if (i64.lt_s (local.get 0) (i64.const 0)) (then (global.set $exhausted (i32.const 1)) (unreachable)))
                  {own}
                  (local.set 0 (i64.sub (local.get 0) (i64.const COST)))
                  (global.set $fuel (local.get 0))))"#
        );
        for cost in 0..4 {
            let text = text.replace("COST", &cost.to_string());
            let bytes = encode_text(&text).unwrap();
            assert_eq!(is_counted(&bytes, 10), Ok(None), "{own} {cost}");
        }
    }
}

#[test]
fn names_of_labels_go_where_blocks_come() {
    let text = "(module (func $named (param $one i32) (block $label (br_if $label (local.get $one)))) (func (loop $again (br $again))))";
    let (bytes, metered) = meter(text);
    let print = |bytes: &[u8]| wasmprinter::print_bytes(bytes).unwrap();
    let (before, after) = (print(&bytes), print(&metered));
    for name in ["$label", "$again"] {
        assert!(before.contains(name), "{before}");
        assert!(!after.contains(name), "{after}");
    }
    assert!(
        after.contains("$named") && after.contains("$one"),
        "{after}"
    );
    assert_eq!(is_counted(&metered, 10), Ok(Some(1000)));
    // Where nothing is left to say, there is no section.
    let (_, metered) = meter("(module (func (loop $again (br $again))))");
    assert!(
        decode(&metered)
            .sections
            .iter()
            .all(|section| section.name.is_none())
    );
    assert_eq!(is_counted(&metered, 10), Ok(Some(1000)));
}

#[test]
fn an_edit_without_changes_changes_nothing() {
    for text in TEXTS {
        let bytes = encode_text(text).unwrap();
        let layout = Layout::of(&bytes).unwrap();
        assert_eq!(apply(&layout, &Edit::default()).unwrap(), bytes, "{text}");
    }
}

#[test]
fn a_function_takes_the_place_of_an_import_everywhere() {
    let text = r#"(module
        (import "a" "x" (func $x (param i32) (result i32)))
        (import "a" "m" (memory 1))
        (import "a" "y" (func $y))
        (table 4 funcref)
        (elem (i32.const 0) func $x $y $f)
        (elem declare func $x)
        (global funcref (ref.func $x))
        (func $f (export "f") (drop (call $x (i32.const 1))) (call $y) (drop (ref.func $x)))
        (export "x" (func $x)) (start $y))"#;
    let bytes = encode_text(text).unwrap();
    let layout = Layout::of(&bytes).unwrap();
    let stub = NewFunction {
        ty: layout.type_of(0).unwrap(),
        body: vec![0, 0x41, 7, 0x0b],
        name: Some("ringfence.stub".to_owned()),
    };
    let edit = Edit {
        dropped_imports: [0, 1].into(),
        redirected: BTreeMap::from([(0, Target::New(0))]),
        functions: vec![stub],
        memory_max: BTreeMap::from([(0, 3)]),
        ..Edit::default()
    };
    let after = apply(&layout, &edit).unwrap();
    let module = decode(&after);
    assert_eq!(module.malformed, None);
    let imports: Vec<&str> = module
        .imports
        .iter()
        .map(|import| import.name.as_str())
        .collect();
    assert_eq!(imports, ["y"]);
    assert_eq!(module.memories[0].extent.max, Some(3));
    assert!(!module.memories[0].imported);
    let text = wasmprinter::print_bytes(&after).unwrap();
    for part in [
        "(export \"x\" (func $ringfence.stub",
        "call $ringfence.stub",
        "ref.func $ringfence.stub",
        "(start $y",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(text.matches("$ringfence.stub").count(), 7, "{text}");
}

#[test]
fn the_worst_of_sections_is_no_panic() {
    for text in TEXTS {
        let bytes = encode_text(text).unwrap();
        for end in 0..bytes.len() {
            if let Ok(layout) = Layout::of(&bytes[..end]) {
                let _ = apply(&layout, &Edit::default());
            }
            let _ = counted(&bytes[..end]);
        }
    }
}
