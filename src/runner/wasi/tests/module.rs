//! A real module through the engine: paths, files and folders as compiled guests use them.

use crate::runner::sample::{approve, tokio};
use crate::runner::{Ending, Entry, Invocation, Options, Outcome, Output, Runner};

use super::*;

/// Opens `name` below the first grant, writes to it, reads it back, and prints what it read.
const MODULE: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_pread" (func $pread (param i32 i32 i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "NAME")
    (data (i32.const 64) "\80\00\00\00\05\00\00\00")
    (data (i32.const 72) "\00\01\00\00\40\00\00\00")
    (data (i32.const 128) "hello")
    (func $check (param $errno i32)
        (if (local.get $errno) (then (call $exit (local.get $errno)))))
    (func (export "_start") (local $fd i32)
        (call $check (call $open (i32.const 3) (i32.const 1) (i32.const 0) (i32.const LENGTH) (i32.const 1)
            (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 16)))
        (local.set $fd (i32.load (i32.const 16)))
        (call $check (call $write (local.get $fd) (i32.const 64) (i32.const 1) (i32.const 24)))
        (call $check (call $pread (local.get $fd) (i32.const 72) (i32.const 1) (i64.const 0) (i32.const 76)))
        (call $check (call $write (i32.const 1) (i32.const 72) (i32.const 1) (i32.const 24)))
        (call $exit (i32.const 0))))"#;

fn run(name: &str, preopen: &str) -> (Outcome, Vec<u8>) {
    let module = MODULE.replace("NAME", name);
    let module = module.replace("LENGTH", &name.len().to_string());
    let policy = format!(
        "module: {{kind: wasip1}}\nimports: {{wasi: {{allow: [fs.read, fs.write, stdout, process.exit]}}}}\n\
         grants: {{preopens: [{preopen}], stdout: {{max: 1KiB}}}}\n\
         limits: {{fuel: 10000000, deadline: 20s, memory: 1MiB, table_elements: 10, stack: 256KiB, host_calls: 100, open_files: 4, written_bytes: 64KiB}}\n"
    );
    let runner = Runner::new(approve(&module, &policy), Options::default()).unwrap();
    let kept = Arc::new(Mutex::new(Vec::new()));
    let invocation = Invocation {
        stdout: Output::Keep(Arc::clone(&kept)),
        ..Invocation::default()
    };
    let outcome = tokio().block_on(runner.run(invocation, &Entry::Command));
    let printed = kept.lock().unwrap().clone();
    (outcome, printed)
}

fn exit(outcome: &Outcome) -> Option<u32> {
    match outcome.ending {
        Ending::Exit(code) => Some(code),
        _ => None,
    }
}

#[test]
fn a_module_writes_and_reads_in_a_folder_of_the_host() {
    let here = folder();
    let preopen = format!(
        "{{guest: /data, host: {}, mode: rw}}",
        here.path().display()
    );
    let (outcome, printed) = run("file", &preopen);
    assert_eq!(exit(&outcome), Some(0), "{outcome:?}");
    assert_eq!(printed, b"hello");
    assert_eq!(std::fs::read(here.path().join("file")).unwrap(), b"hello");
    let spent = outcome.usage.spent;
    assert_eq!((spent.written_bytes, spent.host_calls), (512 + 5, 5));
    let calls: Vec<_> = outcome
        .usage
        .passed
        .calls
        .iter()
        .map(|(name, count)| (&**name, *count))
        .collect();
    assert_eq!(
        calls,
        [
            ("fd_pread", 1),
            ("fd_write", 2),
            ("path_open", 1),
            ("proc_exit", 1)
        ]
    );
}

#[test]
fn a_module_is_told_what_its_grant_does_not_give() {
    let outer = folder();
    let inner = outer.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let grant = |mode| format!("{{guest: /data, host: {}, mode: {mode}}}", inner.display());
    for (name, mode, told) in [
        ("file", "ro", Errno::Rofs),
        ("../file", "rw", Errno::Perm),
        ("/tmp/file", "rw", Errno::Perm),
    ] {
        let (outcome, printed) = run(name, &grant(mode));
        assert_eq!(exit(&outcome), Some(told as u32), "{name} {outcome:?}");
        assert_eq!(printed, b"");
    }
    assert_eq!(tree(outer.path()).len(), 1);
}
