//! The proposals beyond WebAssembly 1.0, by the names policies use.

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
