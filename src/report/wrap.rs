//! Markdown prose laid out for a terminal: paragraphs and list items wrapped, code blocks left alone.

use std::fmt::Write as _;

use super::escape;

/// Wraps `text` to `width` columns.
pub fn markdown(text: &str, width: usize) -> String {
    let mut shown = String::new();
    let mut paragraph = String::new();
    let mut fenced = false;
    for raw in text.trim_end().lines() {
        let line = escape::line(raw, escape::MAX_TEXT);
        let fence = line.trim_start().starts_with("```");
        let starts = line.trim().is_empty() || fence || fenced || is_item(&line);
        if starts {
            flush(&mut paragraph, width, &mut shown);
        }
        if fence {
            fenced = !fenced;
        } else if fenced {
            let _ = writeln!(shown, "    {line}");
        } else if line.trim().is_empty() {
            shown.push('\n');
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line.trim_end());
        }
    }
    flush(&mut paragraph, width, &mut shown);
    shown
}

fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    let number = line.trim_start_matches(|char: char| char.is_ascii_digit());
    line.starts_with("- ") || line.starts_with("* ") || (number != line && number.starts_with(". "))
}

/// Writes a paragraph; the further lines of a list item stand below its text.
fn flush(paragraph: &mut String, width: usize, shown: &mut String) {
    let indent = if is_item(paragraph) { "  " } else { "" };
    let mut column = 0;
    for word in paragraph.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            shown.push('\n');
            shown.push_str(indent);
            column = indent.len();
        } else if column > 0 {
            shown.push(' ');
            column += 1;
        }
        shown.push_str(word);
        column += length;
    }
    if column > 0 {
        shown.push('\n');
    }
    paragraph.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_wrapped_and_code_is_not() {
        let text = "one two three\nfour\n\n- five six seven eight\n- nine\n\n```yaml\na: {b: c, d: e, f: g}\n```\nend\u{1b}\n";
        assert_eq!(
            markdown(text, 15),
            "one two three\nfour\n\n- five six\n  seven eight\n- nine\n\n    a: {b: c, d: e, f: g}\nend\\u{1b}\n"
        );
    }
}
