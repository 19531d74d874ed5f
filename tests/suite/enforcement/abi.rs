//! `abi`.

use super::case::{Case, Given, NOTHING};

/// Says version 2 in every way; in `packed`, 2.7 and not 131079.
const VERSIONED: &str = r#"(module
    (global (export "abi") i32 (i32.const 2))
    (global (export "packed") i32 (i32.const 0x20007))
    (@custom "abi" "2")
    (func (export "abi_2"))
    (func (export "abi_version") (result i32) (i32.const 2))
    (func (export "run") (result i32) (i32.const 7)))"#;

/// Says where its allocator had put the bytes.
const ALLOCATES: &str = r#"(module (memory (export "memory") 1)
    (data (i32.const 0) "low") (data (i32.const 8) "high")
    (func (export "low") (param i32) (result i32) (i32.const 64))
    (func (export "high") (param i32) (result i32) (i32.const 1024))
    (func (export "free") (param i32 i32))
    (func (export "broken") (param i32 i32) unreachable)
    (func (export "run") (param i32 i32) (result i64)
        (if (result i64) (i32.eq (local.get 0) (i32.const 64))
            (then (i64.const 3))
            (else (i64.const 0x800000004)))))"#;

const BYTES: Given = Given {
    bytes: Some("ping"),
    ..NOTHING
};

pub const CASES: &[Case] = &[
    Case {
        key: "abi.version.export",
        about: "",
        guest: VERSIONED,
        policy: "module: {kind: core}\nabi: {version: {major: 2, @}}",
        values: ["export: abi_version", "export: absent"],
        given: NOTHING,
        seen: ["returned 7", "refused: it says no ABI version: …`absent`…"],
    },
    Case {
        key: "abi.version.global",
        about: "",
        guest: VERSIONED,
        policy: "module: {kind: core}\nabi: {version: {major: 2, @}}",
        values: ["global: abi", "global: packed"],
        given: NOTHING,
        seen: ["returned 7", "refused: it says ABI version 131079 …"],
    },
    Case {
        key: "abi.version.section",
        about: "",
        guest: VERSIONED,
        policy: "module: {kind: core}\nabi: {version: {major: 2, @}}",
        values: ["section: abi", "section: absent"],
        given: NOTHING,
        seen: ["returned 7", "refused: it says no ABI version: …`absent`…"],
    },
    Case {
        key: "abi.version.marker",
        about: "",
        guest: VERSIONED,
        policy: "module: {kind: core}\nabi: {version: {@}}",
        values: ["marker: abi_2", "marker: abi_3"],
        given: NOTHING,
        seen: ["returned 7", "refused: it says no ABI version: …`abi_3`…"],
    },
    Case {
        key: "abi.version.encoding",
        about: "",
        guest: VERSIONED,
        policy: "module: {kind: core}\nabi: {version: {global: packed, major: 2, @}}",
        values: ["encoding: packed", "encoding: major"],
        given: NOTHING,
        seen: ["returned 7", "refused: it says ABI version 131079 …"],
    },
    Case {
        key: "abi.version.major",
        about: "",
        guest: VERSIONED,
        policy: "module: {kind: core}\nabi: {version: {export: abi_version, @}}",
        values: ["major: 2", "major: 3"],
        given: NOTHING,
        seen: [
            "returned 7",
            "refused: it says ABI version 2 by `abi_version`, the policy speaks 3…",
        ],
    },
    Case {
        key: "abi.version.major",
        about: "of a section",
        guest: VERSIONED,
        policy: "module: {kind: core}\nabi: {version: {section: abi, @}}",
        values: ["major: 2", "major: 3"],
        given: NOTHING,
        seen: ["returned 7", "refused: it says ABI version 2 by `abi`, …"],
    },
    Case {
        key: "abi.version.major",
        about: "of a global",
        guest: VERSIONED,
        policy: "module: {kind: core}\nabi: {version: {global: abi, @}}",
        values: ["major: 2", "major: 3"],
        given: NOTHING,
        seen: ["returned 7", "refused: it says ABI version 2 by `abi`, …"],
    },
    Case {
        key: "abi.allocator.alloc",
        about: "",
        guest: ALLOCATES,
        policy: "module: {kind: core}\nabi: {allocator: {free: free, @}}",
        values: ["alloc: low", "alloc: high"],
        given: BYTES,
        seen: ["returned; bytes low", "returned; bytes high"],
    },
    Case {
        key: "abi.allocator.free",
        about: "",
        guest: ALLOCATES,
        policy: "module: {kind: core}\nabi: {allocator: {alloc: low, @}}",
        values: ["free: free", "free: broken"],
        given: BYTES,
        seen: ["returned; bytes low", "trapped: …unreachable…"],
    },
];
