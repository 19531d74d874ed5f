//! Bytes as choices of wasm-smith: modules that are valid, for the body of `module`.

#![no_main]

#[path = "../bodies/mod.rs"]
#[allow(dead_code)]
mod bodies;

use arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use wasm_smith::{Config, Module};

fuzz_target!(|data: &[u8]| {
    let config = Config {
        exceptions_enabled: true,
        gc_enabled: true,
        max_memories: 2,
        max_tables: 3,
        memory64_enabled: true,
        relaxed_simd_enabled: true,
        simd_enabled: true,
        tail_call_enabled: true,
        threads_enabled: true,
        ..Config::default()
    };
    if let Ok(module) = Module::new(config, &mut Unstructured::new(data)) {
        (bodies::named("module").body)(&module.to_bytes());
    }
});
