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

/// The line with what looks like a credential masked by `*`; its length in bytes stays the same.
pub fn line(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut name = "";
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let length = rest
            .find(|char| is_token(char) != is_token(first))
            .unwrap_or(rest.len());
        let (token, tail) = rest.split_at(length);
        if is_token(first) {
            mask(token, names_a_secret(name), &mut shown);
            name = if is_key(tail) { token } else { name };
        } else {
            shown.push_str(token);
            name = if token.contains([',', '{', '}', '[', ']']) {
                ""
            } else {
                name
            };
        }
        rest = tail;
    }
    shown
}

fn is_token(char: char) -> bool {
    char.is_alphanumeric()
        || matches!(
            char,
            '_' | '-' | '.' | '+' | '=' | '/' | '~' | '$' | '!' | '%'
        )
}

/// Whether what follows a token makes it a key: `: value`, `": value`, `= value`.
fn is_key(tail: &str) -> bool {
    tail.trim_start_matches(['"', '\'']).starts_with(": ")
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
    known || (token.len() >= LONG && !token.contains(['/', '.']) && mixed(token))
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
            ]
        );
        for plain in [
            "  host: ./plugin-data/sub.dir",
            "- {name: path, role: path, ptr: 0}",
            "  pass: [LANG, API_TOKEN]",
            "deadline: 2s",
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
