//! Hands known texts and numbers to functions of the host, one export a way; `../README.md` lists what each passes.

#![no_std]

use core::ffi::CStr;

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn read_file(path: *const u8, path_len: usize) -> i32;
    fn http_get(url: *const u8, url_len: usize) -> i32;
    fn write_file(path: *const u8, path_len: usize, text: *const u8, text_len: usize) -> i32;
    fn open_path(path: *const u8) -> i32;
    fn set_mode(mode: u32) -> i32;
    fn remove_file(path: *const u8, path_len: usize) -> i32;
    fn send_text(text: *const u8, text_len: usize) -> i32;
    fn set_level(level: u32) -> i32;
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn path_open(
        folder: i32,
        lookup: i32,
        path: *const u8,
        path_len: usize,
        creation: i32,
        rights: i64,
        inherited: i64,
        flags: i32,
        opened: *mut i32,
    ) -> i32;
    fn proc_exit(code: i32) -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

/// Whether the host said yes: what each wrapper makes of its answer.
fn said(answer: i32) -> i32 {
    i32::from(answer >= 0)
}

// Texts with their length.

fn read_inlined(path: &str) -> i32 {
    said(unsafe { read_file(path.as_ptr(), path.len()) })
}

fn read_inlined_twice(path: &str) -> i32 {
    1 - read_inlined(path)
}

#[inline(never)]
fn read(path: &str) -> i32 {
    said(unsafe { read_file(path.as_ptr(), path.len()) })
}

#[inline(never)]
fn read_twice(path: &str) -> i32 {
    1 - read(path)
}

#[unsafe(no_mangle)]
pub extern "C" fn case_direct() -> i32 {
    let path = "/recall/direct";
    unsafe { read_file(path.as_ptr(), path.len()) }
}

#[unsafe(no_mangle)]
pub extern "C" fn case_inlined_wrapper() -> i32 {
    read_inlined("/recall/inlined-wrapper")
}

#[unsafe(no_mangle)]
pub extern "C" fn case_inlined_wrappers() -> i32 {
    read_inlined_twice("/recall/inlined-wrappers")
}

#[unsafe(no_mangle)]
pub extern "C" fn case_one_wrapper() -> i32 {
    read("/recall/one-wrapper") + read("/recall/one-wrapper/again")
}

#[unsafe(no_mangle)]
pub extern "C" fn case_two_wrappers() -> i32 {
    read_twice("/recall/two-wrappers") + read_twice("/recall/two-wrappers/again")
}

static GLOBAL: &str = "/recall/global";
static mut MUTABLE_GLOBAL: &str = "/recall/mutable-global";

#[unsafe(no_mangle)]
pub extern "C" fn set_global(path: *const u8, path_len: usize) {
    let path = unsafe { core::slice::from_raw_parts(path, path_len) };
    unsafe { MUTABLE_GLOBAL = core::str::from_utf8_unchecked(path) };
}

#[unsafe(no_mangle)]
pub extern "C" fn case_global() -> i32 {
    unsafe { read_file(GLOBAL.as_ptr(), GLOBAL.len()) }
}

#[unsafe(no_mangle)]
pub extern "C" fn case_mutable_global() -> i32 {
    let path = unsafe { MUTABLE_GLOBAL };
    unsafe { read_file(path.as_ptr(), path.len()) }
}

static CONSTANT_TABLE: [&str; 3] = [
    "/recall/constant-table/none",
    "/recall/constant-table/this",
    "/recall/constant-table/neither",
];
static UNKNOWN_TABLE: [&str; 3] = [
    "/recall/unknown-table/zero",
    "/recall/unknown-table/one",
    "/recall/unknown-table/two-and-last",
];

#[unsafe(no_mangle)]
pub extern "C" fn case_table_constant() -> i32 {
    let path = CONSTANT_TABLE[1];
    unsafe { read_file(path.as_ptr(), path.len()) }
}

#[unsafe(no_mangle)]
pub extern "C" fn case_table_unknown(index: usize) -> i32 {
    let path = UNKNOWN_TABLE[index];
    unsafe { read_file(path.as_ptr(), path.len()) }
}

#[unsafe(no_mangle)]
pub extern "C" fn case_branch(chosen: bool) -> i32 {
    let path = if chosen {
        "/recall/branch/yes"
    } else {
        "/recall/branch/otherwise"
    };
    unsafe { read_file(path.as_ptr(), path.len()) }
}

