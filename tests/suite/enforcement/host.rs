//! `imports.host`: which functions there are, and the guards on their arguments. What is let in returns 7.

use super::case::{Case, Given, NOTHING};

/// A function without arguments.
const PLAIN: &str = r#"(module (import "env" "f" (func $f (result i32)))
    (func (export "run") (result i32) (call $f)))"#;

/// A function of two texts: `hello` and its first three letters, or `world`.
const TEXTS: &str = r#"(module (import "env" "f" (func $f (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "hello") (data (i32.const 64) "world")
    (func (export "run") (result i32)
        (call $f (i32.const 0) (i32.const 5) (i32.const 64) (i32.const 3))))"#;

/// A function of a path that leads out of `/data`.
const PATH: &str = r#"(module (import "env" "f" (func $f (param i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "/data/../etc/x")
    (func (export "run") (result i32) (call $f (i32.const 0) (i32.const 14))))"#;

/// A function of the numbers 4 and 5.
const NUMBERS: &str = r#"(module (import "env" "f" (func $f (param i32 i32) (result i32)))
    (func (export "run") (result i32) (call $f (i32.const 4) (i32.const 5))))"#;

const DECIDED: Given = Given {
    decisions: true,
    ..NOTHING
};

pub const CASES: &[Case] = &[
    Case {
        key: "imports.host[].module",
        about: "",
        guest: PLAIN,
        policy: "imports: {host: [{name: f, provider: {stub: {return: 7}}, @}]}",
        values: ["module: env", "module: other"],
        given: NOTHING,
        seen: [
            "returned 7",
            "refused: env.f: the policy does not declare …",
        ],
    },
    Case {
        key: "imports.host[].name",
        about: "",
        guest: PLAIN,
        policy: "imports: {host: [{module: env, provider: {stub: {return: 7}}, @}]}",
        values: ["name: f", "name: g"],
        given: NOTHING,
        seen: [
            "returned 7",
            "refused: env.f: the policy does not declare …",
        ],
    },
    Case {
        key: "imports.host[].signature",
        about: "",
        guest: PLAIN,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {return: 7}}, @}]}",
        values: ["signature: \"() -> i32\"", "signature: \"() -> i64\""],
        given: NOTHING,
        seen: [
            "returned 7",
            "refused: env.f: it is () -> i32, and the policy says () -> i64…",
        ],
    },
    Case {
        key: "imports.host[].capability",
        about: "",
        guest: PLAIN,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {return: 7}}, @}]}",
        values: ["capability: fs.read", ""],
        given: DECIDED,
        seen: [
            "returned 7; allowed env.f fs.read",
            "returned 7; allowed env.f host:env/f",
        ],
    },
    Case {
        key: "imports.host[].args[].name",
        about: "",
        guest: TEXTS,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {return: 7}}, \
            args: [{role: text, ptr: 0, len: 1, allow: [good], @}]}]}",
        values: ["name: greeting", "name: word"],
        given: NOTHING,
        seen: [
            "stopped: env.f, argument `greeting`: denied: …",
            "stopped: env.f, argument `word`: denied: …",
        ],
    },
    Case {
        key: "imports.host[].args[].role",
        about: "",
        guest: PATH,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {return: 7}}, \
            args: [{name: a, ptr: 0, len: 1, allow: [\"/data/*\"], @}]}]}",
        values: ["role: text", "role: path"],
        given: NOTHING,
        seen: ["returned 7", "stopped: env.f, argument `a`: denied: …"],
    },
    Case {
        key: "imports.host[].args[].ptr",
        about: "",
        guest: TEXTS,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {return: 7}}, \
            args: [{name: a, role: text, len: 1, @}]}]}",
        values: ["ptr: 0", "ptr: 2"],
        given: DECIDED,
        seen: [
            "returned 7; allowed env.f host:env/f a=hello",
            "returned 7; allowed env.f host:env/f a=world",
        ],
    },
    Case {
        key: "imports.host[].args[].len",
        about: "",
        guest: TEXTS,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {return: 7}}, \
            args: [{name: a, role: text, ptr: 0, @}]}]}",
        values: ["len: 1", "len: 3"],
        given: DECIDED,
        seen: [
            "returned 7; allowed env.f host:env/f a=hello",
            "returned 7; allowed env.f host:env/f a=hel",
        ],
    },
    Case {
        key: "imports.host[].args[].index",
        about: "",
        guest: NUMBERS,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {return: 7}}, \
            args: [{name: a, role: number, max: 4, @}]}]}",
        values: ["index: 0", "index: 1"],
        given: NOTHING,
        seen: ["returned 7", "stopped: env.f, argument `a`: denied: 5 …"],
    },
    Case {
        key: "imports.host[].args[].max",
        about: "",
        guest: TEXTS,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {return: 7}}, \
            args: [{name: a, role: text, ptr: 0, len: 1, @}]}]}",
        values: ["max: 5", "max: 4"],
        given: NOTHING,
        seen: [
            "returned 7",
            "stopped: env.f, argument `a`: denied: 5 bytes, …",
        ],
    },
    Case {
        key: "imports.host[].args[].max",
        about: "of a number",
        guest: NUMBERS,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {return: 7}}, \
            args: [{name: a, role: number, index: 0, @}]}]}",
        values: ["max: 4", "max: 3"],
        given: NOTHING,
        seen: ["returned 7", "stopped: env.f, argument `a`: denied: 4 …"],
    },
    Case {
        key: "imports.host[].args[].max",
        about: "of room for an answer",
        guest: TEXTS,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {return: 7}}, \
            args: [{name: a, role: out-buffer, ptr: 0, len: 1, @}]}]}",
        values: ["max: 5", "max: 4"],
        given: NOTHING,
        seen: [
            "returned 7",
            "stopped: env.f, argument `a`: denied: 5 bytes, …",
        ],
    },
    Case {
        key: "imports.host[].args[].min",
        about: "",
        guest: NUMBERS,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {return: 7}}, \
            args: [{name: a, role: number, index: 0, @}]}]}",
        values: ["min: 4", "min: 5"],
        given: NOTHING,
        seen: ["returned 7", "stopped: env.f, argument `a`: denied: 4 …"],
    },
    Case {
        key: "imports.host[].args[].values",
        about: "",
        guest: NUMBERS,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {return: 7}}, \
            args: [{name: a, role: opcode, index: 0, @}]}]}",
        values: ["values: [3, 4]", "values: [3, 5]"],
        given: NOTHING,
        seen: ["returned 7", "stopped: env.f, argument `a`: denied: 4 …"],
    },
    Case {
        key: "imports.host[].args[].allow",
        about: "",
        guest: TEXTS,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {return: 7}}, \
            args: [{name: a, role: text, ptr: 0, len: 1, @}]}]}",
        values: ["allow: [\"hel*\"]", "allow: [\"wor*\"]"],
        given: NOTHING,
        seen: ["returned 7", "stopped: env.f, argument `a`: denied: …"],
    },
    Case {
        key: "imports.host[].args[].deny",
        about: "",
        guest: TEXTS,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {return: 7}}, \
            args: [{name: a, role: text, ptr: 0, len: 1, allow: [\"*\"], @}]}]}",
        values: ["deny: [\"wor*\"]", "deny: [\"hel*\"]"],
        given: NOTHING,
        seen: ["returned 7", "stopped: env.f, argument `a`: denied: …"],
    },
    Case {
        key: "imports.host[].on_deny",
        about: "",
        guest: NUMBERS,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {return: 7}}, \
            args: [{name: a, role: number, index: 0, max: 1}], @}]}",
        values: ["on_deny: trap", "on_deny: {return: -1}"],
        given: NOTHING,
        seen: ["stopped: env.f, argument `a`: denied: …", "returned -1"],
    },
    Case {
        key: "imports.host[].on_deny.return",
        about: "",
        guest: NUMBERS,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {return: 7}}, \
            args: [{name: a, role: number, index: 0, max: 1}], on_deny: {@}}]}",
        values: ["return: -1", "return: -2"],
        given: NOTHING,
        seen: ["returned -1", "returned -2"],
    },
];
