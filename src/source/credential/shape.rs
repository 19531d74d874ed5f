//! The shapes around an anchor: what must stand before and after it for a credential to be there.

use std::ops::Range;
use std::sync::LazyLock;

use super::is_name;

/// The longest token.
const MAX_TOKEN: usize = 2048;
/// The longest private key.
const MAX_PEM: usize = 16 << 10;
/// The longest name of a variable, before and after the anchor.
const MAX_VARIABLE: usize = 40;

fn at(bytes: &[u8], index: usize) -> Option<u8> {
    bytes.get(index).copied()
}

/// How many bytes from `start` on are of a class, at most `max`.
fn forward(bytes: &[u8], start: usize, max: usize, class: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    rest.iter()
        .take(max)
        .take_while(|byte| class(**byte))
        .count()
}

/// How many bytes before `end` are of a class, at most `max`.
fn backward(bytes: &[u8], end: usize, max: usize, class: impl Fn(u8) -> bool) -> usize {
    let before = bytes.get(..end).unwrap_or_default();
    let reversed = before.iter().rev().take(max);
    reversed.take_while(|byte| class(**byte)).count()
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// How many different bytes there are: placeholders have few.
fn distinct(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    let mut first = |byte: &&u8| {
        let slot = seen.get_mut(usize::from(**byte));
        slot.is_some_and(|slot| !std::mem::replace(slot, true))
    };
    bytes.iter().filter(|byte| first(byte)).count()
}

/// A prefix and a run of at least `min` token characters that is no placeholder.
pub(super) fn run(
    bytes: &[u8],
    anchor: &Range<usize>,
    min: usize,
    dashes: bool,
) -> Option<Range<usize>> {
    let class = |byte: u8| byte.is_ascii_alphanumeric() || dashes && is_token(byte);
    // Judged by its start, so that a prefix repeated without end costs little.
    let judged = anchor.end + min.max(24);
    let start = bytes.get(anchor.end..judged.min(bytes.len()))?;
    let long = start.iter().take_while(|byte| class(**byte)).count() >= min;
    let varied = || distinct(start) >= min.min(16) / 2 && start.iter().any(u8::is_ascii_digit);
    let end = || anchor.end + forward(bytes, anchor.end, MAX_TOKEN, class);
    (long && varied()).then(|| anchor.start..end())
}

/// `AKIA` and 16 capitals and digits. What is around does not matter: compilers pack strings without gaps.
pub(super) fn aws_key(bytes: &[u8], anchor: &Range<usize>) -> Option<Range<usize>> {
    let end = anchor.end + 16;
    let id = bytes.get(anchor.end..end)?;
    let fits = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let varied = || id.iter().any(u8::is_ascii_digit) && distinct(id) >= 6;
    (id.iter().all(fits) && varied()).then_some(anchor.start..end)
}

/// A run of exactly 40 base64 characters soon after an access key's id.
pub(super) fn aws_secret(bytes: &[u8], after: usize) -> Option<super::Found> {
    let mut start = after;
    while start < after + 96 {
        let length = forward(bytes, start, 64, is_base64);
        let run = bytes.get(start..start + length)?;
        if length == 40 && distinct(run) >= 16 {
            return Some(super::Found {
                range: start..start + length,
                pattern: "aws-secret-key",
                prefix: 0,
            });
        }
        start += length + 1;
    }
    None
}

/// `-----BEGIN … PRIVATE KEY-----` with base64 after it. A header alone is what every TLS library carries.
pub(super) fn pem(bytes: &[u8], anchor: &Range<usize>) -> Option<Range<usize>> {
    let word = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ';
    let mark = b"-----BEGIN ";
    let words = backward(bytes, anchor.start, 24, word);
    // The run of words ends with the space of `BEGIN `, and takes BEGIN with it.
    let start = (anchor.start - words).checked_sub(5)?;
    bytes.get(start..)?.starts_with(mark).then_some(())?;
    let mut body = anchor.end + forward(bytes, anchor.end, 8, is_break);
    body += headers(bytes, body);
    let is_body = |byte: u8| is_base64(byte) || byte == b'=' || is_break(byte);
    let length = forward(bytes, body, MAX_PEM, is_body);
    let text = bytes.get(body..body + length)?;
    let enough = text.iter().filter(|byte| is_base64(**byte)).count() >= 64;
    (enough && distinct(text) >= 16).then(|| start..body + length)
}

/// Line breaks, also as escapes in source text.
fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | b' ' | b'\t' | b'\\')
}

/// The length of `Proc-Type: 4,ENCRYPTED` and the like.
fn headers(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let head = rest.get(..400.min(rest.len())).unwrap_or_default();
    if !head.starts_with(b"Proc-Type:") && !head.starts_with(b"Version:") {
        return 0;
    }
    memchr::memmem::find(head, b"\n\n")
        .or_else(|| memchr::memmem::find(head, b"\r\n\r\n"))
        .unwrap_or(0)
}

/// Where the run of token characters at an anchor ends.
pub(super) fn token_end(bytes: &[u8], anchor: &Range<usize>) -> usize {
    anchor.start + forward(bytes, anchor.start, MAX_TOKEN, is_token)
}

/// Three base64 parts with dots between, the first two starting as JSON objects do; the first ends at `header`.
pub(super) fn jwt(bytes: &[u8], anchor: &Range<usize>, header: usize) -> Option<Range<usize>> {
    let payload = header + 1;
    (header >= anchor.start + 12 && at(bytes, header) == Some(b'.')).then_some(())?;
    bytes.get(payload..)?.starts_with(b"eyJ").then_some(())?;
    let signature = payload + forward(bytes, payload, 2 * MAX_TOKEN, is_token) + 1;
    (at(bytes, signature - 1) == Some(b'.')).then_some(())?;
    let length = forward(bytes, signature, MAX_TOKEN, is_token);
    (length >= 16).then(|| anchor.start..signature + length)
}

