//! Timings as ratios: `ringfence check` with every rule and a full policy against `wasm-tools validate` on the same file,
//! whole processes in interleaved runs. Then a folder of 1,000 small modules in one process.
//!
//! `cargo bench --bench check -- [MODULE...]`. `WASM_TOOLS` names the reference tool (`cargo install wasm-tools@1.254.2`),
//! `RINGFENCE_BENCH_RUNS` the runs (15). Without modules: a tiny one, the Go sample, generated ones of 7 and 70 MB (whose times
//! show how the check grows), and, where Go is installed, `cmd/go` and `cmd/compile` built for WASI. Where GNU time is
//! installed, peak memory is shown as well.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a bench prints figures that people read"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

const POLICY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/policy.yaml");

fn main() {
    let named = env::args().skip(1).filter(|argument| argument != "--bench");
    let mut modules: Vec<PathBuf> = named.map(PathBuf::from).collect();
    if modules.is_empty() {
        modules = usual();
    }
    println!(
        "{:<14} {:>10} {:>10} {:>10} {:>6} {:>12}",
        "module", "bytes", "ours", "theirs", "ratio", "peak - size"
    );
    for module in &modules {
        row(module);
    }
    growth();
    folder();
}

/// How much longer ten times the code takes.
fn growth() {
    let (small, large) = (generated(7), generated(70));
    let (mut short, mut long) = (Vec::new(), Vec::new());
    for _ in 0..runs() {
        short.push(time(check(&small).stdout(Stdio::null())));
        long.push(time(check(&large).stdout(Stdio::null())));
    }
    let (short, long) = (median(short), median(long));
    println!(
        "10 times the code takes {:.1} times as long ({:.1}ms, {:.1}ms)",
        long.as_secs_f64() / short.as_secs_f64(),
        milliseconds(short),
        milliseconds(long),
    );
}

/// The modules of a run without arguments.
fn usual() -> Vec<PathBuf> {
    let sample =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-modules/go-command/plugin.wasm");
    let built = ["go", "compile"].into_iter().filter_map(go);
    let generated = [7, 70].map(generated);
    [tiny(), sample]
        .into_iter()
        .chain(generated)
        .chain(built)
        .collect()
}

/// A module of about so many million bytes: functions that compute, load, branch, and call each other, directly and through a
/// table that holds them all.
fn generated(millions: u32) -> PathBuf {
    let path = scratch().join(format!("generated-{millions}.wasm"));
    if !path.exists() {
        let count = millions * 550;
        let mut bodies = leb(count);
        for at in 0..count {
            let body = body(at, count);
            bodies.extend(leb(length(&body)));
            bodies.extend(body);
        }
        let all: Vec<u8> = (1..=count).flat_map(leb).collect();
        let types = (0..count).map(|_| 0);
        let sections = [
            (
                1,
                b"\x02\x60\x01\x7f\x01\x7f\x60\x04\x7f\x7f\x7f\x7f\x01\x7f".to_vec(),
            ),
            (
                2,
                b"\x01\x16wasi_snapshot_preview1\x08fd_write\0\x01".to_vec(),
            ),
            (3, leb(count).into_iter().chain(types).collect()),
            (4, [b"\x01\x70\0".to_vec(), leb(count)].concat()),
            (5, b"\x01\x01\x01\x02".to_vec()),
            (7, b"\x02\x06memory\x02\0\x03run\0\x01".to_vec()),
            (9, [b"\x01\0\x41\0\x0b".to_vec(), leb(count), all].concat()),
            (10, bodies),
        ];
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        for (id, content) in sections {
            bytes.push(id);
            bytes.extend(leb(length(&content)));
            bytes.extend(content);
        }
        fs::write(&path, bytes).expect("the scratch folder is writable");
    }
    path
}

/// One function of a generated module, of about 1,800 bytes.
fn body(at: u32, count: u32) -> Vec<u8> {
    // local.get 0, i32.const, i32.add, local.tee 1, i32.load, if, local.get 1, local.set 0, end, i32.mul over locals.
    let block = |step: u32| {
        let constant = leb((at * 31 + step) % 63);
        let compute = [
            b"\x20\0\x41".to_vec(),
            constant,
            b"\x6a\x22\x01\x28\x02\x10\x04\x40\x20\x01\x21\0\x0b\x20\0\x20\x01\x6c\x41\x07\x71\x21\0".to_vec(),
        ];
        compute.concat()
    };
    let mut body = b"\x01\x01\x7f".to_vec();
    for step in 0..20 {
        body.extend(block(step));
        body.extend(block(step + 20));
        body.extend(block(step + 40));
        // local.get 0, call, local.set 0.
        let callee = 1 + (at * 7 + step * step * 131) % count;
        body.extend([b"\x20\0\x10".to_vec(), leb(callee), b"\x21\0".to_vec()].concat());
    }
    // local.get 0, local.get 1, call_indirect of the first type, local.set 0.
    body.extend(b"\x20\0\x20\x01\x11\0\0\x21\0");
    if at % 1_000 == 999 {
        // Four constants, call of the import, local.set 0.
        body.extend(b"\x41\x01\x41\0\x41\x01\x41\x08\x10\0\x21\0");
    }
    body.extend(b"\x20\0\x0b");
    body
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("sections are small")
}

