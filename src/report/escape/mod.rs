//! Attacker's text made harmless, one function a format. Everything that a report prints and did not write itself goes
//! through here; `json` is applied by [`super::json`] to every string of both JSON formats.

use std::fmt::Write as _;

use crate::source::credential::redact;
pub use crate::source::visible::{deceives, line};

/// Characters of a message or help text that formats for people show.
pub const MAX_TEXT: usize = 1000;
/// Characters of a name that formats for people show.
pub const MAX_NAME: usize = 120;
/// Bytes of a path that become a URI.
pub const MAX_PATH: usize = 4096;
/// Bytes of one string that formats for machines show.
pub const MAX_EXACT: usize = 16 << 10;

/// A message in text.
pub fn text(text: &str) -> String {
    line(text, MAX_TEXT)
}

/// A name or path in text.
pub fn name(text: &str) -> String {
    line(text, MAX_NAME)
}

/// A text of several lines, each escaped.
pub fn lines(text: &str) -> String {
    let shown: Vec<String> = text.trim_end().lines().map(self::text).collect();
    shown.join("\n")
}

/// A finished block of text: no line of it may be taken for a GitHub workflow command when it stands in a job's log.
pub fn log_lines(block: &str) -> String {
    let mut safe = String::with_capacity(block.len());
    for line in block.split_inclusive('\n') {
        let inner = after_colours(line);
        if inner.starts_with("::") {
            let indent = line.len() - inner.len();
            safe.push_str(line.get(..indent).unwrap_or_default());
            safe.push_str("\\x3a");
            safe.push_str(inner.get(1..).unwrap_or_default());
        } else {
            safe.push_str(line);
        }
    }
    safe
}

/// What follows a line's blanks and colour codes.
fn after_colours(line: &str) -> &str {
    let mut rest = line.trim_start();
    while let Some((_, tail)) = rest
        .strip_prefix("\u{1b}[")
        .and_then(|code| code.split_once('m'))
    {
        rest = tail.trim_start();
    }
    rest
}

/// A part of a JSON string: the value stays the same but for credentials, and nothing in it acts on a terminal or a job's log.
pub fn json(fragment: &str) -> String {
    let mut shown = String::with_capacity(fragment.len());
    let mut before = ' ';
    for char in redact(fragment).chars() {
        if deceives(char) || (char == '#' && before == '#') {
            for unit in char.encode_utf16(&mut [0; 2]) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(char);
        }
        before = char;
    }
    shown
}

/// A SARIF message: no link to a location, no placeholder.
pub fn sarif(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' | '[' | ']' => shown.extend(['\\', char]),
            '{' | '}' => shown.extend([char, char]),
            char => shown.push(char),
        }
    }
    shown
}

/// Text in an XML element or a quoted attribute: no markup, and no character that XML does not allow.
pub fn xml(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in self::text(text).chars() {
        match char {
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&apos;"),
            char => shown.push(char),
        }
    }
    shown
}

/// The message of a GitHub workflow command.
pub fn github(text: &str) -> String {
    percent(&self::text(text), "%\r\n")
}

/// Several lines as the message of a GitHub workflow command.
pub fn github_lines(text: &str) -> String {
    percent(&lines(text), "%\r\n")
}

/// A property of a GitHub workflow command.
pub fn github_property(text: &str) -> String {
    percent(&self::text(text), "%\r\n:,")
}

fn percent(text: &str, special: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        if special.contains(char) {
            let _ = write!(shown, "%{:02X}", u32::from(char));
        } else {
            shown.push(char);
        }
    }
    shown
}

/// Inline text in GitHub's markdown, also within a table. `code` may be shown as such where the text has backticks.
pub fn markdown(text: &str, max: usize) -> String {
    let mut shown = String::new();
    let mut code = false;
    for part in line(text, max).split_inclusive('`') {
        for char in part.chars() {
            if char == '`' {
                shown.push_str(if code { "</code>" } else { "<code>" });
                code = !code;
            } else {
                push_markdown(char, &mut shown);
            }
        }
    }
    if code {
        shown.push_str("</code>");
    }
    shown
}

/// A name as code in GitHub's markdown.
pub fn markdown_code(name: &str) -> String {
    let plain = self::name(name).replace('`', "'");
    let mut shown = String::from("<code>");
    for char in plain.chars() {
        push_markdown(char, &mut shown);
    }
    shown.push_str("</code>");
    shown
}

/// An entity is never markup; the empty comment also parts what GitHub would link after decoding: mentions, issue
/// numbers and addresses.
fn push_markdown(char: char, shown: &mut String) {
    match char {
        '@' | '#' | ':' => {
            let _ = write!(shown, "&#{};<!-- -->", u32::from(char));
        }
        '.' if ends_with_www(shown) => shown.push_str("<!-- -->."),
        ' ' | '.' | ',' | ';' | '/' | '-' | '(' | ')' | '=' | '+' | '?' | '%' | '\'' => {
            shown.push(char);
        }
        char if char.is_ascii_punctuation() => {
            let _ = write!(shown, "&#{};", u32::from(char));
        }
        char => shown.push(char),
    }
}

fn ends_with_www(shown: &str) -> bool {
    let bytes = shown.as_bytes();
    bytes
        .get(bytes.len().saturating_sub(3)..)
        .is_some_and(|tail| tail.eq_ignore_ascii_case(b"www"))
}

/// A path as a URI reference: `-` is `stdin`, backslashes are slashes, everything but unreserved characters is encoded.
pub fn uri(path: &str) -> String {
    if path == "-" {
        return "stdin".to_owned();
    }
    let path = path.replace('\\', "/");
    let mut shown = String::with_capacity(path.len());
    for byte in path.bytes().take(MAX_PATH) {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            shown.push(char::from(byte));
        } else {
            let _ = write!(shown, "%{byte:02X}");
        }
    }
    shown
}

#[cfg(test)]
mod tests;
