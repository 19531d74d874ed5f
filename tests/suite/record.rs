//! `ringfence run --record` and `policy init --from-run`, as processes.

mod narrowed;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use serde_json::Value as Json;

use super::program::{code, ensure, ringfence, root, run, stderr, stdout};

/// The trials.
pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, test: fn() -> Result<(), String>| {
        Trial::test(format!("record::{name}"), move || {
            test().map_err(Failed::from)
        })
    };
    let mut trials = vec![
        trial("a_sample_that_reads_a_file", reads_a_file),
        trial("a_sample_that_writes_into_a_scratch", writes_into_a_scratch),
        trial("a_sample_between_two_pipes", between_pipes),
        trial("a_run_with_a_record_is_the_same_run", the_same_run),
        trial("arguments_of_host_functions_are_kept", arguments),
        trial("paths_below_opened_folders_are_whole", opened_folders),
        trial("each_way_to_end_is_recorded", ends),
        trial("a_signal_leaves_a_record", signal),
        trial("what_never_ran_is_not_recorded", refused),
        trial("runs_are_merged", merged),
        trial("runs_at_once_lose_nothing", at_once),
        trial("without_a_place_for_it_nothing_runs", no_place),
        trial("a_full_disk_is_an_error_and_loses_nothing", full_disk),
    ];
    trials.extend(narrowed::trials());
    trials
}

fn read(path: &Path) -> Result<Json, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))
}

/// The runs under the one policy of a record.
fn under(folder: &Path) -> Result<Json, String> {
    let record = read(&folder.join("r.json"))?;
    ensure(
        record["under"].as_array().is_some_and(|all| all.len() == 1),
        || record.to_string(),
    )?;
    Ok(record["under"][0].clone())
}

fn expect(output: &Output, expected: i32, said: &str) -> Result<(), String> {
    let text = stdout(output) + &stderr(output);
    ensure(code(output) == expected && text.contains(said), || {
        format!("{} and not {expected} with `{said}`: {text}", code(output))
    })
}

fn scratch() -> Result<tempfile::TempDir, String> {
    tempfile::tempdir().map_err(|error| error.to_string())
}

/// Runs a sample under its own policy, with a record in a folder.
fn sample(folder: &Path, name: &str, arguments: &[&str], input: &[u8]) -> Output {
    let sample = root().join("sample-modules").join(name);
    let (module, policy) = (sample.join("plugin.wasm"), sample.join("policy.yaml"));
    let (module, policy) = (module.to_string_lossy(), policy.to_string_lossy());
    let head = [
        "run",
        "--no-lock",
        "--policy",
        &policy,
        "--record",
        "r.json",
        &module,
    ];
    in_english(folder, &[&head, arguments].concat(), input)
}

/// A run that is given these bytes, and the one language that the samples have texts for.
fn in_english(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let path = folder.join("input");
    std::fs::write(&path, input).expect("a file");
    let input = std::fs::File::open(&path).expect("a file");
    let mut command = ringfence(folder);
    let command = command.args(arguments).env("LANG", "en").stdin(input);
    command.output().expect("the program starts")
}

/// The calls of an import.
fn calls(runs: &Json, name: &str) -> u64 {
    let mut imports = runs["imports"].as_array().into_iter().flatten();
    let found = imports.find(|one| one["name"] == name);
    found.and_then(|one| one["calls"].as_u64()).unwrap_or(0)
}

/// The ways in which a path was used.
fn modes(runs: &Json, path: &str) -> Option<Vec<String>> {
    let folders = runs["files"].as_array().into_iter().flatten();
    let mut paths = folders.flat_map(|one| one["paths"].as_array().into_iter().flatten());
    let found = paths.find(|one| one["path"] == path)?;
    let modes = found["modes"].as_array()?.iter();
    modes.map(|mode| mode.as_str().map(str::to_owned)).collect()
}

