//! Texts that are kept as written: names that must be known, paths, endpoints.

use crate::source::did_you_mean;
use crate::wasm::PROPOSALS;

use super::keys::Shape;
use super::scalar::{Wrong, shown, wrong};
use super::vocabulary::Vocabulary;
use super::{moment, quantity};

/// The longest path, endpoint or name that is meant for a machine, in bytes.
const MAX_WORD: usize = 4096;

/// Checks a text of these shapes.
pub fn check(shape: &Shape, text: &str, known: &Vocabulary<'_>) -> Result<(), Wrong> {
    match shape {
        Shape::Text { empty } if *empty || !text.is_empty() => Ok(()),
        Shape::Text { .. } => Err(wrong(
            "empty-text",
            "an empty text".to_owned(),
            "write something, or leave the key out",
        )),
        Shape::Time => need(
            moment::is_time(text),
            "bad-time",
            text,
            "a time",
            "write it like 2026-01-01T00:00:00Z",
        ),
        Shape::Variable => need(
            is_variable(text),
            "bad-name",
            text,
            "the name of a variable",
            "a name is not empty and has no `=` in it",
        ),
        Shape::RuleId => rule(text, known),
        Shape::Digest => need(
            is_digest(text),
            "bad-digest",
            text,
            "a SHA-256",
            "write 64 digits of 0 to 9 and a to f in quotes, as `ringfence inspect` prints them",
        ),
        Shape::Capability => name(
            known.is_capability(text),
            "capability",
            text,
            known.capabilities,
        ),
        Shape::Function => name(
            known.is_function(text),
            "WASI function",
            text,
            known.functions,
        ),
        Shape::CapabilityOrFunction => {
            let all: Vec<&str> = [known.capabilities, known.functions].concat();
            let found = known.is_capability(text) || known.is_function(text);
            name(found, "capability or WASI function", text, &all)
        }
        Shape::Proposal => name(PROPOSALS.contains(&text), "proposal", text, PROPOSALS),
        Shape::HostPath => need(
            is_host_path(text),
            "bad-path",
            text,
            "a path",
            "a path is not empty, at most 4096 bytes, and has no NUL in it",
        ),
        Shape::Endpoint => need(
            is_endpoint(text),
            "bad-endpoint",
            text,
            "`host:port`",
            "write it like api.example.com:443; `*` stands for any port",
        ),
        Shape::Base => Ok(()),
        _ => Err(wrong(
            "wrong-type",
            format!("`{}` is one value", shown(text)),
            "write a list or a map",
        )),
    }
}

fn need(holds: bool, code: &'static str, text: &str, what: &str, help: &str) -> Result<(), Wrong> {
    if holds {
        return Ok(());
    }
    Err(wrong(
        code,
        format!("`{}` is not {what}", shown(text)),
        help,
    ))
}

fn is_digest(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn name(found: bool, what: &str, text: &str, all: &[&str]) -> Result<(), Wrong> {
    if found {
        return Ok(());
    }
    Err(Wrong {
        code: "unknown-name",
        message: format!("no {what} is called `{}`", shown(text)),
        help: did_you_mean(text, all.iter().copied()).or_else(|| Some(listed(what))),
    })
}

/// Where all names of a sort are to be seen.
fn listed(what: &str) -> String {
    match what {
        "rule" => "`ringfence rules list` names the rules".to_owned(),
        _ => "`ringfence inspect MODULE` names what a module uses, `ringfence policy schema` all that there is"
            .to_owned(),
    }
}

/// A rule's id, and a known one where the rules are known.
pub fn rule(text: &str, known: &Vocabulary<'_>) -> Result<(), Wrong> {
    need(
        is_rule_id(text),
        "bad-name",
        text,
        "a rule's id",
        "ids are lower-case words joined by `-`, such as no-deadline",
    )?;
    match known.rules {
        Some(rules) => name(rules.contains(&text), "rule", text, rules),
        None => Ok(()),
    }
}

fn is_rule_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Whether it can name a parameter of a rule.
pub fn is_parameter(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Whether it can name an environment variable.
pub fn is_variable(text: &str) -> bool {
    (1..=MAX_WORD).contains(&text.len()) && !text.contains(['=', '\0'])
}

fn is_host_path(text: &str) -> bool {
    (1..=MAX_WORD).contains(&text.len()) && !text.contains('\0')
}

/// `host:port`, or `*` for every host and port.
fn is_endpoint(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else {
        return text == "*";
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_*:/[]".contains(&byte);
    let any = port == "*" || quantity::count(port).is_ok_and(|port| (1..=65_535).contains(&port));
    (1..=255).contains(&host.len()) && host.bytes().all(plain) && any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_have_a_port() {
        for text in [
            "api.example.com:443",
            "*:*",
            "*",
            "*.x.org:80",
            "10.0.0.0/8:443",
            "[::1]:80",
        ] {
            assert!(is_endpoint(text), "{text}");
        }
        for text in [
            "api.example.com",
            ":80",
            "x:0",
            "x:65536",
            "a b:80",
            "http://x",
            "",
        ] {
            assert!(!is_endpoint(text), "{text}");
        }
    }
}
