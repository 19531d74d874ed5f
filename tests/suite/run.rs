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
