//! The engine's compiler, kept from taking this process down.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wasmtime::{Engine, Module};

/// Compiles a module. There are modules that the compiler panics over, as those where one function uses more globals than it
/// can tell apart: such a one is not run, and the host goes on.
///
/// # Errors
/// The compiler does not take it.
pub fn compile(engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Module> {
    // Nothing of a compilation that broke off is kept: the engine's own tables are filled when it is done.
    let compiled = catch_unwind(AssertUnwindSafe(|| Module::from_binary(engine, bytes)));
    compiled.unwrap_or_else(|_| Err(wasmtime::Error::msg("its compiler broke off")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function that reads so many globals.
    fn globals(count: usize) -> Vec<u8> {
        let declared = "(global(mut i32)i32.const 0)".repeat(count);
        let read: String = (0..count)
            .map(|at| format!("global.get {at} drop "))
            .collect();
        let text = format!("(module {declared} (func (export \"f\") {read}))");
        crate::wasm::encode_text(&text).unwrap()
    }

    #[test]
    fn a_module_that_the_compiler_panics_over_is_an_error() {
        let engine = Engine::default();
        assert!(compile(&engine, &globals(10)).is_ok());
        let error = compile(&engine, &globals(70_000)).unwrap_err();
        assert_eq!(error.to_string(), "its compiler broke off");
        // The engine goes on.
        assert!(compile(&engine, &globals(10)).is_ok());
    }
}
