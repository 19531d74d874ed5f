//! Credentials in the lines of a policy that an excerpt shows. The model's own texts are redacted as they are escaped; these
//! lines are masked byte for byte, so that spans stay right.

use crate::source::credential;

/// The line with what looks like a credential masked by `*`; its length in bytes stays the same.
pub fn line(line: &str) -> String {
    let values = masked(line);
    let line = values.as_str();
    let mut shown = String::with_capacity(line.len());
    let mut before = Before::default();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let length = rest
            .find(|char| is_token(char) != is_token(first))
            .unwrap_or(rest.len());
        let (part, tail) = rest.split_at(length);
        if is_token(first) {
            let login = before.gap == ":" && tail.starts_with('@');
            if login || before.secret {
                shown.extend(
                    part.chars()
                        .flat_map(|char| std::iter::repeat_n('*', char.len_utf8())),
                );
            } else {
                shown.push_str(part);
            }
            before.secret |= is_key(tail) && credential::is_name(part);
        } else {
            shown.push_str(part);
            before.gap(part);
        }
        rest = tail;
    }
    shown
}

/// What has been seen of the line.
#[derive(Default)]
struct Before<'l> {
    /// The last characters between two tokens.
    gap: &'l str,
    /// Whether a key has been read that names a secret, and its value has not ended.
    secret: bool,
    /// Whether a quote is open.
    quote: Option<char>,
}

impl<'l> Before<'l> {
    fn gap(&mut self, gap: &'l str) {
        self.gap = gap;
        for char in gap.chars() {
            match (char, self.quote) {
                ('"' | '\'', None) => self.quote = Some(char),
                (char, Some(open)) if char == open => self.quote = None,
                (',' | '{' | '}' | '[' | ']', None) => self.secret = false,
                _ => {}
            }
        }
    }
}

fn is_token(char: char) -> bool {
    char.is_alphanumeric() || "_-.+=/~$!%".contains(char)
}

/// Whether what follows a token makes it a key: `: value`, `": value`, `":"value"`.
fn is_key(tail: &str) -> bool {
    let unquoted = tail.trim_start_matches(['"', '\'']);
    let quoted = unquoted.len() < tail.len();
    let value = unquoted.trim_start().strip_prefix(':');
    value.is_some_and(|value| quoted || value.is_empty() || value.starts_with(' '))
}

/// The line with every credential's secret part masked.
fn masked(line: &str) -> String {
    let mut bytes = line.as_bytes().to_vec();
    for found in credential::find(line.as_bytes()) {
        let secret = found.range.start.saturating_add(found.prefix)..found.range.end;
        bytes
            .get_mut(secret)
            .into_iter()
            .flatten()
            .for_each(|byte| *byte = b'*');
    }
    String::from_utf8(bytes).unwrap_or_else(|_| "*".repeat(line.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_masked_and_the_rest_is_not() {
        let hidden = [
            "  set: {API_TOKEN: hunter2, MODE: production}",
            "  DB_PASSWORD: \"cor rect-horse\"",
            "  - AKIAIOSFODNN7EXAMPLE",
            "  key: ghp_0123456789abcdefghijABCDEFGHIJ012345",
            "  {\"token\":\"a, b\", x: y}",
            "  url: https://bob:hunter2@example.com/",
        ]
        .map(line);
        assert_eq!(
            hidden,
            [
                "  set: {API_TOKEN: *******, MODE: production}",
                "  DB_PASSWORD: \"*** **********\"",
                "  - AKIA****************",
                "  key: ghp_************************************",
                "  {\"token\":\"*, *\", x: y}",
                "  url: https://bob:*******@example.com/",
            ]
        );
        for plain in [
            "  host: ./plugin-data/sub.dir",
            "- {name: path, role: path, ptr: 0}",
            "  pass: [LANG, API_TOKEN]",
            "deadline: 2s",
            "  allow: [wasi_snapshot_preview1_path_filestat_get]",
        ] {
            assert_eq!(line(plain), plain);
        }
    }

    proptest::proptest! {
        #[test]
        fn spans_stay_right(text in "\\PC*") {
            proptest::prop_assert_eq!(line(&text).len(), text.len());
        }
    }
}
