//! Credentials, URLs and build paths in plain bytes.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher as _};
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Input, MatchKind, Span, packed};

use crate::source::credential;
use crate::wasm::limit::cut;
use crate::wasm::{LiteralKind, MAX_LITERALS};

/// A text found, its offsets relative to what was searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) kind: LiteralKind,
    pub(super) range: Range<usize>,
    /// What makes it the same as another: the secret itself, the URL, the path's root.
    pub(super) key: u64,
    pub(super) shown: String,
    pub(super) detail: String,
}

/// The longest text that is kept, in bytes.
const MAX_TEXT: usize = 200;
/// The longest URL or path that is looked at.
const MAX_LOOK: usize = 1000;

const ANCHORS: &[&str] = &[
    "http://",
    "https://",
    "ws://",
    "wss://",
    "ftp://",
    "/home/",
    "/Users/",
    "/root/",
    "/build/",
    "/go/src/",
    "\\Users\\",
];
/// The anchors before this index are of URLs.
const URLS: usize = 5;

enum Engine {
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
    None,
}

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    if let Some(searcher) = packed::Searcher::new(ANCHORS) {
        return Engine::Packed(searcher);
    }
    let automaton = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(ANCHORS);
    automaton.map_or(Engine::None, Engine::Automaton)
});

fn next_anchor(bytes: &[u8], start: usize) -> Option<(usize, Range<usize>)> {
    let span = Span {
        start: start.min(bytes.len()),
        end: bytes.len(),
    };
    let found = match &*ENGINE {
        Engine::Packed(searcher) => searcher.find_in(bytes, span),
        Engine::Automaton(automaton) => automaton.find(Input::new(bytes).span(span)),
        Engine::None => None,
    }?;
    Some((found.pattern().as_usize(), found.start()..found.end()))
}

/// Every text whose telling part starts in `range`, each once.
pub(super) fn find(bytes: &[u8], range: Range<usize>) -> Vec<Text> {
    let mut all = credentials(bytes, range.clone());
    // A little more is searched, so that an anchor over the end of the range is seen.
    let end = (range.end + 8).min(bytes.len());
    let searched = bytes.get(..end).unwrap_or_default();
    let mut seen = HashSet::new();
    let mut place = range.start;
    while let Some((index, anchor)) = next_anchor(searched, place) {
        if anchor.start >= range.end || seen.len() >= 2 * MAX_LITERALS {
            break;
        }
        place = anchor.end;
        let found = if index < URLS {
            url(bytes, &anchor)
        } else {
            path(bytes, index, &anchor)
        };
        if let Some(found) = found {
            place = place.max(found.end());
            if seen.insert(found.key) {
                all.push(found.text(bytes));
            }
        }
    }
    all
}

fn credentials(bytes: &[u8], range: Range<usize>) -> Vec<Text> {
    credential::find_in(bytes, range, MAX_LITERALS)
        .into_iter()
        .map(|found| Text {
            kind: LiteralKind::Credential,
            key: hash(bytes.get(found.range.clone()).unwrap_or_default()),
            shown: found.redacted(bytes),
            detail: found.pattern.to_owned(),
            range: found.range,
        })
        .collect()
}

/// A text before anything is copied.
struct Candidate<'a> {
    kind: LiteralKind,
    range: Range<usize>,
    key: u64,
    detail: &'a [u8],
}

