//! Timings as ratios: whole processes of ours against `wasm-tools validate` on the same file, in interleaved runs.
//!
//! `cargo bench --bench check -- MODULE...` (or `RINGFENCE_BENCH_MODULES`, separated by colons; `RINGFENCE_BENCH_RUNS`, 15;
//! `WASM_TOOLS`, the reference tool). Our process is this program itself, called with `--decode MODULE`.

#![allow(clippy::print_stdout, clippy::expect_used, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

fn main() {
    let arguments: Vec<String> = env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    match arguments.as_slice() {
        [command, module] if command == "--decode" => decode(Path::new(module)),
        [command, module] if command == "--stages" => stages(Path::new(module)),
        modules => compare(modules),
    }
}

/// What the child process does: all that `check` will do before its rules.
fn decode(path: &Path) {
    let bytes = fs::read(path).expect("the module reads");
    let module = ringfence::wasm::decode(&bytes);
    assert_eq!(module.malformed, None);
    if env::var_os("RINGFENCE_BENCH_MEMORY").is_some() {
        println!("{} {}", bytes.len(), peak());
    }
}

/// Time in this process, warm, without start-up and reading.
fn stages(path: &Path) {
    let bytes = fs::read(path).expect("the module reads");
    let times = (0..runs()).map(|_| {
        let start = Instant::now();
        std::hint::black_box(ringfence::wasm::decode(&bytes));
        start.elapsed()
    });
    println!("decode {:?}", median(times.collect()));
}

fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1));
    kibibytes
        .and_then(|text| text.parse::<u64>().ok())
        .unwrap_or(0)
        << 10
}

fn compare(modules: &[String]) {
    let listed = env::var("RINGFENCE_BENCH_MODULES").unwrap_or_default();
    let listed = listed.split(':').filter(|path| !path.is_empty());
    let modules: Vec<_> = modules.iter().map(String::as_str).chain(listed).collect();
    let tiny = tiny();
    let tool = env::var_os("WASM_TOOLS").unwrap_or_else(|| "wasm-tools".into());
    println!(
        "{:<24} {:>10} {:>10} {:>10} {:>6}",
        "module", "bytes", "ours", "theirs", "ratio"
    );
    for module in std::iter::once(tiny.as_path()).chain(modules.iter().map(Path::new)) {
        row(module, Path::new(&tool));
    }
}

/// A module of a few bytes, to see what starting costs.
fn tiny() -> PathBuf {
    let path = env::temp_dir().join("ringfence-bench-tiny.wasm");
    let bytes = wat::parse_str("(module (func (export \"run\")))").expect("the text is valid");
    fs::write(&path, bytes).expect("the temporary folder is writable");
    path
}

fn row(module: &Path, tool: &Path) {
    let own = env::current_exe().expect("this program has a path");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..runs() {
        ours.push(time(Command::new(&own).arg("--decode").arg(module)));
        theirs.push(time(Command::new(tool).arg("validate").arg(module)));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "{:<24} {:>10} {:>8.1}ms {:>8.1}ms {:>6.2}",
        module.file_name().unwrap_or_default().to_string_lossy(),
        fs::metadata(module).map_or(0, |data| data.len()),
        milliseconds(ours),
        milliseconds(theirs),
        ours.as_secs_f64() / theirs.as_secs_f64(),
    );
}

fn runs() -> usize {
    let text = env::var("RINGFENCE_BENCH_RUNS").ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(15)
}

fn time(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    let elapsed = start.elapsed();
    let status = status.expect("the program starts; WASM_TOOLS names the reference tool");
    assert!(status.success());
    elapsed
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
