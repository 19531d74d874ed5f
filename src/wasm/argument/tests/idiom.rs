//! What compilers make of a literal argument.

use super::*;

fn at(found: &Followed, import: usize, pointer: usize, length: Option<usize>) -> Vec<String> {
    let image = Image::of(&found.module, &found.bytes);
    let calls = found.import(import).calls.iter();
    let mut texts: Vec<String> = calls
        .map(|call| {
            let value = |index: usize| call.arguments[index].constant().map(|(value, _)| value);
            let Some(pointer) = value(pointer) else {
                return "*".to_owned();
            };
            let text = match length {
                None => image.reading(pointer, None),
                Some(length) => match value(length) {
                    Some(length) => image.reading(pointer, Some(length)),
                    None => return "*".to_owned(),
                },
            };
            text.map_or_else(|| "!".to_owned(), |text| text.text)
        })
        .collect();
    texts.sort();
    texts
}

#[test]
fn c_without_optimisation_keeps_arguments_on_its_stack() {
    let found = body(
        r#"(func $wrapper (param $path i32)
             (local $frame i32)
             (local.set $frame (i32.sub (global.get $sp) (i32.const 16)))
             (global.set $sp (local.get $frame))
             (i32.store offset=12 (local.get $frame) (local.get $path))
             (call $one (i32.load offset=12 (local.get $frame)))
             (global.set $sp (i32.add (local.get $frame) (i32.const 16))))
           (func (export "f") (param $c i32)
             (local $frame i32)
             (local.set $frame (i32.sub (global.get $sp) (i32.const 16)))
             (global.set $sp (local.get $frame))
             (i32.store offset=8 (local.get $frame) (i32.const 1024))
             (block (block (br_if 0 (i32.eqz (local.get $c)))
                 (i32.store offset=4 (local.get $frame) (i32.const 1)) (br 1))
               (i32.store offset=4 (local.get $frame) (i32.const 2)))
             (drop (call $get))
             (call $two (i32.load offset=8 (local.get $frame)) (i32.load offset=4 (local.get $frame)))
             (call $wrapper (i32.load offset=8 (local.get $frame)))
             (global.set $sp (i32.add (local.get $frame) (i32.const 16))))"#,
    );
    assert_eq!(found.of(0), ["1024?"]);
    assert_eq!(found.of(1), ["1024? 1?", "1024? 2?"]);
    assert_eq!(at(&found, 0, 0, None), ["/etc/passwd"]);
}

#[test]
fn whoever_is_given_an_address_may_write_there() {
    let found = body(
        r#"(func (export "f") (local $frame i32)
             (local.set $frame (i32.sub (global.get $sp) (i32.const 16)))
             (i32.store offset=4 (local.get $frame) (i32.const 7))
             (i32.store offset=8 (local.get $frame) (i32.const 8))
             (call $one (i32.add (local.get $frame) (i32.const 8)))
             (call $two (i32.load offset=4 (local.get $frame)) (i32.load offset=8 (local.get $frame))))"#,
    );
    assert_eq!(found.of(1), ["7? *"]);
}

#[test]
fn rust_passes_fat_pointers_by_reference() {
    let found = body(
        r#"(data (i32.const 2048) "\00\04\00\00\0b\00\00\00")
           (func $wrapper (param $text i32)
             (call $two (i32.load (local.get $text)) (i32.load offset=4 (local.get $text))))
           (func (export "f") (local $frame i32)
             (local.set $frame (i32.sub (global.get $sp) (i32.const 16)))
             (i64.store offset=8 align=4 (local.get $frame) (i64.const 0x400000400))
             (call $wrapper (i32.add (local.get $frame) (i32.const 8)))
             (call $wrapper (i32.const 2048)))"#,
    );
    assert_eq!(found.of(1), ["1024? 11?", "1024? 4?"]);
    assert_eq!(at(&found, 1, 0, Some(1)), ["/etc", "/etc/passwd"]);
}

#[test]
fn copies_of_memory_keep_words() {
    let found = body(
        r#"(data (i32.const 2048) "\00\04\00\00\0b\00\00\00")
           (func (export "f") (local $frame i32)
             (local.set $frame (i32.sub (global.get $sp) (i32.const 16)))
             (memory.copy (local.get $frame) (i32.const 2048) (i32.const 8))
             (call $two (i32.load (local.get $frame)) (i32.load offset=4 (local.get $frame)))
             (memory.fill (local.get $frame) (i32.const 0) (i32.const 4))
             (call $two (i32.load (local.get $frame)) (i32.load offset=4 (local.get $frame))))"#,
    );
    assert_eq!(found.of(1), ["* 11?", "1024? 11?"]);
}

#[test]
fn narrow_stores_change_a_part() {
    let found = body(
        r#"(func (export "f")
             (i64.store (global.get $sp) (i64.const 0x1111111122222222))
             (i32.store8 offset=5 (global.get $sp) (i32.const 0xaa))
             (call $two (i32.load (global.get $sp)) (i32.load16_u offset=6 (global.get $sp)))
             (call $two (i32.load8_u offset=5 (global.get $sp)) (i32.load offset=4 (global.get $sp))))"#,
    );
    assert_eq!(found.of(1), ["170? *", "572662306? 4369?"]);
}