fn reads_a_file() -> Result<(), String> {
    let folder = scratch()?;
    let output = sample(folder.path(), "c-read-file", &[], b"");
    ensure(code(&output) == 0, || stderr(&output))?;
    let record = read(&folder.path().join("r.json"))?;
    let digest = record["module"].as_str().unwrap_or_default();
    ensure(
        digest.len() == 64 && record["ringfence_record"] == 1,
        || record.to_string(),
    )?;
    let runs = under(folder.path())?;
    let read = modes(&runs, "/data/message.txt");
    ensure(read.as_deref() == Some(&["read".to_owned()][..]), || {
        runs.to_string()
    })?;
    let uses = &runs["capabilities"];
    for used in ["fs.read", "stdout"] {
        ensure(uses[used].as_u64().is_some_and(|calls| calls > 0), || {
            runs.to_string()
        })?;
    }
    ensure(
        uses["fs.write"].is_null() && uses["stderr"].is_null(),
        || runs.to_string(),
    )?;
    let peaks = &runs["peaks"];
    let printed = stdout(&output).len() as u64;
    ensure(
        peaks["stdout"] == printed && peaks["open_files"] == 1,
        || peaks.to_string(),
    )?;
    for key in ["fuel", "memory", "host_calls", "deadline"] {
        let within =
            peaks[key].as_u64() > Some(0) && peaks[key].as_u64() <= runs["limits"][key].as_u64();
        ensure(within, || format!("{key}: {runs}"))?;
    }
    ensure(peaks["stack"].is_null(), || peaks.to_string())?;
    ensure(
        runs["outcomes"]["exit"] == 1 && runs["complete"] == 1,
        || runs.to_string(),
    )?;
    // Nothing of the host's own paths.
    let text = record.to_string();
    ensure(!text.contains("sample-modules"), || text.clone())
}

fn writes_into_a_scratch() -> Result<(), String> {
    let folder = scratch()?;
    let output = sample(
        folder.path(),
        "rust-command",
        &["--template=letter"],
        b"Ana",
    );
    ensure(code(&output) == 0, || stderr(&output))?;
    let runs = under(folder.path())?;
    let written = modes(&runs, "/scratch/page.txt").unwrap_or_default();
    ensure(
        written.contains(&"create".to_owned()) && written.contains(&"write".to_owned()),
        || runs.to_string(),
    )?;
    let files = runs["files"].as_array().cloned().unwrap_or_default();
    let own = files
        .iter()
        .find(|one| one["guest"] == "/scratch")
        .cloned()
        .unwrap_or_default();
    let page = stdout(&output).len() as u64;
    ensure(
        own["scratch"]["bytes"] == page && own["scratch"]["entries"] == 1,
        || own.to_string(),
    )?;
    ensure(own["scratch"]["max_bytes"] == 4 << 20, || own.to_string())?;
    ensure(runs["peaks"]["written_bytes"] == page, || runs.to_string())?;
    let templates = files
        .iter()
        .find(|one| one["guest"] == "/templates")
        .cloned()
        .unwrap_or_default();
    ensure(templates["scratch"].is_null(), || templates.to_string())?;
    let uses = &runs["capabilities"];
    for used in ["env", "args", "stdin", "stdout", "fs.read", "fs.write"] {
        ensure(uses[used].as_u64().is_some_and(|calls| calls > 0), || {
            format!("{used}: {runs}")
        })?;
    }
    Ok(())
}

fn between_pipes() -> Result<(), String> {
    let folder = scratch()?;
    let input = b"name,age\nana,7\n";
    let output = sample(folder.path(), "go-command", &[], input);
    ensure(code(&output) == 0, || stderr(&output))?;
    let runs = under(folder.path())?;
    ensure(runs["peaks"]["stdin"] == input.len() as u64, || {
        runs["peaks"].to_string()
    })?;
    ensure(
        runs["peaks"]["stdout"] == stdout(&output).len() as u64,
        || runs["peaks"].to_string(),
    )?;
    // Stubs that were asked are told as such.
    let imports = runs["imports"].as_array().cloned().unwrap_or_default();
    let stubbed = imports
        .iter()
        .find(|one| one["name"] == "environ_sizes_get");
    ensure(stubbed.is_some_and(|one| one["stubbed"] == true), || {
        runs.to_string()
    })?;
    ensure(runs["capabilities"]["env"].is_null(), || {
        runs["capabilities"].to_string()
    })?;
    ensure(calls(&runs, "random_get") > 0, || runs.to_string())
}