impl Candidate<'_> {
    fn end(&self) -> usize {
        self.range.end
    }

    fn text(&self, bytes: &[u8]) -> Text {
        let raw = bytes.get(self.range.clone()).unwrap_or_default();
        let raw = String::from_utf8_lossy(raw);
        Text {
            kind: self.kind,
            range: self.range.clone(),
            key: self.key,
            shown: cut(&credential::redact(&raw), MAX_TEXT).to_owned(),
            detail: String::from_utf8_lossy(self.detail).into_owned(),
        }
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

fn take_while(bytes: &[u8], start: usize, class: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let count = rest.iter().take(MAX_LOOK).take_while(|byte| class(**byte));
    start + count.count()
}

fn url<'a>(bytes: &'a [u8], anchor: &Range<usize>) -> Option<Candidate<'a>> {
    let inside = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>`{}|\\^".contains(&byte);
    let authority = take_while(bytes, anchor.end, |byte| {
        inside(byte) && !b"/?#".contains(&byte)
    });
    let authority = bytes.get(anchor.end..authority)?;
    let host = authority.rsplit(|byte| *byte == b'@').next()?;
    let host = host.split(|byte| *byte == b':').next()?;
    is_host(host).then_some(())?;
    let end = take_while(bytes, anchor.end, inside);
    let rest = bytes.get(anchor.end..end)?;
    let trailing = rest.iter().rev();
    let trailing = trailing.take_while(|byte| b".,;:)!".contains(byte)).count();
    let range = anchor.start..end - trailing;
    Some(Candidate {
        kind: LiteralKind::Url,
        key: hash(bytes.get(range.clone())?),
        range,
        detail: host,
    })
}

/// A name with a dot, or `localhost`; strings that compilers pack together make other things look like hosts.
fn is_host(host: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let mut labels = host.split(|byte| *byte == b'.');
    let full = labels.clone().count() >= 2 && labels.all(|label| !label.is_empty());
    host.iter().all(fits) && (full || host == b"localhost")
}

fn is_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-/+@~".contains(&byte)
}

fn path<'a>(bytes: &'a [u8], index: usize, anchor: &Range<usize>) -> Option<Candidate<'a>> {
    let anchored = ANCHORS.get(index).copied()?;
    if anchored == "\\Users\\" {
        return windows_path(bytes, anchor);
    }
    if anchored == "/go/src/" {
        return go_path(bytes, anchor);
    }
    starts_path(bytes, anchor.start).then_some(())?;
    match anchored {
        "/home/" | "/Users/" => {
            let user = take_while(bytes, anchor.end, |byte| is_path(byte) && byte != b'/');
            let named = user > anchor.end && bytes.get(user) == Some(&b'/');
            named.then_some(())?;
            unix_path(bytes, anchor.start, user)
        }
        "/build/" => {
            let inner = take_while(bytes, anchor.end, |byte| is_path(byte) && byte != b'/');
            (inner > anchor.end).then_some(())?;
            unix_path(bytes, anchor.start, inner)
        }
        _ => unix_path(bytes, anchor.start, anchor.end),
    }
}

/// Whether what stands before is not a path's part.
fn starts_path(bytes: &[u8], start: usize) -> bool {
    let before = start.checked_sub(1).and_then(|index| bytes.get(index));
    before.is_none_or(|byte| !is_path(*byte))
}

/// A path from `start`, its root ending at `root`.
fn unix_path(bytes: &[u8], start: usize, root: usize) -> Option<Candidate<'_>> {
    let end = take_while(bytes, root, is_path);
    (end > start + 6).then_some(())?;
    Some(Candidate {
        kind: LiteralKind::BuildPath,
        range: start..end,
        key: hash(bytes.get(start..root)?),
        detail: b"",
    })
}

/// `/usr/local/go/src/…`: back to where the path starts.
fn go_path<'a>(bytes: &'a [u8], anchor: &Range<usize>) -> Option<Candidate<'a>> {
    let before = bytes.get(..anchor.start)?;
    let reversed = before.iter().rev().take(100);
    let back = reversed.take_while(|byte| is_path(**byte)).count();
    let start = anchor.start - back;
    let whole = bytes.get(start) == Some(&b'/') && starts_path(bytes, start);
    whole.then_some(())?;
    unix_path(bytes, start, anchor.end)
}

/// `C:\Users\name\…`.
fn windows_path<'a>(bytes: &'a [u8], anchor: &Range<usize>) -> Option<Candidate<'a>> {
    let start = anchor.start.checked_sub(2)?;
    let drive = bytes.get(start..anchor.start)?;
    matches!(drive, [letter, b':'] if letter.is_ascii_alphabetic()).then_some(())?;
    let name = |byte: u8| is_path(byte) || byte == b' ';
    let root = take_while(bytes, anchor.end, name);
    (root > anchor.end).then_some(())?;
    Some(Candidate {
        kind: LiteralKind::BuildPath,
        range: start..take_while(bytes, root, |byte| name(byte) || byte == b'\\'),
        key: hash(bytes.get(start..root)?),
        detail: b"",
    })
}
