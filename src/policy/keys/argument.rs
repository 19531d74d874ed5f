//! `imports.host[].args`: what the arguments of a host import mean and what they may be.

use super::Enforcer::{Both, Runner};
use super::Merge::{Intersect, Larger, Same, Smaller, Subset, Union};
use super::{Constraint, Cover, Enforcer, Key, Record, Shape};
use crate::capability::ArgHint;
use crate::policy::tree::{Item, Map};
use crate::source::{Mistake, Span};

/// Roles whose argument is text that patterns can look at.
pub const TEXTUAL: &[&str] = &[
    "path", "root", "url", "host", "command", "query", "secret", "user", "tenant", "text",
];
/// Roles whose argument is a number.
pub const NUMERIC: &[&str] = ArgHint::NUMBER_ROLES;
/// Roles whose patterns keep `*` within a segment.
pub const SEGMENTED: &[&str] = &["path", "root", "url"];

const POINTERS: &[&str] = ArgHint::BUFFER_ROLES;
const ROLES: &[&str] = &[
    "path",
    "root",
    "url",
    "host",
    "command",
    "query",
    "secret",
    "user",
    "tenant",
    "text",
    "buffer",
    "out-buffer",
    "opcode",
    "flags",
    "number",
];

const GUARD: Enforcer = Both(&[
    "confused-deputy-path",
    "confused-deputy-url",
    "confused-deputy-command",
    "confused-deputy-secret",
    "guest-chosen-authority",
    "guard-too-broad",
]);
/// A list of denials scopes nothing: what it holds is what the code is seen to pass, and the calls themselves.
const DENIED: Enforcer = Both(&["literal-denied-by-guard"]);
const DESCRIBED: Enforcer = Both(&["unguarded-pointer"]);
const VALUES: Enforcer = Both(&["opaque-dispatcher"]);
const INDEX: Shape = Shape::Count { min: 0, max: 999 };

/// An entry of `args`.
pub static ARGUMENT: Record = Record::of(
    "an argument",
    &[
        Key::new(
            "name",
            Shape::TEXT,
            Same,
            Runner,
            "",
            "A name for messages and logs.",
        )
        .required(),
        Key::new(
            "role",
            Shape::Choice(ROLES),
            Same,
            GUARD,
            "",
            "What the host does with it.",
        )
        .required(),
        Key::new(
            "ptr",
            INDEX,
            Same,
            DESCRIBED,
            "needed by textual roles and buffers",
            "Which parameter is the pointer, from 0.",
        ),
        Key::new(
            "len",
            INDEX,
            Same,
            DESCRIBED,
            "needed by textual roles and buffers",
            "Which parameter is the length, from 0.",
        ),
        Key::new(
            "index",
            INDEX,
            Same,
            VALUES,
            "needed by numeric roles",
            "Which parameter is the number, from 0.",
        ),
        Key::new(
            "max",
            Shape::Bound,
            Smaller,
            Runner,
            "4KiB for text, 1MiB for buffers, no bound for numbers",
            "The most bytes that are copied; for numeric roles the largest value.",
        ),
        Key::new(
            "min",
            Shape::Integer,
            Larger,
            VALUES,
            "no bound",
            "The smallest value.",
        ),
        Key::new(
            "values",
            Shape::List(&Shape::Integer),
            Subset,
            VALUES,
            "any value within `min` and `max`",
            "The only values there may be.",
        ),
        Key::new(
            "allow",
            Shape::List(&Shape::Pattern),
            Intersect(Cover::Guard),
            GUARD,
            "anything, which the rules report",
            "Patterns of which one must match.",
        ),
        Key::new(
            "deny",
            Shape::List(&Shape::Pattern),
            Union,
            DENIED,
            "nothing more",
            "Patterns of which none may match.",
        ),
    ],
)
.holding(&[
    Constraint::Only {
        keys: &["ptr", "len"],
        when: "role",
        is: POINTERS,
    },
    Constraint::Needs {
        keys: &["ptr", "len"],
        when: "role",
        is: POINTERS,
    },
    Constraint::Only {
        keys: &["index", "min", "values"],
        when: "role",
        is: NUMERIC,
    },
    Constraint::Needs {
        keys: &["index"],
        when: "role",
        is: NUMERIC,
    },
    Constraint::Only {
        keys: &["allow", "deny"],
        when: "role",
        is: TEXTUAL,
    },
    Constraint::Exclusive(&["values"], &["min", "max"]),
    Constraint::Check(sound_bounds),
]);

fn sound_bounds(map: &Map, _: Span, mistakes: &mut Vec<Mistake>) {
    let number = |key: &str| {
        map.get(key)
            .and_then(|item| Some((item.number()?, item.span)))
    };
    let numeric = map
        .get("role")
        .and_then(Item::text)
        .is_none_or(|role| NUMERIC.contains(&role));
    if let Some((max, span)) = number("max") {
        if max < 0 && !numeric {
            mistakes.push(
                Mistake::new("bad-size", "a size cannot be negative", span)
                    .help("write a size such as 4KiB"),
            );
        }
        if let Some((min, at)) = number("min").filter(|(min, _)| *min > max) {
            mistakes.push(
                Mistake::new(
                    "empty-range",
                    format!("no number is from {min} to {max}"),
                    span,
                )
                .also(at, "the smallest value"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Role;

    #[test]
    fn every_list_has_the_same_roles() {
        let named: Vec<&str> = Role::NAMES.iter().map(|(name, _)| *name).collect();
        assert_eq!(named, ROLES);
        assert_eq!([POINTERS, NUMERIC].concat(), ROLES);
    }
}