/// Same output, same code, same report but for times.
fn the_same_run() -> Result<(), String> {
    let sample = root().join("sample-modules/rust-command");
    let (module, policy) = (sample.join("plugin.wasm"), sample.join("policy.yaml"));
    let (module, policy) = (module.to_string_lossy(), policy.to_string_lossy());
    let go = |more: &[&str]| {
        let folder = scratch()?;
        let head = [
            "run",
            "--no-lock",
            "--policy",
            &policy,
            "--report",
            "report.json",
        ];
        let all = [&head, more, &[&module, "--template=letter"]].concat();
        let output = in_english(folder.path(), &all, b"Ana");
        let mut report = read(&folder.path().join("report.json"))?;
        if let Some(report) = report.as_object_mut() {
            report.remove("times");
            report.remove("cache");
        }
        Ok::<_, String>((code(&output), stdout(&output), stderr(&output), report))
    };
    let (plain, recorded) = (go(&[])?, go(&["--record", "r.json"])?);
    ensure(plain == recorded, || format!("{plain:?}\n{recorded:?}"))
}

const HOST: &str = r#"(module
    (import "env" "read_file" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "env" "log" (func $log (param i32 i32)))
    (memory (export "memory") 1 1)
    (data (i32.const 0) "/data/./in.txt") (data (i32.const 32) "/etc/passwd")
    (data (i32.const 64) "token=AKIA") (data (i32.const 200) "IOSFODNN7EXAMPLE\1b[2J")
    (func (export "abi_version") (result i32) i32.const 1)
    (func (export "run") (result i32)
        (drop (call $read (i32.const 0) (i32.const 14) (i32.const 1024) (i32.const 512)))
        ;; Whole only when it runs: an audit would find it.
        (memory.copy (i32.const 74) (i32.const 200) (i32.const 20))
        (call $log (i32.const 64) (i32.const 30))
        (call $read (i32.const 32) (i32.const 11) (i32.const 1024) (i32.const 512)))
    (func (export "boom") unreachable)
    (func (export "spin") (loop $l (br $l)))
    (func (export "grow") (drop (memory.grow (i32.const 1))) (loop $l (br_if $l (call $log_all) )))
    (func $log_all (result i32) (call $log (i32.const 64) (i32.const 4)) i32.const 1))"#;

const HOST_POLICY: &str = r#"version: 1
name: host
module: {kind: core, exports: {allow: [memory, abi_version, run, boom, spin, grow]}}
abi: {version: {export: abi_version, encoding: major, major: 1}, max_host_functions: 2}
imports:
  host:
    - module: env
      name: read_file
      signature: "(i32, i32, i32, i32) -> i32"
      capability: fs.read
      args:
        - {name: path, role: path, ptr: 0, len: 1, max: 4KiB, allow: ["/data/**"]}
        - {name: out, role: out-buffer, ptr: 2, len: 3, max: 1MiB}
      on_deny: {return: -1}
      provider: {builtin: read_file, root: ./files}
    - module: env
      name: log
      signature: "(i32, i32) -> ()"
      args: [{name: text, role: text, ptr: 0, len: 1, max: 1KiB}]
      provider: {builtin: log, max_message: 1KiB, max_messages: 10}
limits: {fuel: 10000000, deadline: 20s, memory: 64KiB, table_elements: 10, stack: 64KiB, host_calls: 100}
waivers:
  - {rule: literal-denied-by-guard, reason: "it is meant to be refused", until: 2999-12-31}
"#;

/// A folder with the module above, its policy and a file.
fn bench() -> Result<tempfile::TempDir, String> {
    let folder = scratch()?;
    let at = |name: &str| folder.path().join(name);
    let fail = |error: std::io::Error| error.to_string();
    std::fs::write(at("h.wat"), HOST).map_err(fail)?;
    std::fs::write(at("h.policy.yaml"), HOST_POLICY).map_err(fail)?;
    std::fs::create_dir_all(at("files/data")).map_err(fail)?;
    std::fs::write(at("files/data/in.txt"), "hello").map_err(fail)?;
    Ok(folder)
}

/// Calls an export of the module above, with a record.
fn go(folder: &Path, export: &str) -> Output {
    let arguments = [
        "run",
        "--no-lock",
        "--record",
        "r.json",
        "--invoke",
        export,
        "h.wat",
    ];
    run(folder, &arguments)
}

