//! What the runner gives nobody, whatever the policy says: these keys are for the rules alone.

use super::case::{Case, NOTHING};

const MEMORY: &str = r#"(module (import "env" "memory" (memory 1)) (func (export "run")))"#;

const TABLE: &str = r#"(module (import "env" "table" (table 1 funcref)) (func (export "run")))"#;

const GLOBAL: &str = r#"(module (import "env" "global" (global (mut i32))) (func (export "run")))"#;

/// The error number of asking standard input for a connection.
const ACCEPT: &str = r#"(module (wasi sock_accept) (memory (export "memory") 1)
    (func (export "run") (result i32) (call $sock_accept (i32.const 0) (i32.const 0) (i32.const 8))))"#;

pub const CASES: &[Case] = &[
    Case {
        key: "imports.memory",
        about: "",
        guest: MEMORY,
        policy: "module: {kind: core}\nimports: {@}",
        values: ["memory: deny", "memory: allow"],
        given: NOTHING,
        seen: ["refused: env.memory: the runner gives no …"; 2],
    },
    Case {
        key: "imports.table",
        about: "",
        guest: TABLE,
        policy: "module: {kind: core}\nimports: {@}",
        values: ["table: deny", "table: allow"],
        given: NOTHING,
        seen: ["refused: env.table: the runner gives no …"; 2],
    },
    Case {
        key: "imports.globals",
        about: "",
        guest: GLOBAL,
        policy: "module: {kind: core}\nimports: {@}",
        values: ["globals: deny", "globals: allow"],
        given: NOTHING,
        seen: ["refused: env.global: the runner gives no …"; 2],
    },
    Case {
        key: "grants.network.connect",
        about: "",
        guest: ACCEPT,
        policy: "imports: {wasi: {allow: [net.listen]}}\ngrants: {network: {@}}",
        values: ["connect: []", "connect: [\"*\"]"],
        given: NOTHING,
        seen: ["returned 57"; 2],
    },
    Case {
        key: "grants.network.listen",
        about: "",
        guest: ACCEPT,
        policy: "imports: {wasi: {allow: [net.listen]}}\ngrants: {network: {@}}",
        values: ["listen: []", "listen: [\"*\"]"],
        given: NOTHING,
        seen: ["returned 57"; 2],
    },
];
