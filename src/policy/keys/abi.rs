//! `abi`: the contract between host and guest.

use super::Enforcer::{Both, Rules};
use super::Merge::{Fixed, Same, Smaller};
use super::{Constraint, Enforcer, Key, Record, Shape};

/// What can be found and not read: a function's result, a global's value.
const VALUE_RULES: Enforcer = Both(&["missing-abi-version", "abi-version-unreadable"]);
/// What is there or is not.
const PRESENCE_RULES: Enforcer = Both(&["missing-abi-version"]);

static VERSION: Record = Record::of(
    "`version`",
    &[
        source(
            "export",
            VALUE_RULES,
            "An exported function `() -> i32` that returns the version.",
        ),
        source(
            "global",
            VALUE_RULES,
            "An exported global that holds the version.",
        ),
        source(
            "section",
            PRESENCE_RULES,
            "A custom section that holds the version.",
        ),
        source(
            "marker",
            PRESENCE_RULES,
            "An export whose presence is the version, such as `proxy_abi_version_0_2_1`.",
        ),
        Key::new(
            "encoding",
            Shape::Choice(&["major", "packed"]),
            Fixed(Some("major")),
            Both(&["abi-major-mismatch"]),
            "major",
            "How the number is read: the major version itself, or `major << 16 | minor`.",
        ),
        Key::new(
            "major",
            Shape::Count {
                min: 0,
                max: u32::MAX as u64,
            },
            Same,
            Both(&["abi-major-mismatch"]),
            "any version",
            "The major version that the host speaks.",
        ),
    ],
)
.holding(&[
    Constraint::OneOf(&["export", "global", "section", "marker"]),
    Constraint::Exclusive(&["marker"], &["encoding", "major"]),
]);

const fn source(name: &'static str, enforcer: Enforcer, doc: &'static str) -> Key {
    Key::new(name, Shape::TEXT, Same, enforcer, "said another way", doc)
}

static ALLOCATOR: Record = Record::of(
    "`allocator`",
    &[
        Key::new(
            "alloc",
            Shape::TEXT,
            Same,
            Both(&["missing-allocator"]),
            "none",
            "The export that makes room for a buffer in the guest.",
        ),
        Key::new(
            "free",
            Shape::TEXT,
            Same,
            Both(&["missing-allocator"]),
            "none",
            "The export that gives it back.",
        ),
    ],
);

pub static ABI: Record = Record::of(
    "`abi`",
    &[
        Key::parts(
            "version",
            &VERSION,
            "none is declared",
            "How the module says its version.",
        ),
        Key::parts(
            "allocator",
            &ALLOCATOR,
            "none is declared",
            "Who owns a buffer that crosses: the guest, by these exports.",
        ),
        Key::new(
            "max_host_functions",
            Shape::COUNT,
            Smaller,
            Rules(&["wide-abi"]),
            "8",
            "The most host functions that the module may import.",
        ),
    ],
);
