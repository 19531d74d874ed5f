//! Each fact, from a module that shows it.

use super::{bytes, leb, module, section, valid};
use crate::wasm::{CustomContent, DataSegment, Extent, Extern, Kind, Module, Signature, decode};

/// One of everything.
const FULL: &str = r#"(module $m
    (type $log (func (param i32 i64) (result i32)))
    (import "env" "log" (func $log (type $log)))
    (import "env" "shared" (global $base i32))
    (import "env" "room" (table 2 4 funcref))
    (import "env" "memory" (memory 1 9))
    (table 3 externref)
    (global $counter (mut i32) (i32.const 5))
    (global $version i32 (i32.const 65537))
    (global $sum i64 (i64.const -2))
    (func $start nop)
    (func $branches (export "branches") (param i32) (result i32)
        (block (block (block (br_table 0 1 2 (local.get 0)))))
        (if (local.get 0) (then nop))
        (block (br_if 0 (local.get 0)))
        i32.const 1 i32.const 2 i32.add)
    (func (export "abi_version") (result i32) i32.const 3)
    (func (export "long_version") (result i64) (local i32) i64.const 4 return)
    (func (export "computed") (result i32) i32.const 3 i32.const 4 i32.add)
    (export "version" (global $version))
    (export "base" (global $base))
    (export "log" (func $log))
    (export "memory" (memory 0))
    (start $start)
    (data (i32.const 16) "abcd")
    (data (global.get $base) "ef")
    (data "passive"))"#;

fn import<'m>(module: &'m Module, name: &str) -> &'m crate::wasm::Import {
    module
        .imports
        .iter()
        .find(|import| import.name == name)
        .unwrap()
}

fn export<'m>(module: &'m Module, name: &str) -> &'m crate::wasm::Export {
    module
        .exports
        .iter()
        .find(|export| export.name == name)
        .unwrap()
}

#[test]
fn imports_have_types_and_offsets() {
    let binary = bytes(FULL);
    let module = valid(FULL);
    assert_eq!(module.kind, Kind::Core);
    let log = import(&module, "log");
    assert_eq!(log.ty.signature().unwrap().to_string(), "(i32, i64) -> i32");
    assert!(binary[log.offset..].starts_with(b"\x03env\x03log\0"));
    let (extent, element) = (
        Extent {
            min: 2,
            max: Some(4),
        },
        "funcref".to_owned(),
    );
    assert_eq!(
        import(&module, "room").ty,
        Extern::Table { element, extent }
    );
    let memory = Extern::Memory {
        extent: Extent {
            min: 1,
            max: Some(9),
        },
        shared: false,
        memory64: false,
    };
    assert_eq!(import(&module, "memory").ty, memory);
}

#[test]
fn exports_have_types_indices_and_constants() {
    let module = valid(FULL);
    let constant = |name| export(&module, name).constant;
    assert_eq!(constant("abi_version"), Some(3));
    assert_eq!(constant("long_version"), Some(4));
    assert_eq!(constant("computed"), Some(7));
    assert_eq!(constant("version"), Some(65537));
    assert_eq!(constant("base"), None);
    assert_eq!(constant("log"), None);
    assert_eq!(export(&module, "branches").index, 2);
    let log = Signature {
        params: vec!["i32".into(), "i64".into()],
        results: vec!["i32".into()],
    };
    assert_eq!(export(&module, "log").ty, Extern::Function(log));
}

#[test]
fn memories_tables_and_globals_count_imported_ones_first() {
    let module = valid(FULL);
    let imported = |flags: Vec<bool>| flags;
    let tables = module.tables.iter().map(|table| table.imported).collect();
    assert_eq!(imported(tables), [true, false]);
    assert_eq!(module.tables[1].element, "externref");
    assert_eq!(module.memories.len(), 1);
    assert_eq!(module.memories[0].page_size, 65_536);
    let globals: Vec<_> = module
        .globals
        .iter()
        .map(|global| {
            (
                global.value.as_str(),
                global.mutable,
                global.imported,
                global.constant,
            )
        })
        .collect();
    assert_eq!(
        globals,
        [
            ("i32", false, true, None),
            ("i32", true, false, Some(5)),
            ("i32", false, false, Some(65537)),
            ("i64", false, false, Some(-2)),
        ]
    );
}

#[test]
fn functions_have_complexity_offsets_and_names() {
    let binary = bytes(FULL);
    let module = valid(FULL);
    assert_eq!(module.functions.imported, 1);
    // br_table has two targets beside its default.
    assert_eq!(module.functions.complexity, [1, 5, 1, 1, 1]);
    let start = module.functions.offsets[0] as usize;
    assert_eq!(binary[start - 1..start + 3], [3, 0, 1, 0x0b]);
    assert_eq!(module.function_name(2), Some("branches"));
    assert_eq!(module.start.as_ref().unwrap().function, 1);
}

