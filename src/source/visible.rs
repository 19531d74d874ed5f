//! Text that somebody else wrote, made fit for one line of a terminal: reports and logs both print such text.

use std::fmt::Write as _;

use super::credential::redact;

/// Whether a character moves the cursor, reorders what stands around it, or shows nothing at all.
pub fn deceives(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_and_nothing_hides() {
        let shown = line("a\u{1b}[31m\u{202e}\u{200b}\r\n##[x]", 100);
        assert_eq!(shown, "a\\u{1b}[31m\\u{202e}\\u{200b}\\r\\n#\\x23[x]");
        assert!(!shown.chars().any(deceives));
        assert_eq!(line("ééé", 2), "éé…");
    }
}
