//! The text format: encoded by the `wat` crate, its errors with their place.

use super::Malformed;
use super::limit::{MAX_REASON, MAX_TEXT, cut, exceeded};

/// Encodes a text that may be no text at all.
pub(super) fn encode(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    if bytes.len() > MAX_TEXT {
        return Err(exceeded("bytes of text", MAX_TEXT, 0));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| Malformed {
        offset: error.valid_up_to(),
        reason: "the text is not UTF-8".to_owned(),
    })?;
    wat::parse_str(text).map_err(|error| place(text, &error.to_string()))
}

/// Encodes a module's text; the error names the place.
pub fn encode_text(text: &str) -> Result<Vec<u8>, String> {
    encode(text.as_bytes()).map_err(|fault| fault.reason)
}

/// The parser's message is followed by ` --> <anon>:line:column` and an excerpt.
fn place(text: &str, message: &str) -> Malformed {
    let mut lines = message.lines();
    let first = lines.next().unwrap_or_default();
    let position = lines
        .find_map(|line| line.trim_start().strip_prefix("--> "))
        .and_then(position);
    let Some((line, column)) = position else {
        let reason = cut(first, MAX_REASON).to_owned();
        return Malformed { offset: 0, reason };
    };
    let before: usize = text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum();
    Malformed {
        offset: (before + column - 1).min(text.len()),
        reason: format!("line {line}, column {column}: {}", cut(first, MAX_REASON)),
    }
}

fn position(arrow: &str) -> Option<(usize, usize)> {
    let mut parts = arrow.rsplit(':');
    let column = parts.next()?.trim().parse().ok().filter(|n| *n > 0)?;
    let line = parts.next()?.parse().ok().filter(|n| *n > 0)?;
    Some((line, column))
}
