//! Many threads with guests that end in every way there is, in one process.

use std::path::Path;
use std::sync::{Arc, Mutex};

use ringfence::audit::{Approval, LoadedPolicy, Surroundings};
use ringfence::policy::{self, Vocabulary};
use ringfence::rule::RuleSet;
use ringfence::runner::{Allocation, Entry, Input, Invocation, Options, Output, Runner};
use ringfence::source::Sources;
use ringfence::wasm;

use super::super::program::{ensure, entries};
use super::rounds;

const THREADS: usize = 64;

const LIMITS: &str = "version: 1
name: sample
module: {kind: wasip1}
imports:
  wasi: {allow: [stdin, stdout, process.exit, fs.write, fs.metadata, fd_read, fd_write]}
  host: [{module: env, name: ask, signature: \"(i32) -> i32\", args: [{name: n, role: number, index: 0, max: 10}], on_deny: trap, provider: {stub: {return: 0}}}]
grants:
  stdin: {max: 64B}
  stdout: {max: 64B, on_limit: trap}
  preopens: [{guest: /scratch, scratch: {bytes: 4KiB, entries: 4}}]
limits: {fuel: 200000, deadline: 20s, memory: 128KiB, table_elements: 10, stack: 64KiB, host_calls: 100, open_files: 4, written_bytes: 4KiB}
";

const HEAD: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "env" "ask" (func $ask (param i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "\40\00\00\00\20\00\00\00") (data (i32.const 16) "file")
    (func $echo
        (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (i32.store (i32.const 4) (i32.load (i32.const 8)))
        (drop (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 4) (i32.const 9) (i64.const 64)
            (i64.const 0) (i32.const 0) (i32.const 8)))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))"#;

/// A guest's code after it has said back what it was given, and the code that it ends with.
const ENDS: &[(&str, u8)] = &[
    ("", 0),
    ("(call $exit (i32.const 7))", 7),
    ("(loop $l (br $l))", 121),
    ("(loop $l (drop (memory.grow (i32.const 1))) (br $l))", 122),
    (
        "(loop $l (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br $l))",
        123,
    ),
    ("(loop $l (drop (call $ask (i32.const 1))) (br $l))", 123),
    ("(drop (call $ask (i32.const 99)))", 125),
    ("(unreachable)", 126),
];

pub fn many_threads_and_outcomes() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let scratches = folder.path().join("scratches");
    let runners: Vec<Runner> = ENDS
        .iter()
        .enumerate()
        .map(|(at, (code, _))| runner(code, at % 2 == 0, &scratches))
        .collect::<Result<_, _>>()?;
    let rounds = rounds(4);
    let failures = Mutex::new(Vec::new());
    let before = entries(Path::new("/proc/self/fd")).len();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (runners, failures) = (&runners, &failures);
            scope.spawn(move || {
                if let Err(error) = invoke(runners, thread, rounds) {
                    failures
                        .lock()
                        .map(|mut all| all.push(error))
                        .unwrap_or_default();
                }
            });
        }
    });
    let failures = failures.into_inner().map_err(|error| error.to_string())?;
    ensure(failures.is_empty(), || {
        format!("{} threads failed: {}", failures.len(), failures[0])
    })?;
    drop(runners);
    let left: Vec<_> = entries(&scratches)
        .iter()
        .flat_map(|folder| entries(folder))
        .collect();
    ensure(left.is_empty(), || format!("scratches are left: {left:?}"))?;
    // Other trials of this process open files too; thousands would be ours.
    let after = entries(Path::new("/proc/self/fd")).len();
    ensure(after < before + THREADS, || {
        format!("{before} descriptors became {after}")
    })
}

fn runner(code: &str, pooled: bool, scratches: &Path) -> Result<Runner, String> {
    let text = format!("{HEAD} (func (export \"_start\") (call $echo) {code}))");
    let mut sources = Sources::default();
    let policy = policy::parse("policy.yaml", LIMITS, &Vocabulary::standard(), &mut sources);
    let policy = policy.map_err(|mistakes| format!("{mistakes:?}"))?;
    let input = wasm::Input::binary(wasm::encode_text(&text)?);
    let module = wasm::decode_input(&input);
    let approval = Approval::audit(
        input,
        module,
        LoadedPolicy::new("policy.yaml", policy, true),
        sources,
        &RuleSet::empty(),
        Surroundings::of_process(),
    );
    let allocation = if pooled {
        Allocation::Pooled {
            instances: u32::try_from(THREADS).unwrap_or(1),
        }
    } else {
        Allocation::OnDemand
    };
    let options = Options {
        allocation,
        scratch_parent: Some(scratches.to_owned()),
        ..Options::default()
    };
    let approval = approval.map_err(|refusal| refusal.to_string())?;
    Runner::new(approval, options).map_err(|error| error.to_string())
}

/// A thread's share: each guest in turn, with a text of its own that has to come back and no other.
fn invoke(runners: &[Runner], thread: usize, rounds: u64) -> Result<(), String> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let tokio = builder
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    for round in 0..rounds {
        for step in 0..runners.len() {
            let at = (step + thread) % runners.len();
            let (Some(runner), Some((code, expected))) = (runners.get(at), ENDS.get(at)) else {
                continue;
            };
            let own = format!("{thread}/{round}/{step}.");
            let kept = Arc::new(Mutex::new(Vec::new()));
            let invocation = Invocation {
                stdin: Input::Bytes(own.as_bytes().to_vec()),
                stdout: Output::Keep(Arc::clone(&kept)),
                ..Invocation::default()
            };
            let outcome = tokio.block_on(runner.run(invocation, &Entry::Command));
            let said = kept.lock().map(|said| said.clone()).unwrap_or_default();
            let fits = said.starts_with(own.as_bytes()) && outcome.ending.code() == *expected;
            ensure(fits, || {
                format!(
                    "`{code}` with {own}: {:?} and {:?}",
                    outcome.ending,
                    String::from_utf8_lossy(&said)
                )
            })?;
        }
    }
    Ok(())
}
