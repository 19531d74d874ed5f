//! Function values that stand as constants, as Go's compiler leaves them.

use super::told;
use crate::wasm::tests::valid;

/// How `i` and `j` are reached in a module as Go makes it: function `$b` calls the one, `$c` the other, and their values are
/// 0x10010000 and 0x10020000.
fn reached(language: &str, run: &str, rest: &str) -> [String; 2] {
    let module = valid(&format!(
        r#"(module (import "env" "i" (func $i)) (import "env" "j" (func $j)) (@producers (language "{language}" "1"))
            (table 4200 funcref) (memory 1) (elem (i32.const 4096) $a $b $c)
            (func $a) (func $b call $i) (func $c call $j) (func $run (export "run") {run}) {rest})"#
    ));
    [told(&module, 0), told(&module, 1)]
}

const CALL: &str = "(call_indirect (i32.const 0))";
const LIKELY: &str = "likely: run run ~b i";
const MAY: &str = "IndirectCall: run run ~c j";

/// Words of data, as text.
fn words(address: u32, words: &[u64]) -> String {
    let bytes = words.iter().flat_map(|word| word.to_le_bytes());
    let text: String = bytes.map(|byte| format!("\\{byte:02x}")).collect();
    format!("(data (i32.const {address}) \"{text}\")")
}

#[test]
fn a_value_in_code_makes_its_function_likely() {
    let run = format!("(drop (i64.const 0x10010000)) {CALL}");
    let (zero, data) = (words(4096, &[0]), "(data (i32.const 4096) \"x\")");
    assert_eq!(reached("Go", &run, &zero), [LIKELY, MAY]);
    assert_eq!(reached("Go", &run, data), [LIKELY, MAY]);
    let resumed = format!("(drop (i64.const 0x10010007)) {CALL}");
    let may = "IndirectCall: run run ~b i";
    assert_eq!(reached("Go", &resumed, &zero), [may, MAY]);
    assert_eq!(reached("C", &run, &zero), [may, MAY]);
}

#[test]
fn what_is_never_called_by_its_type_stays_unreachable() {
    let zero = words(4096, &[0]);
    let run = "(drop (i64.const 0x10010000))";
    assert_eq!(reached("Go", run, &zero), ["unreachable", "unreachable"]);
    let other = "(drop (i64.const 0x10010000)) (drop (call_indirect (result i32) (i32.const 0)))";
    assert_eq!(reached("Go", other, &zero), ["unreachable", "unreachable"]);
}

#[test]
fn data_is_followed_from_object_to_object() {
    let run = format!("(drop (i64.const 4096)) {CALL}");
    let chain = words(4096, &[4112, 0, 0x1001_0000]);
    assert_eq!(reached("Go", &run, &chain), [LIKELY, MAY]);
    let all = words(4096, &[4112, 0x1002_0000, 0x1001_0000]);
    assert_eq!(reached("Go", &run, &all)[1], "likely: run run ~c j");
    let next = format!("{all} (func $dead (drop (i64.const 4104)))");
    assert_eq!(reached("Go", &run, &next), [LIKELY, MAY]);
    let circle = words(4096, &[4104, 4096]);
    assert_eq!(reached("Go", &run, &circle)[1], MAY);
    // Parts of a word, and zeros that the linker leaves out.
    let parts = r#"(data (i32.const 4097) "\10") (data (i32.const 4114) "\01\10")"#;
    let cut = "(drop (i64.const 4112)) (call_indirect (i32.const 0))";
    assert_eq!(reached("Go", cut, parts)[1], MAY);
    let parts = r#"(data (i32.const 4097) "\10") (data (i32.const 4114) "\01") (data (i32.const 4115) "\10")"#;
    assert_eq!(reached("Go", cut, parts), [LIKELY, MAY]);
}

#[test]
fn of_the_modules_description_only_the_initializers_are_followed() {
    let run = format!("(drop (i64.const 4096)) {CALL}");
    let description = [
        0x1000_0000,
        0x1003_0000 - 0x1_0000 + 0x1d,
        // A list of one interface table, and a list of one task.
        4896,
        1,
        4904,
        1,
    ];
    let rest = [
        words(4096, &description),
        words(4896, &[5000, 5200]),
        words(5000, &[0, 0x1002_0000]),
        words(5200, &[1 << 32, 0x1001_0000]),
    ];
    assert_eq!(reached("Go", &run, &rest.concat()), [LIKELY, MAY]);
    let inside = format!("(drop (i64.const 4112)) {CALL}");
    assert_eq!(reached("Go", &inside, &rest.concat()), [LIKELY, MAY]);
}

#[test]
fn a_layout_that_is_not_gos_is_not_followed() {
    let run = format!("(drop (i64.const 0x10010000)) {CALL}");
    let may = "IndirectCall: run run ~b i";
    let none = reached("Go", &run, "");
    assert_eq!(none[0], may, "no data");
    let far = "(memory $m 1) (data (memory $m) (i32.const 0x20000000) \"x\")";
    assert_eq!(reached("Go", &run, far)[0], may);
    let passive = reached("Go", &run, "(data \"x\")");
    assert_eq!(passive[0], may);
}
