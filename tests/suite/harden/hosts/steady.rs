//! What differs between hosts, made the same: the functions of `tests/hosts/*/steady.*`, for wasmtime.

use wasmtime::{Caller, Error, Extern, Linker, Memory};

use super::engine::{State, WASI};

const CLOCK_STEP: u64 = 1_000_000;
const CLOCK_BEGIN: u64 = 1_700_000_000_000_000_000;
/// To read and to write.
const RIGHTS: u64 = 0x42;
const SUCCESS: u32 = 0;
const BADF: u32 = 8;
const FAULT: u32 = 21;
const INVAL: u32 = 28;

/// How far the clock and the random bytes are.
pub struct Steady {
    now: u64,
    random: u32,
}

impl Default for Steady {
    fn default() -> Self {
        Self {
            now: CLOCK_BEGIN,
            random: 1,
        }
    }
}

type Guest<'a> = Caller<'a, State>;

/// Puts them over WASI's own.
pub fn link(linker: &mut Linker<State>) -> Result<(), Error> {
    linker.func_wrap(
        WASI,
        "clock_res_get",
        |mut guest: Guest<'_>, id: u32, at: u32| {
            if id > 3 {
                INVAL
            } else {
                put(&mut guest, at, &CLOCK_STEP.to_le_bytes())
            }
        },
    )?;
    linker.func_wrap(
        WASI,
        "clock_time_get",
        |mut guest: Guest<'_>, id: u32, _: u64, at: u32| {
            if id > 3 {
                return INVAL;
            }
            let steady = &mut guest.data_mut().steady;
            steady.now += CLOCK_STEP;
            let now = steady.now.to_le_bytes();
            put(&mut guest, at, &now)
        },
    )?;
    linker.func_wrap(WASI, "random_get", random)?;
    linker.func_wrap(
        WASI,
        "fd_fdstat_get",
        |mut guest: Guest<'_>, descriptor: u32, at: u32| {
            if descriptor > 2 {
                return BADF;
            }
            let mut bytes = [0; 24];
            bytes[8..16].copy_from_slice(&RIGHTS.to_le_bytes());
            put(&mut guest, at, &bytes)
        },
    )?;
    linker.func_wrap(WASI, "fd_fdstat_set_flags", |descriptor: u32, _: u32| {
        if descriptor > 2 { BADF } else { SUCCESS }
    })?;
    Ok(())
}

/// Writes that take every buffer: the two streams have no other way to be written then.
pub fn whole_writes(linker: &mut Linker<State>) -> Result<(), Error> {
    linker.func_wrap(WASI, "fd_write", write)?;
    Ok(())
}

fn write(mut guest: Guest<'_>, descriptor: u32, buffers: u32, count: u32, at: u32) -> u32 {
    let stream = match descriptor {
        1 => 0,
        2 => 1,
        _ => return BADF,
    };
    let Some(memory) = memory(&mut guest) else {
        return FAULT;
    };
    let (bytes, state) = memory.data_and_store_mut(&mut guest);
    let word = |at: usize| {
        let word = bytes.get(at..at + 4)?;
        Some(u32::from_le_bytes(word.try_into().ok()?) as usize)
    };
    let mut all = Vec::new();
    for index in 0..count as usize {
        let buffer = buffers as usize + index * 8;
        let (Some(start), Some(length)) = (word(buffer), word(buffer + 4)) else {
            return FAULT;
        };
        let Some(part) = bytes.get(start..start + length) else {
            return FAULT;
        };
        all.extend_from_slice(part);
    }
    let length = u32::try_from(all.len()).unwrap_or(u32::MAX);
    state.written[stream].extend(all);
    put(&mut guest, at, &length.to_le_bytes())
}

fn memory(guest: &mut Guest<'_>) -> Option<Memory> {
    guest.get_export("memory").and_then(Extern::into_memory)
}

fn put(guest: &mut Guest<'_>, at: u32, bytes: &[u8]) -> u32 {
    let written = memory(guest).and_then(|memory| memory.write(guest, at as usize, bytes).ok());
    if written.is_some() { SUCCESS } else { FAULT }
}

fn random(mut guest: Guest<'_>, at: u32, length: u32) -> u32 {
    let Some(memory) = memory(&mut guest) else {
        return FAULT;
    };
    let (bytes, state) = memory.data_and_store_mut(&mut guest);
    let (start, length) = (at as usize, length as usize);
    let Some(bytes) = bytes.get_mut(start..start + length) else {
        return FAULT;
    };
    for byte in bytes {
        let random = &mut state.steady.random;
        *random = random.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        *byte = (*random >> 16) as u8;
    }
    SUCCESS
}
