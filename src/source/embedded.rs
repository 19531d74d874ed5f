//! The form in which `build.rs` embeds the built-in YAML files: trees without places, so that start-up parses nothing.
//! A node is a tag byte (0 quoted, 1 plain, 2 list, 3 map), a 32-bit little-endian length, and its text or children.

use super::node::{Entry, Node, Text, Value};
use super::span::Span;

const QUOTED: u8 = 0;
const PLAIN: u8 = 1;
const LIST: u8 = 2;
const MAP: u8 = 3;

/// Appends a tree to `out`. Lengths over 32 bits cannot occur: a text has at most [`super::MAX_TEXT`] bytes.
pub fn pack(node: &Node, out: &mut Vec<u8>) {
    match &node.value {
        Value::Scalar { text, plain } => pack_text(if *plain { PLAIN } else { QUOTED }, text, out),
        Value::List(items) => {
            pack_head(LIST, items.len(), out);
            for item in items {
                pack(item, out);
            }
        }
        Value::Map(entries) => {
            pack_head(MAP, entries.len(), out);
            for entry in entries {
                pack_text(QUOTED, &entry.key, out);
                pack(&entry.node, out);
            }
        }
    }
}

fn pack_head(tag: u8, length: usize, out: &mut Vec<u8>) {
    out.push(tag);
    out.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
}

fn pack_text(tag: u8, text: &str, out: &mut Vec<u8>) {
    pack_head(tag, text.len(), out);
    out.extend(text.as_bytes());
}

/// Reads one tree off the front of `bytes`; its texts are borrowed. `None` if the bytes are not what [`pack`] writes.
pub fn unpack(bytes: &mut &'static [u8]) -> Option<Node> {
    let (tag, length) = unpack_head(bytes)?;
    let value = match tag {
        QUOTED | PLAIN => Value::Scalar {
            text: unpack_text(bytes, length)?,
            plain: tag == PLAIN,
        },
        LIST => Value::List((0..length).map(|_| unpack(bytes)).collect::<Option<_>>()?),
        MAP => Value::Map(
            (0..length)
                .map(|_| unpack_entry(bytes))
                .collect::<Option<_>>()?,
        ),
        _ => return None,
    };
    Some(Node {
        span: Span::default(),
        value,
    })
}

fn unpack_entry(bytes: &mut &'static [u8]) -> Option<Entry> {
    let (_, length) = unpack_head(bytes)?;
    Some(Entry {
        key: unpack_text(bytes, length)?,
        key_span: Span::default(),
        node: unpack(bytes)?,
    })
}

fn unpack_head(bytes: &mut &'static [u8]) -> Option<(u8, usize)> {
    let (tag, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    *bytes = rest;
    Some((*tag, usize::try_from(u32::from_le_bytes(*length)).ok()?))
}

fn unpack_text(bytes: &mut &'static [u8], length: usize) -> Option<Text> {
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    std::str::from_utf8(text).ok().map(Text::Borrowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceId, parse};

    #[test]
    fn a_tree_survives_but_for_its_places() {
        let read = parse("a:\n  b: [1, \"2\"]\n  c: |\n    x\n", SourceId(0)).unwrap();
        let mut packed = Vec::new();
        pack(&read, &mut packed);
        let packed: &'static [u8] = packed.leak();
        let back = unpack(&mut &*packed).unwrap();
        let b = back
            .get("a")
            .and_then(|a| a.get("b"))
            .and_then(Node::list)
            .unwrap();
        assert_eq!(
            (b[0].integer(), b[1].integer(), b[1].text()),
            (Some(1), None, Some("2"))
        );
        assert!((0..packed.len()).all(|end| unpack(&mut &packed[..end]).is_none()));
    }
}
