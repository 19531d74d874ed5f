//! The proposals beyond WebAssembly 1.0, by the names policies use, and the one constant of what is valid for us.

use std::sync::LazyLock;

use wasmparser::WasmFeatures;

/// Every proposal that the engine can run; a module that needs another one is not valid for us.
pub const PROPOSALS: &[&str] = &[
    "bulk-memory",
    "custom-page-sizes",
    "exceptions",
    "extended-const",
    "function-references",
    "gc",
    "memory64",
    "multi-memory",
    "multi-value",
    "mutable-global",
    "reference-types",
    "relaxed-simd",
    "saturating-float-to-int",
    "sign-extension",
    "simd",
    "tail-call",
    "threads",
    "wide-arithmetic",
];

/// What a policy without `module.proposals` allows: WebAssembly 2.0.
pub const DEFAULT_PROPOSALS: &[&str] = &[
    "bulk-memory",
    "multi-value",
    "mutable-global",
    "reference-types",
    "saturating-float-to-int",
    "sign-extension",
    "simd",
];

/// A proposal by its place in [`PROPOSALS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Proposal {
    BulkMemory,
    CustomPageSizes,
    Exceptions,
    ExtendedConst,
    FunctionReferences,
    Gc,
    Memory64,
    MultiMemory,
    MultiValue,
    MutableGlobal,
    ReferenceTypes,
    RelaxedSimd,
    SaturatingFloatToInt,
    SignExtension,
    Simd,
    TailCall,
    Threads,
    WideArithmetic,
}

impl Proposal {
    /// Its bit in a set of proposals.
    pub(super) const fn bit(self) -> u32 {
        1 << self as u8
    }
}

/// What a valid module may use: [`PROPOSALS`], and for components what wasmtime 48 enables by itself. Not in it, although
/// wasmtime knows them: stack switching (x86-64 Unix only, unfinished), shared-everything threads, legacy exceptions.
pub fn features() -> WasmFeatures {
    static FEATURES: LazyLock<WasmFeatures> = LazyLock::new(|| {
        let known = PROPOSALS.iter().filter_map(|name| feature(name));
        known.fold(WasmFeatures::MVP, WasmFeatures::union)
            | WasmFeatures::COMPONENT_MODEL
            | WasmFeatures::CM_ASYNC
    });
    *FEATURES
}

fn feature(name: &str) -> Option<WasmFeatures> {
    WasmFeatures::from_name(&name.replace('-', "_").to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_proposal_is_a_feature_of_wasmparser() {
        for name in PROPOSALS {
            assert!(feature(name).is_some(), "{name}");
        }
    }

    #[test]
    fn exactly_what_wasmtime_runs() {
        let expected = WasmFeatures::WASM3
            | WasmFeatures::CUSTOM_PAGE_SIZES
            | WasmFeatures::WIDE_ARITHMETIC
            | WasmFeatures::COMPONENT_MODEL
            | WasmFeatures::CM_ASYNC;
        assert_eq!(features(), expected);
    }

    #[test]
    fn the_default_is_webassembly_two() {
        let defaults = DEFAULT_PROPOSALS
            .iter()
            .filter_map(|name| feature(name))
            .fold(WasmFeatures::MVP, WasmFeatures::union);
        assert_eq!(defaults, WasmFeatures::WASM2);
    }

    #[test]
    fn the_enum_follows_the_list() {
        assert_eq!(PROPOSALS[Proposal::BulkMemory as usize], "bulk-memory");
        assert_eq!(PROPOSALS[Proposal::Gc as usize], "gc");
        assert_eq!(
            PROPOSALS[Proposal::MutableGlobal as usize],
            "mutable-global"
        );
        assert_eq!(PROPOSALS[Proposal::Simd as usize], "simd");
        assert_eq!(Proposal::WideArithmetic as usize + 1, PROPOSALS.len());
        assert!(PROPOSALS.is_sorted());
    }
}
