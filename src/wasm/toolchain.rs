//! Which language a module was written in: from its producers, else from traces that compilers leave.

use super::{Module, Toolchain};

/// Fills in the language.
pub(super) fn detect(module: &Module) -> Option<String> {
    let named = from_producers(&module.toolchain);
    let traced = from_traces(module);
    match (named, traced) {
        // TinyGo's LLVM says C or Go; its own runtime names tell more.
        (_, Some("TinyGo")) => Some("TinyGo".to_owned()),
        (Some(named), _) => Some(named),
        (None, traced) => traced.map(str::to_owned),
    }
}

fn from_producers(toolchain: &Toolchain) -> Option<String> {
    let languages = toolchain
        .producers
        .iter()
        .filter(|(field, ..)| field == "language");
    let mut names: Vec<_> = languages.map(|(_, name, _)| plain(name)).collect();
    // A Rust or Zig module links C objects, hardly ever the other way round; and C++ links C.
    names.sort_by_key(|name| match *name {
        "C" => 2,
        "C++" => 1,
        _ => 0,
    });
    if let Some(name) = names.first() {
        return Some((*name).to_owned());
    }
    let processed = |text: &str| {
        let all = &toolchain.producers;
        all.iter()
            .any(|(field, name, _)| field == "processed-by" && name.contains(text))
    };
    [("rustc", "Rust"), ("Go cmd/compile", "Go"), ("clang", "C")]
        .into_iter()
        .find_map(|(mark, language)| processed(mark).then(|| language.to_owned()))
}

/// `C_plus_plus_14` is C++, `C11` is C.
fn plain(language: &str) -> &str {
    let digits = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit());
    if language.starts_with("C_plus_plus") || language.starts_with("C++") {
        "C++"
    } else if language.strip_prefix('C').is_some_and(digits) {
        "C"
    } else {
        language
    }
}

fn from_traces(module: &Module) -> Option<&'static str> {
    let custom = |name: &str| {
        let mut sections = module.sections.iter();
        sections.any(|section| section.name.as_deref() == Some(name))
    };
    let imports = |start: &str| {
        let mut all = module.imports.iter();
        all.any(|import| import.module.starts_with(start))
    };
    let function = |test: &dyn Fn(&str) -> bool| {
        let exports = module.exports.iter().map(|export| export.name.as_str());
        let names = module.names.iter().map(|(_, name)| name.as_str());
        exports.chain(names).take(SEARCHED).any(test)
    };
    if function(&|name| {
        matches!(
            name,
            "runtime.run" | "tinygo_unwind" | "tinygo_getCurrentStackPointer" | "tinygo_launch"
        )
    }) && !custom("go:buildid")
    {
        return Some("TinyGo");
    }
    if custom("go:buildid") || imports("gojs") || imports("go") && custom("go.buildid") {
        return Some("Go");
    }
    if imports("__wbindgen") || imports("wbg") || custom("__wasm_bindgen_unstable") {
        return Some("Rust");
    }
    if function(&|name| {
        name.starts_with("~lib/") || matches!(name, "__new" | "__pin" | "__rtti_base")
    }) {
        return Some("AssemblyScript");
    }
    if function(&|name| {
        name.starts_with("_ZN") && name.contains("17h")
            || name.starts_with("_RN")
            || name.starts_with("__rust_")
            || name.starts_with("core::")
    }) {
        return Some("Rust");
    }
    if function(&|name| {
        name.starts_with("zig.")
            || name.starts_with("debug.panic")
            || name.starts_with("heap.WasmAllocator")
    }) {
        return Some("Zig");
    }
    if function(&|name| {
        name.starts_with("_ZNSt") || name.starts_with("_ZSt") || name.starts_with("std::")
    }) {
        return Some("C++");
    }
    function(&|name| {
        matches!(
            name,
            "__wasm_call_ctors" | "__main_void" | "dlmalloc" | "emscripten_stack_init"
        )
    })
    .then_some("C")
}

/// How many names are looked at: traces are common where they are at all.
const SEARCHED: usize = 20_000;
