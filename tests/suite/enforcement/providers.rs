//! `imports.host[].provider`.

use super::case::{Case, Given, NOTHING};

/// A function without arguments.
const PLAIN: &str = r#"(module (import "env" "f" (func $f (result i32)))
    (func (export "run") (result i32) (call $f)))"#;

/// Two calls with a text; the sum of what they return.
const TWICE: &str = r#"(module (import "env" "f" (func $f (param i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "hello")
    (func (export "run") (result i32)
        (i32.add (call $f (i32.const 0) (i32.const 5)) (call $f (i32.const 0) (i32.const 5)))))"#;

/// Asks by a name, with room for nine bytes at 64; what is returned, and then the first byte.
const ASK: &str = r#"(module (import "env" "f" (func $f (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "file")
    (func (export "run") (result i32 i32)
        (call $f (i32.const 0) (i32.const 4) (i32.const 64) (i32.const 9))
        (i32.load8_u (i32.const 64))))"#;

/// Sets two names to values of a byte; the sum of what is returned.
const SET: &str = r#"(module (import "env" "f" (func $f (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "xy")
    (func (export "run") (result i32)
        (i32.add
            (call $f (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1))
            (call $f (i32.const 1) (i32.const 1) (i32.const 0) (i32.const 1)))))"#;

