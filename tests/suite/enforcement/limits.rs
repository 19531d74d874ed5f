//! `limits`.

use super::case::{Case, NOTHING};

/// A million turns.
const LOOP: &str = r#"(module (func (export "run") (local $turns i32)
    (loop $again
        (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $turns) (i32.const 1000000))))))"#;

/// Two thousand times as many.
const LONG_LOOP: &str = r#"(module (func (export "run") (local $turns i32)
    (loop $again
        (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $turns) (i32.const 2000000000))))))"#;

/// Sleeps for 300 milliseconds.
const SLEEP: &str = r#"(module (wasi poll_oneoff) (memory (export "memory") 1)
    (func (export "run") (result i32)
        (i32.store (i32.const 16) (i32.const 1))
        (i64.store (i32.const 24) (i64.const 300000000))
        (call $poll_oneoff (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))"#;

/// Asks for a second page.
const GROW: &str =
    r#"(module (memory 1) (func (export "run") (result i32) (memory.grow (i32.const 1))))"#;

/// Has two pages from the start.
const TWO_PAGES: &str = r#"(module (memory 2) (func (export "run") (result i32) (memory.size)))"#;

/// Asks for six more elements.
const GROW_TABLE: &str = r#"(module (table 4 funcref)
    (func (export "run") (result i32) (table.grow (ref.null func) (i32.const 6))))"#;

/// Ten thousand calls deep.
const DEEP: &str = r#"(module
    (func $down (param $left i32) (result i32)
        (if (result i32) (local.get $left)
            (then (i32.add (i32.const 1) (call $down (i32.sub (local.get $left) (i32.const 1)))))
            (else (i32.const 0))))
    (func (export "run") (result i32) (call $down (i32.const 10000))))"#;

/// Five calls.
const CALLS: &str = r#"(module (wasi sched_yield) (memory (export "memory") 1)
    (func (export "run") (local $turns i32)
        (loop $again
            (drop (call $sched_yield))
            (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $turns) (i32.const 5))))))"#;

/// Opens the granted folder twice.
const OPENS: &str = r#"(module (wasi path_open) (memory (export "memory") 1) (data (i32.const 0) ".")
    (func $open (result i32)
        (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 2)
            (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 8)))
    (func (export "run") (result i32) (i32.add (call $open) (call $open))))"#;

/// Writes ten bytes to a new file and tells how many were taken.
const WRITES: &str = r#"(module (wasi path_open) (wasi fd_write) (memory (export "memory") 1)
    (data (i32.const 0) "new") (data (i32.const 16) "\40\00\00\00\0a\00\00\00")
    (func (export "run") (result i32)
        (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 1)
            (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 8)))
        (drop (call $fd_write (i32.load (i32.const 8)) (i32.const 16) (i32.const 1) (i32.const 24)))
        (i32.load (i32.const 24))))"#;

pub const CASES: &[Case] = &[
    Case {
        key: "limits.fuel",
        about: "",
        guest: LOOP,
        policy: "module: {kind: core}\nlimits: {deadline: 1m, memory: 64KiB, @}",
        values: ["fuel: 1000000", "fuel: 100000000"],
        given: NOTHING,
        seen: ["spent fuel budget", "returned"],
    },
    Case {
        key: "limits.deadline",
        about: "",
        guest: SLEEP,
        policy: "imports: {wasi: {allow: [poll_oneoff]}}\ngrants: {clock: {wall: real, monotonic: real}}\n\
            limits: {fuel: 1000000, memory: 64KiB, @}",
        values: ["deadline: 50ms", "deadline: 1m"],
        given: NOTHING,
        seen: ["spent deadline", "returned 0"],
    },
    Case {
        key: "limits.deadline",
        about: "over guest code",
        guest: LONG_LOOP,
        policy: "module: {kind: core}\nlimits: {memory: 64KiB, @}",
        values: ["deadline: 20ms", "deadline: 5m"],
        given: NOTHING,
        seen: ["spent deadline", "returned"],
    },
    Case {
        key: "limits.memory",
        about: "",
        guest: GROW,
        policy: "module: {kind: core}\nlimits: {fuel: 1000, @}",
        values: ["memory: 127KiB", "memory: 128KiB"],
        given: NOTHING,
        seen: ["spent memory limit", "returned 1"],
    },
    Case {
        key: "limits.memory",
        about: "at the start",
        guest: TWO_PAGES,
        policy: "module: {kind: core}\nlimits: {fuel: 1000, @}",
        values: ["memory: 64KiB", "memory: 128KiB"],
        given: NOTHING,
        seen: ["spent memory limit", "returned 2"],
    },
    Case {
        key: "limits.table_elements",
        about: "",
        guest: GROW_TABLE,
        policy: "module: {kind: core}\nlimits: {fuel: 1000, memory: 64KiB, @}",
        values: ["table_elements: 9", "table_elements: 10"],
        given: NOTHING,
        seen: ["spent table limit", "returned 4"],
    },
    Case {
        key: "limits.stack",
        about: "",
        guest: DEEP,
        policy: "module: {kind: core}\nlimits: {fuel: 1000000, memory: 64KiB, @}",
        values: ["stack: 64KiB", "stack: 8MiB"],
        given: NOTHING,
        seen: ["trapped: …call stack exhausted", "returned 10000"],
    },
    Case {
        key: "limits.host_calls",
        about: "",
        guest: CALLS,
        policy: "imports: {wasi: {allow: [sched]}}\nlimits: {fuel: 1000, memory: 64KiB, @}",
        values: ["host_calls: 4", "host_calls: 5"],
        given: NOTHING,
        seen: ["spent host-call quota", "returned"],
    },
    Case {
        key: "limits.open_files",
        about: "",
        guest: OPENS,
        policy: "imports: {wasi: {allow: [fs.read]}}\ngrants: {preopens: [{guest: /a, host: ./a}]}\n\
            limits: {fuel: 1000, memory: 64KiB, @}",
        values: ["open_files: 1", "open_files: 2"],
        given: NOTHING,
        seen: ["spent open-file quota", "returned 0"],
    },
    Case {
        key: "limits.written_bytes",
        about: "",
        guest: WRITES,
        policy: "imports: {wasi: {allow: [fs.write]}}\n\
            grants: {preopens: [{guest: /s, scratch: {bytes: 1KiB, entries: 10}}]}\n\
            limits: {fuel: 1000, memory: 64KiB, @}",
        values: ["written_bytes: 9", "written_bytes: 10"],
        given: NOTHING,
        seen: ["spent write quota", "returned 10"],
    },
    Case {
        key: "limits.written_bytes",
        about: "to a folder of the host",
        guest: WRITES,
        policy: "imports: {wasi: {allow: [fs.write]}}\n\
            grants: {preopens: [{guest: /a, host: ./a, mode: rw}]}\n\
            limits: {fuel: 1000, memory: 64KiB, @}",
        // The new file itself counts as 512.
        values: ["written_bytes: 521", "written_bytes: 522"],
        given: NOTHING,
        seen: ["spent write quota", "returned 10"],
    },
];
