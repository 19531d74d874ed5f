//! Bytes as the binary format has them.

/// An unsigned number, in as few bytes as it takes.
pub(super) fn unsigned(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// A signed number, in as few bytes as it takes.
pub(super) fn signed(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let low = (value.cast_unsigned() & 0x7f) as u8;
        value >>= 7;
        let sign = low & 0x40 != 0;
        if (value == 0 && !sign) || (value == -1 && sign) {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// A name, or other bytes with their length before them.
pub(super) fn sized(out: &mut Vec<u8>, bytes: &[u8]) {
    unsigned(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// A section.
pub(super) fn section(out: &mut Vec<u8>, id: u8, content: &[u8]) {
    out.push(id);
    sized(out, content);
}

/// A list: how many, then each.
pub(super) fn list(count: usize, items: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(items.len() + 5);
    unsigned(&mut content, count as u64);
    content.extend_from_slice(items);
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_read_back() {
        for value in [0, 1, 63, 64, 127, 128, 1 << 35, u64::MAX] {
            let mut out = Vec::new();
            unsigned(&mut out, value);
            let mut reader = wasmparser::BinaryReader::new(&out, 0);
            assert_eq!(reader.read_var_u64().unwrap(), value);
            assert!(reader.eof());
        }
        for value in [0, -1, 63, 64, -64, -65, i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            signed(&mut out, value);
            let mut reader = wasmparser::BinaryReader::new(&out, 0);
            assert_eq!(reader.read_var_i64().unwrap(), value);
            assert!(reader.eof());
        }
    }
}
