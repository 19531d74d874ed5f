//! What real compilers make.

use super::told;
use crate::wasm::{Module, Reach, Why, decode};

fn sample(name: &str) -> Module {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-modules");
    let module = decode(&std::fs::read(folder.join(name).join("plugin.wasm")).unwrap());
    assert_eq!(module.malformed, None);
    module
}

/// Checks how imports of a sample are reached, by their names.
fn check(name: &str, expected: &[(&str, &str)]) {
    let module = sample(name);
    for (import, expected) in expected {
        let functions = module
            .imports
            .iter()
            .filter(|import| import.ty.signature().is_some());
        let mut named = functions.zip(0..).filter(|(one, _)| one.name == *import);
        let (_, at) = named.next().unwrap();
        assert_eq!(told(&module, at), *expected, "{name}: {import}");
    }
}

/// Names of a sample's imported functions that are reached so.
fn reached(name: &str, reach: Reach) -> Vec<String> {
    let module = sample(name);
    let functions = module
        .imports
        .iter()
        .filter(|import| import.ty.signature().is_some());
    let uses = module.uses.as_ref().unwrap();
    let reached = functions.zip(&uses.imports);
    let reached = reached.filter(|(_, known)| known.reach == reach);
    reached.map(|(import, _)| import.name.clone()).collect()
}

#[test]
fn c_reaches_its_streams_by_function_pointers() {
    check(
        "c-read-file",
        &[
            (
                "path_open",
                "likely: _start _start 85 62 47 46 21 path_open",
            ),
            (
                "fd_read",
                "IndirectCall: _start _start 24 63 ~56 54 18 fd_read",
            ),
            ("proc_exit", "likely: _start _start 22 proc_exit"),
        ],
    );
    assert_eq!(reached("dice-roller", Reach::Unreachable), ["fd_close"]);
    assert_eq!(
        reached("embedded-credential", Reach::Unreachable),
        ["fd_close"]
    );
    assert_eq!(
        reached("dice-roller", Reach::May(Why::IndirectCall)),
        ["fd_fdstat_get", "fd_seek", "fd_write"]
    );
}

#[test]
fn rust_calls_its_main_by_a_function_pointer() {
    let main = [
        "args_sizes_get",
        "args_get",
        "fd_close",
        "fd_fdstat_get",
        "fd_filestat_get",
        "fd_prestat_get",
        "fd_prestat_dir_name",
        "fd_read",
        "path_open",
    ];
    assert_eq!(reached("rust-command", Reach::May(Why::IndirectCall)), main);
    check(
        "rust-exec",
        &[(
            "exec",
            "likely: convert convert _ZN6plugin4exec17hd190b18d75a01791E",
        )],
    );
}

#[test]
fn go_runs_what_its_runtime_and_its_main_lead_to() {
    check(
        "go-reactor",
        &[
            ("log_message", "likely: run run 1282 1278 log_message"),
            (
                "random_get",
                "likely: _initialize _initialize 1224 1190 707 846 612 random_get",
            ),
        ],
    );
    check(
        "go-unguarded-read",
        &[("read_file", "likely: run run 1275 1271 read_file")],
    );
    check(
        "go-command",
        &[
            (
                "fd_read",
                "likely: _start _start 1403 ~769 ~2053 ~1819 1808 ~1776 1766 fd_read",
            ),
            ("proc_exit", "likely: _start _start 1403 ~769 685 proc_exit"),
        ],
    );
}

#[test]
fn assemblyscript_and_zig_samples_import_nothing() {
    for name in ["assemblyscript-function", "zig-function"] {
        assert!(sample(name).uses.unwrap().imports.is_empty());
    }
}