fn arguments() -> Result<(), String> {
    let folder = bench()?;
    let output = go(folder.path(), "run");
    expect(&output, 0, "run returned (-1)")?;
    let runs = under(folder.path())?;
    let imports = runs["imports"].as_array().cloned().unwrap_or_default();
    let [log, read] = imports.as_slice() else {
        return Err(runs.to_string());
    };
    ensure(read["calls"] == 2 && read["denied"] == 1, || {
        read.to_string()
    })?;
    let path = &read["arguments"][0];
    ensure(path["name"] == "path" && path["parameter"] == 0, || {
        path.to_string()
    })?;
    // In the form in which it was judged; what was denied is no use.
    ensure(
        path["seen"]["texts"] == serde_json::json!(["/data/in.txt"]),
        || path.to_string(),
    )?;
    ensure(read["arguments"][1]["seen"]["longest"] == 512, || {
        read.to_string()
    })?;
    ensure(log["arguments"][0]["seen"]["others"] == true, || {
        log.to_string()
    })?;
    ensure(runs["capabilities"]["fs.read"] == 1, || runs.to_string())?;
    let text =
        std::fs::read_to_string(folder.path().join("r.json")).map_err(|error| error.to_string())?;
    ensure(!text.contains("AKIAIOSFODNN7EXAMPLE"), || text.clone())?;
    let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n'));
    ensure(plain, || text.clone())
}

const FOLDERS: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1 1)
    (data (i32.const 0) "sub") (data (i32.const 8) "./q/../x") (data (i32.const 24) "../../out")
    (data (i32.const 40) "gone")
    (func $at (param $folder i32) (param $text i32) (param $length i32) (param $oflags i32) (param $rights i64) (result i32)
        (drop (call $open (local.get $folder) (i32.const 0) (local.get $text) (local.get $length) (local.get $oflags)
            (local.get $rights) (i64.const 0) (i32.const 0) (i32.const 128)))
        (i32.load (i32.const 128)))
    (func (export "_start") (local $sub i32)
        (local.set $sub (call $at (i32.const 3) (i32.const 0) (i32.const 3) (i32.const 2) (i64.const 2)))
        (drop (call $at (local.get $sub) (i32.const 40) (i32.const 4) (i32.const 0) (i64.const 2)))
        ;; Under another number it is still the same folder.
        (drop (call $renumber (local.get $sub) (i32.const 0)))
        (drop (call $stat (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 8) (i32.const 256)))
        (drop (call $at (i32.const 0) (i32.const 24) (i32.const 9) (i32.const 0) (i64.const 2)))
        ;; Read-only, so this is denied.
        (drop (call $at (i32.const 3) (i32.const 40) (i32.const 4) (i32.const 1) (i64.const 64)))
        (call $exit (i32.const 7))))"#;

