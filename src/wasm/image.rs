//! Memory as compiled: what data segments put where before any code runs. The guest may write there first, so what is read
//! here is recovered and never proved.

use super::limit::cut;
use super::{DataSegment, Module};

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoding {
    /// UTF-8, with its length given.
    Utf8,
    /// UTF-8 up to a NUL.
    Terminated,
    /// UTF-16, little-endian, as AssemblyScript has it.
    Utf16,
}

/// A text in memory as compiled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    /// The text, raw: it may hold control characters, and credentials.
    pub text: String,
    /// How it is written.
    pub encoding: Encoding,
    /// Where its first byte stands in the binary.
    pub offset: usize,
}

/// The most bytes of a text that are read.
pub const MAX_TEXT_READ: usize = 4096;

/// The memory image of a module.
#[derive(Debug)]
pub struct Image<'a> {
    bytes: &'a [u8],
    /// Active segments by address.
    segments: Vec<(u64, &'a DataSegment)>,
}

impl<'a> Image<'a> {
    /// Of a module and its bytes.
    pub fn of(module: &'a Module, bytes: &'a [u8]) -> Self {
        let placed = |segment: &'a DataSegment| Some((segment.address?, segment));
        let mut segments: Vec<_> = module.data.iter().filter_map(placed).collect();
        segments.sort_by_key(|(address, _)| *address);
        Self { bytes, segments }
    }

    /// The text at `pointer` with `length` bytes.
    pub fn text(&self, pointer: i64, length: i64) -> Option<Text> {
        let length = usize::try_from(length).ok()?;
        let (found, offset) = self.at(pointer, length.min(MAX_TEXT_READ))?;
        (length <= found.len()).then_some(())?;
        let text = std::str::from_utf8(found.get(..length)?).ok()?;
        Some(Text {
            text: text.to_owned(),
            encoding: Encoding::Utf8,
            offset,
        })
    }

    /// The text at `pointer` up to a NUL.
    pub fn terminated(&self, pointer: i64) -> Option<Text> {
        let (found, offset) = self.at(pointer, 0)?;
        let end = found
            .iter()
            .take(MAX_TEXT_READ)
            .position(|byte| *byte == 0)?;
        let text = std::str::from_utf8(found.get(..end)?).ok()?;
        Some(Text {
            text: cut(text, MAX_TEXT_READ).to_owned(),
            encoding: Encoding::Terminated,
            offset,
        })
    }

    /// The bytes from `pointer` to the end of its segment, at least `length`, and where they stand in the binary.
    fn at(&self, pointer: i64, length: usize) -> Option<(&'a [u8], usize)> {
        let address = u64::from(u32::try_from(pointer & 0xffff_ffff).ok()?);
        let after = self
            .segments
            .partition_point(|(start, _)| *start <= address);
        let (start, segment) = self.segments.get(after.checked_sub(1)?)?;
        let within = usize::try_from(address - start).ok()?;
        let offset = segment.offset.checked_add(within)?;
        let end = segment.offset.checked_add(segment.size)?;
        let found = self.bytes.get(offset..end)?;
        (length <= found.len()).then_some((found, offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::{decode, encode_text};

    #[test]
    fn texts_are_read_where_segments_put_them() {
        let bytes = encode_text(
            r#"(module (memory 1) (data (i32.const 64) "/etc/passwd\00more") (data (i32.const 16) "early") (data "passive"))"#,
        )
        .unwrap();
        let module = decode(&bytes);
        let image = Image::of(&module, &bytes);
        assert_eq!(image.text(64, 4).unwrap().text, "/etc");
        assert_eq!(image.text(16, 5).unwrap().text, "early");
        assert_eq!(image.terminated(65).unwrap().text, "etc/passwd");
        for (pointer, length) in [
            (64, 17),
            (0, 1),
            (-1, 1),
            (64, -1),
            (i64::MAX, 1),
            (i64::MIN, 0),
        ] {
            assert_eq!(image.text(pointer, length), None, "{pointer} {length}");
        }
        assert_eq!(image.terminated(76), None, "no NUL before the end");
    }
}
