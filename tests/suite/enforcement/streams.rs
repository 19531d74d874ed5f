//! `grants.stdin`, `grants.stdout`, `grants.stderr`.

use super::case::{Case, Given, NOTHING};

/// How many bytes of standard input there are; it reads until there are none.
const READ: &str = r#"(module (wasi fd_read) (memory (export "memory") 1)
    (data (i32.const 0) "\40\00\00\00\0a\00\00\00")
    (func (export "run") (result i32) (local $all i32) (local $turns i32)
        (loop $again
            (i32.store (i32.const 16) (i32.const 0))
            (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))
            (local.set $all (i32.add (local.get $all) (i32.load (i32.const 16))))
            (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
            (br_if $again (i32.and (i32.ne (i32.load (i32.const 16)) (i32.const 0))
                (i32.lt_u (local.get $turns) (i32.const 100)))))
        (local.get $all)))"#;

/// Writes `0123456789` to standard output, and `abcdefghij` to standard error.
const WRITE: &str = r#"(module (wasi fd_write) (memory (export "memory") 1)
    (data (i32.const 0) "\40\00\00\00\0a\00\00\00\50\00\00\00\0a\00\00\00")
    (data (i32.const 64) "0123456789") (data (i32.const 80) "abcdefghij")
    (func (export "run")
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
        (drop (call $fd_write (i32.const 2) (i32.const 8) (i32.const 1) (i32.const 16)))))"#;

const FIVE: Given = Given {
    stdin: "01234",
    ..NOTHING
};

pub const CASES: &[Case] = &[
    Case {
        key: "grants.stdin",
        about: "",
        guest: READ,
        policy: "imports: {wasi: {allow: [stdin]}}\ngrants: {@}",
        values: ["stdin: {max: 1KiB}", ""],
        given: FIVE,
        seen: ["returned 5", "returned 0…"],
    },
    Case {
        key: "grants.stdin.max",
        about: "",
        guest: READ,
        policy: "imports: {wasi: {allow: [stdin]}}\ngrants: {stdin: {@}}",
        values: ["max: 4", "max: 5"],
        given: FIVE,
        seen: ["returned 4; stdin truncated", "returned 5"],
    },
    Case {
        key: "grants.stdout",
        about: "",
        guest: WRITE,
        policy: "imports: {wasi: {allow: [stdout, stderr]}}\ngrants: {stderr: {max: 1KiB}, @}",
        values: ["stdout: {max: 1KiB}", ""],
        given: NOTHING,
        seen: [
            "returned; stdout 0123456789; stderr abcdefghij",
            "returned; stderr abcdefghij…",
        ],
    },
    Case {
        key: "grants.stdout.max",
        about: "",
        guest: WRITE,
        policy: "imports: {wasi: {allow: [stdout]}}\ngrants: {stdout: {@}}",
        values: ["max: 9", "max: 10"],
        given: NOTHING,
        seen: [
            "returned; stdout 012345678; stdout truncated…",
            "returned; stdout 0123456789; stderr truncated",
        ],
    },
    Case {
        key: "grants.stdout.on_limit",
        about: "",
        guest: WRITE,
        policy: "imports: {wasi: {allow: [stdout]}}\ngrants: {stdout: {max: 4, @}}",
        values: ["on_limit: truncate", "on_limit: trap"],
        given: NOTHING,
        seen: [
            "returned; stdout 0123; stdout truncated…",
            "spent standard-output quota…",
        ],
    },
    Case {
        key: "grants.stderr",
        about: "",
        guest: WRITE,
        policy: "imports: {wasi: {allow: [stdout, stderr]}}\ngrants: {stdout: {max: 1KiB}, @}",
        values: ["stderr: {max: 1KiB}", ""],
        given: NOTHING,
        seen: [
            "returned; stdout 0123456789; stderr abcdefghij",
            "returned; stdout 0123456789; stderr truncated",
        ],
    },
    Case {
        key: "grants.stderr.max",
        about: "",
        guest: WRITE,
        policy: "imports: {wasi: {allow: [stdout, stderr]}}\ngrants: {stdout: {max: 1KiB}, stderr: {@}}",
        values: ["max: 9", "max: 10"],
        given: NOTHING,
        seen: [
            "returned; stdout 0123456789; stderr abcdefghi; stderr truncated",
            "returned; stdout 0123456789; stderr abcdefghij",
        ],
    },
    Case {
        key: "grants.stderr.on_limit",
        about: "",
        guest: WRITE,
        policy: "imports: {wasi: {allow: [stdout, stderr]}}\ngrants: {stdout: {max: 1KiB}, stderr: {max: 4, @}}",
        values: ["on_limit: truncate", "on_limit: trap"],
        given: NOTHING,
        seen: [
            "returned; stdout 0123456789; stderr abcd; stderr truncated",
            "spent standard-error quota…",
        ],
    },
];
