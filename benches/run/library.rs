//! Invocations a second in one process: raw wasmtime, our runner with every limit on, and wazero.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use ringfence::runner::{Allocation, Ending, Entry, Invocation, Options, Output, Runner};

use super::approved::{approve, sample};
use super::raw::{Pace, Raw};
use super::{median, rate, rounds, runtime};

const POOL: Allocation = Allocation::Pooled { instances: 64 };

/// Writes one line.
const TINY: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1 1)
    (data (i32.const 16) "hello\n")
    (func (export "_start")
        (i32.store (i32.const 0) (i32.const 16))
        (i32.store (i32.const 4) (i32.const 6))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

const TINY_POLICY: &str = "version: 1
name: tiny
module: {kind: wasip1, exports: {allow: [memory, _start]}}
imports: {wasi: {allow: [stdout]}}
grants: {stdout: {max: 1MiB}}
limits: {fuel: 1000000000, deadline: 5s, memory: 64MiB, table_elements: 10000, stack: 1MiB, host_calls: 10000}
";

/// Prints all comparisons.
pub fn run() {
    let tiny = wat::parse_str(TINY).expect("the text is valid");
    let (go, go_policy) = sample("go-reactor");
    command("tiny, pooled", &tiny, TINY_POLICY, POOL);
    command("tiny, on demand", &tiny, TINY_POLICY, Allocation::OnDemand);
    reactor("Go reactor, pooled", &go, &go_policy, POOL);
    reactor(
        "Go reactor, on demand",
        &go,
        &go_policy,
        Allocation::OnDemand,
    );
    threads(&tiny);
    peers(&tiny);
}

fn runner(bytes: &[u8], policy: &str, allocation: Allocation) -> Runner {
    let options = Options {
        allocation,
        ..Options::default()
    };
    match Runner::new(approve(bytes.to_vec(), policy), options) {
        Ok(runner) => runner,
        Err(error) => panic!("{error}"),
    }
}

async fn ours_command(runner: &Runner) {
    let invocation = Invocation {
        stdout: Output::Keep(Arc::default()),
        ..Invocation::default()
    };
    let outcome = runner.run(invocation, &Entry::Command).await;
    assert!(matches!(outcome.ending, Ending::Returned(_)), "{outcome:?}");
}

async fn ours_reactor(runner: &Runner, input: &[u8]) {
    let started = runner.start(Invocation::default()).await;
    let mut instance = started.unwrap_or_else(|outcome| panic!("{outcome:?}"));
    let output = instance.call_with_bytes("run", input, 1 << 20).await;
    assert!(output.is_ok(), "{output:?}");
    drop(instance.finish(Ending::Returned(Vec::new())));
}

fn compare(label: &str, mut ours: impl FnMut(), mut raw: impl FnMut()) -> f64 {
    let pairs: Vec<(f64, f64)> = (0..rounds())
        .map(|_| (rate(&mut ours), rate(&mut raw)))
        .collect();
    let ratio = median(pairs.iter().map(|(ours, raw)| ours / raw).collect());
    let (ours, raw) = (
        median(pairs.iter().map(|pair| pair.0).collect()),
        median(pairs.iter().map(|pair| pair.1).collect()),
    );
    println!("{label:<24} ours {ours:>9.0}/s  raw {raw:>9.0}/s  ratio {ratio:.2}");
    ours
}

fn command(label: &str, bytes: &[u8], policy: &str, allocation: Allocation) {
    let runner = runner(bytes, policy, allocation);
    let raw = Raw::new(bytes, Pace::Fuel, allocation != Allocation::OnDemand);
    let tokio = runtime();
    compare(
        label,
        || tokio.block_on(ours_command(&runner)),
        || tokio.block_on(raw.command()),
    );
}

fn reactor(label: &str, bytes: &[u8], policy: &str, allocation: Allocation) {
    const TITLE: &[u8] = b"An Example of a Title";
    let runner = runner(bytes, policy, allocation);
    let raw = Raw::new(bytes, Pace::Fuel, allocation != Allocation::OnDemand);
    let tokio = runtime();
    compare(
        label,
        || tokio.block_on(ours_reactor(&runner, TITLE)),
        || tokio.block_on(raw.reactor(TITLE)),
    );
}

/// One thread against two: on one runner, on one engine, and on an engine each, which is what the machine gives.
fn threads(tiny: &[u8]) {
    let runner = runner(tiny, TINY_POLICY, POOL);
    let raw = || Raw::new(tiny, Pace::Fuel, true);
    let (shared, other) = (raw(), raw());
    gain("two threads, one runner", &|_| {
        let tokio = runtime();
        rate(|| tokio.block_on(ours_command(&runner)))
    });
    gain("two threads, raw", &|_| {
        let tokio = runtime();
        rate(|| tokio.block_on(shared.command()))
    });
    gain("two threads, raw apart", &|thread| {
        let tokio = runtime();
        let own = if thread == 0 { &shared } else { &other };
        rate(|| tokio.block_on(own.command()))
    });
}

/// How many times the calls of one thread two threads make.
fn gain(label: &str, work: &(dyn Fn(usize) -> f64 + Sync)) {
    let on = |threads: usize| -> f64 {
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..threads)
                .map(|thread| scope.spawn(move || work(thread)))
                .collect();
            all.into_iter()
                .map(|one| one.join().expect("it ends"))
                .sum()
        })
    };
    let gains = (0..rounds()).map(|_| on(2) / on(1));
    println!(
        "{label:<24} {:.2} times one thread",
        median(gains.collect())
    );
}

/// wazero, from its Go module, on the same guests.
fn peers(tiny: &[u8]) {
    let Some(peer) = peer() else {
        println!("wazero: not measured (no Go)");
        return;
    };
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = scratch.join("tiny-command.wasm");
    std::fs::write(&path, tiny).expect("the target folder is writable");
    let reactor =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-modules/go-reactor/plugin.wasm");
    for (kind, path) in [("command", &path), ("reactor", &reactor)] {
        let figures = (0..rounds()).filter_map(|_| {
            let output = Command::new(&peer)
                .arg(kind)
                .arg(path)
                .arg("300")
                .output()
                .ok()?;
            String::from_utf8(output.stdout).ok()?.trim().parse().ok()
        });
        println!("wazero, {kind:<16} {:>9.0}/s", median(figures.collect()));
    }
}

fn peer() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers");
    let go = std::env::var("GO").unwrap_or_else(|_| "go".to_owned());
    let mut build = Command::new(go);
    build
        .current_dir(folder)
        .arg("build")
        .arg("-o")
        .arg(&program)
        .arg(".");
    build.status().ok()?.success().then_some(program)
}
