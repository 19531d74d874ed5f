//! `imports`: the privilege model. What it does not list may not be imported.

use super::Enforcer::{Both, Parts, Runner};
use super::Merge::{Intersect, Known, Larger, Narrower, Replace, Same, Smaller, Subset, Union};
use super::{Constraint, Cover, Enforcer, Key, Names, Record, Shape, provider};
use crate::policy::tree::{Item, Map, Value};
use crate::source::{Mistake, Span};

/// Roles whose argument is text that patterns can look at.
pub const TEXTUAL: &[&str] = &[
    "path", "root", "url", "host", "command", "query", "secret", "user", "tenant", "text",
];
/// Roles whose argument is a number.
pub const NUMERIC: &[&str] = &["opcode", "flags", "number"];
/// Roles whose patterns keep `*` within a segment.
pub const SEGMENTED: &[&str] = &["path", "root", "url"];

const POINTERS: &[&str] = &[
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
];
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
    "literal-denied-by-guard",
]);
const DESCRIBED: Enforcer = Both(&["unguarded-pointer"]);
const VALUES: Enforcer = Both(&["opaque-dispatcher", "literal-denied-by-guard"]);
const INDEX: Shape = Shape::Count { min: 0, max: 999 };

static ARGUMENT: Record = Record::of(
    "an argument",
    &[
        Key::new(
            "name",
            Shape::TEXT,
            Same,
            DESCRIBED,
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
            GUARD,
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

static RETURN: Record = Record::of(
    "`on_deny`",
    &[Key::new(
        "return",
        Shape::Integer,
        Replace,
        Runner,
        "",
        "What the call returns.",
    )
    .required()],
);

static HOST: Record = Record::of(
    "a host import",
    &[
        Key::new(
            "module",
            Shape::TEXT,
            Same,
            Both(&["undeclared-host-import", "ambient-host-import"]),
            "",
            "The import's first name.",
        )
        .required(),
        Key::new(
            "name",
            Shape::TEXT,
            Same,
            Both(&["undeclared-host-import", "ambient-host-import"]),
            "",
            "The import's second name.",
        )
        .required(),
        Key::new(
            "signature",
            Shape::Signature,
            Same,
            Both(&["host-import-signature"]),
            "any type",
            "Its parameters and results, such as `(i32, i32) -> i32`; `()` for none.",
        ),
        Key::new(
            "capability",
            Shape::Capability,
            Same,
            Both(&["unmet-need", "exfiltration-pair"]),
            "host:<module>/<name>",
            "The power that it gives.",
        ),
        Key::new(
            "args",
            Shape::Entries(&ARGUMENT, &["name"]),
            super::Merge::Added,
            Parts,
            "nothing is known of its arguments",
            "What its arguments mean and what they may be.",
        ),
        Key::new(
            "on_deny",
            Shape::Either(&Shape::Choice(&["trap"]), &RETURN),
            Replace,
            Runner,
            "trap",
            "What a refused call does: trap, or return a number.",
        ),
        Key::parts(
            "provider",
            &provider::PROVIDER,
            "checked and approved, but not run by the command line",
            "What answers the call.",
        ),
    ],
)
.holding(&[Constraint::Check(indices_fit)]);

/// Indices of arguments lie within a stated signature; a pointer and a length are integers there.
fn indices_fit(map: &Map, _: Span, mistakes: &mut Vec<Mistake>) {
    let Some(Value::Signature(signature)) = map.get("signature").map(|item| &item.value) else {
        return;
    };
    let arguments = map.get("args").map(Item::items).unwrap_or_default();
    for (argument, key) in arguments
        .iter()
        .flat_map(|argument| ["ptr", "len", "index"].map(|key| (argument, key)))
    {
        let Some(index) = argument.get(key) else {
            continue;
        };
        let param = index
            .number()
            .and_then(|number| usize::try_from(number).ok())
            .and_then(|number| signature.params.get(number));
        let fits = match key {
            "index" => param.is_some(),
            _ => param.is_some_and(|ty| ty == "i32" || ty == "i64"),
        };
        if !fits {
            mistakes.push(
                Mistake::new(
                    "bad-index",
                    format!("`{key}` is no such parameter"),
                    index.span,
                )
                .label(match param {
                    Some(ty) => format!("this one is {ty}"),
                    None => format!("there are {}, counted from 0", signature.params.len()),
                })
                .also(
                    map.get("signature").map_or(index.span, |item| item.span),
                    "the signature",
                ),
            );
        }
    }
}

static WASI: Record = Record::of(
    "`wasi`",
    &[
        Key::new(
            "allow",
            Shape::List(&Shape::CapabilityOrFunction),
            Intersect(Cover::Capability),
            Both(&["undeclared-wasi-import", "unused-grant"]),
            "denied",
            "Capabilities or WASI functions; a function is allowed by its name or by any one of its capabilities.",
        ),
        Key::new(
            "stub",
            Shape::List(&Shape::Function),
            Union,
            Both(&["undeclared-wasi-import"]),
            "none",
            "WASI functions that may be imported and are always refused at run time.",
        ),
        Key::new(
            "deny",
            Shape::List(&Shape::CapabilityOrFunction),
            Union,
            Both(&["undeclared-wasi-import"]),
            "none",
            "WASI functions that may not even be imported; wins over `allow` and `stub`.",
        ),
    ],
);

const fn shared(name: &'static str, rules: &'static [&'static str], doc: &'static str) -> Key {
    const WORDS: &[&str] = &["deny", "allow"];
    Key::new(
        name,
        Shape::Choice(WORDS),
        Narrower(WORDS, None),
        Both(rules),
        "denied",
        doc,
    )
}

pub static IMPORTS: Record = Record::of(
    "`imports`",
    &[
        Key::parts("wasi", &WASI, "denied", "The functions of WASI."),
        Key::new(
            "host",
            Shape::Entries(&HOST, &["module", "name"]),
            Known,
            Parts,
            "denied",
            "Every other function that the module may import.",
        ),
        shared(
            "memory",
            &["imported-memory"],
            "Whether a memory may be imported.",
        ),
        shared(
            "table",
            &["imported-table"],
            "Whether a table may be imported.",
        ),
        shared(
            "globals",
            &["imported-mutable-global"],
            "Whether mutable globals may be imported.",
        ),
    ],
);

/// Values of a built-in configuration.
pub static CONFIG_VALUE: Key = Key::new(
    "<name>",
    Shape::ANY_TEXT,
    Same,
    Both(&["inline-secret"]),
    "denied",
    "The text that the guest gets for this name.",
);

/// The free names of `provider.values`.
pub const CONFIG: Shape = Shape::MapOf(Names::Config, &CONFIG_VALUE);
