//! From records to drafts: they pass, they run, and no record grants anything.

use std::path::Path;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value as Json, json};

use super::{bench, expect, go, read, sample, scratch};
use crate::suite::program::{code, ensure, root, run, run_with_input, stderr, stdout};

/// The trials.
pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, test: fn() -> Result<(), String>| {
        Trial::test(format!("record::{name}"), move || {
            test().map_err(Failed::from)
        })
    };
    vec![
        trial("narrowed_drafts_of_samples_pass", samples),
        trial("what_was_recorded_runs_under_its_draft", runs_again),
        trial("records_of_two_versions_are_taken_together", versions),
        trial("a_foreign_record_is_refused", foreign),
        trial("a_hostile_record_grants_nothing", hostile),
    ]
}

fn text(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

fn module(name: &str) -> String {
    let path = root().join("sample-modules").join(name).join("plugin.wasm");
    path.to_string_lossy().into_owned()
}

fn samples() -> Result<(), String> {
    for (name, arguments, input) in [
        ("c-read-file", &[][..], &b""[..]),
        ("rust-command", &["--template=letter"], b"Ana"),
        ("go-command", &[], b"a,b\n1,2\n"),
    ] {
        for more in [&[][..], &["--stub-unused"]] {
            let folder = scratch()?;
            let at = folder.path();
            for _ in 0..2 {
                let output = sample(at, name, arguments, input);
                ensure(code(&output) == 0, || stderr(&output))?;
            }
            let module = module(name);
            let init = [
                "policy",
                "init",
                &module,
                "--from-run",
                "r.json",
                "-o",
                "d.yaml",
            ];
            let output = run(at, &[&init, more].concat());
            expect(&output, 0, "").map_err(|error| format!("{name}: {error}"))?;
            let output = run(at, &["check", &module, "--policy", "d.yaml"]);
            expect(&output, 0, "PASS").map_err(|error| format!("{name}: {error}"))?;
            let draft = text(&at.join("d.yaml"))?;
            ensure(draft.contains("observed in 2 runs"), || draft.clone())?;
            narrower(at, &module, &draft)?;
        }
    }
    Ok(())
}

/// Held against the draft without a record as its base, it asks for nothing more.
fn narrower(at: &Path, module: &str, draft: &str) -> Result<(), String> {
    let plain = run(at, &["policy", "init", module]);
    let fail = |error: std::io::Error| error.to_string();
    std::fs::write(at.join("base.yaml"), stdout(&plain)).map_err(fail)?;
    let child = draft.replacen("version: 1\n", "version: 1\nextends: base.yaml\n", 1);
    std::fs::write(at.join("child.yaml"), &child).map_err(fail)?;
    let output = run(at, &["policy", "lint", "child.yaml", "--format", "short"]);
    let said = stdout(&output) + &stderr(&output);
    ensure(code(&output) < 2, || said.clone())?;
    let wider = said.contains("base-widened") || said.contains("limit-above-base");
    ensure(!wider, || format!("{said}\n{child}"))
}

/// The loop is closed: recorded under a wide policy, drafted, approved, and run with the same outcome.
fn runs_again() -> Result<(), String> {
    let folder = scratch()?;
    let at = folder.path();
    let input = b"name,age\nana,7\n";
    let first = sample(at, "go-command", &[], input);
    ensure(code(&first) == 0, || stderr(&first))?;
    let module = module("go-command");
    let init = [
        "policy",
        "init",
        &module,
        "--from-run",
        "r.json",
        "-o",
        "d.yaml",
    ];
    expect(&run(at, &init), 0, "")?;
    expect(
        &run(at, &["approve", &module, "--policy", "d.yaml"]),
        0,
        "is approved",
    )?;
    let again = run_with_input(at, &["run", "--policy", "d.yaml", &module], input);
    ensure(code(&again) == 0, || stderr(&again))?;
    ensure(stdout(&again) == stdout(&first), || stdout(&again))
}

fn versions() -> Result<(), String> {
    let folder = bench()?;
    let at = folder.path();
    ensure(code(&go(at, "run")) == 0, || "it fails".to_owned())?;
    let newer = text(&at.join("h.wat"))?.replace("unreachable", "nop");
    std::fs::write(at.join("new.wat"), newer).map_err(|error| error.to_string())?;
    let alone = run(
        at,
        &["policy", "init", "h.wat", "new.wat", "--from-run", "r.json"],
    );
    expect(&alone, 2, "no record is of the module")?;
    let record = [
        "run",
        "--no-lock",
        "--policy",
        "h.policy.yaml",
        "--record",
        "n.json",
        "--invoke",
        "boom",
        "new.wat",
    ];
    expect(&run(at, &record), 0, "")?;
    let both = [
        "policy",
        "init",
        "h.wat",
        "new.wat",
        "--from-run",
        "r.json",
        "--from-run",
        "n.json",
    ];
    let output = run(at, &both);
    expect(&output, 0, "observed in 2 runs")?;
    // Which constants the code has stays with the code.
    expect(&output, 0, "all but \"/etc/passwd\"")
}

fn foreign() -> Result<(), String> {
    let folder = bench()?;
    let at = folder.path();
    go(at, "run");
    let record = read(&at.join("r.json"))?;
    let init = ["policy", "init", "h.wat", "--from-run"];
    let other = run(
        at,
        &[
            "policy",
            "init",
            &module("c-read-file"),
            "--from-run",
            "r.json",
        ],
    );
    expect(&other, 2, "none of those that are given")?;
    for (pointer, value, said) in [
        ("/engine", json!("wasmtime 1.0.0"), "record anew"),
        ("/ringfence_record", json!(7), "another version"),
        (
            "/under/0/runs",
            json!(0),
            "was changed, and counts for nothing",
        ),
    ] {
        let mut changed = record.clone();
        if let Some(place) = changed.pointer_mut(pointer) {
            *place = value;
        }
        std::fs::write(at.join("x.json"), changed.to_string())
            .map_err(|error| error.to_string())?;
        expect(&run(at, &[&init[..], &["x.json"]].concat()), 2, said)?;
    }
    for (content, said) in [
        ("", "is no record"),
        ("{\"a\u{1b}[2J", "is no record"),
        (&"[".repeat(1 << 20), "is no record"),
        (&" ".repeat((4 << 20) + 1), "is larger than any record"),
    ] {
        std::fs::write(at.join("x.json"), content).map_err(|error| error.to_string())?;
        let output = run(at, &[&init[..], &["x.json"]].concat());
        expect(&output, 2, said)?;
        ensure(!stderr(&output).contains('\u{1b}'), || stderr(&output))?;
    }
    expect(
        &run(at, &[&init[..], &["absent.json"]].concat()),
        2,
        "cannot read the record absent.json",
    )?;
    expect(
        &run(at, &["policy", "init", "h.wat", "--stub-unused"]),
        2,
        "--from-run",
    )
}

/// A record that says whatever would open something, and still reads.
fn hostile() -> Result<(), String> {
    let folder = bench()?;
    let at = folder.path();
    go(at, "run");
    let mut record = read(&at.join("r.json"))?;
    let runs = &mut record["under"][0];
    for figures in ["limits", "peaks"] {
        for value in runs[figures]
            .as_object_mut()
            .into_iter()
            .flat_map(|all| all.values_mut())
        {
            *value = json!(u64::MAX);
        }
    }
    runs["capabilities"] = json!({"env": 9, "fs.write": u64::MAX, "http.outgoing": 1});
    let seen = json!({
        "texts": ["/etc/shadow", "AKIAIOSFODNN7EXAMPLE", "x\n      - module: evil"],
        "numbers": [i64::MIN], "longest": u64::MAX, "others": false,
    });
    let imports = runs["imports"].as_array_mut().ok_or("no imports")?;
    for import in imports.iter_mut() {
        for argument in import["arguments"].as_array_mut().into_iter().flatten() {
            argument["seen"] = seen.clone();
        }
    }
    imports.push(json!({
        "module": "wasi_snapshot_preview1", "name": "path_open", "calls": 1, "denied": 0, "stubbed": false, "arguments": [],
    }));
    runs["files"] = json!([{
        "guest": "/", "scratch": null, "others": [],
        "paths": [{"path": "/root/.ssh/id\n  - {guest: /, host: /}", "modes": ["create", "write"]}],
    }]);
    std::fs::write(at.join("x.json"), record.to_string()).map_err(|error| error.to_string())?;
    let output = run(
        at,
        &[
            "policy",
            "init",
            "h.wat",
            "--from-run",
            "x.json",
            "-o",
            "d.yaml",
        ],
    );
    expect(&output, 0, "not granted")?;
    let said = stderr(&output);
    for told in ["path_open", "/etc/shadow", "files below"] {
        ensure(said.contains(told), || format!("{told}: {said}"))?;
    }
    let draft = text(&at.join("d.yaml"))?;
    for hidden in ["AKIAIOSFODNN7EXAMPLE", "\u{1b}"] {
        ensure(!draft.contains(hidden) && !said.contains(hidden), || {
            draft.clone()
        })?;
    }
    let granted = draft
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let granted: String = granted.collect();
    for withheld in ["shadow", "evil", ".ssh", "path_open", "fs.write"] {
        ensure(!granted.contains(withheld), || {
            format!("{withheld}: {draft}")
        })?;
    }
    expect(
        &run(at, &["check", "h.wat", "--policy", "d.yaml"]),
        0,
        "PASS",
    )?;
    narrower(at, "h.wat", &draft)?;
    let shown = run(at, &["policy", "show", "d.yaml", "--format", "json"]);
    let shown: Json = serde_json::from_str(&stdout(&shown)).map_err(|error| error.to_string())?;
    let shown = shown.to_string();
    ensure(!shown.contains("18446744073709551615"), || shown.clone())
}
