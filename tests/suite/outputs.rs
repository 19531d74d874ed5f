//! What `ringfence run` writes never replaces, nor is added to, what it reads.

use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use super::program::{code, ensure, ringfence, run, stderr};

const MODULE: &str = "(module (memory (export \"memory\") 1 1) (func (export \"_start\")))";

const BASE: &str = "version: 1
name: sample
module: {kind: wasip1}
limits: {fuel: 1000000, deadline: 5s, memory: 64KiB, table_elements: 10, host_calls: 10}
rules: {missing-abi-version: {severity: warning}}
";

const RULE: &str = "version: 1
id: no-memory
title: memory
category: limits
severity: note
over: module
when: \"false\"
message: m
why: w
help: h
";

/// The trials.
pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, test: fn() -> Result<(), String>| {
        Trial::test(format!("outputs::{name}"), move || {
            test().map_err(Failed::from)
        })
    };
    vec![
        trial("nothing_that_is_read_is_written_over", spared),
        trial("a_policy_that_does_not_read_is_spared_too", unread),
        trial("each_output_has_a_file_of_its_own", apart),
        trial("a_device_may_be_named_for_all", device),
        trial("a_report_that_nobody_takes_is_an_error", untaken),
        trial("what_holds_a_guest_is_not_where_it_may_write", reach),
        trial("no_grant_reaches_folders_of_our_own", own),
    ]
}

/// A folder with an approved module, its policy with a base, and another name for each.
fn bench() -> Result<tempfile::TempDir, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let at = |name: &str| folder.path().join(name);
    let fail = |error: std::io::Error| error.to_string();
    for (name, text) in [
        ("a.wat", MODULE),
        ("base.yaml", BASE),
        ("a.policy.yaml", "version: 1\nextends: base.yaml\n"),
    ] {
        std::fs::write(at(name), text).map_err(fail)?;
    }
    let output = run(folder.path(), &["approve", "a.wat"]);
    ensure(code(&output) == 0, || stderr(&output))?;
    std::os::unix::fs::symlink("a.policy.yaml", at("link")).map_err(fail)?;
    std::fs::hard_link(at("ringfence.lock"), at("second")).map_err(fail)?;
    Ok(folder)
}

fn contents(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut files = Vec::new();
    for path in super::program::entries(folder) {
        let text = std::fs::read(&path).map_err(|error| error.to_string())?;
        files.push((path.display().to_string(), text));
    }
    files.sort();
    Ok(files)
}

fn spared() -> Result<(), String> {
    let folder = bench()?;
    let before = contents(folder.path())?;
    let read = [
        "a.wat",
        "./a.wat",
        "a.policy.yaml",
        "base.yaml",
        "ringfence.lock",
        "link",
        "second",
    ];
    for option in ["--report", "--record", "--audit-log"] {
        for path in read {
            let output = run(folder.path(), &["run", option, path, "a.wat"]);
            let said = stderr(&output);
            ensure(code(&output) == 127, || format!("{option} {path}: {said}"))?;
            ensure(said.matches("give another file").count() == 1, || {
                format!("{option} {path}: {said}")
            })?;
            ensure(contents(folder.path())? == before, || {
                format!("{option} {path} changed a file")
            })?;
        }
    }
    let output = run(folder.path(), &["run", "--report", "r.json", "a.wat"]);
    ensure(code(&output) == 0, || stderr(&output))?;
    // What the guest is to read is not named by any argument.
    let input = folder.path().join("input");
    std::fs::write(&input, "input").map_err(|error| error.to_string())?;
    let mut command = ringfence(folder.path());
    command.args(["run", "--report", "input", "a.wat"]);
    command.stdin(std::fs::File::open(&input).map_err(|error| error.to_string())?);
    let output = command.output().map_err(|error| error.to_string())?;
    let kept = std::fs::read_to_string(&input).is_ok_and(|text| text == "input");
    let said = stderr(&output).contains("its standard input");
    ensure(code(&output) == 127 && kept && said, || stderr(&output))
}

/// A run that ends before it knows all that it reads has a report all the same, and writes it over nothing either.
fn unread() -> Result<(), String> {
    let folder = bench()?;
    let at = |name: &str| folder.path().join(name);
    let fail = |error: std::io::Error| error.to_string();
    std::fs::create_dir(at("rules")).map_err(fail)?;
    std::fs::write(at("rules/bad.yaml"), RULE.replace("when", "whem")).map_err(fail)?;
    std::fs::write(at("base.yaml"), format!("{BASE}nonsense: 1\n")).map_err(fail)?;
    for (words, path) in [
        (&["--rules", "rules"][..], "rules/bad.yaml"),
        (&[], "base.yaml"),
        (&[], "a.policy.yaml"),
        (&["--policy", "absent.yaml"], "a.wat"),
    ] {
        let before = std::fs::read(at(path)).map_err(fail)?;
        let arguments = [&["run", "--report", path][..], words, &["a.wat"]].concat();
        let output = run(folder.path(), &arguments);
        ensure(code(&output) == 127, || stderr(&output))?;
        let after = std::fs::read(at(path)).map_err(fail)?;
        ensure(before == after, || format!("{path} was written over"))?;
    }
    Ok(())
}