/// The password of `scheme://user:password@host`, unless it is a place for one.
pub(super) fn url_password(bytes: &[u8], anchor: &Range<usize>) -> Option<Range<usize>> {
    let scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-');
    (backward(bytes, anchor.start, 16, scheme) >= 2).then_some(())?;
    let inside = |byte: u8| byte > b' ' && byte != 0x7f && !b"/@?#\"'`<>\\|^{}[]$*".contains(&byte);
    let length = forward(bytes, anchor.end, 256, inside);
    let end = anchor.end + length;
    (at(bytes, end) == Some(b'@')).then_some(())?;
    // What follows must look like a host.
    at(bytes, end + 1)?.is_ascii_alphanumeric().then_some(())?;
    let userinfo = bytes.get(anchor.end..end)?;
    let colon = memchr::memchr(b':', userinfo)?;
    let password = userinfo.get(colon + 1..)?;
    let placeholder = password.len() < 3 || memchr::memmem::find(password, b"%s").is_some();
    (!placeholder && distinct(password) > 1).then_some(anchor.end + colon + 1..end)
}

/// `sk-` and an old `OpenAI` key around its constant middle.
pub(super) fn openai(bytes: &[u8], anchor: &Range<usize>) -> Option<Range<usize>> {
    let before = backward(bytes, anchor.start, 48, is_token);
    let run = bytes.get(anchor.start - before..anchor.start)?;
    let start = anchor.start - before + memchr::memmem::rfind(run, b"sk-")?;
    let after = forward(bytes, anchor.end, 64, is_token);
    (after >= 20 && anchor.start - start >= 20).then_some(start..anchor.end + after)
}

/// The value in `password = "…"`, `api_key: …`, `"client_secret":"…"`, where name and value both tell.
pub(super) fn assigned(bytes: &[u8], anchor: &Range<usize>) -> Option<Range<usize>> {
    let name_end = anchor.end + forward(bytes, anchor.end, MAX_VARIABLE, is_token);
    let start = separator(bytes, name_end)?;
    let class = |byte: u8| is_token(byte) || b"+/=.~!@#$%^&*".contains(&byte);
    let judged = forward(bytes, start, MAX_JUDGED, class);
    is_secret(bytes.get(start..start + judged)?).then_some(())?;
    let name_start = anchor.start - backward(bytes, anchor.start, MAX_VARIABLE, is_token);
    let name = std::str::from_utf8(bytes.get(name_start..name_end)?).ok()?;
    is_name(name).then(|| start..start + forward(bytes, start, 512, class))
}

/// Where the value starts after a name: past quotes, spaces and `=`, `:`, `:=` or `=>`.
fn separator(bytes: &[u8], name_end: usize) -> Option<usize> {
    let quote = |byte: u8| matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']');
    let space = |byte: u8| matches!(byte, b' ' | b'\t');
    let mut place = name_end + forward(bytes, name_end, 2, quote);
    place += forward(bytes, place, 3, space);
    let signs = forward(bytes, place, 2, |byte| matches!(byte, b'=' | b':'));
    (signs > 0).then_some(())?;
    place += signs + forward(bytes, place + signs, 1, |byte| byte == b'>');
    place += forward(bytes, place, 3, space);
    Some(place + forward(bytes, place, 2, quote))
}

/// Whether a value looks drawn at random: letters and digits mixed throughout, as words and identifiers are not.
fn is_secret(value: &[u8]) -> bool {
    let turns = value
        .windows(2)
        .filter(|pair| match pair {
            [a, b] => {
                a.is_ascii_digit() && b.is_ascii_alphabetic()
                    || a.is_ascii_alphabetic() && b.is_ascii_digit()
            }
            _ => false,
        })
        .count();
    let dots = memchr::memchr_iter(b'.', value).count();
    value.len() >= 12 && turns >= 4 && dots <= 2 && distinct(value) >= 8 && bits(value) >= 3.0
}

/// The most bytes of a value that are judged.
const MAX_JUDGED: usize = 40;

/// Logarithms of the counts in a judged value: it is judged once an anchor, which may be every few bytes.
static LOGARITHMS: LazyLock<[f64; MAX_JUDGED + 1]> = LazyLock::new(|| {
    std::array::from_fn(|count| u32::try_from(count.max(1)).map_or(0.0, f64::from).log2())
});

/// Shannon entropy per byte, of at most [`MAX_JUDGED`] bytes.
fn bits(value: &[u8]) -> f64 {
    let value = value.get(..MAX_JUDGED).unwrap_or(value);
    let mut counts = [0u8; 256];
    for byte in value {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let logarithm = |count: usize| LOGARITHMS.get(count).copied().unwrap_or_default();
    let repeated = |byte: &u8| counts.get(usize::from(*byte)).copied().unwrap_or_default();
    let sum: f64 = value
        .iter()
        .map(|byte| logarithm(usize::from(repeated(byte))))
        .sum();
    let total = u32::try_from(value.len().max(1)).map_or(1.0, f64::from);
    logarithm(value.len()) - sum / total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_is_that_of_the_bytes() {
        for (value, expected) in [
            (&b""[..], 0.0),
            (b"aaaa", 0.0),
            (b"abab", 1.0),
            (b"abcdabcd", 2.0),
            (b"aaab", 0.811_278),
        ] {
            assert!((bits(value) - expected).abs() < 1e-5, "{value:?}");
        }
        assert!(bits(&[b'a'; 100]) < 1e-9);
    }

    #[test]
    fn distinct_bytes_are_counted_once() {
        assert_eq!(distinct(b"abcabc"), 3);
        assert_eq!(distinct(b""), 0);
    }
}
