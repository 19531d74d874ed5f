//! The first use of each proposal, and that plain modules use none.

use super::{bytes, valid};
use crate::wasm::{PROPOSALS, decode};

/// A module for each way in which a proposal is used: its name, what is said, the text.
const USES: &[(&str, &str, &str)] = &[
    (
        "bulk-memory",
        "memory.copy",
        "(memory 1) (func i32.const 0 i32.const 0 i32.const 0 memory.copy)",
    ),
    (
        "bulk-memory",
        "passive data segment",
        "(memory 1) (data \"x\")",
    ),
    (
        "custom-page-sizes",
        "custom page size",
        "(memory 1 (pagesize 1))",
    ),
    ("exceptions", "tag", "(tag)"),
    ("exceptions", "try_table", "(func (try_table))"),
    (
        "extended-const",
        "i32.add",
        "(global i32 (i32.add (i32.const 1) (i32.const 2)))",
    ),
    (
        "function-references",
        "typed reference",
        "(type $t (func)) (func (param (ref $t)))",
    ),
    (
        "function-references",
        "table with an initial element",
        "(table 1 funcref (ref.func $f)) (func $f)",
    ),
    ("gc", "struct type", "(type (struct (field i32)))"),
    (
        "gc",
        "reference to a collected value",
        "(func (local anyref))",
    ),
    (
        "gc",
        "recursive type group",
        "(rec (type (func)) (type (func)))",
    ),
    ("gc", "ref.i31", "(func i32.const 1 ref.i31 drop)"),
    ("memory64", "64-bit memory", "(memory i64 1)"),
    ("memory64", "64-bit table", "(table i64 1 funcref)"),
    ("multi-memory", "second memory", "(memory 1) (memory 1)"),
    (
        "multi-value",
        "function type with several results",
        "(func (result i32 i32) i32.const 1 i32.const 2)",
    ),
    (
        "multi-value",
        "block",
        "(func i32.const 1 (block (param i32) drop))",
    ),
    (
        "mutable-global",
        "export of a mutable global",
        "(global (export \"g\") (mut i32) (i32.const 0))",
    ),
    (
        "mutable-global",
        "import of a mutable global",
        "(import \"e\" \"g\" (global (mut i32)))",
    ),
    (
        "reference-types",
        "second table",
        "(table 1 funcref) (table 1 funcref)",
    ),
    ("reference-types", "externref", "(func (param externref))"),
    (
        "reference-types",
        "table.size",
        "(table 1 funcref) (func table.size drop)",
    ),
    (
        "reference-types",
        "declared element segment",
        "(elem declare func $f) (func $f)",
    ),
    (
        "relaxed-simd",
        "i8x16.relaxed_swizzle",
        "(func (param v128) local.get 0 local.get 0 i8x16.relaxed_swizzle drop)",
    ),
    (
        "saturating-float-to-int",
        "i32.trunc_sat_f32_s",
        "(func f32.const 1 i32.trunc_sat_f32_s drop)",
    ),
    (
        "sign-extension",
        "i32.extend8_s",
        "(func i32.const 1 i32.extend8_s drop)",
    ),
    ("simd", "v128.const", "(func v128.const i64x2 0 0 drop)"),
    ("simd", "v128", "(func (local v128))"),
    ("tail-call", "return_call", "(func $f return_call $f)"),
    ("threads", "shared memory", "(memory 1 2 shared)"),
    (
        "threads",
        "i32.atomic.load",
        "(memory 1) (func i32.const 0 i32.atomic.load drop)",
    ),
    (
        "wide-arithmetic",
        "i64.add128",
        "(func i64.const 1 i64.const 2 i64.const 3 i64.const 4 i64.add128 drop drop)",
    ),
];

#[test]
fn each_proposal_is_noticed_however_it_is_used() {
    for (name, what, text) in USES {
        let module = valid(&format!("(module {text})"));
        let usage = module.proposals.iter().find(|usage| usage.name == *name);
        let usage = usage.unwrap_or_else(|| panic!("{name} in {text}: {:?}", module.proposals));
        assert_eq!(usage.what, *what, "{text}");
    }
    for name in PROPOSALS {
        assert!(USES.iter().any(|(used, ..)| used == name), "{name}");
    }
}

#[test]
fn plain_modules_use_none() {
    let module = valid(
        r#"(module (import "env" "f" (func (param i32) (result i32)))
            (table 2 funcref) (memory 1) (global (mut i32) (i32.const 1))
            (func (result i32) (block (result i32) i32.const 1 call 0))
            (elem (i32.const 0) func 0) (data (i32.const 0) "x"))"#,
    );
    assert_eq!(module.proposals, []);
}

#[test]
fn the_first_use_has_its_place() {
    let text = "(module (func nop) (func i32.const 1 i32.extend8_s drop) (func i32.const 1 i32.extend16_s drop))";
    let binary = bytes(text);
    let module = valid(text);
    let usage = &module.proposals[0];
    assert_eq!((usage.function, binary[usage.offset]), (Some(1), 0xc0));
}

#[test]
fn a_long_table_index_needs_reference_types() {
    let mut binary =
        bytes("(module (type (func)) (table 1 funcref) (func i32.const 0 call_indirect (type 0)))");
    assert_eq!(decode(&binary).proposals, []);
    let place = binary
        .windows(3)
        .position(|window| window == [0x11, 0, 0])
        .unwrap();
    // One byte more in the immediate, the body and the section.
    binary.splice(place + 2..place + 3, [0x80, 0]);
    for size in [place - 4, place - 6] {
        binary[size] += 1;
    }
    let module = decode(&binary);
    assert_eq!(module.malformed, None);
    assert_eq!(
        module.proposals[0].what,
        "call_indirect with a long table index"
    );
}

#[test]
fn what_the_engine_does_not_run_is_malformed() {
    for text in [
        "(func try catch_all end)",
        "(type $f (func)) (type (cont $f))",
        "(memory 1) (func memory.discard)",
        "(global (import \"e\" \"g\") (shared i32))",
    ] {
        let Ok(binary) = wat::parse_str(format!("(module {text})")) else {
            continue;
        };
        assert!(decode(&binary).malformed.is_some(), "{text}");
    }
}
