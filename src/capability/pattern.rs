//! Names as the files write them: whole, or a beginning with a trailing `*`; and the order they must stand in.

use crate::source::{Mistake, Span, Text};

/// The beginning that a trailing `*` stands for; `None` for a whole name.
pub(super) fn prefix_of(written: &Text) -> Option<Text> {
    match written {
        Text::Borrowed(text) => text.strip_suffix('*').map(Text::Borrowed),
        Text::Owned(text) => text
            .strip_suffix('*')
            .map(|prefix| Text::Owned(prefix.to_owned())),
    }
}

/// A `*` may stand at the end alone.
pub(super) fn check_pattern(written: &str, span: Span, mistakes: &mut Vec<Mistake>) {
    if written.strip_suffix('*').unwrap_or(written).contains('*') {
        mistakes.push(
            Mistake::new(
                "wrong-pattern",
                format!("`{written}` has a `*` before its end"),
                span,
            )
            .help("a `*` may stand at the end alone, for any end of a name"),
        );
    }
}

/// Every name must come after the one before it, by bytes.
pub(super) fn check_order<'n>(
    names: impl Iterator<Item = (&'n str, Span)>,
    mistakes: &mut Vec<Mistake>,
) {
    let mut last: Option<(&str, Span)> = None;
    for (name, span) in names {
        match last {
            Some((before, at)) if before >= name => mistakes.push(disorder(name, span, before, at)),
            _ => last = Some((name, span)),
        }
    }
}

fn disorder(name: &str, span: Span, before: &str, at: Span) -> Mistake {
    let (code, message) = if before == name {
        ("duplicate", format!("`{name}` is written twice"))
    } else {
        ("unsorted", format!("`{name}` stands after `{before}`"))
    };
    Mistake::new(code, message, span)
        .also(at, "the one before")
        .help("keep the names sorted by bytes, so that each has one place")
}