const FOLDERS_POLICY: &str = "version: 1
name: folders
module: {kind: wasip1, exports: {allow: [memory, _start]}}
imports: {wasi: {allow: [fs.read, fs.metadata, process.exit, fd_renumber]}}
grants: {preopens: [{guest: /data/, host: ./data, mode: ro}]}
limits: {fuel: 1000000, deadline: 20s, memory: 64KiB, table_elements: 10, stack: 64KiB, host_calls: 20, open_files: 4, written_bytes: 0}
waivers:
  - {rule: literal-outside-grant, reason: \"they are meant to be refused\", until: 2999-12-31}
";

fn opened_folders() -> Result<(), String> {
    let folder = scratch()?;
    let at = |name: &str| folder.path().join(name);
    let fail = |error: std::io::Error| error.to_string();
    std::fs::write(at("f.wat"), FOLDERS).map_err(fail)?;
    std::fs::write(at("f.policy.yaml"), FOLDERS_POLICY).map_err(fail)?;
    std::fs::create_dir_all(at("data/sub")).map_err(fail)?;
    let output = run(
        folder.path(),
        &["run", "--no-lock", "--record", "r.json", "f.wat"],
    );
    ensure(code(&output) == 7, || stderr(&output))?;
    let runs = under(folder.path())?;
    for (path, mode) in [
        ("/data/sub", "read"),
        // It is not there, and it was asked for.
        ("/data/sub/gone", "read"),
        ("/data/sub/x", "look"),
    ] {
        let modes = modes(&runs, path).unwrap_or_default();
        ensure(modes == [mode], || format!("{path} {modes:?}: {runs}"))?;
    }
    ensure(modes(&runs, "/data/gone").is_none(), || runs.to_string())?;
    let imports = runs["imports"].as_array().cloned().unwrap_or_default();
    let open = imports.iter().find(|one| one["name"] == "path_open");
    let denied = open.and_then(|one| one["denied"].as_u64());
    ensure(denied == Some(2), || runs.to_string())?;
    ensure(runs["capabilities"]["fs.write"].is_null(), || {
        runs.to_string()
    })
}

fn ends() -> Result<(), String> {
    for (export, expected, kind) in [
        ("boom", 126, "trap"),
        ("spin", 121, "fuel"),
        ("grow", 123, "output"),
    ] {
        let folder = bench()?;
        let output = go(folder.path(), export);
        ensure(code(&output) == expected, || {
            format!("{export}: {}", stderr(&output))
        })?;
        let runs = under(folder.path())?;
        ensure(runs["outcomes"][kind] == 1 && runs["complete"] == 0, || {
            runs.to_string()
        })?;
        ensure(runs["runs"] == 1, || runs.to_string())?;
        if export == "grow" {
            ensure(calls(&runs, "log") > 10, || runs.to_string())?;
            ensure(runs["peaks"]["host_calls"] == 101, || {
                runs["peaks"].to_string()
            })?;
        }
    }
    Ok(())
}

fn signal() -> Result<(), String> {
    let folder = bench()?;
    let slow = HOST_POLICY
        .replace("fuel: 10000000, ", "")
        .replace("20s", "5m");
    let slow = slow + "rules: {long-deadline: {severity: note}}\n";
    std::fs::write(folder.path().join("h.policy.yaml"), slow).map_err(|error| error.to_string())?;
    let mut wait = Duration::from_millis(500);
    loop {
        let mut child = ringfence(folder.path())
            .args([
                "run",
                "--no-lock",
                "--record",
                "r.json",
                "--invoke",
                "spin",
                "h.wat",
            ])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        std::thread::sleep(wait);
        let mut kill = Command::new("kill");
        let _ = kill.args(["-s", "TERM", &child.id().to_string()]).status();
        let status = child.wait().map_err(|error| error.to_string())?;
        // One that came before the guest ran ended the process by the system's own way: then wait longer.
        if status.code() == Some(143) {
            break;
        }
        ensure(wait < Duration::from_secs(20), || status.to_string())?;
        wait *= 2;
    }
    let runs = under(folder.path())?;
    ensure(
        runs["complete"] == 0 && runs["outcomes"]["error"] == 1,
        || runs.to_string(),
    )?;
    ensure(runs["peaks"]["memory"] == 65_536, || runs.to_string())
}

fn refused() -> Result<(), String> {
    let folder = bench()?;
    // No lock, so no approval.
    let output = run(
        folder.path(),
        &["run", "--record", "r.json", "--invoke", "run", "h.wat"],
    );
    expect(&output, 120, "nothing is approved")?;
    let output = go(folder.path(), "absent");
    expect(&output, 120, "")?;
    let output = run(
        folder.path(),
        &[
            "run",
            "--no-lock",
            "--report-only",
            "--record",
            "r.json",
            "--invoke",
            "run",
            "h.wat",
        ],
    );
    expect(&output, 127, "--report-only")?;
    ensure(!folder.path().join("r.json").exists(), || {
        "a record of nothing".to_owned()
    })
}

fn merged() -> Result<(), String> {
    let folder = bench()?;
    for export in ["run", "boom", "run"] {
        go(folder.path(), export);
    }
    let runs = under(folder.path())?;
    ensure(runs["runs"] == 3 && runs["complete"] == 2, || {
        runs.to_string()
    })?;
    ensure(
        runs["outcomes"] == serde_json::json!({"exit": 2, "trap": 1}),
        || runs.to_string(),
    )?;
    ensure(calls(&runs, "read_file") == 4, || runs.to_string())?;
    let other = HOST_POLICY.replace("host_calls: 100", "host_calls: 50");
    std::fs::write(folder.path().join("h.policy.yaml"), other)
        .map_err(|error| error.to_string())?;
    let output = go(folder.path(), "run");
    ensure(code(&output) == 0, || stderr(&output))?;
    let record = read(&folder.path().join("r.json"))?;
    let under = record["under"].as_array().cloned().unwrap_or_default();
    let mut held: Vec<u64> = under
        .iter()
        .filter_map(|one| one["limits"]["host_calls"].as_u64())
        .collect();
    held.sort_unstable();
    ensure(held == [50, 100], || record.to_string())
}

fn at_once() -> Result<(), String> {
    let folder = bench()?;
    let at = folder.path();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| go(at, "run"));
        }
    });
    let runs = under(at)?;
    ensure(runs["runs"] == 6, || runs.to_string())?;
    let left = std::fs::read_dir(at).map_err(|error| error.to_string())?;
    let left: Vec<_> = left.flatten().map(|one| one.file_name()).collect();
    ensure(left.len() == 4, || format!("{left:?}"))
}

