//! `grants.args` and `grants.env`.

use super::case::{Case, Given, NOTHING};

/// How many arguments there are, its own name among them.
const COUNT: &str = r#"(module (wasi args_sizes_get) (memory (export "memory") 1)
    (func (export "run") (result i32)
        (drop (call $args_sizes_get (i32.const 0) (i32.const 4)))
        (i32.load (i32.const 0))))"#;

/// Writes its environment to standard output, with the NULs.
const VARIABLES: &str = r#"(module (wasi environ_sizes_get) (wasi environ_get) (wasi fd_write) (memory (export "memory") 1)
    (func (export "run")
        (drop (call $environ_sizes_get (i32.const 0) (i32.const 20)))
        (drop (call $environ_get (i32.const 1024) (i32.const 4096)))
        (i32.store (i32.const 16) (i32.const 4096))
        (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))))"#;

pub const CASES: &[Case] = &[
    Case {
        key: "grants.args.max",
        about: "",
        guest: COUNT,
        policy: "imports: {wasi: {allow: [args]}}\ngrants: {args: {allow: [\"*\"], @}}",
        values: ["max: 1", "max: 2"],
        given: Given {
            arguments: &["one", "two"],
            ..NOTHING
        },
        seen: [
            "refused: 2 arguments, and `grants.args.max` is 1…",
            "returned 3",
        ],
    },
    Case {
        key: "grants.args.allow",
        about: "",
        guest: COUNT,
        policy: "imports: {wasi: {allow: [args]}}\ngrants: {args: {max: 9, @}}",
        values: ["allow: [\"--*\"]", "allow: [\"--*\", one]"],
        given: Given {
            arguments: &["--two=/x", "one"],
            ..NOTHING
        },
        seen: [
            "refused: `grants.args.allow` does not match the argument `one`…",
            "returned 3",
        ],
    },
    Case {
        key: "grants.args.allow",
        about: "left out",
        guest: COUNT,
        policy: "imports: {wasi: {allow: [args]}}\ngrants: {args: {max: 9, @}}",
        values: ["", "allow: [one]"],
        given: Given {
            arguments: &["one"],
            ..NOTHING
        },
        seen: [
            "refused: `grants.args.allow` does not match the argument `one`…",
            "returned 2",
        ],
    },
    Case {
        key: "grants.env.pass",
        about: "",
        guest: VARIABLES,
        policy: "imports: {wasi: {allow: [env, stdout]}}\ngrants: {stdout: {max: 1KiB}, env: {@}}",
        values: ["pass: [LANG]", "pass: [\"TOKEN*\"]"],
        given: Given {
            environment: &[("LANG", "C"), ("TOKEN_A", "secret")],
            ..NOTHING
        },
        seen: [
            "returned; stdout LANG=C\0",
            "returned; stdout TOKEN_A=secret\0",
        ],
    },
    Case {
        key: "grants.env.pass",
        about: "left out",
        guest: VARIABLES,
        policy: "imports: {wasi: {allow: [env, stdout]}}\ngrants: {stdout: {max: 1KiB}, env: {set: {A: b}, @}}",
        values: ["", "pass: [LANG]"],
        given: Given {
            environment: &[("LANG", "C")],
            ..NOTHING
        },
        seen: ["returned; stdout A=b\0", "returned; stdout A=b\0LANG=C\0"],
    },
    Case {
        key: "grants.env.set.<name>",
        about: "",
        guest: VARIABLES,
        policy: "imports: {wasi: {allow: [env, stdout]}}\ngrants: {stdout: {max: 1KiB}, env: {set: {@}}}",
        values: ["MODE: fast", "MODE: careful"],
        given: NOTHING,
        seen: [
            "returned; stdout MODE=fast\0",
            "returned; stdout MODE=careful\0",
        ],
    },
];
