//! Memory as compiled: what data segments put where before any code runs. The guest may write there first, so what is read
//! here is recovered and never proved.

use super::Module;
use super::layout::Layout;

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
#[derive(Debug, Clone, Copy)]
pub struct Image<'a> {
    bytes: &'a [u8],
    layout: &'a Layout,
}

/// What is read at an address: bytes, where the first stands in the binary, and whether zeros follow.
struct Reading {
    found: Vec<u8>,
    offset: usize,
    zeros: bool,
}

impl<'a> Image<'a> {
    /// Of a module and its bytes.
    pub fn of(module: &'a Module, bytes: &'a [u8]) -> Self {
        let layout = &module.layout;
        Self { bytes, layout }
    }

    /// What a text is, by what is known of the argument: of `length` bytes; else AssemblyScript's, or up to a NUL.
    pub fn reading(&self, pointer: i64, length: Option<i64>) -> Option<Text> {
        match length {
            Some(length) => self.text(pointer, length),
            None => self
                .utf16(pointer, None)
                .or_else(|| self.terminated(pointer)),
        }
    }

    /// The text at `pointer` with `length` bytes; nothing but zeros is room for one.
    pub fn text(&self, pointer: i64, length: i64) -> Option<Text> {
        let length = usize::try_from(length).ok()?;
        let reading = self.read(pointer, length)?;
        if length > 0 && reading.found.iter().all(|byte| *byte == 0) {
            return None;
        }
        let text = String::from_utf8(reading.found).ok()?;
        Some(Text {
            text,
            encoding: Encoding::Utf8,
            offset: reading.offset,
        })
    }

    /// The text at `pointer` up to a NUL.
    pub fn terminated(&self, pointer: i64) -> Option<Text> {
        let Reading {
            mut found,
            offset,
            zeros,
        } = self.most(pointer, MAX_TEXT_READ)?;
        match memchr::memchr(0, &found) {
            Some(end) => found.truncate(end),
            None if zeros => {}
            None => return None,
        }
        Some(Text {
            text: String::from_utf8(found).ok()?,
            encoding: Encoding::Terminated,
            offset,
        })
    }

    /// The UTF-16 text at `pointer` with `length` code units; without a length, one with AssemblyScript's header before it.
    pub fn utf16(&self, pointer: i64, length: Option<i64>) -> Option<Text> {
        let size = match length {
            Some(length) => length.checked_mul(2)?,
            None => self.size_of_string(pointer)?,
        };
        let reading = self.units(pointer, usize::try_from(size).ok()?)?;
        let (pairs, _) = reading.found.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
        Some(Text {
            text: String::from_utf16(&units).ok()?,
            encoding: Encoding::Utf16,
            offset: reading.offset,
        })
    }

    /// Bytes of the AssemblyScript string at `pointer`, by the header of its object: its class, then its size.
    fn size_of_string(&self, pointer: i64) -> Option<i64> {
        let address = address(pointer)?;
        let class = self.word(address.checked_sub(8)?, 4)?;
        let size = self.word(address.checked_sub(4)?, 4)?;
        (STRING_CLASSES.contains(&class) && size > 0 && size % 2 == 0).then_some(size)
    }

    /// The integer of `width` bytes at an address, without a sign. Linkers leave zeros out: between segments they count
    /// where a part of the integer stands in one.
    pub(super) fn word(&self, address: u64, width: u8) -> Option<i64> {
        let width = usize::from(width);
        let mut word = [0; 8];
        if let Some(whole) = self.whole(address, width) {
            word.get_mut(..width)?.copy_from_slice(whole);
            return Some(i64::from_le_bytes(word));
        }
        let mut any = false;
        for (skip, byte) in (0..).zip(word.get_mut(..width)?) {
            if let Some(found) = self.byte(address.checked_add(skip)?) {
                *byte = found;
                any = true;
            }
        }
        any.then_some(i64::from_le_bytes(word))
    }

