//! Texts in the module's data that reviewers want to see.

use std::collections::BTreeMap;

use crate::audit::context::Audit;
use crate::audit::fact::{Element, fact};
use crate::wasm::{self, LiteralKind};

fact! { "literal" / "A text found in data or custom sections." struct Literal {
    kind: String = "credential, url or build-path.",
    text: String = "The text; a credential is redacted.",
    detail: String = "A credential's pattern, or a URL's host.",
    place: String = "Where it is: `data segment 3`, `custom section name`.",
    covered: bool = "For a URL: whether a network grant or a guard covers its host.",
} }

/// The literals by offset, each URL and path once. Credentials that look alike are counted in their subjects, so that a
/// waiver covers one of them and not its twins.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    let literals = audit.module.literals.iter();
    literals
        .filter_map(|literal| {
            let subject = subject(literal, &mut seen)?;
            let fact = Literal {
                kind: kind_name(literal.kind).to_owned(),
                text: literal.text.clone(),
                detail: literal.detail.clone(),
                place: literal.place.clone(),
                covered: literal.kind == LiteralKind::Url
                    && super::network::covers(&audit.ground, &literal.detail),
            };
            Some(Element::new(subject, fact).at_offset(literal.offset))
        })
        .collect()
}

/// `None` for a URL or path that was there before.
fn subject(literal: &wasm::Literal, seen: &mut BTreeMap<String, u64>) -> Option<String> {
    let kind = kind_name(literal.kind);
    let credential = literal.kind == LiteralKind::Credential;
    let subject = if credential {
        format!("{kind} {} in {}", literal.text, literal.place)
    } else {
        format!("{kind} {}", literal.text)
    };
    let count = seen.entry(subject.clone()).or_default();
    *count += 1;
    match count {
        1 => Some(subject),
        _ => credential.then(|| format!("{subject} ({count})")),
    }
}

fn kind_name(kind: LiteralKind) -> &'static str {
    match kind {
        LiteralKind::Credential => "credential",
        LiteralKind::Url => "url",
        LiteralKind::BuildPath => "build-path",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_counted_and_urls_are_said_once() {
        let literal = |kind, text: &str| wasm::Literal {
            kind,
            text: text.to_owned(),
            detail: String::new(),
            place: "data segment 0".to_owned(),
            offset: 0,
        };
        let key = literal(LiteralKind::Credential, "AKIA…");
        let url = literal(LiteralKind::Url, "https://a.example");
        let mut seen = BTreeMap::new();
        let said: Vec<Option<String>> = [&key, &url, &key, &url]
            .into_iter()
            .map(|literal| subject(literal, &mut seen))
            .collect();
        let expected = [
            Some("credential AKIA… in data segment 0"),
            Some("url https://a.example"),
            Some("credential AKIA… in data segment 0 (2)"),
            None,
        ];
        assert_eq!(said, expected.map(|subject| subject.map(str::to_owned)));
    }
}
