//! Whole processes with warm caches: `ringfence run` with an approval in the lock, `wasmtime run`, `wazero run`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{median, rounds};

const RINGFENCE: &str = env!("CARGO_BIN_EXE_ringfence");

/// Returns at once.
const NOTHING: &str = r#"(module (memory (export "memory") 1 1) (func (export "_start")))"#;

const NOTHING_POLICY: &str = "version: 1
name: nothing
module: {kind: wasip1, exports: {allow: [memory, _start]}}
limits: {fuel: 1000000000, deadline: 5s, memory: 64MiB, table_elements: 10000, stack: 1MiB, host_calls: 10000}
";

/// Prints a line a module.
pub fn run() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-run");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-modules/go-command");
    std::fs::create_dir_all(&folder).expect("the target folder is writable");
    let tiny = wat::parse_str(NOTHING).expect("the text is valid");
    let read = |name: &str| std::fs::read(samples.join(name)).expect("the sample is there");
    let rows: [(&str, Vec<u8>, Vec<u8>); 2] = [
        ("tiny", tiny, NOTHING_POLICY.into()),
        ("go", read("plugin.wasm"), read("policy.yaml")),
    ];
    for (name, module, policy) in rows {
        let path = folder.join(format!("{name}.wasm"));
        std::fs::write(&path, module).expect("the target folder is writable");
        let rules = folder.join(format!("{name}.policy.yaml"));
        std::fs::write(&rules, policy).expect("the target folder is writable");
        row(name, &path, &folder);
    }
}

fn row(name: &str, module: &Path, folder: &Path) {
    let lock = folder.join(format!("{name}.lock"));
    let mut approve = Command::new(RINGFENCE);
    approve.arg("approve").arg("--lock").arg(&lock).arg(module);
    let approved = approve.stdout(Stdio::null()).status();
    assert!(
        approved.is_ok_and(|status| status.success()),
        "not approved"
    );
    let ours = || {
        let mut command = Command::new(RINGFENCE);
        command.arg("run").arg("--lock").arg(&lock).arg(module);
        command
    };
    let wasmtime = || {
        let mut command = Command::new(named("WASMTIME", "wasmtime"));
        command.args(["run", "-C", "cache=y"]).arg(module);
        command
    };
    let wazero = || {
        let mut command = Command::new(named("WAZERO", "wazero"));
        command
            .args(["run", "-cachedir"])
            .arg(folder.join("wazero"))
            .arg(module);
        command
    };
    for warm in [ours(), wasmtime(), wazero()] {
        let _ = time(warm);
    }
    let mut figures = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds() * 3 {
        figures.0.extend(time(ours()).map(seconds));
        figures.1.extend(time(wasmtime()).map(seconds));
        figures.2.extend(time(wazero()).map(seconds));
    }
    let (ours, wasmtime, wazero) = (median(figures.0), median(figures.1), median(figures.2));
    println!(
        "{name:<6} ours {:.1} ms, wasmtime run {:.1} ms ({:.2}), wazero run {:.1} ms ({:.2})",
        ours * 1e3,
        wasmtime * 1e3,
        ours / wasmtime,
        wazero * 1e3,
        ours / wazero
    );
}

fn named(variable: &str, program: &str) -> PathBuf {
    std::env::var_os(variable).map_or_else(|| program.into(), PathBuf::from)
}

fn time(mut command: Command) -> Option<Duration> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let begun = Instant::now();
    let status = command.status().ok()?;
    assert!(status.success(), "{command:?} failed");
    Some(begun.elapsed())
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}
