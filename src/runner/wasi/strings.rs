//! Lists of strings as `args_get` and `environ_get` hand them out: an array of pointers, and the strings, each with a NUL.

use wasmtime_wasi::p1::types::Error;
use wiggle::{GuestError, GuestMemory, GuestPtr, GuestType as _};

/// How many there are, and how many bytes they take with their NULs.
pub fn sizes(strings: &[String]) -> (u32, u32) {
    let bytes = strings
        .iter()
        .fold(0_usize, |sum, one| sum.saturating_add(one.len() + 1));
    let fit = |number| u32::try_from(number).unwrap_or(u32::MAX);
    (fit(strings.len()), fit(bytes))
}

/// Writes the pointers to one place and the strings to another.
///
/// # Errors
/// Either place is not wholly within the memory; then nothing was written.
pub fn write(
    memory: &mut GuestMemory<'_>,
    strings: &[String],
    pointers: GuestPtr<GuestPtr<u8>>,
    bytes: GuestPtr<u8>,
) -> Result<(), Error> {
    let (count, length) = sizes(strings);
    let table = count
        .checked_mul(GuestPtr::<u8>::guest_size())
        .ok_or(GuestError::PtrOverflow)?;
    memory.as_slice(GuestPtr::new((pointers.offset(), table)))?;
    memory.as_slice(GuestPtr::new((bytes.offset(), length)))?;
    let (mut pointer, mut place) = (pointers, bytes);
    for string in strings {
        memory.write(pointer, place)?;
        place = terminated(memory, string.as_bytes(), place)?;
        pointer = pointer.add(1)?;
    }
    Ok(())
}

/// Writes one string and its NUL; returns where the next begins.
fn terminated(
    memory: &mut GuestMemory<'_>,
    string: &[u8],
    place: GuestPtr<u8>,
) -> Result<GuestPtr<u8>, GuestError> {
    let length = u32::try_from(string.len())?;
    memory.copy_from_slice(string, place.as_array(length))?;
    let end = place.add(length)?;
    memory.write(end, 0)?;
    end.add(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::wasi::sample::{is_trap, number};

    fn strings() -> Vec<String> {
        ["run", "", "naïve"].map(str::to_owned).to_vec()
    }

    fn attempt(bytes: &mut [u8], pointers: u32, at: u32) -> Result<(), Error> {
        let mut memory = GuestMemory::Unshared(bytes);
        write(
            &mut memory,
            &strings(),
            GuestPtr::new(pointers),
            GuestPtr::new(at),
        )
    }

    #[test]
    fn sizes_count_the_nuls() {
        assert_eq!(sizes(&[]), (0, 0));
        assert_eq!(sizes(&strings()), (3, 4 + 1 + 7));
    }

    #[test]
    fn pointers_lead_to_the_strings() {
        let mut bytes = vec![0xff_u8; 128];
        attempt(&mut bytes, 8, 64).unwrap();
        let pointers = [8, 12, 16].map(|at| number(&bytes, at));
        assert_eq!(pointers, [64, 68, 69]);
        assert_eq!(&bytes[64..76], "run\0\0naïve\0".as_bytes());
        assert!(
            bytes[20..64]
                .iter()
                .chain(&bytes[76..])
                .all(|byte| *byte == 0xff)
        );
    }

    #[test]
    fn the_last_byte_of_memory_can_be_the_last_nul() {
        let mut bytes = vec![0xff_u8; 128];
        attempt(&mut bytes, 0, 128 - 12).unwrap();
        assert_eq!(bytes[127], 0);
        let error = attempt(&mut bytes, 0, 128 - 11).unwrap_err();
        assert!(is_trap(&error), "{error}");
    }

    #[test]
    fn a_place_outside_the_memory_is_a_trap_and_writes_nothing() {
        let tables = [120, 128, 0x7fff_fffc, 0xffff_fff8, 0xffff_fffc].map(|table| (table, 64));
        let texts = [117, 128, 0x7fff_ffff, 0xffff_fff4, u32::MAX].map(|text| (8, text));
        for (pointers, at) in tables.into_iter().chain(texts) {
            let mut bytes = vec![0xff_u8; 128];
            let error = attempt(&mut bytes, pointers, at).unwrap_err();
            assert!(is_trap(&error), "{pointers} {at}: {error}");
            assert!(bytes.iter().all(|byte| *byte == 0xff), "{pointers} {at}");
        }
    }

    #[test]
    fn a_crooked_table_is_a_trap() {
        let mut bytes = vec![0_u8; 128];
        let error = attempt(&mut bytes, 9, 64).unwrap_err();
        assert!(is_trap(&error), "{error}");
    }

    #[test]
    fn an_empty_list_writes_nothing() {
        let mut bytes = vec![0xff_u8; 16];
        let mut memory = GuestMemory::Unshared(&mut bytes);
        write(&mut memory, &[], GuestPtr::new(0), GuestPtr::new(0)).unwrap();
        assert!(bytes.iter().all(|byte| *byte == 0xff));
    }
}
