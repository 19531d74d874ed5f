//! Data segments, read a second time after validation: modules have tens of thousands, so the plain form is read by hand.

use std::ops::Range;

use wasmparser::{BinaryReader, ConstExpr};

use super::proposal::Proposal;
use super::usage::{Site, Usage};
use super::{DataSegment, constant, features};

/// One data section: where texts may be, and the segments in it.
pub(super) struct DataArea {
    /// The section's content.
    pub(super) range: Range<usize>,
    /// Its segments in order.
    pub(super) segments: Vec<DataSegment>,
    /// Which nested module it belongs to, counted from one; none for the outermost.
    pub(super) nested: Option<usize>,
}

/// `i32.const`.
const I32_CONST: u8 = 0x41;
/// `end`.
const END: u8 = 0x0b;

/// Reads the segments of a valid data section and notes what they need.
pub(super) fn read(
    bytes: &[u8],
    range: Range<usize>,
    usage: &mut Usage,
    imported_globals: usize,
) -> wasmparser::Result<Vec<DataSegment>> {
    let content = bytes.get(range.clone()).unwrap_or_default();
    let mut reader = BinaryReader::new_features(content, range.start, features());
    let count = reader.read_var_u32()?;
    let mut segments = Vec::with_capacity((count as usize).min(content.len()));
    for _ in 0..count {
        segments.push(segment(&mut reader, usage, imported_globals)?);
    }
    Ok(segments)
}

fn segment(
    reader: &mut BinaryReader<'_>,
    usage: &mut Usage,
    imported_globals: usize,
) -> wasmparser::Result<DataSegment> {
    let start = reader.original_position();
    let flags = reader.read_var_u32()?;
    let passive = flags & 1 != 0;
    if flags & 2 != 0 {
        reader.read_var_u32()?;
    }
    let address = if passive {
        let site = Site {
            offset: start,
            function: None,
        };
        usage.note(Proposal::BulkMemory, site, "passive data segment");
        None
    } else {
        address(reader, usage, imported_globals)?
    };
    let data = reader.read_reader()?.range();
    Ok(DataSegment {
        offset: data.start,
        size: data.len(),
        address,
        passive,
    })
}

fn address(
    reader: &mut BinaryReader<'_>,
    usage: &mut Usage,
    imported_globals: usize,
) -> wasmparser::Result<Option<u64>> {
    let mut plain = reader.clone();
    if plain.read_u8()? == I32_CONST {
        let value = plain.read_var_i32()?;
        if plain.read_u8()? == END {
            *reader = plain;
            return Ok(Some(u64::from(value.cast_unsigned())));
        }
    }
    let expression: ConstExpr<'_> = reader.read()?;
    constant::note(usage, &expression, imported_globals);
    Ok(constant::of_expression(&expression).map(i64::cast_unsigned))
}
