//! `grants.preopens`.

use super::case::{Case, NOTHING};

/// The letter of the first grant's name.
const NAME: &str = r#"(module (wasi fd_prestat_dir_name) (memory (export "memory") 1)
    (func (export "run") (result i32)
        (drop (call $fd_prestat_dir_name (i32.const 3) (i32.const 0) (i32.const 9)))
        (i32.load8_u (i32.const 1))))"#;

/// The first byte of `file`, which is the name of the folder that it lies in.
const READ: &str = r#"(module (wasi path_open) (wasi fd_read) (memory (export "memory") 1)
    (data (i32.const 0) "file") (data (i32.const 16) "\40\00\00\00\0a\00\00\00")
    (func (export "run") (result i32)
        (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 0)
            (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 8)))
        (drop (call $fd_read (i32.load (i32.const 8)) (i32.const 16) (i32.const 1) (i32.const 24)))
        (i32.load8_u (i32.const 64))))"#;

/// The error number of opening `file` to write.
const OPEN_TO_WRITE: &str = r#"(module (wasi path_open) (memory (export "memory") 1)
    (data (i32.const 0) "file")
    (func (export "run") (result i32)
        (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 0)
            (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 8))))"#;

/// Writes ten bytes to a new file and tells how many were taken.
const WRITE: &str = r#"(module (wasi path_open) (wasi fd_write) (memory (export "memory") 1)
    (data (i32.const 0) "new") (data (i32.const 16) "\40\00\00\00\0a\00\00\00")
    (func (export "run") (result i32)
        (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 1)
            (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 8)))
        (drop (call $fd_write (i32.load (i32.const 8)) (i32.const 16) (i32.const 1) (i32.const 24)))
        (i32.load (i32.const 24))))"#;

/// Makes two folders.
const TWO_FOLDERS: &str = r#"(module (wasi path_create_directory) (memory (export "memory") 1)
    (data (i32.const 0) "xy")
    (func (export "run") (result i32)
        (i32.add
            (call $path_create_directory (i32.const 3) (i32.const 0) (i32.const 1))
            (call $path_create_directory (i32.const 3) (i32.const 1) (i32.const 1)))))"#;

pub const CASES: &[Case] = &[
    Case {
        key: "grants.preopens[].guest",
        about: "",
        guest: NAME,
        policy: "imports: {wasi: {allow: [fs.read, fd_prestat_dir_name]}}\ngrants: {preopens: [{host: ./a, @}]}",
        values: ["guest: /x", "guest: /y"],
        given: NOTHING,
        seen: ["returned 120", "returned 121"],
    },
    Case {
        key: "grants.preopens[].host",
        about: "",
        guest: READ,
        policy: "imports: {wasi: {allow: [fs.read]}}\ngrants: {preopens: [{guest: /x, @}]}",
        values: ["host: ./a", "host: ./b"],
        given: NOTHING,
        seen: ["returned 97", "returned 98"],
    },
    Case {
        key: "grants.preopens[].host",
        about: "of a folder that is not there",
        guest: READ,
        policy: "imports: {wasi: {allow: [fs.read]}}\ngrants: {preopens: [{guest: /x, @}]}",
        values: ["host: ./absent", "host: ./b"],
        given: NOTHING,
        seen: ["refused: /x cannot be granted: …", "returned 98"],
    },
    Case {
        key: "grants.preopens[].mode",
        about: "",
        guest: OPEN_TO_WRITE,
        policy: "imports: {wasi: {allow: [fs.write]}}\ngrants: {preopens: [{guest: /x, host: ./a, @}]}",
        values: ["mode: ro", "mode: rw"],
        given: NOTHING,
        seen: ["returned 69", "returned 0"],
    },
    Case {
        key: "grants.preopens[].mode",
        about: "left out",
        guest: OPEN_TO_WRITE,
        policy: "imports: {wasi: {allow: [fs.write]}}\ngrants: {preopens: [{guest: /x, host: ./a, @}]}",
        values: ["", "mode: rw"],
        given: NOTHING,
        seen: ["returned 69", "returned 0"],
    },
    Case {
        key: "grants.preopens[].scratch.bytes",
        about: "",
        guest: WRITE,
        policy: "imports: {wasi: {allow: [fs.write]}}\ngrants: {preopens: [{guest: /x, scratch: {entries: 9, @}}]}",
        values: ["bytes: 9", "bytes: 10"],
        given: NOTHING,
        seen: ["spent scratch size", "returned 10"],
    },
    Case {
        key: "grants.preopens[].scratch.entries",
        about: "",
        guest: TWO_FOLDERS,
        policy: "imports: {wasi: {allow: [fs.write]}}\ngrants: {preopens: [{guest: /x, scratch: {bytes: 1KiB, @}}]}",
        values: ["entries: 1", "entries: 2"],
        given: NOTHING,
        seen: ["spent number of scratch entries", "returned 0"],
    },
];
