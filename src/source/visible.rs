//! Text that somebody else wrote, made fit for one line of a terminal: reports and logs both print such text.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::credential::redact;
use super::node::Node;
use super::span::SourceId;
use super::yaml::parse;

/// Whether a character moves the cursor, reorders what stands around it, or shows nothing at all.
pub fn deceives(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{13430}'..='\u{13455}'
            | '\u{16fe4}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether there is a letter or a digit in a text for a person to read.
pub fn says_something(text: &str) -> bool {
    text.chars()
        .any(|char| char.is_alphanumeric() && !deceives(char))
}

/// One line on a terminal: credentials are redacted, what deceives is spelled out, `##` cannot open a log command, and the tail is cut.
pub fn line(text: &str, max: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(max));
    let mut before = ' ';
    for (count, char) in redact(text).chars().enumerate() {
        if count == max {
            shown.push('…');
            break;
        }
        push_visible(char, before, &mut shown);
        before = char;
    }
    shown
}

fn push_visible(char: char, before: char, shown: &mut String) {
    match char {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        '#' if before == '#' => shown.push_str("\\x23"),
        char if deceives(char) => {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(char));
        }
        char => shown.push(char),
    }
}

/// A value of YAML, in a list too: plain where that reads back as the same text, else in double quotes. Nothing in it deceives, no
/// `##` opens a log command, and what looks like a comment is none.
pub fn yaml(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            char if deceives(char) => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(char));
            }
            char => quoted.push(char),
        }
    }
    quoted.push('"');
    Cow::Owned(quoted.replace("##", "#\\x23"))
}

fn is_plain(text: &str) -> bool {
    let word = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '/' | '.');
    // Most values are words, and need no parser to be told so.
    if text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.chars().all(word) {
        return !text.eq_ignore_ascii_case("null");
    }
    if text.contains("##") || text.chars().any(deceives) {
        return false;
    }
    let reads =
        |node: Option<&Node>| node.is_some_and(|node| !node.is_null() && node.text() == Some(text));
    let Ok(both) = parse(&format!("value: {text}\nlist: [{text}]"), SourceId(0)) else {
        return false;
    };
    let items = both.get("list").and_then(Node::list);
    reads(both.get("value")) && matches!(items, Some([one]) if reads(Some(one)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reads_back(text: &str) {
        let shown = yaml(text);
        let bad = shown.chars().any(deceives) || shown.contains("##");
        assert!(!bad, "{shown}");
        for line in [
            format!("k: {shown}  # x.yaml:1"),
            format!("k: [{shown}, a]"),
        ] {
            let root = parse(&line, SourceId(0)).unwrap();
            let node = root.get("k").unwrap();
            let node = node.list().map_or(node, |list| &list[0]);
            assert!(!node.is_null() && node.text() == Some(text), "{line}");
        }
    }

    #[test]
    fn values_of_yaml_read_back() {
        for plain in ["fd_read", "/data/x", "--flag", "é", "a#b", "true", "1.5"] {
            assert_eq!(yaml(plain), plain);
        }
        for text in [
            "",
            "null",
            "~",
            "[]",
            "*",
            "a, b",
            "a: b",
            "true  # x.yaml:3",
            "#",
            "\\##[x]\"##vso[y]",
            " a",
            "a\n",
            "a\u{e0041}\u{ad}\u{3164}\u{34f}\u{fe0f}\u{180e}b",
            "\u{fffe}",
            "'a",
            "-",
            "?",
        ] {
            assert!(yaml(text).starts_with('"'), "{text:?}");
            reads_back(text);
        }
    }

    proptest! {
        #[test]
        fn every_value_of_yaml_reads_back(text in "(\\PC|[ #:,\\[\\]{}\"'~*&!|>%@`?-]){0,8}|.{0,12}") {
            reads_back(&text);
        }
    }

    #[test]
    fn what_nobody_can_read_says_nothing() {
        for text in [
            "",
            " \t",
            "\u{200b}",
            "\u{3164} \u{2800}\u{ad}",
            "\u{1b}",
            "\u{301}",
            "\u{13430}",
            "\u{16fe4}\u{1d159}",
            "\u{fdd0}\u{e000}\u{fffc}",
            "...",
        ] {
            assert!(!says_something(text), "{text:?}");
        }
        assert!(says_something("é") && says_something("\u{200b}reviewed"));
    }

    #[test]
    fn nothing_acts_and_nothing_hides() {
        let shown = line("a\u{1b}[31m\u{202e}\u{200b}\r\n##[x]", 100);
        assert_eq!(shown, "a\\u{1b}[31m\\u{202e}\\u{200b}\\r\\n#\\x23[x]");
        assert!(!shown.chars().any(deceives));
        assert_eq!(line("ééé", 2), "éé…");
    }
}
