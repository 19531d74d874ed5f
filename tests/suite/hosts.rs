//! ringfence under an adapter of a conformance suite, as `tests/hosts/README.md` has it: arguments and variables in, exit code
//! and streams out, one folder as the root. The policy is the one of that page.

use std::path::Path;

use libtest_mimic::{Failed, Trial};

use super::program::{code, ensure, root, run_with_input, stderr, stdout};

type Test = fn() -> Result<(), String>;

/// The trials.
pub fn trials() -> Vec<Trial> {
    let tests: &[(&str, Test)] = &[
        (
            "an_adapter_sees_streams_and_codes",
            an_adapter_sees_streams_and_codes,
        ),
        (
            "arguments_and_variables_arrive",
            arguments_and_variables_arrive,
        ),
        ("one_folder_is_the_root", one_folder_is_the_root),
        (
            "codes_of_our_own_are_told_apart",
            codes_of_our_own_are_told_apart,
        ),
    ];
    let trial = |(name, test): &(&str, Test)| {
        let test = *test;
        Trial::test(format!("hosts::{name}"), move || {
            test().map_err(Failed::from)
        })
    };
    tests.iter().map(trial).collect()
}

const HEAD: &str = r#"(module
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env_sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_get" (func $env (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 2 2)
    (data (i32.const 0) "in.txt") (data (i32.const 16) "out.txt")
    (data (i32.const 32) "\00\04\00\00\00\04\00\00")
    ;; Writes LENGTH bytes from 1024 on.
    (func $say (param $fd i32) (param $length i32)
        (i32.store (i32.const 36) (local.get $length))
        (if (call $write (local.get $fd) (i32.const 32) (i32.const 1) (i32.const 40)) (then (call $exit (i32.const 90)))))
    ;; Reads up to 1024 bytes to 1024.
    (func $hear (param $fd i32) (result i32)
        (i32.store (i32.const 36) (i32.const 1024))
        (if (call $read (local.get $fd) (i32.const 32) (i32.const 1) (i32.const 40)) (then (call $exit (i32.const 91))))
        (i32.load (i32.const 40)))"#;

/// What the page says, with the program's own folder and variables.
fn policy(rooted: bool, variables: &str) -> Result<String, String> {
    let page = std::fs::read_to_string(root().join("tests/hosts/README.md"));
    let page = page.map_err(|error| error.to_string())?;
    let policy = page
        .split("```yaml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let policy = policy.ok_or("the page has no policy")?;
    let root = "preopens: [{guest: /, host: ./root, mode: rw}]";
    ensure(
        policy.contains(root) && policy.contains("{NAME: value}"),
        || policy.to_owned(),
    )?;
    let policy = policy.replace("{NAME: value}", variables);
    Ok(if rooted {
        policy
    } else {
        policy.replace(root, "preopens: []")
    })
}

/// Does what an adapter does, and gives what it would compare.
fn adapter(
    folder: &Path,
    body: &str,
    arguments: &[&str],
    input: &str,
) -> Result<(i32, String, String), String> {
    let text = format!("{HEAD} (func (export \"_start\") (local $n i32) {body}))");
    let module = wat::parse_str(text).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("program.wasm"), module).map_err(|error| error.to_string())?;
    let start = [
        "run",
        "--no-lock",
        "--policy",
        "program.yaml",
        "program.wasm",
    ];
    let output = run_with_input(folder, &[&start[..], arguments].concat(), input.as_bytes());
    let said = stderr(&output);
    let own: Vec<&str> = said
        .lines()
        .filter(|line| !line.starts_with("ringfence: "))
        .collect();
    Ok((code(&output), stdout(&output), own.join("\n")))
}

fn bench(rooted: bool, variables: &str) -> Result<tempfile::TempDir, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    std::fs::create_dir(folder.path().join("root")).map_err(|error| error.to_string())?;
    let policy = policy(rooted, variables)?;
    std::fs::write(folder.path().join("program.yaml"), policy)
        .map_err(|error| error.to_string())?;
    Ok(folder)
}

fn same(seen: &(i32, String, String), expected: (i32, &str, &str)) -> Result<(), String> {
    let as_expected = seen.0 == expected.0 && seen.1 == expected.1 && seen.2 == expected.2;
    ensure(as_expected, || format!("{seen:?} and not {expected:?}"))
}

fn an_adapter_sees_streams_and_codes() -> Result<(), String> {
    let folder = bench(false, "{}")?;
    let body = "(local.set $n (call $hear (i32.const 0))) (call $say (i32.const 1) (local.get $n))
        (call $say (i32.const 2) (i32.const 2)) (call $exit (i32.const 33))";
    let seen = adapter(folder.path(), body, &[], "hello\n")?;
    same(&seen, (33, "hello\n", "he"))?;
    let seen = adapter(folder.path(), "", &[], "")?;
    same(&seen, (0, "", ""))
}

fn arguments_and_variables_arrive() -> Result<(), String> {
    let folder = bench(false, "{ONE: \"1\", TWO: two words}")?;
    // The texts lie one after the other, each with a zero byte.
    let told = "(drop (call $args_sizes (i32.const 44) (i32.const 48))) (drop (call $args (i32.const 60) (i32.const 1024)))
        (call $say (i32.const 1) (i32.load (i32.const 48)))
        (drop (call $env_sizes (i32.const 44) (i32.const 48))) (drop (call $env (i32.const 60) (i32.const 1024)))
        (call $say (i32.const 1) (i32.load (i32.const 48)))";
    let seen = adapter(folder.path(), told, &["--", "a b", "--policy", "", "é"], "")?;
    let expected = "the-program\0a b\0--policy\0\0é\0ONE=1\0TWO=two words\0";
    same(&seen, (0, expected, ""))?;
    let seen = adapter(folder.path(), told, &["--", "--"], "")?;
    same(&seen, (0, "the-program\0--\0ONE=1\0TWO=two words\0", ""))
}

fn one_folder_is_the_root() -> Result<(), String> {
    let folder = bench(true, "{}")?;
    let root = folder.path().join("root");
    std::fs::write(root.join("in.txt"), "from the host").map_err(|error| error.to_string())?;
    let body = "(if (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 6) (i32.const 0) (i64.const 2)
            (i64.const 0) (i32.const 0) (i32.const 44)) (then (call $exit (i32.const 92))))
        (local.set $n (call $hear (i32.load (i32.const 44))))
        (if (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 7) (i32.const 9) (i64.const 64)
            (i64.const 0) (i32.const 0) (i32.const 48)) (then (call $exit (i32.const 93))))
        (call $say (i32.load (i32.const 48)) (local.get $n))";
    let seen = adapter(folder.path(), body, &[], "")?;
    same(&seen, (0, "", ""))?;
    let written =
        std::fs::read_to_string(root.join("out.txt")).map_err(|error| error.to_string())?;
    ensure(written == "from the host", || written.clone())?;
    // Without a folder there is no descriptor.
    let folder = bench(false, "{}")?;
    same(&adapter(folder.path(), body, &[], "")?, (92, "", ""))
}

fn codes_of_our_own_are_told_apart() -> Result<(), String> {
    let folder = bench(false, "{}")?;
    for (body, expected) in [
        ("(call $exit (i32.const 118))", 118),
        ("(call $exit (i32.const 255))", 119),
        ("unreachable", 126),
        (
            "(loop $l (call $say (i32.const 1) (i32.const 1024)) (br $l))",
            123,
        ),
    ] {
        let seen = adapter(folder.path(), body, &[], "")?;
        ensure(seen.0 == expected, || format!("{body}: {seen:?}"))?;
    }
    Ok(())
}
