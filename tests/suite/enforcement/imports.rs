//! `imports.wasi`.

use super::case::{Case, NOTHING};

/// The error number of a call that does nothing.
const YIELD: &str = r#"(module (wasi sched_yield) (memory (export "memory") 1)
    (func (export "run") (result i32) (call $sched_yield)))"#;

pub const CASES: &[Case] = &[
    Case {
        key: "imports.wasi.allow",
        about: "",
        guest: YIELD,
        policy: "imports: {wasi: {@}}",
        values: ["allow: [sched_yield]", "allow: [fd_close]"],
        given: NOTHING,
        seen: [
            "returned 0",
            "refused: wasi_snapshot_preview1.sched_yield: neither `imports.wasi.allow` nor `stub` …",
        ],
    },
    Case {
        key: "imports.wasi.allow",
        about: "by capability",
        guest: YIELD,
        policy: "imports: {wasi: {@}}",
        values: ["allow: [sched]", "allow: [stdout]"],
        given: NOTHING,
        seen: [
            "returned 0",
            "refused: wasi_snapshot_preview1.sched_yield: neither `imports.wasi.allow` nor `stub` …",
        ],
    },
    Case {
        key: "imports.wasi.allow",
        about: "left out",
        guest: YIELD,
        policy: "imports: {wasi: {stub: [fd_close], @}}",
        values: ["allow: [sched]", ""],
        given: NOTHING,
        seen: [
            "returned 0",
            "refused: wasi_snapshot_preview1.sched_yield: neither `imports.wasi.allow` nor `stub` …",
        ],
    },
    Case {
        key: "imports.wasi.stub",
        about: "",
        guest: YIELD,
        policy: "imports: {wasi: {@}}",
        values: ["stub: [sched_yield]", "stub: [fd_close]"],
        given: NOTHING,
        seen: [
            "returned 76",
            "refused: wasi_snapshot_preview1.sched_yield: neither `imports.wasi.allow` nor `stub` …",
        ],
    },
    Case {
        key: "imports.wasi.stub",
        about: "over allow",
        guest: YIELD,
        policy: "imports: {wasi: {allow: [sched], @}}",
        values: ["stub: [sched_yield]", "stub: [fd_close]"],
        given: NOTHING,
        seen: ["returned 76", "returned 0"],
    },
    Case {
        key: "imports.wasi.deny",
        about: "",
        guest: YIELD,
        policy: "imports: {wasi: {allow: [sched], @}}",
        values: ["deny: [sched_yield]", "deny: [fd_close]"],
        given: NOTHING,
        seen: [
            "refused: wasi_snapshot_preview1.sched_yield: `imports.wasi.deny` names it…",
            "returned 0",
        ],
    },
    Case {
        key: "imports.wasi.deny",
        about: "by capability, over a stub",
        guest: YIELD,
        policy: "imports: {wasi: {stub: [sched_yield], @}}",
        values: ["deny: [sched]", "deny: [stdin]"],
        given: NOTHING,
        seen: [
            "refused: wasi_snapshot_preview1.sched_yield: `imports.wasi.deny` names it…",
            "returned 76",
        ],
    },
];
