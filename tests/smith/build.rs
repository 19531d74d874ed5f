//! The generator of arbitrary modules, which is this build script itself: without arguments it only says where it is.
//!
//! A library of the tests would share its dependencies with the engine, whose compiler uses `arbitrary` too, with fewer
//! features: the whole engine would be built once for the tests and once for the program. What build scripts depend on
//! is resolved apart from that, so a program of the build is the one place where wasm-smith changes nothing else.

use std::convert::Infallible;
use std::error::Error;
use std::io::{Read, Write};

use arbitrary::Unstructured;
use wasm_encoder::reencode::{self, Reencode};
use wasm_smith::{Config, Module};

/// Bytes of entropy for a module: about as many operators.
const ENTROPY: u64 = 3072;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, count, rest @ ..] = arguments.as_slice() else {
        let program = std::env::current_exe()?;
        println!("cargo::rerun-if-changed=build.rs");
        println!("cargo::rustc-env=SMITH={}", program.display());
        return Ok(());
    };
    let collected = rest.first().is_some_and(|word| word == "collected");
    let mut imports = Vec::new();
    std::io::stdin().read_to_end(&mut imports)?;
    let (from, count): (u64, u64) = (from.parse()?, count.parse()?);
    let mut out = std::io::stdout().lock();
    for seed in from..from + count {
        let mut bytes = module(seed, collected, &imports);
        if !collected {
            bytes = without_externals(&bytes);
        }
        out.write_all(&u32::try_from(bytes.len())?.to_le_bytes())?;
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// The module of a seed; empty where the entropy makes none.
fn module(seed: u64, collected: bool, imports: &[u8]) -> Vec<u8> {
    let mut stream = Stream(seed);
    let length = 512 + stream.next() % ENTROPY;
    let config = config(&mut stream, collected, imports);
    let bytes: Vec<u8> = (0..length.div_ceil(8))
        .flat_map(|_| stream.next().to_le_bytes())
        .collect();
    let module = Module::new(config, &mut Unstructured::new(&bytes));
    module.map_or_else(|_| Vec::new(), |module| module.to_bytes())
}

/// The same module with functions for whatever is the host's: all references are functions then, and as valid as before.
fn without_externals(bytes: &[u8]) -> Vec<u8> {
    struct Functions;
    impl Reencode for Functions {
        type Error = Infallible;

        fn abstract_heap_type(
            &mut self,
            _: wasmparser::AbstractHeapType,
        ) -> Result<wasm_encoder::AbstractHeapType, reencode::Error<Infallible>> {
            Ok(wasm_encoder::AbstractHeapType::Func)
        }
    }
    let mut module = wasm_encoder::Module::new();
    let parser = wasmparser::Parser::new(0);
    let done = Functions.parse_core_module(&mut module, parser, bytes);
    done.map_or_else(|_| Vec::new(), |()| module.finish())
}

/// Small modules with many tables and exports; `collected` is for engines with a garbage collector.
fn config(stream: &mut Stream, collected: bool, imports: &[u8]) -> Config {
    let mut coin = |of: u64| stream.next().is_multiple_of(of);
    Config {
        available_imports: Some(imports.to_vec()),
        allow_start_export: true,
        disallow_traps: !coin(4),
        export_everything: coin(8),
        exceptions_enabled: collected && coin(2),
        gc_enabled: collected && coin(2),
        reference_types_enabled: true,
        simd_enabled: coin(8),
        relaxed_simd_enabled: false,
        threads_enabled: false,
        memory64_enabled: coin(4),
        wide_arithmetic_enabled: false,
        allow_floats: coin(2),
        min_funcs: 2,
        max_funcs: 12,
        min_exports: 1,
        max_exports: 6,
        max_imports: 8,
        max_globals: 8,
        max_types: 12,
        min_tables: 1,
        max_tables: 3,
        max_table_elements: 64,
        min_element_segments: 1,
        max_element_segments: 6,
        max_elements: 8,
        max_memories: 2,
        max_memory32_bytes: 4 << 16,
        max_memory64_bytes: 4 << 16,
        max_data_segments: 3,
        max_instructions: 80,
        ..Config::default()
    }
}

/// A stream of numbers that only the seed decides (splitmix64).
struct Stream(u64);

impl Stream {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