fn apart() -> Result<(), String> {
    for (one, other) in [
        ("--report", "--audit-log"),
        ("--report", "--record"),
        ("--record", "--audit-log"),
    ] {
        let folder = bench()?;
        let arguments = ["run", one, "out", other, "./out", "a.wat"];
        let output = run(folder.path(), &arguments);
        ensure(code(&output) == 127, || stderr(&output))?;
        let free = !folder.path().join("out").exists();
        ensure(free, || format!("{one} and {other}: written"))?;
    }
    Ok(())
}

fn device() -> Result<(), String> {
    let folder = bench()?;
    let output = run(folder.path(), &["run", "--report", "/dev/null", "a.wat"]);
    ensure(code(&output) == 0, || stderr(&output))
}

/// Fills standard output.
const FLOOD: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 2 2)
    (data (i32.const 0) "\10\00\00\00\00\10\00\00")
    (func (export "_start")
        (loop $again (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br $again))))"#;

/// Neither a pipe without a reader nor one that is full holds up the exit.
fn untaken() -> Result<(), String> {
    let folder = bench()?;
    let fail = |error: std::io::Error| error.to_string();
    let policy = BASE
        .replace("fuel: 1000000, deadline: 5s", "deadline: 200ms")
        .replace("host_calls: 10", "host_calls: 1000000")
        .replace("64KiB", "128KiB");
    let policy = format!(
        "{policy}imports: {{wasi: {{allow: [stdout]}}}}\ngrants: {{stdout: {{max: 1GiB}}}}\n"
    );
    for (name, text) in [("f.wat", FLOOD), ("f.policy.yaml", &policy)] {
        std::fs::write(folder.path().join(name), text).map_err(fail)?;
    }
    let fifo = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    ensure(made.is_ok_and(|made| made.success()), || {
        "no mkfifo".to_owned()
    })?;
    let spawn = |words: &[&str]| {
        let mut child = ringfence(folder.path());
        child.args([&["run", "--no-lock", "--report"], words].concat());
        child.stdin(Stdio::null()).stdout(Stdio::piped());
        child.stderr(Stdio::piped()).spawn().map_err(fail)
    };
    let mut children = [spawn(&["fifo", "a.wat"])?, spawn(&["-", "f.wat"])?];
    // Held, and not read.
    let held: Vec<_> = children
        .iter_mut()
        .map(|child| child.stdout.take())
        .collect();
    let begun = Instant::now();
    for child in &mut children {
        let status = loop {
            if let Some(status) = child.try_wait().map_err(fail)? {
                break status;
            }
            if begun.elapsed() > Duration::from_mins(1) {
                let _ = child.kill();
                return Err("it waits for a reader".to_owned());
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        let mut said = String::new();
        if let Some(mut stderr) = child.stderr.take() {
            let _ = stderr.read_to_string(&mut said);
        }
        ensure(status.code() == Some(127), || format!("{status}: {said}"))?;
        ensure(said.contains("nobody takes the report"), || said.clone())?;
    }
    drop(held);
    Ok(())
}

/// A module that asks for its folders, and a policy that grants `host` at `/data`; links that lead out of it are let pass.
pub fn granted(folder: &Path, host: &str, mode: &str) -> Result<(), String> {
    let module = r#"(module
        (import "wasi_snapshot_preview1" "fd_prestat_get" (func (param i32 i32) (result i32)))
        (memory (export "memory") 1 1) (func (export "_start")))"#;
    let policy = format!(
        "{BASE}imports: {{wasi: {{allow: [fs.read, fs.write]}}}}\ngrants: {{preopens: [{{guest: /data, host: {host}, mode: {mode}}}]}}\n"
    );
    let policy = policy
        .replace(
            "host_calls: 10",
            "host_calls: 10, open_files: 4, written_bytes: 1KiB",
        )
        .replace("rules: {", "rules: {preopen-escape: {severity: warning}, ");
    for (name, text) in [("a.wat", module), ("a.policy.yaml", &policy)] {
        std::fs::write(folder.join(name), text).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// A plugin that writes to its lock approves the next one; one that writes to its audit log was never there.
fn reach() -> Result<(), String> {
    let folder = bench()?;
    let at = |name: &str| folder.path().join(name);
    let fail = |error: std::io::Error| error.to_string();
    for name in ["data", "safe"] {
        std::fs::create_dir(at(name)).map_err(fail)?;
    }
    // A way through the folder, to a place that is not in it.
    std::os::unix::fs::symlink("../safe", at("data/way")).map_err(fail)?;
    for (mode, refused) in [("rw", true), ("ro", false)] {
        granted(folder.path(), "./data", mode)?;
        for lock in ["data/a.lock", "ringfence.lock"] {
            let output = run(folder.path(), &["approve", "--lock", lock, "a.wat"]);
            ensure(code(&output) == 0, || stderr(&output))?;
        }
        for words in [
            &["--lock", "data/a.lock"][..],
            &["--audit-log", "data/log.jsonl"],
            &["--record", "data/record.yaml"],
            &["--report", "data/report.json"],
            &["--report", "data/way/report.json"],
        ] {
            let output = run(folder.path(), &[&["run"], words, &["a.wat"]].concat());
            let said = stderr(&output).contains("which the plugin may write to");
            let expected = if refused { 120 } else { 0 };
            ensure(code(&output) == expected && said == refused, || {
                format!("{mode} {words:?}: {}", stderr(&output))
            })?;
        }
        let output = run(folder.path(), &["run", "a.wat"]);
        ensure(code(&output) == 0, || stderr(&output))?;
        for kept in ["data/log.jsonl", "data/record.yaml"] {
            let there = at(kept).exists();
            ensure(there != refused, || format!("{mode} {kept}: {there}"))?;
        }
    }
    // A second name of the lock, where the plugin may write to it.
    granted(folder.path(), "./data", "rw")?;
    let output = run(folder.path(), &["approve", "a.wat"]);
    ensure(code(&output) == 0, || stderr(&output))?;
    std::fs::hard_link(at("ringfence.lock"), at("data/second")).map_err(fail)?;
    let output = run(folder.path(), &["run", "a.wat"]);
    let said = stderr(&output);
    ensure(code(&output) == 120 && said.contains("a hard link"), || {
        said
    })?;
    std::fs::remove_file(at("data/second")).map_err(fail)?;
    // And of what the next run is held to where no lock says that it is another.
    std::fs::hard_link(at("a.policy.yaml"), at("data/second")).map_err(fail)?;
    for (option, refused) in [(&["--no-lock"][..], true), (&[], false)] {
        let output = run(folder.path(), &[&["run"], option, &["a.wat"]].concat());
        let said = stderr(&output);
        let told = said.contains("its policy, has a second name");
        let expected = if refused { 120 } else { 0 };
        ensure(code(&output) == expected && told == refused, || said)?;
    }
    std::fs::remove_file(at("data/second")).map_err(fail)?;
    // And of what is kept of the run.
    for option in ["--audit-log", "--record", "--report"] {
        let (kept, other) = (at("kept"), at("data/kept"));
        std::fs::write(&kept, "").map_err(fail)?;
        std::fs::hard_link(&kept, &other).map_err(fail)?;
        let output = run(folder.path(), &["run", option, "kept", "a.wat"]);
        let said = stderr(&output);
        ensure(code(&output) == 120 && said.contains("a hard link"), || {
            format!("{option}: {said}")
        })?;
        std::fs::remove_file(&kept).map_err(fail)?;
        std::fs::remove_file(&other).map_err(fail)?;
    }
    Ok(())
}

/// Who reaches the cache has native code in the next run, and who reaches the scratches another guest's data.
fn own() -> Result<(), String> {
    let folder = bench()?;
    let at = |name: &str| folder.path().join(name);
    let fail = |error: std::io::Error| error.to_string();
    for name in ["home", "data/caches", "data/other", "data/tmp"] {
        std::fs::create_dir_all(at(name)).map_err(fail)?;
    }
    let caches = at("data/caches");
    let temporary = at("data/tmp");
    let (elsewhere, linked) = (at("home/elsewhere"), at("linked"));
    std::fs::create_dir(&linked).map_err(fail)?;
    std::os::unix::fs::symlink(&caches, linked.join(".cache")).map_err(fail)?;
    // Leads to nothing until somebody makes it, as the guest could.
    let dangling = at("dangling");
    std::os::unix::fs::symlink("data/later", &dangling).map_err(fail)?;
    let variables: [&[(&str, &Path)]; 5] = [
        &[("XDG_CACHE_HOME", &caches)],
        &[("XDG_CACHE_HOME", &dangling)],
        // A later run without the variable would keep its cache below the home, behind a link.
        &[("XDG_CACHE_HOME", &elsewhere), ("HOME", &linked)],
        &[("TMPDIR", &temporary)],
        &[("XDG_RUNTIME_DIR", &temporary)],
    ];
    for variables in variables {
        for (host, mode, options, reaches) in [
            ("./data", "rw", &[][..], true),
            ("./data", "ro", &[], true),
            ("./data", "rw", &["--no-cache"], true),
            ("./data/other", "rw", &[], false),
        ] {
            granted(folder.path(), host, mode)?;
            let mut command = ringfence(folder.path());
            command.args([&["run", "--no-lock"], options, &["a.wat"]].concat());
            command
                .env("HOME", at("home"))
                .envs(variables.iter().copied());
            let output = command.output().map_err(fail)?;
            let said = stderr(&output);
            let told = said.contains("where ringfence keeps what is its own");
            let expected = if reaches { 120 } else { 0 };
            ensure(code(&output) == expected && told == reaches, || {
                format!("{variables:?} {host} {mode} {options:?}: {said}")
            })?;
        }
    }
    Ok(())
}
