//! `imports`: the privilege model. What it does not list may not be imported.

use super::Enforcer::{Both, Parts, Rules, Runner};
use super::Merge::{Fixed, Intersect, Known, Narrower, Replace, Same, Union};
use super::argument::ARGUMENT;
use super::{Constraint, Cover, Key, Names, Record, Shape, provider};
use crate::policy::tree::{Item, Map, Value};
use crate::source::{Mistake, Span};

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
            Fixed(None),
            Both(&["exfiltration-pair"]),
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
        Rules(rules),
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
            "Whether a memory may be imported; the runner gives none in any case.",
        ),
        shared(
            "table",
            &["imported-table"],
            "Whether a table may be imported; the runner gives none in any case.",
        ),
        shared(
            "globals",
            &["imported-mutable-global"],
            "Whether mutable globals, and globals that hold references, may be imported; the runner gives none in any case.",
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
