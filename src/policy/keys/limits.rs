//! `limits`: what one invocation may spend.

use super::Enforcer::Both;
use super::Merge::Smaller;
use super::{Key, Record, Shape};

const fn limit(
    name: &'static str,
    shape: Shape,
    rules: &'static [&'static str],
    absent: &'static str,
    doc: &'static str,
) -> Key {
    Key::new(name, shape, Smaller, Both(rules), absent, doc)
}

const ABSENT: &str = "an error; where that is waived, the built-in ceiling";
const CEILING: &str = "the built-in ceiling";

pub static LIMITS: Record = Record::of(
    "`limits`",
    &[
        limit(
            "fuel",
            Shape::COUNT,
            &["no-cpu-budget", "limit-above-base"],
            "bounded by `deadline`; an error where that is absent too",
            "The operators that may be executed, about one unit each.",
        ),
        limit(
            "deadline",
            Shape::Duration,
            &[
                "no-deadline",
                "no-cpu-budget",
                "long-deadline",
                "limit-above-base",
            ],
            "bounded by `fuel`; an error where that is absent too",
            "Wall-clock time over everything: guest code, host calls and sleeps.",
        ),
        limit(
            "memory",
            Shape::Size,
            &["no-memory-limit", "memory-over-limit", "limit-above-base"],
            ABSENT,
            "Bytes of all linear memories together.",
        ),
        limit(
            "table_elements",
            Shape::COUNT,
            &["no-table-limit", "table-over-limit", "limit-above-base"],
            CEILING,
            "Elements of all tables together.",
        ),
        limit(
            "stack",
            Shape::Size,
            &["limit-above-base"],
            CEILING,
            "Bytes of the guest's call stack.",
        ),
        limit(
            "host_calls",
            Shape::COUNT,
            &["no-host-call-limit", "limit-above-base"],
            CEILING,
            "Calls from the guest to the host.",
        ),
        limit(
            "open_files",
            Shape::COUNT,
            &["limit-above-base"],
            CEILING,
            "File descriptors open at once.",
        ),
        limit(
            "written_bytes",
            Shape::Size,
            &["limit-above-base"],
            CEILING,
            "Bytes written to files, added up over the whole invocation; a new entry in a folder of the host counts as 512.",
        ),
    ],
);
