//! Modules that nobody's compiler makes: their drafts read, and say what cannot be granted.

use super::*;

const MEMORY: &str = "(memory (export \"memory\") 1 1)";
const VERSION: &str = "(func (export \"abi_version\") (result i32) i32.const 1)";

/// A module that imports a function of two numbers, and calls it so.
fn calling(name: &str, data: &str, call: &str) -> String {
    format!(
        "(module (import \"env\" \"{name}\" (func (param i32 i32))) {MEMORY} (data (i32.const 0) \"{data}\") {VERSION} (func (export \"run\") {call} call 0))"
    )
}

#[test]
fn drafts_of_strange_modules_read() {
    let read = |data: &str| {
        let call = format!("i32.const 0 i32.const {}", data.len());
        calling("read_file", data, &call)
    };
    let get = |data: &str| {
        let call = format!("i32.const 0 i32.const {}", data.len());
        calling("http_get", data, &call)
    };
    let version = |value: &str| {
        format!(
            "(module (import \"env\" \"log\" (func)) {MEMORY} (func (export \"abi_version\") (result i32) i32.const {value}) (func (export \"run\") call 0))"
        )
    };
    let key = "AKIAIOSFODNN7EXAMPL";
    for (module, left) in [
        (
            format!("(module {MEMORY} (func (export \"\")))"),
            vec!["unexpected-export"],
        ),
        (
            format!("(module (import \"\" \"\" (func)) {MEMORY} {VERSION})"),
            vec!["undeclared-host-import"],
        ),
        (
            format!(
                "(module (import \"env\" \"{key}E\" (func)) (import \"env\" \"{key}F\" (func)) {MEMORY} {VERSION})"
            ),
            vec!["undeclared-host-import"; 2],
        ),
        (
            format!(
                "(module (import \"wasi_snapshot_preview1\" \"\" (func)) {MEMORY} (func (export \"_start\")))"
            ),
            vec!["undeclared-wasi-import"],
        ),
        (format!("(module (@custom \"\" \"x\") {MEMORY})"), vec![]),
        (
            "(module (memory 0 0) (table 0 0 funcref))".to_owned(),
            vec![],
        ),
        (version("0"), vec![]),
        (version("-1"), vec![]),
        (read("a[{*?]},!c **/x"), vec![]),
        (read("../../x"), vec!["literal-denied-by-guard"]),
        (
            get("https://u:p@h.example/a"),
            vec!["literal-denied-by-guard"],
        ),
        (get("not a url"), vec!["literal-denied-by-guard"]),
        // An opcode without a sign, and a length beyond what a path's guard would give by itself.
        (calling("host_call", "", "i32.const -5 i32.const 0"), vec![]),
        (
            calling("read_file", "", "i32.const 0 i32.const 9000"),
            vec![],
        ),
    ] {
        let bytes = encode_text(&module).unwrap();
        let (text, reports) = drafted(&[bytes]);
        assert_eq!(errors(&reports[0]), left, "{module}\n{text}");
    }
}
