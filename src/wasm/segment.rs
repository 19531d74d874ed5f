//! Data segments, read a second time after validation: modules have tens of thousands, so the plain form is read by hand.

use std::ops::Range;
use std::sync::Arc;

use wasmparser::{BinaryReader, ConstExpr};

use super::limit::{MAX_ADDRESSES_SIZE, within};
use super::proposal::Proposal;
use super::usage::{Site, Usage};
use super::{DataSegment, Malformed, constant, features};

/// One data section: where texts may be, and the segments in it.
pub(super) struct DataArea {
    /// The section's content.
    pub(super) range: Range<usize>,
    /// Its segments in order.
    pub(super) segments: Arc<Vec<DataSegment>>,
    /// Which nested module it belongs to, counted from one; none for the outermost.
    pub(super) nested: Option<usize>,
}

/// The most segments that the validator lets a module have.
const MAX_SEGMENTS: usize = 100_000;
/// `i32.const`.
const I32_CONST: u8 = 0x41;
/// The longest header with one constant as the address, in bytes.
const PLAIN_HEADER: usize = 24;
/// `end`.
const END: u8 = 0x0b;

/// Reads the segments of a valid data section and notes what they need.
pub(super) fn read(
    bytes: &[u8],
    range: Range<usize>,
    usage: &mut Usage,
    imported_globals: usize,
) -> Result<Vec<DataSegment>, Malformed> {
    let content = bytes.get(range.clone()).unwrap_or_default();
    let mut reader = BinaryReader::new_features(content, range.start, features());
    let count = reader.read_var_u32()?;
    within(count as usize, MAX_SEGMENTS, "data segments", range.start)?;
    let mut segments = Vec::with_capacity(count as usize);
    let mut long = 0;
    for _ in 0..count {
        let start = reader.original_position();
        let segment = segment(&mut reader, usage, imported_globals)?;
        long += header_over(start, &segment);
        let what = "bytes of addresses in the data section";
        within(long, MAX_ADDRESSES_SIZE, what, start)?;
        segments.push(segment);
    }
    Ok(segments)
}

/// What a segment's header takes beyond a plain one.
fn header_over(start: usize, segment: &DataSegment) -> usize {
    (segment.offset - start).saturating_sub(PLAIN_HEADER)
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
        copied: None,
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