/// An unsigned number as the binary format writes it.
fn leb(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
    bytes
}

/// A module of a few bytes, to see what starting costs.
fn tiny() -> PathBuf {
    let path = scratch().join("tiny.wasm");
    let bytes = wat::parse_str("(module (func (export \"run\")))").expect("the text is valid");
    fs::write(&path, bytes).expect("the scratch folder is writable");
    path
}

/// A program of Go's own, built for WASI once.
fn go(name: &str) -> Option<PathBuf> {
    let path = scratch().join(format!("{name}.wasm"));
    if !path.exists() {
        let mut build = Command::new("go");
        build
            .args(["build", "-o"])
            .arg(&path)
            .arg(format!("cmd/{name}"));
        let status = build
            .env("GOOS", "wasip1")
            .env("GOARCH", "wasm")
            .status()
            .ok()?;
        status.success().then_some(())?;
    }
    Some(path)
}

fn scratch() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-modules");
    fs::create_dir_all(&path).expect("the target folder is writable");
    path
}

fn row(module: &Path) {
    let tool = env::var_os("WASM_TOOLS").unwrap_or_else(|| "wasm-tools".into());
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..runs() {
        ours.push(time(check(module).stdout(Stdio::null())));
        theirs.push(time(
            Command::new(&tool)
                .args(["validate", "--features", "all"])
                .arg(module),
        ));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let size = fs::metadata(module).map_or(0, |data| data.len());
    let peak = peak(module).map_or_else(
        || "?".to_owned(),
        |peak| {
            format!(
                "{:.1} MiB",
                (peak as f64 - size as f64) / f64::from(1 << 20)
            )
        },
    );
    println!(
        "{:<14} {size:>10} {:>8.1}ms {:>8.1}ms {:>6.2} {peak:>12}",
        module.file_stem().unwrap_or_default().to_string_lossy(),
        milliseconds(ours),
        milliseconds(theirs),
        ours.as_secs_f64() / theirs.as_secs_f64(),
    );
}

fn check(module: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command.arg("check").arg(module).args(["--policy", POLICY]);
    command
}

/// The most memory that a check held, in bytes, as GNU time tells.
fn peak(module: &Path) -> Option<u64> {
    let inner = check(module);
    let mut command = Command::new("/usr/bin/time");
    command
        .args(["-f", "peak %M"])
        .arg(inner.get_program())
        .args(inner.get_args());
    let output = command.output().ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let kibibytes = text.lines().find_map(|line| line.strip_prefix("peak "))?;
    Some(kibibytes.trim().parse::<u64>().ok()? << 10)
}

/// A thousand small modules, each another one, under one policy.
fn folder() {
    const COUNT: u32 = 1000;
    let folder = tempfile::tempdir().expect("a scratch folder");
    for number in 0..COUNT {
        let text = format!(
            "(module (import \"wasi_snapshot_preview1\" \"fd_write\" (func (param i32 i32 i32 i32) (result i32))) (memory (export \"memory\") 1 2) (func (export \"run\") (result i32) i32.const {number}))"
        );
        let bytes = wat::parse_str(text).expect("the text is valid");
        fs::write(folder.path().join(format!("{number:04}.wasm")), bytes)
            .expect("the scratch folder is writable");
    }
    let times = (0..runs()).map(|_| time(check(folder.path()).stdout(Stdio::null())));
    let each = milliseconds(median(times.collect())) / f64::from(COUNT);
    println!("a folder of {COUNT} small modules: {each:.3} ms each");
}

fn runs() -> usize {
    let text = env::var("RINGFENCE_BENCH_RUNS").ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(15)
}

fn time(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.stderr(Stdio::null()).status();
    let elapsed = start.elapsed();
    let status = status.expect("the program starts; WASM_TOOLS names the reference tool");
    assert!(
        matches!(status.code(), Some(0 | 1)),
        "it ends with {status}"
    );
    elapsed
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