    /// Bytes that lie in one piece.
    fn whole(&self, address: u64, width: usize) -> Option<&'a [u8]> {
        let piece = self.layout.at(address)?;
        let end = address.checked_add(width as u64)?;
        let offset = piece.from(address).offset;
        (end <= piece.end).then(|| self.bytes.get(offset..offset.checked_add(width)?))?
    }

    fn byte(&self, address: u64) -> Option<u8> {
        self.whole(address, 1)?.first().copied()
    }

    /// Exactly `length` bytes from `pointer`, over the borders of segments that meet.
    fn read(&self, pointer: i64, length: usize) -> Option<Reading> {
        if length > MAX_TEXT_READ {
            return None;
        }
        let reading = self.most(pointer, length)?;
        (reading.found.len() == length).then_some(reading)
    }

    /// The same of units of two bytes: optimizers leave out the zero that ends a segment, which is the last unit's upper half.
    fn units(&self, pointer: i64, length: usize) -> Option<Reading> {
        if length > MAX_TEXT_READ {
            return None;
        }
        let mut reading = self.most(pointer, length)?;
        if reading.found.len() + 1 == length {
            reading.found.push(0);
        }
        (reading.found.len() == length).then_some(reading)
    }

    /// The bytes from `pointer` to where nothing is filled, at most `most`.
    fn most(&self, pointer: i64, most: usize) -> Option<Reading> {
        let mut at = address(pointer)?;
        let mut reading = Reading {
            found: Vec::new(),
            offset: 0,
            zeros: false,
        };
        while reading.found.len() < most || reading.found.is_empty() {
            let Some(piece) = self.layout.at(at) else {
                reading.zeros = self.layout.is_filled_beyond(at);
                break;
            };
            let offset = piece.from(at).offset;
            if reading.found.is_empty() {
                reading.offset = offset;
            }
            let size = usize::try_from(piece.end - at).ok()?;
            let size = size.min(most - reading.found.len());
            let part = self.bytes.get(offset..offset.checked_add(size)?)?;
            reading.found.extend_from_slice(part);
            at = at.checked_add(size as u64)?;
            if size == 0 {
                break;
            }
        }
        (reading.offset > 0).then_some(reading)
    }
}

/// The classes that AssemblyScript's runtime has given to strings.
const STRING_CLASSES: [i64; 2] = [1, 2];

/// A pointer as an address of a 32-bit memory.
fn address(pointer: i64) -> Option<u64> {
    u32::try_from(pointer & 0xffff_ffff).ok().map(u64::from)
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
        assert_eq!(
            image.terminated(16).unwrap().text,
            "early",
            "zeros lie between"
        );
    }

    fn text_of(wat: &str, read: impl Fn(&Image<'_>) -> Option<Text>) -> Option<String> {
        let bytes = encode_text(wat).unwrap();
        let module = decode(&bytes);
        read(&Image::of(&module, &bytes)).map(|text| text.text)
    }

    #[test]
    fn later_segments_win_and_texts_go_over_borders() {
        let wat = r#"(module (memory 1)
            (data (i32.const 8) "/etc/passwd") (data (i32.const 19) "/x") (data (i32.const 13) "shadow")
            (data (i32.const 9) ""))"#;
        let read = |at, length| text_of(wat, |image| image.text(at, length));
        assert_eq!(read(8, 13).unwrap(), "/etc/shadow/x");
        assert_eq!(read(8, 14), None);
        assert_eq!(read(18, 3).unwrap(), "w/x");
        assert_eq!(read(7, 3), None);
        assert_eq!(read(8, 0).unwrap(), "");
    }

    #[test]
    fn a_segment_within_another_leaves_both_sides() {
        let wat =
            r#"(module (memory 1) (data (i32.const 4) "abcdefgh") (data (i32.const 7) "XY"))"#;
        assert_eq!(text_of(wat, |image| image.text(4, 8)).unwrap(), "abcXYfgh");
        assert_eq!(text_of(wat, |image| image.text(9, 3)).unwrap(), "fgh");
    }

    #[test]
    fn strings_of_assemblyscript_have_their_size_before_them() {
        let wat = r#"(module (memory 1)
            (data (i32.const 12) "\1c\00\00\00\00\00\00\00\00\00\00\00\02\00\00\00\06\00\00\00a\00\e9\00b\00"))"#;
        let read = |at, length| text_of(wat, |image| image.utf16(at, length));
        assert_eq!(read(32, None).unwrap(), "aéb");
        assert_eq!(read(32, Some(2)).unwrap(), "aé");
        assert_eq!(read(30, None), None);
        assert_eq!(read(32, Some(i64::MAX)), None);
        assert_eq!(
            text_of(wat, |image| image.reading(32, None)).unwrap(),
            "aéb"
        );
        let trimmed = wat.replace("b\\00\"))", "b\"))");
        assert_ne!(trimmed, wat);
        assert_eq!(
            text_of(&trimmed, |image| image.utf16(32, None)).unwrap(),
            "aéb"
        );
    }

    #[test]
    fn integers_have_their_zeros_left_out() {
        let bytes = encode_text(
            r#"(module (memory 1) (data (i32.const 8) "\01\02") (data (i32.const 16) "\03"))"#,
        )
        .unwrap();
        let module = decode(&bytes);
        let image = Image::of(&module, &bytes);
        assert_eq!(image.word(8, 8), Some(0x0201));
        assert_eq!(image.word(12, 8), Some(3 << 32));
        assert_eq!(image.word(10, 4), None, "nothing stands there");
        assert_eq!(image.word(u64::MAX - 2, 8), None);
    }
}
