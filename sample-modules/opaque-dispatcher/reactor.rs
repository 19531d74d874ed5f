//! A waPC guest: whatever it wants of the host goes through one function, and the host learns what by reading names.

#![no_std]

const CAPACITY: usize = 1024;

static mut REQUEST: [u8; CAPACITY] = [0; CAPACITY];

#[link(wasm_import_module = "wapc")]
unsafe extern "C" {
    fn __guest_request(operation: *mut u8, payload: *mut u8);
    fn __guest_response(response: *const u8, length: usize);
    fn __guest_error(text: *const u8, length: usize);
    fn __host_call(
        binding: *const u8,
        binding_len: usize,
        namespace: *const u8,
        namespace_len: usize,
        operation: *const u8,
        operation_len: usize,
        payload: *const u8,
        payload_len: usize,
    ) -> i32;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

/// Hands the request on as an operation of its own choosing: the first `operation_len` bytes name it.
#[unsafe(no_mangle)]
pub extern "C" fn __guest_call(operation_len: usize, payload_len: usize) -> i32 {
    if operation_len > CAPACITY || payload_len > CAPACITY - operation_len {
        return fail(b"request too large");
    }
    let request = (&raw mut REQUEST).cast::<u8>();
    let payload = request.wrapping_add(operation_len);
    // SAFETY: one thread, and both lengths together fit the request.
    unsafe {
        __guest_request(request, payload);
        let binding = b"default";
        let done = __host_call(
            binding.as_ptr(),
            binding.len(),
            binding.as_ptr(),
            binding.len(),
            request,
            operation_len,
            payload,
            payload_len,
        );
        if done == 0 {
            return fail(b"the host refused");
        }
        __guest_response(payload, payload_len);
    }
    1
}

fn fail(text: &[u8]) -> i32 {
    // SAFETY: the text lives as long as the module.
    unsafe { __guest_error(text.as_ptr(), text.len()) };
    0
}
