//! One version as a module says it: a number, packed or not, or a marker's name.

use crate::wasm::Section;

/// A version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionNumber {
    /// `1`, `1.2`, or a marker's name.
    pub text: String,
    /// Its major part, if it is a number.
    pub major: Option<i64>,
}

impl VersionNumber {
    /// A number that is the major version, or `major << 16 | minor`.
    pub fn new(number: i64, packed: bool) -> Self {
        let (text, major) = if packed {
            let (major, minor) = (number >> 16, number & 0xffff);
            (format!("{major}.{minor}"), major)
        } else {
            (number.to_string(), number)
        };
        Self {
            text,
            major: Some(major),
        }
    }

    /// A marker's name.
    pub(super) fn marker(name: &str) -> Self {
        Self {
            text: name.to_owned(),
            major: None,
        }
    }

    /// What a custom section says.
    pub fn of_section(bytes: &[u8], section: &Section, packed: bool) -> Option<Self> {
        let end = section.offset.checked_add(section.size)?;
        Self::of_content(after_name(bytes.get(section.offset..end)?)?, packed)
    }

    /// ASCII digits (`65538`, `1.2`, `v1.2.0`), or four little-endian bytes.
    fn of_content(content: &[u8], packed: bool) -> Option<Self> {
        let text = std::str::from_utf8(content).unwrap_or_default().trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let parts: Option<Vec<u32>> = text.split('.').take(4).map(digits).collect();
        match parts.as_deref() {
            Some([whole]) => Some(Self::new(i64::from(*whole), packed)),
            Some([major, minor] | [major, minor, _]) => Some(Self {
                text: format!("{major}.{minor}"),
                major: Some(i64::from(*major)),
            }),
            _ => {
                let bytes: [u8; 4] = content.try_into().ok()?;
                Some(Self::new(i64::from(u32::from_le_bytes(bytes)), packed))
            }
        }
    }
}

fn digits(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// A custom section's content after its name, whose length stands before it as LEB128.
fn after_name(section: &[u8]) -> Option<&[u8]> {
    const MOST: usize = 5;
    let mut length = 0_u64;
    for (at, byte) in section.iter().take(MOST).enumerate() {
        length |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            let start = usize::try_from(length).ok()?.checked_add(at + 1)?;
            return section.get(start..);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &[u8], packed: bool) -> Option<(String, i64)> {
        let number = VersionNumber::of_content(content, packed)?;
        Some((number.text, number.major?))
    }

    #[test]
    fn a_section_says_digits_or_four_bytes() {
        for (content, packed, text, major) in [
            (&b"1"[..], false, "1", 1),
            (b"65538\n", true, "1.2", 1),
            (b"v1.2.0", true, "1.2", 1),
            (b"\x02\x00\x01\x00", true, "1.2", 1),
            (b"\x02\x00\x00\x00", false, "2", 2),
            (b"\xff\xff\xff\xff", true, "65535.65535", 65535),
        ] {
            let expected = Some((text.to_owned(), major));
            assert_eq!(read(content, packed), expected, "{content:?}");
        }
    }

    #[test]
    fn anything_else_says_nothing() {
        for content in [
            &b""[..],
            b"one",
            b"-1",
            b"+1",
            b"1.",
            b"1.2.3.4",
            b"vv1",
            b"99999999999",
            b"1\0",
            b"\x01\x00\x00",
            b"\x01\x00\x00\x00\x00",
        ] {
            assert_eq!(read(content, false), None, "{content:?}");
        }
    }

    #[test]
    fn the_name_before_the_content_is_skipped() {
        assert_eq!(after_name(b"\x03abi1"), Some(&b"1"[..]));
        assert_eq!(after_name(b"\x83\x80\x00abi1"), Some(&b"1"[..]));
        assert_eq!(after_name(b"\x03abi"), Some(&b""[..]));
        for broken in [&b""[..], b"\x04abi", b"\xff\xff\xff\xff\xff\x01"] {
            assert_eq!(after_name(broken), None, "{broken:?}");
        }
    }
}