/// The guest writes a line if it runs.
fn no_place() -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = bench()?;
    let at = folder.path();
    let fail = |error: std::io::Error| error.to_string();
    std::fs::write(at.join("mine.txt"), "my notes").map_err(fail)?;
    std::fs::write(at.join("mine.json"), "{\"version\": 1}").map_err(fail)?;
    std::os::unix::fs::symlink("r.json", at.join("link")).map_err(fail)?;
    std::fs::create_dir(at.join("locked")).map_err(fail)?;
    std::fs::set_permissions(at.join("locked"), std::fs::Permissions::from_mode(0o500))
        .map_err(fail)?;
    let other = sample(at, "c-read-file", &[], b"");
    ensure(code(&other) == 0, || stderr(&other))?;
    std::fs::rename(at.join("r.json"), at.join("other.json")).map_err(fail)?;
    let mut cases = vec![
        ("mine.txt", "is no record"),
        ("mine.json", "is no record"),
        ("other.json", "record into another file"),
        ("link", "symbolic link"),
        ("absent/r.json", "cannot write the record"),
        ("files", "not a regular file"),
    ];
    if cfg!(target_os = "linux") {
        // Where not even the administrator makes a file.
        cases.push(("/proc/r.json", "cannot write the record"));
    }
    if std::fs::write(at.join("locked/probe"), "").is_err() {
        cases.push(("locked/r.json", "cannot write the record"));
    } else {
        eprintln!("record: a folder without the right to write is no obstacle to this user");
    }
    for (path, said) in cases {
        let arguments = [
            "run",
            "--no-lock",
            "--record",
            path,
            "--invoke",
            "run",
            "h.wat",
        ];
        let output = run(at, &arguments);
        expect(&output, 127, said).map_err(|error| format!("{path}: {error}"))?;
        ensure(!stderr(&output).contains("returned"), || {
            format!("{path}: it ran")
        })?;
    }
    let kept = std::fs::read_to_string(at.join("mine.txt")).map_err(fail)?;
    ensure(kept == "my notes", || kept.clone())
}

/// A system that takes no more bytes: the record of before is there as it was, and the code says that something failed.
fn full_disk() -> Result<(), String> {
    let folder = bench()?;
    go(folder.path(), "run");
    let before = std::fs::read(folder.path().join("r.json")).map_err(|error| error.to_string())?;
    let program = ringfence(folder.path());
    let script = format!(
        "trap '' XFSZ; ulimit -f 0; exec '{}' run --no-lock --no-cache --record r.json --invoke run h.wat",
        program.get_program().to_string_lossy()
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(folder.path());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.output().map_err(|error| error.to_string())?;
    expect(&output, 127, "cannot write the record")?;
    let after = std::fs::read(folder.path().join("r.json")).map_err(|error| error.to_string())?;
    ensure(before == after, || "the record was changed".to_owned())?;
    let left = std::fs::read_dir(folder.path())
        .map_err(|error| error.to_string())?
        .count();
    ensure(left == 4, || format!("{left} entries"))
}
