//! Every sample module under its policy, as JSON and SARIF snapshots; and every wrong policy, which one rule must find.

use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};

use super::program::{code, compare, ensure, entries, ringfence, root, run, stdout};

/// Two trials a sample, one a wrong policy.
pub fn trials() -> Vec<Trial> {
    let mut trials = vec![Trial::test("sample::inspect_fits_one_screen", || {
        one_screen().map_err(Failed::from)
    })];
    trials.push(Trial::test("sample::inspect_says_no_verdict", || {
        no_verdict().map_err(Failed::from)
    }));
    for folder in entries(&samples())
        .into_iter()
        .filter(|folder| folder.join("plugin.wasm").exists())
    {
        let name = name(&folder);
        for format in ["json", "sarif"] {
            let sample = name.clone();
            trials.push(Trial::test(
                format!("sample::{sample}::{format}"),
                move || snapshot(&sample, format).map_err(Failed::from),
            ));
        }
    }
    for policy in entries(&samples().join("policies")) {
        let rule = policy
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if policy
            .extension()
            .is_some_and(|extension| extension == "yaml")
            && rule != "platform"
        {
            trials.push(Trial::test(format!("policy::{rule}"), move || {
                wrong_policy(&rule).map_err(Failed::from)
            }));
        }
    }
    trials
}

/// 80 columns and 40 lines hold what a Go plugin can do.
fn one_screen() -> Result<(), String> {
    for sample in ["go-command", "go-reactor", "go-unguarded-read"] {
        let output = ringfence(&samples())
            .args(["inspect", &format!("{sample}/plugin.wasm")])
            .env("COLUMNS", "80")
            .output()
            .map_err(|error| error.to_string())?;
        let text = stdout(&output);
        let widest = text.lines().map(|line| line.chars().count()).max();
        ensure(text.lines().count() <= 44 && widest <= Some(80), || text)?;
    }
    Ok(())
}

/// `inspect` judges nothing: a "pass" in its JSON would be taken for one. Its list stays a list if one file is unread.
fn no_verdict() -> Result<(), String> {
    let json = |arguments: &[&str]| -> Result<serde_json::Value, String> {
        serde_json::from_str(&stdout(&run(&samples(), arguments)))
            .map_err(|error| error.to_string())
    };
    let path = "rust-exec/plugin.wasm";
    let one = json(&["inspect", path, "--format", "json"])?;
    ensure(one["verdict"].is_null() && one["path"] == path, || {
        one.to_string()
    })?;
    let list = json(&["inspect", path, "absent.wasm", "--format", "json"])?;
    ensure(list[0]["path"] == path, || list.to_string())
}

fn samples() -> PathBuf {
    root().join("sample-modules")
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The report of a sample. SARIF is read with its types first: what they refuse is not SARIF.
fn snapshot(sample: &str, format: &str) -> Result<(), String> {
    let module = format!("{sample}/plugin.wasm");
    let policy = format!("{sample}/policy.yaml");
    let output = run(
        &samples(),
        &["check", &module, "--policy", &policy, "--format", format],
    );
    ensure(code(&output) <= 1, || format!("exit {}", code(&output)))?;
    let mut text = stdout(&output);
    if format == "sarif" {
        let sarif: Result<serde_sarif::sarif::Sarif, _> = serde_json::from_str(&text);
        sarif.map_err(|error| format!("not SARIF: {error}"))?;
        text = with_rule_ids_alone(&text)?;
    }
    compare(
        &root()
            .join("tests/snapshots")
            .join(format!("{sample}.{format}")),
        &text,
    )
}

/// A policy that is wrong in one way is found by that one rule, and by no other that fails.
fn wrong_policy(rule: &str) -> Result<(), String> {
    let sample = match rule {
        "env-not-read" => "c-read-file",
        "exfiltration-pair" => "rust-notifier",
        _ => "rust-command",
    };
    let module = format!("{sample}/plugin.wasm");
    let policy = format!("policies/{rule}.yaml");
    let output = run(
        &samples(),
        &["check", &module, "--policy", &policy, "--format", "json"],
    );
    let report: serde_json::Value =
        serde_json::from_str(&stdout(&output)).map_err(|error| error.to_string())?;
    let findings = report
        .get("findings")
        .and_then(|findings| findings.as_array())
        .cloned()
        .unwrap_or_default();
    let unwaived = findings
        .iter()
        .filter(|finding| finding["waived"].is_null());
    let fired: Vec<(String, String)> = unwaived
        .map(|finding| {
            (
                finding["rule"].as_str().unwrap_or_default().to_owned(),
                finding["severity"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    ensure(fired.iter().any(|(id, _)| id == rule), || {
        format!("{rule} is silent; fired: {fired:?}")
    })?;
    let others: Vec<_> = fired
        .iter()
        .filter(|(id, severity)| id != rule && severity != "note")
        .collect();
    ensure(others.is_empty(), || {
        format!("more than {rule} fired: {others:?}")
    })
}

/// A SARIF log whose rules are their ids: their pages are in `docs/rules.md`, and one wording should not change every snapshot.
fn with_rule_ids_alone(text: &str) -> Result<String, String> {
    let mut log: serde_json::Value =
        serde_json::from_str(text).map_err(|error| error.to_string())?;
    let rules = &mut log["runs"][0]["tool"]["driver"]["rules"];
    let ids = rules
        .as_array()
        .into_iter()
        .flatten()
        .map(|rule| rule["id"].clone())
        .collect();
    *rules = serde_json::Value::Array(ids);
    serde_json::to_string_pretty(&log)
        .map(|text| text + "\n")
        .map_err(|error| error.to_string())
}
