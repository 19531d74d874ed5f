//! What `ringfence run` writes never replaces, nor is added to, what it reads.

use std::path::Path;

use libtest_mimic::{Failed, Trial};

use super::program::{code, ensure, run, stderr};

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
    ensure(code(&output) == 0, || stderr(&output))
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