#[unsafe(no_mangle)]
pub extern "C" fn case_branch_wrapper(chosen: bool) -> i32 {
    read(if chosen {
        "/recall/branch-wrapper/yes"
    } else {
        "/recall/branch-wrapper/otherwise"
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn case_slice() -> i32 {
    let path = &"file:///recall/slice"["file://".len()..];
    unsafe { read_file(path.as_ptr(), path.len()) }
}

static mut READER: fn(&str) -> i32 = read;

#[unsafe(no_mangle)]
pub extern "C" fn set_reader(twice: bool) {
    unsafe { READER = if twice { read_twice } else { read } };
}

#[unsafe(no_mangle)]
pub extern "C" fn case_indirect() -> i32 {
    (unsafe { READER })("/recall/indirect")
}

#[unsafe(no_mangle)]
pub extern "C" fn case_computed_path(path: *const u8, path_len: usize) -> i32 {
    unsafe { read_file(path, path_len) }
}

// A second function of the same form, with wrappers of its own.

#[inline(never)]
fn fetch(url: &[u8]) -> i32 {
    said(unsafe { http_get(url.as_ptr(), url.len()) })
}

#[inline(never)]
fn fetch_twice(url: &[u8]) -> i32 {
    1 - fetch(url)
}

#[unsafe(no_mangle)]
pub extern "C" fn case_url_direct() -> i32 {
    let url = b"https://recall.example/direct";
    unsafe { http_get(url.as_ptr(), url.len()) }
}

#[unsafe(no_mangle)]
pub extern "C" fn case_url_one_wrapper() -> i32 {
    fetch(b"https://recall.example/one-wrapper")
        + fetch(b"https://recall.example/one-wrapper/again")
}

#[unsafe(no_mangle)]
pub extern "C" fn case_url_two_wrappers() -> i32 {
    fetch_twice(b"https://recall.example/two-wrappers")
        + fetch_twice(b"https://recall.example/two-wrappers/again")
}

// Two texts in one call.

#[inline(never)]
fn write(path: &str, text: &str) -> i32 {
    said(unsafe { write_file(path.as_ptr(), path.len(), text.as_ptr(), text.len()) })
}

#[unsafe(no_mangle)]
pub extern "C" fn case_two_texts() -> i32 {
    let (path, text) = ("/recall/two-texts", "two texts");
    unsafe { write_file(path.as_ptr(), path.len(), text.as_ptr(), text.len()) }
}

#[unsafe(no_mangle)]
pub extern "C" fn case_two_texts_wrapper() -> i32 {
    write("/recall/two-texts-wrapper", "two texts, wrapped")
        + write(
            "/recall/two-texts-wrapper/again",
            "two texts, wrapped again",
        )
}

// Texts up to a NUL.

#[inline(never)]
fn open(path: &CStr) -> i32 {
    said(unsafe { open_path(path.as_ptr().cast()) })
}

#[inline(never)]
fn open_twice(path: &CStr) -> i32 {
    1 - open(path)
}

#[unsafe(no_mangle)]
pub extern "C" fn case_terminated_direct() -> i32 {
    unsafe { open_path(c"/recall/terminated-direct".as_ptr().cast()) }
}

#[unsafe(no_mangle)]
pub extern "C" fn case_terminated_one_wrapper() -> i32 {
    open(c"/recall/terminated-one-wrapper") + open(c"/recall/terminated-one-wrapper/again")
}

#[unsafe(no_mangle)]
pub extern "C" fn case_terminated_two_wrappers() -> i32 {
    open_twice(c"/recall/terminated-two-wrappers")
        + open_twice(c"/recall/terminated-two-wrappers/again")
}

// Numbers.

#[inline(never)]
fn change_mode(mode: u32) -> i32 {
    said(unsafe { set_mode(mode) })
}

#[inline(never)]
fn change_mode_twice(mode: u32) -> i32 {
    1 - change_mode(mode)
}

static mut MODE: u32 = 1701;
static CONSTANT_MODES: [u32; 3] = [1800, 1801, 1802];
static UNKNOWN_MODES: [u32; 3] = [1901, 1911, 1921];

#[unsafe(no_mangle)]
pub extern "C" fn set_global_mode(mode: u32) {
    unsafe { MODE = mode };
}

#[unsafe(no_mangle)]
pub extern "C" fn case_number_direct() -> i32 {
    unsafe { set_mode(1101) }
}

#[unsafe(no_mangle)]
pub extern "C" fn case_number_one_wrapper() -> i32 {
    change_mode(1201) + change_mode(1211)
}

#[unsafe(no_mangle)]
pub extern "C" fn case_number_two_wrappers() -> i32 {
    change_mode_twice(1301) + change_mode_twice(1311)
}

#[unsafe(no_mangle)]
pub extern "C" fn case_number_branch(chosen: bool) -> i32 {
    unsafe { set_mode(if chosen { 1401 } else { 1411 }) }
}

#[unsafe(no_mangle)]
pub extern "C" fn case_number_mutable_global() -> i32 {
    unsafe { set_mode(MODE) }
}

#[unsafe(no_mangle)]
pub extern "C" fn case_number_table_constant() -> i32 {
    unsafe { set_mode(CONSTANT_MODES[1]) }
}

#[unsafe(no_mangle)]
pub extern "C" fn case_number_table_unknown(index: usize) -> i32 {
    unsafe { set_mode(UNKNOWN_MODES[index]) }
}

// What is known only when it runs.

static mut BUILT: [u8; 32] = [0; 32];

#[unsafe(no_mangle)]
pub extern "C" fn case_computed(path: *const u8, path_len: usize) -> i32 {
    unsafe { remove_file(path, path_len) }
}

#[unsafe(no_mangle)]
pub extern "C" fn case_built(number: u32) -> i32 {
    let built = &raw mut BUILT;
    for place in 0..32 {
        unsafe { (*built)[place] = b'a' + (number >> place & 15) as u8 };
    }
    unsafe { send_text(built.cast(), 32) }
}

#[unsafe(no_mangle)]
pub extern "C" fn case_number_computed(level: u32) -> i32 {
    unsafe { set_level(level.wrapping_mul(3)) }
}

// WASI.

#[unsafe(no_mangle)]
pub extern "C" fn case_wasi_path() -> i32 {
    let (path, mut opened) = ("recall/wasi-path", 0);
    unsafe {
        path_open(
            3,
            1,
            path.as_ptr(),
            path.len(),
            9,
            64,
            0,
            0,
            &raw mut opened,
        ) + opened
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn case_wasi_exit() -> i32 {
    unsafe { proc_exit(41) }
}
