//! The scalars and lists of a file of the taxonomy: texts, names of a closed vocabulary, sets of capabilities, arguments.

use super::capabilities::{CAPABILITIES, Capabilities};
use super::entry::{ArgHint, Place};
use crate::source::{Entry, Fields, Mistake, Node, Span, Text, Value, did_you_mean};

/// Any text.
pub(super) fn text(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Text> {
    match &node.value {
        Value::Scalar { text, .. } if !node.is_null() => Some(text.clone()),
        _ => {
            mistakes.push(wrong_type("text", node));
            None
        }
    }
}

/// The elements of a list.
pub(super) fn list<'n>(node: &'n Node, mistakes: &mut Vec<Mistake>) -> &'n [Node] {
    node.list().unwrap_or_else(|| {
        mistakes.push(wrong_type("a list", node));
        &[]
    })
}

/// A mistake of type.
pub(super) fn wrong_type(expected: &str, node: &Node) -> Mistake {
    let message = format!("expected {expected}, this is {}", node.describe());
    Mistake::new("wrong-type", message, node.span)
}

/// A name that is not in its vocabulary.
pub(super) fn unknown<'k>(
    what: &str,
    name: &str,
    span: Span,
    known: impl IntoIterator<Item = &'k str>,
) -> Mistake {
    let mistake = Mistake::new("unknown-name", format!("there is no {what} `{name}`"), span);
    match did_you_mean(name, known) {
        Some(help) => mistake.help(help),
        None => mistake,
    }
}

/// `true` or `false`; `false` for what is neither.
pub(super) fn flag(node: &Node, mistakes: &mut Vec<Mistake>) -> bool {
    node.flag().unwrap_or_else(|| {
        mistakes.push(wrong_type("true or false", node));
        false
    })
}

/// A key that is none of those that are known there.
pub(super) fn unknown_key(what: &str, field: &Entry, known: &[&str]) -> Mistake {
    let message = format!("{what} has no key `{}`", field.key);
    let mistake = Mistake::new("unknown-key", message, field.key_span);
    match did_you_mean(&field.key, known.iter().copied()) {
        Some(help) => mistake.help(help),
        None => mistake,
    }
}

/// A list of capabilities in the order of the vocabulary.
pub(super) fn capabilities(node: &Node, mistakes: &mut Vec<Mistake>) -> Capabilities {
    let mut all = Capabilities::default();
    for item in list(node, mistakes) {
        let Some(name) = item.text() else {
            mistakes.push(wrong_type("a capability", item));
            continue;
        };
        match Capabilities::of(name) {
            None => mistakes.push(unknown(
                "capability",
                name,
                item.span,
                CAPABILITIES.iter().map(|(name, _)| *name),
            )),
            Some(one) if all.is_empty() || all.precedes(one) => all = all.with(one),
            Some(_) => mistakes.push(
                Mistake::new(
                    "unsorted",
                    format!("`{name}` stands out of order"),
                    item.span,
                )
                .help("keep the order of the vocabulary, each capability once"),
            ),
        }
    }
    all
}

/// The arguments of a function with that many parameters, where its signature is known.
pub(super) fn args(
    node: &Node,
    parameters: Option<u32>,
    mistakes: &mut Vec<Mistake>,
) -> Vec<ArgHint> {
    let items = list(node, mistakes);
    items
        .iter()
        .filter_map(|item| arg(item, parameters, mistakes))
        .collect()
}

fn arg(node: &Node, parameters: Option<u32>, mistakes: &mut Vec<Mistake>) -> Option<ArgHint> {
    let before = mistakes.len();
    let mut fields = Fields::open(node, "an argument", mistakes)?;
    let name = fields.take("name");
    let role = fields.need("role", mistakes);
    let numbers = ["ptr", "len", "index"].map(|key| fields.take(key));
    fields.finish(mistakes);
    let name = name.and_then(|node| text(node, mistakes));
    let role = role.and_then(|node| read_role(node, mistakes));
    let numbers = numbers.map(|node| index(node?, parameters, mistakes));
    let hint = role.and_then(|role| hint(name, role, numbers));
    if hint.is_none() && mistakes.len() == before {
        let help =
            "a number has `index`; all else `ptr` and `len`, or `ptr` alone if a zero byte ends it";
        mistakes.push(
            Mistake::new("wrong-argument", "the role is not found there", node.span).help(help),
        );
    }
    hint
}

fn hint(name: Option<Text>, role: &'static str, numbers: [Option<u32>; 3]) -> Option<ArgHint> {
    let place = match numbers {
        [Some(ptr), Some(len), None] => Place::Buffer { ptr, len },
        [Some(ptr), None, None] => Place::Terminated { ptr },
        [None, None, Some(index)] => Place::Number { index },
        _ => return None,
    };
    let number = matches!(place, Place::Number { .. });
    (number == ArgHint::NUMBER_ROLES.contains(&role)).then(|| ArgHint {
        name: name.unwrap_or(Text::Borrowed(role)),
        role,
        place,
    })
}

fn read_role(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<&'static str> {
    let name = text(node, mistakes)?;
    let known = || {
        ArgHint::BUFFER_ROLES
            .iter()
            .chain(ArgHint::NUMBER_ROLES)
            .copied()
    };
    let role = known().find(|role| *role == name);
    if role.is_none() {
        mistakes.push(unknown("role", &name, node.span, known()));
    }
    role
}

fn index(node: &Node, parameters: Option<u32>, mistakes: &mut Vec<Mistake>) -> Option<u32> {
    let index = node.integer().and_then(|index| u32::try_from(index).ok());
    let index = index.filter(|index| parameters.is_none_or(|count| *index < count));
    if index.is_none() {
        let mistake = Mistake::new(
            "wrong-argument",
            "this is no parameter of the function",
            node.span,
        );
        mistakes.push(mistake.help("parameters are counted from 0"));
    }
    index
}