/// A function as Go's compiler writes it: 16 bytes of frame, a stack check, then a call of `wrapper` with a text.
const GO: &str = r#"(module
    (@producers (language "Go" ""))
    (import "env" "two" (func $two (param i32 i32)))
    (memory 1)
    (data (i32.const 1024) "/etc/passwd")
    (global $sp (mut i32) (i32.const 0))
    (func $import (param i32) (result i32) (local i32)
      (local.set 1 (global.get $sp))
      (call $two (i32.load offset=8 (local.get 1)) (i32.load offset=16 (local.get 1)))
      (global.set $sp (local.tee 1 (i32.add (local.get 1) (i32.const 8))))
      (i32.const 0))
    (func $more (param i32) (result i32) (drop (memory.grow (i32.const 1)))
      (global.set $sp (i32.add (global.get $sp) (i32.const 8))) (i32.const 0))
    (func $wrapper (param i32) (result i32) (local i32 i64)
      (local.set 1 (global.get $sp))
      (block $exit
        (loop $again
          (block $b2 (block $b1 (block $b0 (br_table $b0 $b0 $b1 $b2 (local.get 0)))
              (if (i32.le_u (local.get 1) (i32.load (i32.const 16))) (then
                (global.set $sp (local.tee 1 (i32.sub (local.get 1) (i32.const 8))))
                (i64.store (local.get 1) (i64.const 0x10000))
                (call $more (i32.const 0))
                (local.set 1 (global.get $sp))
                (br_if $exit)))
              (global.set $sp (local.tee 1 (i32.sub (local.get 1) (i32.const 24)))))
            (i64.store (i32.wrap_i64 (i64.add (i64.extend_i32_u (local.get 1)) (i64.const 0)))
              (i64.load (i32.wrap_i64 (i64.add (i64.extend_i32_u (local.get 1)) (i64.const 32)))))
            (i64.store (i32.wrap_i64 (i64.add (i64.extend_i32_u (local.get 1)) (i64.const 8)))
              (i64.load (i32.wrap_i64 (i64.add (i64.extend_i32_u (local.get 1)) (i64.const 40)))))
            (global.set $sp (local.tee 1 (i32.sub (local.get 1) (i32.const 8))))
            (i64.store (local.get 1) (i64.const 0x20002))
            (call $import (i32.const 0))
            (local.set 1 (global.get $sp))
            (br_if $exit))
          (global.set $sp (local.tee 1 (i32.add (local.get 1) (i32.const 32))))
          (return (i32.const 0))))
      (i32.const 1))
    (func $run (param i32) (result i32) (local i32 i64)
      (local.set 1 (global.get $sp))
      (block $exit
        (loop $again
          (block $b3 (block $b2 (block $b1 (block $b0 (br_table $b0 $b1 $b2 $b3 (local.get 0)))
              (global.set $sp (local.tee 1 (i32.sub (local.get 1) (i32.const 32))))
              (if (i32.load (i32.const 16)) (then (local.set 0 (i32.const 1)) (br $again)))
              (i64.store (local.get 1) offset=24 (i64.const 4))
              (local.set 2 (i64.const 4))
              (local.set 0 (i32.const 2)) (br $again))
            (local.set 2 (i64.const 11)))
            (i64.store (i32.wrap_i64 (i64.add (i64.extend_i32_u (local.get 1)) (i64.const 0))) (i64.const 1024))
            (i64.store (i32.wrap_i64 (i64.add (i64.extend_i32_u (local.get 1)) (i64.const 8))) (local.get 2))
            (global.set $sp (local.tee 1 (i32.sub (local.get 1) (i32.const 8))))
            (i64.store (local.get 1) (i64.const 0x30003))
            (call $wrapper (i32.const 0))
            (local.set 1 (global.get $sp))
            (br_if $exit))
          (global.set $sp (local.tee 1 (i32.add (local.get 1) (i32.const 40))))
          (return (i32.const 0))))
      (i32.const 1))
    (export "run" (func $run)))"#;

#[test]
fn go_passes_arguments_on_its_stack() {
    let wat = GO.replace(
        "(i64.store (local.get 1) offset=24",
        "(i64.store offset=24 (local.get 1)",
    );
    let found = text(&wat);
    assert_eq!(found.of(0), ["1024? 11?", "1024? 4?"]);
    assert_eq!(at(&found, 0, 0, Some(1)), ["/etc", "/etc/passwd"]);
}

#[test]
fn go_reactor_says_its_version_as_compiled() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/sample-modules/go-reactor/plugin.wasm"
    );
    let module = crate::wasm::decode(&std::fs::read(path).unwrap());
    let version = module
        .exports
        .iter()
        .find(|export| export.name == "abi_version")
        .unwrap();
    assert_eq!((version.constant, version.recovered), (None, Some(1 << 16)));
}

#[test]
fn assemblyscript_passes_one_pointer() {
    let found = body(
        r#"(data (i32.const 3052) "\2c\00\00\00\00\00\00\00\00\00\00\00\02\00\00\00\0a\00\00\00h\00e\00l\00l\00o\00")
           (global $text (mut i32) (i32.const 3072))
           (func (export "f") (call $one (global.get $text)) (call $one (i32.const 3072)))"#,
    );
    assert_eq!(found.of(0), ["3072", "3072?"]);
    assert_eq!(at(&found, 0, 0, None), ["hello", "hello"]);
}

#[test]
fn what_a_loop_leaves_alone_stays_known() {
    let found = body(
        r#"(func (export "f") (local $frame i32)
             (local.set $frame (i32.sub (global.get $sp) (i32.const 16)))
             (i32.store offset=4 (local.get $frame) (i32.const 7))
             (i32.store offset=8 (local.get $frame) (i32.const 0))
             (loop
               (call $two (i32.load offset=4 (local.get $frame)) (i32.load offset=8 (local.get $frame)))
               (i32.store offset=8 (local.get $frame) (i32.add (i32.load offset=8 (local.get $frame)) (i32.const 1)))
               (br_if 0 (call $get))))"#,
    );
    assert_eq!(found.of(1), ["7? *"]);
}