/// Asks by a name, and then sets it.
const GET_AND_SET: &str = r#"(module
    (import "env" "get" (func $get (param i32 i32 i32 i32) (result i32)))
    (import "env" "set" (func $set (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "x")
    (func (export "run") (result i32)
        (call $get (i32.const 0) (i32.const 1) (i32.const 64) (i32.const 9))
        (drop (call $set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))))"#;

pub const CASES: &[Case] = &[
    Case {
        key: "imports.host[].provider.builtin",
        about: "",
        guest: TWICE,
        policy: "imports: {host: [{module: env, name: f, args: [{name: a, role: text, ptr: 0, len: 1}], \
            provider: {@}}]}",
        values: ["builtin: kv", "builtin: config"],
        given: NOTHING,
        seen: [
            "returned -2",
            "refused: env.f: its provider needs one `out-buffer`…",
        ],
    },
    Case {
        key: "imports.host[].provider.builtin",
        about: "with what it may do",
        guest: TWICE,
        policy: "imports: {host: [{module: env, name: f, args: [{name: a, role: text, ptr: 0, len: 1}], \
            provider: {@}}]}",
        values: [
            "builtin: kv, max_entries: 9, max_bytes: 99",
            "builtin: log, max_messages: 9, max_message: 99",
        ],
        given: NOTHING,
        seen: [
            "returned -2",
            "returned 0; log [sample] info: hello; log [sample] info: hello",
        ],
    },
    Case {
        key: "imports.host[].provider.stub",
        about: "",
        guest: PLAIN,
        policy: "imports: {host: [{module: env, name: f, @}]}",
        values: ["provider: {stub: {return: 7}}", ""],
        given: NOTHING,
        seen: [
            "returned 7",
            "refused: env.f: the policy names no `provider` for it…",
        ],
    },
    Case {
        key: "imports.host[].provider.stub.return",
        about: "",
        guest: PLAIN,
        policy: "imports: {host: [{module: env, name: f, provider: {stub: {@}}}]}",
        values: ["return: 7", "return: 8"],
        given: NOTHING,
        seen: ["returned 7", "returned 8"],
    },
    Case {
        key: "imports.host[].provider.max_message",
        about: "",
        guest: TWICE,
        policy: "imports: {host: [{module: env, name: f, args: [{name: a, role: text, ptr: 0, len: 1}], \
            provider: {builtin: log, max_messages: 2, @}}]}",
        values: ["max_message: 4", "max_message: 5"],
        given: NOTHING,
        seen: [
            "returned 0; log [sample] info: hell… (1 bytes more); log …",
            "returned 0; log [sample] info: hello; log [sample] info: hello",
        ],
    },
    Case {
        key: "imports.host[].provider.max_messages",
        about: "",
        guest: TWICE,
        policy: "imports: {host: [{module: env, name: f, args: [{name: a, role: text, ptr: 0, len: 1}], \
            provider: {builtin: log, max_message: 9, @}}]}",
        values: ["max_messages: 1", "max_messages: 2"],
        given: NOTHING,
        seen: [
            "returned -1; log [sample] info: hello; log [sample] warning: …dropped…",
            "returned 0; log [sample] info: hello; log [sample] info: hello",
        ],
    },
    Case {
        key: "imports.host[].provider.root",
        about: "",
        guest: ASK,
        policy: "imports: {host: [{module: env, name: f, args: [\
            {name: a, role: path, ptr: 0, len: 1}, {name: out, role: out-buffer, ptr: 2, len: 3}], \
            provider: {builtin: read_file, max: 9, @}}]}",
        values: ["root: ./a", "root: ./b"],
        given: NOTHING,
        seen: ["returned 1 97", "returned 1 98"],
    },
    Case {
        key: "imports.host[].provider.max",
        about: "",
        guest: ASK,
        policy: "imports: {host: [{module: env, name: f, args: [\
            {name: a, role: path, ptr: 0, len: 1}, {name: out, role: out-buffer, ptr: 2, len: 3}], \
            provider: {builtin: read_file, root: ./a, @}}]}",
        values: ["max: 0", "max: 1"],
        given: NOTHING,
        seen: ["returned -2 0", "returned 1 97"],
    },
    Case {
        key: "imports.host[].provider.scope",
        about: "",
        guest: GET_AND_SET,
        policy: "imports: {host: [\
            {module: env, name: set, args: [{name: a, role: text, ptr: 0, len: 1}, {name: b, role: buffer, ptr: 2, len: 3}], \
            provider: {builtin: kv, scope: tenant, max_entries: 9, max_bytes: 99}}, \
            {module: env, name: get, args: [{name: a, role: text, ptr: 0, len: 1}, {name: b, role: out-buffer, ptr: 2, len: 3}], \
            provider: {builtin: kv, @}}]}",
        values: ["scope: invocation", "scope: tenant"],
        given: Given {
            tenant: Some("acme"),
            runs: 2,
            ..NOTHING
        },
        seen: ["returned -1 | returned -1", "returned -1 | returned 1"],
    },
    Case {
        key: "imports.host[].provider.max_entries",
        about: "",
        guest: SET,
        policy: "imports: {host: [{module: env, name: f, args: [\
            {name: a, role: text, ptr: 0, len: 1}, {name: b, role: buffer, ptr: 2, len: 3}], \
            provider: {builtin: kv, max_bytes: 99, @}}]}",
        values: ["max_entries: 1", "max_entries: 2"],
        given: NOTHING,
        seen: ["returned -1", "returned 0"],
    },
    Case {
        key: "imports.host[].provider.max_bytes",
        about: "",
        guest: SET,
        policy: "imports: {host: [{module: env, name: f, args: [\
            {name: a, role: text, ptr: 0, len: 1}, {name: b, role: buffer, ptr: 2, len: 3}], \
            provider: {builtin: kv, max_entries: 9, @}}]}",
        values: ["max_bytes: 3", "max_bytes: 4"],
        given: NOTHING,
        seen: ["returned -1", "returned 0"],
    },
    Case {
        key: "imports.host[].provider.values.<name>",
        about: "",
        guest: ASK,
        policy: "imports: {host: [{module: env, name: f, args: [\
            {name: a, role: text, ptr: 0, len: 1}, {name: out, role: out-buffer, ptr: 2, len: 3}], \
            provider: {builtin: config, values: {other: x, @}}}]}",
        values: ["file: yes", "no: file"],
        given: NOTHING,
        seen: ["returned 3 121", "returned -1 0"],
    },
];
