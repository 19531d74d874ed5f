//! `ringfence run` as a process: what it leaves in reports and logs, and how it ends when it is told to.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use serde_json::Value as Json;

use super::program::{code, ensure, ringfence, run, stderr, stdout};

const MODULE: &str = "(module
    (memory (export \"memory\") 1 1)
    (func (export \"_start\"))
    (func (export \"spin\") (loop $l (br $l)))
    (func (export \"id\") (param i32) (result i32) local.get 0))";

const POLICY: &str = "version: 1
name: sample
module: {kind: wasip1, exports: {allow: [_start, memory, spin, id]}}
limits: {fuel: 90000000000, deadline: 5m, memory: 64KiB, table_elements: 10, host_calls: 10}
grants: {args: {max: 4, allow: [\"*\"]}}
rules: {missing-abi-version: {severity: warning}, long-deadline: {severity: note}}
";

/// The trials.
pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, test: fn() -> Result<(), String>| {
        Trial::test(format!("run::{name}"), move || test().map_err(Failed::from))
    };
    vec![
        trial("a_report_is_written", a_report_is_written),
        trial("a_refusal_has_a_report", a_refusal_has_a_report),
        trial("a_report_that_cannot_be_written_is_an_error", no_report),
        trial("what_follows_the_module_is_the_guests", arguments),
        trial("an_audit_log_is_made", an_audit_log_is_made),
        trial("a_signal_ends_it", a_signal_ends_it),
        trial("the_lock_beside_the_policy_counts", lock_beside_the_policy),
        trial("a_lock_behind_a_link_is_refused", linked_lock),
        trial("nobody_has_to_read_standard_error", unread_stderr),
        trial("a_folder_exchanged_after_approval_is_refused", exchanged),
    ]
}

/// A folder with the module and its policy.
fn bench() -> Result<tempfile::TempDir, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    for (name, text) in [("a.wat", MODULE), ("a.policy.yaml", POLICY)] {
        std::fs::write(folder.path().join(name), text).map_err(|error| error.to_string())?;
    }
    Ok(folder)
}

fn read(path: &Path) -> Result<Json, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))
}

fn a_report_is_written() -> Result<(), String> {
    let folder = bench()?;
    let arguments = ["run", "--no-lock", "--invoke", "id", "--tenant", "acme"];
    let output = run(
        folder.path(),
        &[&arguments[..], &["--report", "r.json", "a.wat", "-7"]].concat(),
    );
    ensure(code(&output) == 0, || stderr(&output))?;
    ensure(stdout(&output).is_empty(), || stdout(&output))?;
    let report = read(&folder.path().join("r.json"))?;
    let outcome = &report["outcome"];
    ensure(outcome["values"][0] == "-7", || report.to_string())?;
    ensure(report["tenant"] == "acme", || report.to_string())?;
    let output = run(
        folder.path(),
        &["run", "--no-lock", "--report", "-", "a.wat"],
    );
    let report: Json = serde_json::from_str(&stdout(&output)).map_err(|error| error.to_string())?;
    ensure(report["outcome"]["kind"] == "exit", || report.to_string())?;
    ensure(report["approval"] == "none", || report.to_string())
}

fn a_refusal_has_a_report() -> Result<(), String> {
    let folder = bench()?;
    let output = run(folder.path(), &["run", "--report", "r.json", "a.wat"]);
    ensure(code(&output) == 120, || stderr(&output))?;
    let report = read(&folder.path().join("r.json"))?;
    ensure(report["outcome"]["kind"] == "refused", || {
        report.to_string()
    })?;
    ensure(report["module"]["path"] == "a.wat", || report.to_string())?;
    run(folder.path(), &["approve", "a.wat"]);
    std::fs::write(folder.path().join("a.wat"), "(module)").map_err(|error| error.to_string())?;
    run(folder.path(), &["run", "--report", "r.json", "a.wat"]);
    let report = read(&folder.path().join("r.json"))?;
    let digest = report["module"]["sha256"].as_str().unwrap_or_default();
    ensure(digest.len() == 64, || report.to_string())
}

fn no_report() -> Result<(), String> {
    let folder = bench()?;
    let output = run(
        folder.path(),
        &["run", "--no-lock", "--report", "no/r.json", "a.wat"],
    );
    ensure(code(&output) == 127, || stderr(&output))
}

/// As `go test -exec` and cargo give them: an option of ours after the module is the guest's.
fn arguments() -> Result<(), String> {
    let folder = bench()?;
    for (after, expected) in [
        (&["-test.v", "--report", "r.json"][..], 0),
        (&["--", "--help"], 0),
        (&["1", "2", "3", "4", "5"], 120),
    ] {
        let arguments = [&["run", "--no-lock", "a.wat"], after].concat();
        let output = run(folder.path(), &arguments);
        ensure(code(&output) == expected, || {
            format!("{after:?}: {}", stderr(&output))
        })?;
        ensure(stdout(&output).is_empty(), || stdout(&output))?;
    }
    ensure(!folder.path().join("r.json").exists(), || {
        "the guest's --report was taken for ours".to_owned()
    })
}

fn an_audit_log_is_made() -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = bench()?;
    let log = folder.path().join("audit.jsonl");
    let arguments = ["run", "--no-lock", "--audit-log", "audit.jsonl", "a.wat"];
    let output = run(folder.path(), &arguments);
    ensure(code(&output) == 0, || stderr(&output))?;
    let meta = std::fs::metadata(&log).map_err(|error| error.to_string())?;
    let mode = meta.permissions().mode() & 0o777;
    ensure(mode == 0o600, || format!("{mode:o}"))?;
    std::fs::remove_file(&log).map_err(|error| error.to_string())?;
    std::os::unix::fs::symlink("elsewhere", &log).map_err(|error| error.to_string())?;
    let output = run(folder.path(), &arguments);
    ensure(code(&output) == 127, || stderr(&output))?;
    ensure(!folder.path().join("elsewhere").exists(), || {
        "a link was followed".to_owned()
    })
}

fn a_signal_ends_it() -> Result<(), String> {
    for (signal, expected) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
        let folder = bench()?;
        // A signal that comes before the guest runs ends the process by the system's own way: then wait longer.
        let mut wait = Duration::from_millis(500);
        let code = loop {
            let code = signalled(folder.path(), signal, wait)?;
            if code.is_some() || wait > Duration::from_secs(20) {
                break code;
            }
            wait *= 2;
        };
        ensure(code == Some(expected), || format!("SIG{signal}: {code:?}"))?;
        let report = read(&folder.path().join("r.json"))?;
        let said = report["outcome"]["message"] == format!("ended by SIG{signal}");
        ensure(said, || report.to_string())?;
    }
    Ok(())
}

/// The exit code of a run that got a signal after some time.
fn signalled(folder: &Path, signal: &str, wait: Duration) -> Result<Option<i32>, String> {
    let mut child = ringfence(folder)
        .args(["run", "--no-lock", "--invoke", "spin"])
        .args(["--report", "r.json", "a.wat"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    std::thread::sleep(wait);
    let mut kill = Command::new("kill");
    let killed = kill.args(["-s", signal, &child.id().to_string()]).status();
    ensure(killed.is_ok_and(|status| status.success()), || {
        "no kill".to_owned()
    })?;
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok(status.code());
        }
        if begun.elapsed() > Duration::from_secs(20) {
            let _ = child.kill();
            return Err(format!("SIG{signal} did not end it"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Never that of the working directory, which is wherever somebody stands.
fn lock_beside_the_policy() -> Result<(), String> {
    let (folder, elsewhere) = (bench()?, bench()?);
    run(elsewhere.path(), &["approve", "a.wat"]);
    ensure(elsewhere.path().join("ringfence.lock").exists(), || {
        "no lock".to_owned()
    })?;
    let module = folder.path().join("a.wat");
    let module = module.to_str().ok_or("a path that is no text")?;
    let output = run(elsewhere.path(), &["run", module]);
    ensure(code(&output) == 120, || stderr(&output))?;
    run(elsewhere.path(), &["approve", module]);
    let output = run(elsewhere.path(), &["run", module]);
    ensure(code(&output) == 0, || stderr(&output))
}

fn linked_lock() -> Result<(), String> {
    let folder = bench()?;
    run(folder.path(), &["approve", "a.wat", "--lock", "real.lock"]);
    let output = run(folder.path(), &["run", "--lock", "real.lock", "a.wat"]);
    ensure(code(&output) == 0, || stderr(&output))?;
    let link = folder.path().join("ringfence.lock");
    std::os::unix::fs::symlink("real.lock", link).map_err(|error| error.to_string())?;
    let output = run(folder.path(), &["run", "a.wat"]);
    ensure(code(&output) == 127, || stderr(&output))?;
    let output = run(folder.path(), &["approve", "a.wat"]);
    ensure(code(&output) == 2, || stderr(&output))
}

/// Writes to standard error, or to the log that goes there, for as long as it is let.
const FLOOD: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "env" "log" (func $log (param i32 i32) (result i32)))
    (memory (export "memory") 2 2)
    (data (i32.const 0) "\10\00\00\00\00\10\00\00")
    (func (export "write")
        (loop $again (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8))) (br $again)))
    (func (export "log")
        (memory.fill (i32.const 16) (i32.const 120) (i32.const 4096))
        (loop $again (drop (call $log (i32.const 16) (i32.const 4096))) (br $again))))"#;

const FLOOD_POLICY: &str = "version: 1
name: flood
module: {kind: wasip1, exports: {allow: [memory, write, log]}}
imports:
  wasi: {allow: [stderr]}
  host:
    - module: env
      name: log
      signature: \"(i32, i32) -> i32\"
      args: [{name: text, role: text, ptr: 0, len: 1, max: 4KiB}]
      provider: {builtin: log, max_message: 4KiB, max_messages: 1000000}
grants: {stderr: {max: 1GiB}}
limits: {fuel: 90000000000, deadline: 500ms, memory: 128KiB, table_elements: 10, stack: 64KiB, host_calls: 100000000}
rules: {missing-abi-version: {severity: warning}}
";

/// The deadline ends a guest whose standard error nobody reads, and the exit waits for no reader either.
fn unread_stderr() -> Result<(), String> {
    let folder = bench()?;
    for (name, text) in [("f.wat", FLOOD), ("f.policy.yaml", FLOOD_POLICY)] {
        std::fs::write(folder.path().join(name), text).map_err(|error| error.to_string())?;
    }
    for export in ["write", "log"] {
        let mut child = ringfence(folder.path())
            .args(["run", "--no-lock", "--invoke", export])
            .args(["--report", "r.json", "f.wat"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let unread = child.stderr.take();
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
                break status;
            }
            if begun.elapsed() > Duration::from_secs(30) {
                let _ = child.kill();
                return Err(format!("{export}: it waits for a reader"));
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut said = String::new();
        if let Some(mut unread) = unread {
            let _ = std::io::Read::read_to_string(&mut unread, &mut said);
        }
        ensure(status.code() == Some(124), || {
            format!(
                "{export}: {status}: {}",
                said.chars().take(500).collect::<String>()
            )
        })?;
        // The pipe was full: what was written is what it holds, and no more.
        ensure(said.len() > 4096, || format!("{export}: {said}"))?;
        let report = read(&folder.path().join("r.json"))?;
        ensure(report["outcome"]["kind"] == "deadline", || {
            report.to_string()
        })?;
    }
    Ok(())
}

/// Reads the first byte of `/data/file` and returns it.
const READER: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1 1)
    (data (i32.const 0) "file") (data (i32.const 16) "\40\00\00\00\01\00\00\00")
    (func (export "run") (result i32)
        (drop (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 0)
            (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 8)))
        (drop (call $read (i32.load (i32.const 8)) (i32.const 16) (i32.const 1) (i32.const 24)))
        (i32.load8_u (i32.const 64))))"#;

const READER_POLICY: &str = "version: 1
name: reader
module: {kind: wasip1, exports: {allow: [memory, run]}}
imports: {wasi: {allow: [fs.read]}}
grants: {preopens: [{guest: /data, host: ./above/data, mode: ro}]}
limits: {fuel: 1000000, deadline: 10s, memory: 64KiB, table_elements: 10, stack: 64KiB, host_calls: 10, open_files: 1, written_bytes: 1KiB}
rules: {missing-abi-version: {severity: warning}}
";

/// A folder above the granted one becomes a link to another, between the approval and the run.
fn exchanged() -> Result<(), String> {
    let folder = bench()?;
    let at = |name: &str| folder.path().join(name);
    let fail = |error: std::io::Error| error.to_string();
    for (name, byte) in [("above", "7"), ("evil", "9")] {
        std::fs::create_dir_all(at(name).join("data")).map_err(fail)?;
        std::fs::write(at(name).join("data/file"), byte).map_err(fail)?;
    }
    std::fs::write(at("d.wat"), READER).map_err(fail)?;
    std::fs::write(at("d.policy.yaml"), READER_POLICY).map_err(fail)?;
    let output = run(folder.path(), &["approve", "d.wat"]);
    ensure(code(&output) == 0, || stderr(&output))?;
    let go = || run(folder.path(), &["run", "--invoke", "run", "d.wat"]);
    let output = go();
    ensure(stderr(&output).contains("returned (55)"), || {
        stderr(&output)
    })?;
    std::fs::rename(at("above"), at("aside")).map_err(fail)?;
    std::os::unix::fs::symlink("evil", at("above")).map_err(fail)?;
    let output = go();
    ensure(code(&output) == 120, || stderr(&output))?;
    ensure(!stderr(&output).contains("returned"), || stderr(&output))
}
