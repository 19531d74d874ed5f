//! OpenSSH's lists of patterns: `*` and `?`, several parted by commas, and `!` before one that excludes.

/// Whether a list has a pattern that matches and none that excludes.
pub fn matches_list(text: &str, list: &str) -> bool {
    let mut found = false;
    for pattern in list.split(',') {
        match pattern.strip_prefix('!') {
            Some(pattern) if matches(text, pattern) => return false,
            Some(_) => {}
            None => found |= matches(text, pattern),
        }
    }
    found
}

/// Whether a pattern matches the whole of a text. A `*` goes back at most to itself, so that no pattern takes long.
fn matches(text: &str, pattern: &str) -> bool {
    let (text, pattern) = (text.as_bytes(), pattern.as_bytes());
    let (mut at, mut next) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(next) {
            Some(b'*') => {
                star = Some((at, next));
                next += 1;
            }
            Some(byte) if *byte == b'?' || Some(byte) == text.get(at) => {
                at += 1;
                next += 1;
            }
            _ => {
                let Some((from, stood)) = star else {
                    return false;
                };
                star = Some((from + 1, stood));
                at = from + 1;
                next = stood + 1;
            }
        }
    }
    let rest = pattern.get(next..).unwrap_or_default();
    rest.iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_match_as_openssh_has_them() {
        for (text, list) in [
            ("ana@example.com", "ana@example.com"),
            ("ana@example.com", "*@example.com"),
            ("ana@example.com", "bob,a?a@*"),
            ("ringfence", "git,ring*"),
            ("ab", "*b*"),
            ("", "*"),
        ] {
            assert!(matches_list(text, list), "{text} {list}");
        }
        for (text, list) in [
            ("ana@example.com", "Ana@example.com"),
            ("ana@example.com", "*@example.com,!ana@*"),
            ("ana@example.com", "!bob@*"),
            ("ana", "an"),
            ("ana", "anaa"),
            ("ana", ""),
            ("ana", "?"),
        ] {
            assert!(!matches_list(text, list), "{text} {list}");
        }
    }

    #[test]
    fn no_pattern_takes_long() {
        let (text, pattern) = ("a".repeat(10_000), "*a".repeat(1000) + "b");
        assert!(!matches_list(&text, &pattern));
    }
}
