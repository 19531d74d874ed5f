//! Texts in quotes, everything but printable ASCII by its number: nothing in a file of ours looks like something else, or acts
//! on a terminal.

use std::fmt::Write as _;

/// A text of YAML, in double quotes; no `##` in it, which could open a command in a job's log.
pub fn yaml(text: &str) -> String {
    let quoted = quoted(text, |char, quoted| {
        let _ = write!(quoted, "\\U{:08X}", u32::from(char));
    });
    quoted.replace("##", "#\\x23")
}

/// A text of JSON, in its quotes.
pub fn json(text: &str) -> String {
    quoted(text, units)
}

/// A JSON document that says the same in ASCII; lines stay lines.
pub fn json_document(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for char in json.chars() {
        match char {
            ' '..='~' | '\n' => shown.push(char),
            char => units(char, &mut shown),
        }
    }
    shown
}

fn quoted(text: &str, number: impl Fn(char, &mut String)) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            ' '..='~' => quoted.push(char),
            char => number(char, &mut quoted),
        }
    }
    quoted.push('"');
    quoted
}

/// `\uXXXX`, a unit of UTF-16 each.
fn units(char: char, shown: &mut String) {
    for unit in char.encode_utf16(&mut [0; 2]) {
        let _ = write!(shown, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &str = "a\"\\\n\u{7f}\u{1b}\u{202e}é😀";

    #[test]
    fn what_is_quoted_reads_back() {
        for text in [NASTY, "", "plain", "{\"a\": [1]}", "\\##[x]###vso[y]"] {
            let quoted = json(text);
            assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text);
            assert!(quoted.bytes().all(|byte| matches!(byte, b' '..=b'~')));
            let quoted = yaml(text);
            let node = super::super::parse(&quoted, super::super::SourceId(0)).unwrap();
            assert_eq!(node.text().unwrap_or_default(), text);
            assert!(quoted.bytes().all(|byte| matches!(byte, b' '..=b'~')));
            assert!(!quoted.contains("##"));
        }
    }

    #[test]
    fn a_document_keeps_its_lines_and_its_value() {
        let value = serde_json::json!({"k": [NASTY, 1, null]});
        let shown = json_document(&serde_json::to_string_pretty(&value).unwrap());
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            value
        );
        assert!(
            shown
                .bytes()
                .all(|byte| matches!(byte, b' '..=b'~' | b'\n'))
        );
        assert!(shown.lines().count() > 3);
    }
}
