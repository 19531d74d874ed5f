//! Credentials in the lines of a policy that an excerpt shows. The model's own texts are redacted already; the sources
//! that spans point into cannot be, so each line is masked here, byte for byte, and spans stay right.

/// How the tokens of well-known services start.
const PREFIXES: &[&str] = &[
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxa-",
    "xoxb-",
    "xoxp-",
    "xoxr-",
    "xoxs-",
    "sk-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "pk_live_",
    "AIza",
    "npm_",
    "pypi-",
    "dop_v1_",
    "hvs.",
    "eyJ",
    "SG.",
    "shpat_",
    "whsec_",
];
/// Words in the name of a key whose value is a secret.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "api_key",
    "apikey",
    "api-key",
    "access_key",
    "private_key",
    "credential",
    "authorization",
];
/// Characters of a token that stay readable.
const KEPT: usize = 4;
/// A mixed token this long is taken for a secret whatever it starts with.
const LONG: usize = 32;
/// Letters and digits in a row that are no word.
const RUN: usize = 20;

/// The line with what looks like a credential masked by `*`; its length in bytes stays the same.
pub fn line(line: &str) -> String {
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
            mask(part, login || before.secret, &mut shown);
            before.secret |= is_key(tail) && names_a_secret(part);
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

fn names_a_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    NAMES.iter().any(|word| name.contains(word))
}

fn mask(token: &str, secret: bool, shown: &mut String) {
    if !(secret || looks_secret(token)) {
        shown.push_str(token);
        return;
    }
    let kept = if secret || token.len() < 4 * KEPT {
        0
    } else {
        KEPT
    };
    for (at, char) in token.char_indices() {
        if at < kept {
            shown.push(char);
        } else {
            shown.extend(std::iter::repeat_n('*', char.len_utf8()));
        }
    }
}

fn looks_secret(token: &str) -> bool {
    let known = PREFIXES.iter().any(|prefix| {
        token
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.len() >= 12 && mixed(rest))
    });
    known || (token.len() >= LONG && random(token))
}

/// Whether a long token looks generated: not a path or a dotted name, unless it mixes all kinds of characters.
fn random(token: &str) -> bool {
    let cases = token.bytes().any(|byte| byte.is_ascii_uppercase())
        && token.bytes().any(|byte| byte.is_ascii_lowercase());
    let run = token
        .split(|char: char| !char.is_alphanumeric())
        .map(str::len)
        .max();
    let plain = !token.contains(['/', '.']) && run.is_some_and(|run| run >= RUN);
    mixed(token) && (plain || (cases && !token.starts_with(['/', '.', '~'])))
}

/// Letters and digits both, as generated tokens have and words have not.
fn mixed(token: &str) -> bool {
    token.bytes().any(|byte| byte.is_ascii_digit())
        && token.bytes().any(|byte| byte.is_ascii_alphabetic())
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
            "  x: 0123456789abcdef0123456789abcdef",
            "  {\"token\":\"a, b\", x: y}",
            "  url: https://bob:hunter2@example.com/",
            "  k: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ]
        .map(line);
        assert_eq!(
            hidden,
            [
                "  set: {API_TOKEN: *******, MODE: production}",
                "  DB_PASSWORD: \"*** **********\"",
                "  - AKIA****************",
                "  key: ghp_************************************",
                "  x: 0123****************************",
                "  {\"token\":\"*, *\", x: y}",
                "  url: https://bob:*******@example.com/",
                "  k: wJal************************************",
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
