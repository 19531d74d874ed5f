//! Texts in the module's data that reviewers want to see.

use std::collections::BTreeMap;

use crate::audit::context::Audit;
use crate::audit::fact::{Element, fact};
use crate::wasm::LiteralKind;

fact! { "literal" / "A text found in data or custom sections." struct Literal {
    kind: String = "credential, url or build-path.",
    text: String = "The text; a credential is redacted.",
    detail: String = "A credential's pattern, or a URL's host.",
    place: String = "Where it is: `data segment 3`, `custom section name`.",
    covered: bool = "For a URL: whether a network grant or a guard covers its host.",
} }

/// The literals by offset. A subject counts those that look alike, so that a waiver covers one credential and not its twins.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    let literals = audit.module.literals.iter();
    literals
        .map(|literal| {
            let kind = kind_name(literal.kind);
            let fact = Literal {
                kind: kind.to_owned(),
                text: literal.text.clone(),
                detail: literal.detail.clone(),
                place: literal.place.clone(),
                covered: literal.kind == LiteralKind::Url
                    && super::network::covers(&audit.ground, &literal.detail),
            };
            let subject = match literal.kind {
                LiteralKind::Credential => {
                    format!("{kind} {} in {}", literal.text, literal.place)
                }
                LiteralKind::Url | LiteralKind::BuildPath => format!("{kind} {}", literal.text),
            };
            Element::new(numbered(subject, &mut seen), fact).at_offset(literal.offset)
        })
        .collect()
}

fn kind_name(kind: LiteralKind) -> &'static str {
    match kind {
        LiteralKind::Credential => "credential",
        LiteralKind::Url => "url",
        LiteralKind::BuildPath => "build-path",
    }
}

fn numbered(subject: String, seen: &mut BTreeMap<String, u64>) -> String {
    let count = seen.entry(subject.clone()).or_default();
    *count += 1;
    match count {
        1 => subject,
        _ => format!("{subject} ({count})"),
    }
}