#[test]
fn data_segments_have_addresses_where_constant() {
    let binary = bytes(FULL);
    let module = valid(FULL);
    let brief = |segment: &DataSegment| (segment.size, segment.address, segment.passive);
    let segments: Vec<_> = module.data.iter().map(brief).collect();
    assert_eq!(
        segments,
        [(4, Some(16), false), (2, None, false), (7, None, true)]
    );
    assert!(binary[module.data[2].offset..].starts_with(b"passive"));
}

#[test]
fn sections_are_listed_with_what_they_carry() {
    let module = valid(
        r#"(module (memory 1)
            (@custom ".debug_info" "x") (@custom "sourceMappingURL" "\05m.map")
            (@custom "zip" "PK\03\04") (@custom "plain" "text"))"#,
    );
    let custom = |name: &str| {
        let mut all = module.sections.iter();
        all.find(|section| section.name.as_deref() == Some(name))
            .unwrap()
            .content
    };
    assert_eq!(module.sections[0].id, "memory");
    assert_eq!(custom(".debug_info"), CustomContent::Dwarf);
    assert_eq!(custom("sourceMappingURL"), CustomContent::SourceMap);
    assert_eq!(custom("zip"), CustomContent::Archive);
    assert_eq!(custom("plain"), CustomContent::Plain);
}

#[test]
fn the_sections_sizes_and_headers_make_up_the_file() {
    let binary = bytes(FULL);
    let module = decode(&binary);
    let header = |size: usize| 1 + leb(size).len();
    let sizes = module
        .sections
        .iter()
        .map(|section| header(section.size) + section.size);
    assert_eq!(8 + sizes.sum::<usize>(), binary.len());
    assert_eq!(module.size, binary.len());
}

#[test]
fn the_digest_is_of_the_binary() {
    assert_eq!(
        valid("(module)").digest(),
        "93a44bbb96c751218e4c00d479e4c14358122a389acca16205b1e4d0dc5f9476"
    );
}

#[test]
fn wasi_makes_the_kind() {
    let wasi = r#"(module (import "wasi_snapshot_preview1" "fd_write" (func)))"#;
    assert_eq!(valid(wasi).kind, Kind::Wasip1);
    let old = r#"(module (import "wasi_unstable" "fd_write" (func)))"#;
    assert_eq!(valid(old).kind, Kind::Wasip1);
    let memory = r#"(module (import "wasi_snapshot_preview1" "m" (memory 1)))"#;
    assert_eq!(valid(memory).kind, Kind::Core);
}

#[test]
fn producers_and_traces_tell_the_toolchain() {
    let producers = module(&[section(
        0,
        b"\x09producers\x02\x08language\x01\x04Rust\x042021\x0cprocessed-by\x01\x05rustc\x061.90.0",
    )]);
    let toolchain = decode(&producers).toolchain;
    assert_eq!(toolchain.language.as_deref(), Some("Rust"));
    let rustc = ("processed-by".into(), "rustc".into(), "1.90.0".into());
    assert_eq!(toolchain.producers[1], rustc);
    for (wat, language) in [
        (
            r#"(module (@producers (language "C11" "") (language "C_plus_plus_14" "")))"#,
            "C++",
        ),
        (r#"(module (@custom "go:buildid" "x"))"#, "Go"),
        (r#"(module (import "wbg" "f" (func)))"#, "Rust"),
        (r#"(module (func (export "__new")))"#, "AssemblyScript"),
        (
            r"(module (func $runtime.run) (func $tinygo_launch))",
            "TinyGo",
        ),
        (
            r#"(module (func $"_ZN4core3fmt17h0123456789abcdefE"))"#,
            "Rust",
        ),
        (r"(module (func $__wasm_call_ctors))", "C"),
    ] {
        assert_eq!(
            valid(wat).toolchain.language.as_deref(),
            Some(language),
            "{wat}"
        );
    }
    assert_eq!(valid("(module)").toolchain.language, None);
}

#[test]
fn typed_references_name_the_modules_own_types() {
    let module = valid(
        r#"(module (type $a (func)) (type $b (func (param i32)))
            (import "env" "f" (func (param (ref null $b)) (result (ref $a) anyref))))"#,
    );
    let signature = module.imports[0].ty.signature().unwrap();
    assert_eq!(signature.to_string(), "((ref null 1)) -> ((ref 0), anyref)");
}
