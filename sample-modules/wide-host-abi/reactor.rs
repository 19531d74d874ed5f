//! A report generator that grew one host function a release: a path, a root, a URL, a query, a secret, a tenant.

#![no_std]

const ABI_VERSION: u32 = 1 << 16;
const CAPACITY: usize = 4096;

static mut PAGE: [u8; CAPACITY] = [0; CAPACITY];

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn open_in(root: *const u8, root_len: usize, path: *const u8, path_len: usize) -> i32;
    fn read(handle: i32, out: *mut u8, out_len: usize) -> i32;
    fn close(handle: i32);
    fn unlink(path: *const u8, path_len: usize) -> i32;
    fn http_get(url: *const u8, url_len: usize, out: *mut u8, out_len: usize) -> i32;
    fn dns_lookup(host: *const u8, host_len: usize, out: *mut u8, out_len: usize) -> i32;
    fn sql_query(query: *const u8, query_len: usize, out: *mut u8, out_len: usize) -> i32;
    fn get_secret(name: *const u8, name_len: usize, out: *mut u8, out_len: usize) -> i32;
    fn set_tenant(tenant: *const u8, tenant_len: usize) -> i32;
    fn log_message(text: *const u8, text_len: usize);
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

#[unsafe(no_mangle)]
pub extern "C" fn abi_version() -> u32 {
    ABI_VERSION
}

/// Where the host writes the request and reads the report.
#[unsafe(no_mangle)]
pub extern "C" fn page() -> *mut u8 {
    (&raw mut PAGE).cast()
}

/// Writes the part of the report that `kind` asks for; the request of `length` bytes is in the page.
#[unsafe(no_mangle)]
pub extern "C" fn report(kind: u32, length: usize) -> i32 {
    let request = (&raw const PAGE).cast::<u8>();
    let out = (&raw mut PAGE).cast::<u8>();
    // SAFETY: one thread; every address is the page's, and no length that the host is told exceeds it.
    unsafe {
        match kind {
            0 => read_whole(request, length, out),
            1 => http_get(request, length, out, CAPACITY),
            2 => dns_lookup(request, length, out, CAPACITY),
            3 => sql_query(request, length, out, CAPACITY),
            4 => get_secret(request, length, out, CAPACITY),
            5 => set_tenant(request, length),
            6 => unlink(request, length),
            _ => refuse(),
        }
    }
}

unsafe fn read_whole(path: *const u8, length: usize, out: *mut u8) -> i32 {
    let root = b"/";
    unsafe {
        let handle = open_in(root.as_ptr(), root.len(), path, length);
        let count = read(handle, out, CAPACITY);
        close(handle);
        count
    }
}

unsafe fn refuse() -> i32 {
    let text = b"no such report";
    unsafe { log_message(text.as_ptr(), text.len()) };
    -1
}
