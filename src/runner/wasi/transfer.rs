//! Bytes between a guest's buffers and ours: pointers are checked, and no allocation has the guest's size.

use wasmtime_wasi::p1::types::{CiovecArray, Errno, Error, IovecArray};
use wiggle::{GuestError, GuestMemory, GuestPtr, GuestType};

/// The most bytes that one call moves; short reads and writes are legal.
pub const MOST: usize = 256 << 10;
/// The most buffers that one call looks at.
const BUFFERS: u32 = 1024;
/// The longest path, bytes.
const PATH: u32 = 4096;

/// The ranges of a guest's buffers, in order, together at most [`MOST`] bytes.
pub type Ranges = Vec<GuestPtr<[u8]>>;

/// Where to read into.
///
/// # Errors
/// A trap where the list or a buffer does not lie in the guest's memory.
pub fn targets(memory: &GuestMemory<'_>, buffers: IovecArray) -> Result<Ranges, Error> {
    ranges(memory, buffers, |buffer| {
        buffer.buf.as_array(buffer.buf_len)
    })
}

/// What to write, copied once.
///
/// # Errors
/// A trap where the list or a buffer does not lie in the guest's memory.
pub fn gather(memory: &GuestMemory<'_>, buffers: CiovecArray) -> Result<Vec<u8>, Error> {
    let ranges = ranges(memory, buffers, |buffer| {
        buffer.buf.as_array(buffer.buf_len)
    })?;
    let mut bytes = Vec::with_capacity(room(&ranges));
    for range in ranges {
        bytes.extend_from_slice(memory.as_slice(range)?.ok_or(Errno::Notsup)?);
    }
    Ok(bytes)
}

/// The buffers of a list, as far as one call looks and moves.
fn ranges<T: GuestType>(
    memory: &GuestMemory<'_>,
    buffers: GuestPtr<[T]>,
    range: impl Fn(T) -> GuestPtr<[u8]>,
) -> Result<Ranges, Error> {
    // All of the list has to lie in memory, also what is not looked at this time.
    let (list, count) = buffers.offset();
    let bytes = count
        .checked_mul(T::guest_size())
        .ok_or(GuestError::PtrOverflow)?;
    memory.as_slice(GuestPtr::<u8>::new(list).as_array(bytes))?;
    let mut ranges = Ranges::new();
    let mut left = MOST;
    let looked_at = buffers.get_range(0..buffers.len().min(BUFFERS));
    for buffer in looked_at.unwrap_or(buffers).iter() {
        take(memory, range(memory.read(buffer?)?), &mut left, &mut ranges)?;
        if left == 0 {
            break;
        }
    }
    // Nothing moved would mean the end of the file.
    if ranges.is_empty() && buffers.len() > BUFFERS {
        return Err(Errno::Inval.into());
    }
    Ok(ranges)
}

/// Notes the part of a range that still has room; the whole of it has to lie in memory.
fn take(
    memory: &GuestMemory<'_>,
    range: GuestPtr<[u8]>,
    left: &mut usize,
    ranges: &mut Ranges,
) -> Result<(), Error> {
    let length = memory.as_slice(range)?.ok_or(Errno::Notsup)?.len();
    let part = length.min(*left);
    *left -= part;
    if part > 0 {
        let part = u32::try_from(part).map_err(|_| Errno::Overflow)?;
        ranges.push(range.get_range(0..part).ok_or(Errno::Fault)?);
    }
    Ok(())
}

/// How many bytes the ranges have together.
pub fn room(ranges: &Ranges) -> usize {
    ranges.iter().map(|range| range.len() as usize).sum()
}

/// Spreads bytes over ranges, and gives how many there were.
///
/// # Errors
/// A trap where a range does not lie in the guest's memory.
pub fn scatter(
    memory: &mut GuestMemory<'_>,
    ranges: &Ranges,
    mut bytes: &[u8],
) -> Result<u32, Error> {
    let all = u32::try_from(bytes.len()).map_err(|_| Errno::Overflow)?;
    for range in ranges {
        let place = memory.as_slice_mut(*range)?.ok_or(Errno::Notsup)?;
        let (now, later) = bytes.split_at(place.len().min(bytes.len()));
        if let Some(place) = place.get_mut(..now.len()) {
            place.copy_from_slice(now);
        }
        bytes = later;
    }
    Ok(all)
}

/// The beginning of a path that cannot be read as one, for whoever reads of it.
///
/// # Errors
/// A trap where it does not lie in memory.
pub fn shown(memory: &GuestMemory<'_>, text: GuestPtr<str>) -> Result<String, Error> {
    let bytes = memory.as_slice(text.as_bytes())?.ok_or(Errno::Notsup)?;
    let part = bytes.get(..PATH as usize).unwrap_or(bytes);
    Ok(String::from_utf8_lossy(part).into_owned())
}

/// A path as the guest gives it, copied once.
///
/// # Errors
/// A trap where it does not lie in memory; `NAMETOOLONG`, `ILSEQ` for what is not UTF-8, `INVAL` for a NUL.
pub fn path(memory: &GuestMemory<'_>, text: GuestPtr<str>) -> Result<String, Error> {
    // Looked at before its length is judged: a pointer beyond the memory is a trap, however long.
    let bytes = memory.as_slice(text.as_bytes())?.ok_or(Errno::Notsup)?;
    if text.len() > PATH {
        return Err(Errno::Nametoolong.into());
    }
    let path = std::str::from_utf8(bytes).map_err(|_| Errno::Ilseq)?;
    if path.contains('\0') {
        return Err(Errno::Inval.into());
    }
    Ok(path.to_owned())
}
