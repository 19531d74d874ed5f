//! `grants.clock` and `grants.random`.

use super::case::{Case, Given, NOTHING};

/// The error number of asking what time it is.
const ASK_WALL: &str = r#"(module (wasi clock_time_get) (memory (export "memory") 1)
    (func (export "run") (result i32) (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 0))))"#;

/// The time of day, nanoseconds.
const WALL: &str = r#"(module (wasi clock_time_get) (memory (export "memory") 1)
    (func (export "run") (result i64)
        (drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 0)))
        (i64.load (i32.const 0))))"#;

/// The error number of asking the clock that only goes forward.
const ASK_MONOTONIC: &str = r#"(module (wasi clock_time_get) (memory (export "memory") 1)
    (func (export "run") (result i32) (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 0))))"#;

/// The second reading of the clock that only goes forward.
const MONOTONIC: &str = r#"(module (wasi clock_time_get) (memory (export "memory") 1)
    (func (export "run") (result i64)
        (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 0)))
        (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 8)))
        (i64.load (i32.const 8))))"#;

/// Whether the second reading is a millisecond after the start, to the nanosecond.
const ONE_STEP: &str = r#"(module (wasi clock_time_get) (memory (export "memory") 1)
    (func (export "run") (result i32)
        (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 0)))
        (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 8)))
        (i64.eq (i64.load (i32.const 8)) (i64.const 1000000))))"#;

/// Whether the first random bytes are those of seed 0, by the cipher's published key stream.
const SEED_ZERO: &str = r#"(module (wasi random_get) (memory (export "memory") 1)
    (func (export "run") (result i32)
        (drop (call $random_get (i32.const 0) (i32.const 8)))
        (i64.eq (i64.load (i32.const 0)) (i64.const 0x903df1a0ade0b876))))"#;

const TWICE: Given = Given { runs: 2, ..NOTHING };

pub const CASES: &[Case] = &[
    Case {
        key: "grants.clock.wall",
        about: "",
        guest: ASK_WALL,
        policy: "imports: {wasi: {allow: [clock.wall, clock.monotonic]}}\ngrants: {clock: {monotonic: step, @}}",
        values: ["wall: deny", "wall: fixed"],
        given: NOTHING,
        seen: ["returned 76", "returned 0"],
    },
    Case {
        key: "grants.clock.wall",
        about: "fixed or real",
        guest: WALL,
        policy: "imports: {wasi: {allow: [clock.wall, clock.monotonic]}}\ngrants: {clock: {monotonic: step, @}}",
        values: ["wall: fixed", "wall: real"],
        given: NOTHING,
        // Nanoseconds between 2017 and 2033.
        seen: ["returned 0", "returned 1…"],
    },
    Case {
        key: "grants.clock.wall",
        about: "when no clock is left",
        guest: ASK_WALL,
        policy: "imports: {wasi: {allow: [clock.wall, clock.monotonic]}}\ngrants: {clock: {monotonic: deny, @}}",
        values: ["wall: deny", "wall: real"],
        given: NOTHING,
        seen: [
            "refused: wasi_snapshot_preview1.clock_time_get: `grants.clock` denies both clocks…",
            "returned 0",
        ],
    },
    Case {
        key: "grants.clock.at",
        about: "",
        guest: WALL,
        policy: "imports: {wasi: {allow: [clock.wall, clock.monotonic]}}\ngrants: {clock: {wall: fixed, @}}",
        values: ["at: 1970-01-01T00:00:01Z", "at: 1970-01-01T00:00:02Z"],
        given: NOTHING,
        seen: ["returned 1000000000", "returned 2000000000"],
    },
    Case {
        key: "grants.clock.monotonic",
        about: "",
        guest: ASK_MONOTONIC,
        policy: "imports: {wasi: {allow: [clock.wall, clock.monotonic]}}\ngrants: {clock: {wall: fixed, @}}",
        values: ["monotonic: deny", "monotonic: real"],
        given: NOTHING,
        seen: ["returned 76", "returned 0"],
    },
    Case {
        key: "grants.clock.monotonic",
        about: "real or in steps",
        guest: ONE_STEP,
        policy: "imports: {wasi: {allow: [clock.wall, clock.monotonic]}}\ngrants: {clock: {wall: fixed, @}}",
        values: ["monotonic: real", "monotonic: step"],
        given: NOTHING,
        seen: ["returned 0", "returned 1"],
    },
    Case {
        key: "grants.clock.step",
        about: "",
        guest: MONOTONIC,
        policy: "imports: {wasi: {allow: [clock.wall, clock.monotonic]}}\ngrants: {clock: {monotonic: step, @}}",
        values: ["step: 5ms", "step: 7us"],
        given: NOTHING,
        seen: ["returned 5000000", "returned 7000"],
    },
    Case {
        key: "grants.random.source",
        about: "",
        guest: SEED_ZERO,
        policy: "imports: {wasi: {allow: [random]}}\ngrants: {random: {@}}",
        values: ["source: os", "source: seeded"],
        given: TWICE,
        seen: ["returned 0 | returned 0", "returned 1 | returned 1"],
    },
    Case {
        key: "grants.random.source",
        about: "denied",
        guest: SEED_ZERO,
        policy: "imports: {wasi: {allow: [random]}}\ngrants: {random: {@}}",
        values: ["source: deny", "source: seeded"],
        given: NOTHING,
        seen: [
            "refused: wasi_snapshot_preview1.random_get: `grants.random` denies every source…",
            "returned 1",
        ],
    },
    Case {
        key: "grants.random.seed",
        about: "",
        guest: SEED_ZERO,
        policy: "imports: {wasi: {allow: [random]}}\ngrants: {random: {source: seeded, @}}",
        values: ["seed: 0", "seed: 1"],
        given: NOTHING,
        seen: ["returned 1", "returned 0"],
    },
];
