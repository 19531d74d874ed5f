//! `imports.host[].provider`: what answers a host import. Each key left out denies.

use super::Enforcer::{Parts, Runner};
use super::Merge::{Below, Known, Narrower, Replace, Same, Smaller};
use super::imports::CONFIG;
use super::{Constraint, Key, Record, Shape};

static STUB: Record = Record::of(
    "`stub`",
    &[Key::new(
        "return",
        Shape::Integer,
        Replace,
        Runner,
        "",
        "What every call returns.",
    )
    .required()],
);

const SCOPES: &[&str] = &["invocation", "tenant"];

pub static PROVIDER: Record = Record::of(
    "`provider`",
    &[
        Key::new(
            "builtin",
            Shape::Choice(&["log", "read_file", "kv", "config"]),
            Same,
            Runner,
            "another provider",
            "A provider that comes with the runner.",
        ),
        Key::new(
            "stub",
            Shape::Map(&STUB),
            Replace,
            Runner,
            "another provider",
            "No provider: every call returns the same number.",
        ),
        bound(
            "max_message",
            Shape::Size,
            "`log`: the longest message, in bytes.",
        ),
        bound(
            "max_messages",
            Shape::COUNT,
            "`log`: the most messages of one invocation.",
        ),
        Key::new(
            "root",
            Shape::HostPath,
            Below,
            Runner,
            "denied",
            "`read_file`: the folder that paths are resolved in; no symlink is followed.",
        ),
        bound(
            "max",
            Shape::Size,
            "`read_file`: the largest file that is read, in bytes.",
        ),
        Key::new(
            "scope",
            Shape::Choice(SCOPES),
            Narrower(SCOPES, Some("invocation")),
            Runner,
            "invocation",
            "`kv`: how long entries live, and who shares them.",
        ),
        bound("max_entries", Shape::COUNT, "`kv`: the most entries."),
        bound(
            "max_bytes",
            Shape::Size,
            "`kv`: the most bytes of all names and values together.",
        ),
        Key::new(
            "values",
            CONFIG,
            Known,
            Parts,
            "denied",
            "`config`: what may be asked for.",
        ),
    ],
)
.holding(&[
    Constraint::OneOf(&["builtin", "stub"]),
    Constraint::Exclusive(
        &["stub"],
        &[
            "max_message",
            "max_messages",
            "root",
            "max",
            "scope",
            "max_entries",
            "max_bytes",
            "values",
        ],
    ),
    Constraint::Only {
        keys: &["max_message", "max_messages"],
        when: "builtin",
        is: &["log"],
    },
    Constraint::Only {
        keys: &["root", "max"],
        when: "builtin",
        is: &["read_file"],
    },
    Constraint::Needs {
        keys: &["root"],
        when: "builtin",
        is: &["read_file"],
    },
    Constraint::Only {
        keys: &["scope", "max_entries", "max_bytes"],
        when: "builtin",
        is: &["kv"],
    },
    Constraint::Only {
        keys: &["values"],
        when: "builtin",
        is: &["config"],
    },
])
.closed();

const fn bound(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key::new(name, shape, Smaller, Runner, "0: denied", doc)
}
