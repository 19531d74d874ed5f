//! What hardening costs: `ringfence harden` against `wasm-tools validate` on the same file, whole processes in interleaved runs;
//! then what counting fuel costs the guest, in a plain engine, on loops where it costs most and on kernels of what plugins do.
//!
//! `cargo bench --bench harden`. `WASM_TOOLS` names the reference tool (`cargo install wasm-tools@1.254.2`),
//! `RINGFENCE_BENCH_RUNS` the runs (15).

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    missing_docs,
    reason = "a bench prints figures that people read"
)]

#[path = "run/kernels.rs"]
mod kernels;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use kernels::KERNELS;
use ringfence::wasm::edit::{Edit, Layout, Numbering, apply, count_fuel};
use wasmtime::{Engine, Instance, Module, Store};

fn main() {
    println!("wanted: at most 5 times a validation");
    for sample in ["go-command", "go-reactor", "rust-command", "c-read-file"] {
        process(sample);
    }
    println!("wanted: counting at most 1.6 times as long on a loop that computes");
    for (name, body) in LOOPS.iter().chain(KERNELS) {
        counting(name, body);
    }
}

/// The loops that a check costs most in.
const LOOPS: &[(&str, &str)] = &[
    (
        "arithmetic",
        r#"(func (export "run") (result i64) (local $i i64) (local $x i64)
            (loop $again
                (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (local.get $i)))
                (local.set $i (i64.add (local.get $i) (i64.const 1)))
                (br_if $again (i64.lt_u (local.get $i) (i64.const 40000000))))
            (local.get $x))"#,
    ),
    (
        "memory",
        r#"(memory 16 16) (func (export "run") (result i64) (local $i i32) (local $x i64) (local $n i32)
            (loop $pass
                (local.set $i (i32.const 0))
                (loop $again
                    (local.set $x (i64.add (local.get $x) (i64.load (local.get $i))))
                    (i64.store (local.get $i) (i64.xor (local.get $x) (i64.extend_i32_u (local.get $i))))
                    (local.set $i (i32.add (local.get $i) (i32.const 8)))
                    (br_if $again (i32.lt_u (local.get $i) (i32.const 1048576))))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if $pass (i32.lt_u (local.get $n) (i32.const 200))))
            (local.get $x))"#,
    ),
    (
        "calls",
        r#"(func $fib (param $n i64) (result i64)
            (if (result i64) (i64.lt_u (local.get $n) (i64.const 2)) (then (local.get $n))
                (else (i64.add (call $fib (i64.sub (local.get $n) (i64.const 1))) (call $fib (i64.sub (local.get $n) (i64.const 2)))))))
        (func (export "run") (result i64) (call $fib (i64.const 31)))"#,
    ),
];

fn process(sample: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("sample-modules")
        .join(sample);
    let (module, policy) = (folder.join("plugin.wasm"), folder.join("policy.yaml"));
    let output = scratch().join("hardened.wasm");
    let tool = env::var_os("WASM_TOOLS").unwrap_or_else(|| "wasm-tools".into());
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..runs() {
        let mut harden = Command::new(env!("CARGO_BIN_EXE_ringfence"));
        harden
            .arg("harden")
            .arg(&module)
            .arg("--policy")
            .arg(&policy)
            .arg("-o")
            .arg(&output);
        ours.push(time(&mut harden));
        let mut validate = Command::new(&tool);
        theirs.push(time(
            validate
                .args(["validate", "--features", "all"])
                .arg(&module),
        ));
    }
    let rewriting = (0..runs()).map(|_| rewriting(&module));
    let rewriting = median(rewriting.collect());
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "{sample:<14} whole {:.1} ms, {:.2} times the validation's {:.1} ms; the edit alone {:.1} ms",
        milliseconds(ours),
        ours.as_secs_f64() / theirs.as_secs_f64(),
        milliseconds(theirs),
        milliseconds(rewriting),
    );
}

/// The edit of a module's bytes in this process, without the audits before and after it.
fn rewriting(module: &Path) -> Duration {
    let bytes = fs::read(module).expect("the sample is there");
    let begun = Instant::now();
    let _ = counted(&bytes);
    begun.elapsed()
}

fn counted(bytes: &[u8]) -> Vec<u8> {
    let layout = Layout::of(bytes).expect("a core module");
    let mut edit = Edit::default();
    let numbering = Numbering::of(&layout, &edit.dropped_imports, 0);
    count_fuel(&mut edit, &layout, &numbering, i64::MAX, 100);
    apply(&layout, &edit).expect("it is carried")
}

fn counting(name: &str, body: &str) {
    let bytes = wat::parse_str(format!("(module {body})")).expect("the text is valid");
    let engine = Engine::default();
    let module = |bytes: &[u8]| Module::new(&engine, bytes).expect("it is valid");
    let (plain, metered) = (module(&bytes), module(&counted(&bytes)));
    let run = |module: &Module| {
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, module, &[]).expect("it starts");
        let run = instance
            .get_typed_func::<(), i64>(&mut store, "run")
            .expect("it is there");
        let begun = Instant::now();
        run.call(&mut store, ()).expect("it returns");
        begun.elapsed().as_secs_f64()
    };
    let mut ratios: Vec<f64> = (0..runs())
        .map(|_| {
            let base = run(&plain);
            run(&metered) / base
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios.get(ratios.len() / 2).copied().unwrap_or_default();
    println!("{name:<14} counted {ratio:.3} times uncounted");
}

fn scratch() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-harden");
    fs::create_dir_all(&path).expect("the target folder is writable");
    path
}

fn runs() -> usize {
    let text = env::var("RINGFENCE_BENCH_RUNS").ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(15)
}

fn time(command: &mut Command) -> Duration {
    let begun = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    let elapsed = begun.elapsed();
    let status = status.expect("the program starts; WASM_TOOLS names the reference tool");
    assert!(status.success(), "it ends with {status}");
    elapsed
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
