//! `extends`, `module.kind`, `determinism`.

use super::case::{Case, Given, NOTHING};

/// A million turns.
const LOOP: &str = r#"(module (func (export "run") (local $turns i32)
    (loop $again
        (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $turns) (i32.const 1000000))))))"#;

const PURE: &str = r#"(module (func (export "run") (result i32) (i32.const 7)))"#;

const YIELD: &str = r#"(module (wasi sched_yield) (memory (export "memory") 1)
    (func (export "run") (result i32) (call $sched_yield)))"#;

/// The bits of a sum with something that is no number and says why.
const NAN: &str = r#"(module (memory 1) (data (i32.const 0) "\01\00\e0\7f")
    (func (export "run") (result i32)
        (i32.reinterpret_f32 (f32.add (f32.load (i32.const 0)) (f32.const 1)))))"#;

/// When the granted folder was changed last, nanoseconds.
const CHANGED: &str = r#"(module (wasi fd_filestat_get) (memory (export "memory") 1)
    (func (export "run") (result i64)
        (drop (call $fd_filestat_get (i32.const 3) (i32.const 0)))
        (i64.load (i32.const 48))))"#;

/// What is no number, made a whole one: machines differ.
#[cfg(target_arch = "x86_64")]
const RELAXED: &str = r#"(module (memory 1) (data (i32.const 0) "\00\00\c0\7f")
    (func (export "run") (result i32)
        (i32x4.extract_lane 0 (i32x4.relaxed_trunc_f32x4_s (f32x4.splat (f32.load (i32.const 0)))))))"#;

pub const CASES: &[Case] = &[
    Case {
        key: "extends",
        about: "",
        guest: LOOP,
        policy: "module: {kind: core}\nlimits: {fuel: 100000000, deadline: 1m, memory: 64KiB}\n@",
        values: ["extends: base.yaml", ""],
        given: Given {
            base: "{version: 1, limits: {fuel: 1000}}",
            ..NOTHING
        },
        seen: ["spent fuel budget", "returned"],
    },
    Case {
        key: "module.kind",
        about: "",
        guest: YIELD,
        policy: "imports: {wasi: {allow: [sched]}}\nmodule: {@}",
        values: ["kind: core", "kind: wasip1"],
        given: NOTHING,
        seen: [
            "refused: the policy is for a module of kind `core`, …",
            "returned 0",
        ],
    },
    Case {
        key: "module.kind",
        about: "of a component",
        guest: PURE,
        policy: "module: {@}",
        values: ["kind: component", "kind: wasip1"],
        given: NOTHING,
        seen: [
            "refused: the policy is for a module of kind `component`, …",
            "returned 7",
        ],
    },
    Case {
        key: "determinism",
        about: "",
        guest: NAN,
        policy: "module: {kind: core}\n@",
        values: ["determinism: required", ""],
        given: NOTHING,
        // 0x7fc00000, and 0x7fe00001 as it came.
        seen: ["returned 2143289344", "returned 2145386497"],
    },
    Case {
        key: "determinism",
        about: "of file times",
        guest: CHANGED,
        policy: "imports: {wasi: {allow: [fs.metadata, clock.wall]}}\n\
            grants: {clock: {wall: real}, preopens: [{guest: /a, host: ./a}]}\n@",
        values: ["determinism: required", ""],
        given: NOTHING,
        seen: ["returned 0", "returned 1…"],
    },
    #[cfg(target_arch = "x86_64")]
    Case {
        key: "determinism",
        about: "of relaxed SIMD",
        guest: RELAXED,
        policy: "module: {kind: core, proposals: {allow: [simd, relaxed-simd]}}\n@",
        values: ["determinism: required", ""],
        given: NOTHING,
        seen: ["returned 0", "returned -2147483648"],
    },
];
