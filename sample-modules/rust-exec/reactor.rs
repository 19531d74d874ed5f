//! Converts pictures by asking the host to run a program: whoever names the picture writes part of a command line.

#![no_std]

const ABI_VERSION: u32 = 1 << 16;
const CAPACITY: usize = 512;
const COMMAND: &[u8] = b"convert -resize 128x128 ";

static mut LINE: [u8; CAPACITY] = [0; CAPACITY];

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn exec(command: *const u8, command_len: usize) -> i32;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

#[unsafe(no_mangle)]
pub extern "C" fn abi_version() -> u32 {
    ABI_VERSION
}

/// Where the host writes the name of the picture.
#[unsafe(no_mangle)]
pub extern "C" fn name_buffer() -> *mut u8 {
    (&raw mut LINE).cast::<u8>().wrapping_add(COMMAND.len())
}

/// Converts the picture whose name of `length` bytes is in the buffer.
#[unsafe(no_mangle)]
pub extern "C" fn convert(length: usize) -> i32 {
    if length > CAPACITY - COMMAND.len() {
        return -1;
    }
    let line = (&raw mut LINE).cast::<u8>();
    // SAFETY: one thread, and the sum of both lengths was checked against the buffer.
    unsafe {
        core::ptr::copy_nonoverlapping(COMMAND.as_ptr(), line, COMMAND.len());
        exec(line, COMMAND.len() + length)
    }
}
