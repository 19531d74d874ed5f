//! The facts of a Go plugin, and the same with hostile names.

use std::sync::Arc;

use crate::wasm::{
    CustomContent, DataSegment, Export, Extent, Extern, Functions, Global, Import, Kind, Layout,
    Literal, LiteralKind, Memory, Module, ProposalUse, Section, Signature, Start, Table, Toolchain,
};

use super::EVIL;

const EXTENT: Extent = Extent { min: 2, max: None };

fn function(params: &[&str], results: &[&str]) -> Extern {
    let owned = |types: &[&str]| types.iter().map(|ty| (*ty).to_owned()).collect();
    Extern::Function(Signature {
        params: owned(params),
        results: owned(results),
    })
}

fn imports() -> Vec<Import> {
    let import = |module: &str, name: &str, params: &[&str], results: &[&str], offset| Import {
        module: module.to_owned(),
        name: name.to_owned(),
        ty: function(params, results),
        offset,
    };
    let wasi = "wasi_snapshot_preview1";
    let open = [
        "i32", "i32", "i32", "i32", "i32", "i64", "i64", "i32", "i32",
    ];
    vec![
        import(wasi, "fd_write", &["i32"; 4], &["i32"], 120),
        import(wasi, "path_open", &open, &["i32"], 160),
        import("env", "read_file", &["i32", "i32"], &["i32"], 200),
        import("env", "log", &["i32", "i32"], &[], 220),
    ]
}

fn exports() -> Vec<Export> {
    let export = |name: &str, ty, index, constant| Export {
        name: name.to_owned(),
        ty,
        index,
        offset: 900 + index as usize,
        constant,
        recovered: None,
    };
    let memory = Extern::Memory {
        extent: EXTENT,
        shared: false,
        memory64: false,
    };
    vec![
        export("memory", memory, 0, None),
        export("_start", function(&[], &[]), 7, None),
        export("abi_version", function(&[], &["i32"]), 8, Some(65538)),
        export("run", function(&["i32", "i32"], &["i64"]), 9, None),
    ]
}

fn sections() -> Vec<Section> {
    let section = |id, name: Option<&str>, offset, size| Section {
        id,
        name: name.map(str::to_owned),
        offset,
        size,
        content: CustomContent::Plain,
    };
    vec![
        section("type", None, 10, 90),
        section("import", None, 102, 160),
        section("code", None, 1000, 1_900_000),
        section("data", None, 1_901_010, 700_000),
        section("custom", Some("name"), 2_601_020, 110_000),
        section("custom", Some("producers"), 2_711_030, 80),
    ]
}

fn literals() -> Vec<Literal> {
    let literal = |kind, text: &str, detail: &str, offset| Literal {
        kind,
        text: text.to_owned(),
        detail: detail.to_owned(),
        place: "data segment 0".to_owned(),
        offset,
    };
    vec![
        literal(
            LiteralKind::Url,
            "https://api.example.com/v1",
            "api.example.com",
            1_902_000,
        ),
        literal(
            LiteralKind::BuildPath,
            "/home/build/plugin/main.go",
            "",
            1_903_000,
        ),
    ]
}

fn proposals() -> Vec<ProposalUse> {
    let used = |name, offset, what: &str| ProposalUse {
        name,
        offset,
        function: Some(9),
        what: what.to_owned(),
    };
    vec![
        used("sign-extension", 1200, "i32.extend8_s"),
        used("bulk-memory", 1300, "memory.copy"),
    ]
}

/// A Go plugin.
pub fn module() -> Module {
    Module {
        kind: Kind::Wasip1,
        size: 2_716_342,
        sha256: [0x3f; 32],
        malformed: None,
        imports: imports(),
        exports: exports(),
        memories: vec![Memory {
            extent: EXTENT,
            page_size: 65536,
            shared: false,
            memory64: false,
            imported: false,
            offset: 800,
        }],
        tables: vec![Table {
            element: "funcref".to_owned(),
            extent: Extent {
                min: 12,
                max: Some(12),
            },
            imported: false,
            offset: 780,
        }],
        globals: vec![Global {
            value: "i32".to_owned(),
            mutable: true,
            imported: false,
            constant: Some(65536),
            offset: 820,
        }],
        start: Some(Start {
            function: 6,
            offset: 960,
        }),
        sections: sections(),
        data: Arc::new(vec![DataSegment {
            offset: 1_901_020,
            size: 699_990,
            address: Some(65536),
            passive: false,
            copied: None,
        }]),
        layout: Layout::default(),
        proposals: proposals(),
        functions: Functions {
            imported: 4,
            complexity: vec![1, 9, 120, 3],
            offsets: vec![1000, 1010, 1100, 1900],
        },
        toolchain: Toolchain {
            language: Some("Go".to_owned()),
            producers: vec![("language".to_owned(), "Go".to_owned(), "1.25.1".to_owned())],
        },
        names: vec![(6, "runtime.init".to_owned()), (9, "main.run".to_owned())],
        literals: literals(),
        uses: None,
    }
}

/// Puts [`EVIL`] into every name.
pub fn poison(module: &mut Module) {
    let evil = || EVIL.to_owned();
    for import in &mut module.imports {
        (import.module, import.name) = (evil(), evil());
    }
    for export in &mut module.exports {
        export.name = evil();
    }
    for section in &mut module.sections {
        section.name = Some(evil());
    }
    for literal in &mut module.literals {
        (literal.text, literal.detail) = (evil(), evil());
    }
    for (_, name) in &mut module.names {
        *name = evil();
    }
    module.toolchain.language = Some(evil());
    module.toolchain.producers = vec![(evil(), evil(), evil())];
}
