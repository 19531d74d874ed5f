//! Texts in the module's data that reviewers want to see.

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

/// The literals by offset.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let literals = audit.module.literals.iter();
    literals
        .map(|literal| {
            let kind = match literal.kind {
                LiteralKind::Credential => "credential",
                LiteralKind::Url => "url",
                LiteralKind::BuildPath => "build-path",
            };
            let fact = Literal {
                kind: kind.to_owned(),
                text: literal.text.clone(),
                detail: literal.detail.clone(),
                place: literal.place.clone(),
                covered: literal.kind == LiteralKind::Url
                    && super::network::covers(&audit.ground, &literal.detail),
            };
            Element::new(format!("{kind} {}", literal.text), fact).at_offset(literal.offset)
        })
        .collect()
}
