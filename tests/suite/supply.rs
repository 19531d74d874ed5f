//! What we are made of, held without `cargo deny`: where dependencies come from, under which licences, one reader of modules,
//! and that the program tells its engine and its rules.

use std::collections::BTreeMap;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::program::{code, ensure, root, run, stderr, stdout};

type Test = fn() -> Result<(), String>;

/// The trials.
pub fn trials() -> Vec<Trial> {
    let tests: &[(&str, Test)] = &[
        ("licences_are_allowed", licences_are_allowed),
        ("sources_are_the_registry", sources_are_the_registry),
        (
            "there_is_one_reader_of_modules",
            there_is_one_reader_of_modules,
        ),
        (
            "the_version_tells_engine_and_rules",
            the_version_tells_engine_and_rules,
        ),
        (
            "an_engine_that_a_rule_names_runs_nothing",
            an_engine_that_a_rule_names_runs_nothing,
        ),
    ];
    let trial = |(name, test): &(&str, Test)| {
        let test = *test;
        Trial::test(format!("supply::{name}"), move || {
            test().map_err(Failed::from)
        })
    };
    tests.iter().map(trial).collect()
}

fn read(name: &str) -> Result<String, String> {
    std::fs::read_to_string(root().join(name)).map_err(|error| format!("{name}: {error}"))
}

/// The licences of `deny.toml`, so that there is one list.
fn allowed() -> Result<Vec<String>, String> {
    let text = read("deny.toml")?;
    let list = text
        .split("\nallow = [")
        .nth(1)
        .and_then(|rest| rest.split(']').next())
        .ok_or("deny.toml has no list of licences")?;
    let quoted = list.split('"').skip(1).step_by(2);
    Ok(quoted.map(str::to_owned).collect())
}

/// What is compiled on this system; `cargo deny` looks at all.
fn packages() -> Result<Vec<serde_json::Value>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let host = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .arg("-vV")
        .output()
        .map_err(|error| error.to_string())?;
    let host = String::from_utf8_lossy(&host.stdout);
    let host = host.lines().find_map(|line| line.strip_prefix("host: "));
    let output = Command::new(cargo)
        .current_dir(root())
        .args(["metadata", "--offline", "--locked", "--format-version", "1"])
        .args([
            "--filter-platform",
            host.unwrap_or("x86_64-unknown-linux-gnu"),
        ])
        .output()
        .map_err(|error| error.to_string())?;
    ensure(output.status.success(), || {
        String::from_utf8_lossy(&output.stderr).into_owned()
    })?;
    let data: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let packages = data["packages"].as_array();
    packages.cloned().ok_or_else(|| "no packages".to_owned())
}

fn licences_are_allowed() -> Result<(), String> {
    let allowed = allowed()?;
    ensure(allowed.len() > 3, || format!("{allowed:?}"))?;
    let packages = packages()?;
    let mut wrong = Vec::new();
    for package in &packages {
        let licence = package["license"].as_str().unwrap_or("none stated");
        if !permits(licence, &allowed) {
            wrong.push(format!("{}: {licence}", package["name"]));
        }
    }
    ensure(packages.len() > 100, || format!("{}", packages.len()))?;
    ensure(wrong.is_empty(), || wrong.join("; "))?;
    // The reader of expressions itself.
    for (expression, fine) in [
        ("MIT OR GPL-3.0", true),
        ("GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND GPL-3.0", false),
        ("MIT AND (GPL-3.0 OR ISC)", true),
        ("GPL-3.0/MIT", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("MIT WITH LLVM-exception", false),
    ] {
        ensure(permits(expression, &allowed) == fine, || {
            expression.to_owned()
        })?;
    }
    Ok(())
}

/// Whether an SPDX expression leaves a way of allowed licences: `AND` binds what stands between its parentheses.
fn permits(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    either(&words, &mut at, allowed) && at == words.len()
}

fn either(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut fine = both(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        fine |= both(words, at, allowed);
    }
    fine
}

fn both(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut fine = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        fine &= one(words, at, allowed);
    }
    fine
}

fn one(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let Some(first) = words.get(*at) else {
        return false;
    };
    *at += 1;
    if *first == "(" {
        let fine = either(words, at, allowed);
        *at += 1;
        return fine;
    }
    let mut name = (*first).to_owned();
    if words.get(*at) == Some(&"WITH") {
        name = format!("{name} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
    }
    allowed.contains(&name)
}

/// The packages of `Cargo.lock`: name, version, source, names of dependencies.
fn locked() -> Result<Vec<BTreeMap<String, String>>, String> {
    let text = read("Cargo.lock")?;
    let package = |part: &str| {
        let mut fields = BTreeMap::new();
        let mut key = "";
        for line in part.lines() {
            match line.split_once(" = ") {
                Some((name, value)) => {
                    key = name;
                    fields.insert(name.to_owned(), value.trim_matches('"').to_owned());
                }
                None => {
                    let list: &mut String = fields.entry(key.to_owned()).or_default();
                    list.push_str(line.trim());
                }
            }
        }
        fields
    };
    Ok(text.split("[[package]]\n").skip(1).map(package).collect())
}

fn sources_are_the_registry() -> Result<(), String> {
    let own = ["ringfence", "smith"];
    let registry = "registry+https://github.com/rust-lang/crates.io-index";
    let packages = locked()?;
    let foreign: Vec<&String> = packages
        .iter()
        .filter(|package| match package.get("source") {
            Some(source) => source != registry || !package.contains_key("checksum"),
            None => !own.contains(&package["name"].as_str()),
        })
        .map(|package| &package["name"])
        .collect();
    ensure(packages.len() > 100, || format!("{}", packages.len()))?;
    ensure(foreign.is_empty(), || format!("{foreign:?}"))
}

fn there_is_one_reader_of_modules() -> Result<(), String> {
    let packages = locked()?;
    let versions = |name: &str| -> Vec<String> {
        let named = packages.iter().filter(|package| package["name"] == name);
        named.map(|package| package["version"].clone()).collect()
    };
    for name in ["wasmparser", "wasmtime", "cranelift-codegen"] {
        let versions = versions(name);
        ensure(versions.len() == 1, || format!("{name}: {versions:?}"))?;
    }
    // That of the engine's release.
    let reader = versions("wasmparser").concat();
    ensure(reader.starts_with("0.254."), || reader)
}

/// The engine as `Cargo.lock` has it, and the rules by the digest that an approval is bound to.
fn the_version_tells_engine_and_rules() -> Result<(), String> {
    let output = run(root(), &["--version"]);
    let text = stdout(&output);
    let lines: Vec<&str> = text.lines().collect();
    ensure(code(&output) == 0 && lines.len() == 3, || text.clone())?;
    let name = format!("ringfence {}", env!("CARGO_PKG_VERSION"));
    ensure(lines[0] == name, || text.clone())?;
    let engine = if cfg!(all(feature = "run", unix)) {
        let packages = locked()?;
        let mut engines = packages.iter().filter(|one| one["name"] == "wasmtime");
        let version = engines.next().map(|one| one["version"].clone());
        format!("engine: wasmtime {}", version.unwrap_or_default())
    } else {
        "engine: none: this build only judges".to_owned()
    };
    ensure(lines[1] == engine, || text.clone())?;
    let rules = lines[2].strip_prefix("rules: sha256 ").unwrap_or_default();
    ensure(rules.len() == 64, || text.clone())?;
    let short = run(root(), &["-V"]);
    ensure(stdout(&short).trim_end() == name, || stdout(&short))?;
    recorded(rules)
}

const POLICY: &str = "version: 1
module: {kind: core, exports: {allow: [run]}}
limits: {fuel: 1000, deadline: 1s, memory: 64KiB, table_elements: 0, host_calls: 1}
rules: {missing-abi-version: {severity: warning}}
";

/// A module that passes under a policy, in a folder of its own.
fn bench() -> Result<tempfile::TempDir, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).map_err(|error| error.to_string())
    };
    write("m.wat", "(module (func (export \"run\")))")?;
    write("p.yaml", POLICY)?;
    Ok(folder)
}

/// A record that `approve` writes has that digest.
fn recorded(rules: &str) -> Result<(), String> {
    let folder = bench()?;
    let output = run(folder.path(), &["approve", "m.wat", "--policy", "p.yaml"]);
    ensure(code(&output) == 0, || stdout(&output) + &stderr(&output))?;
    let lock = std::fs::read_to_string(folder.path().join("ringfence.lock"));
    let lock = lock.map_err(|error| error.to_string())?;
    ensure(lock.contains(rules), || lock.clone())
}

const OWN_RULE: &str = "id: our-engine
title: An engine that we do not run
severity: error
over: engine
when: it.name == \"wasmtime\" && it.major != null && it.major < 1000000
message: \"{it.name} {it.version} is not to be used\"
help: wait for the next release
explanation: |
  Known here before a release names it.
examples:
  - {name: ours, fires: true, policy: \"version: 1\"}
  - {name: no policy, fires: false}
";

/// What a rule says of the engine holds where something would run in it.
fn an_engine_that_a_rule_names_runs_nothing() -> Result<(), String> {
    let folder = bench()?;
    let rules = folder.path().join("rules");
    std::fs::create_dir(&rules).map_err(|error| error.to_string())?;
    std::fs::write(rules.join("our-engine.yaml"), OWN_RULE).map_err(|error| error.to_string())?;
    let given = ["m.wat", "--policy", "p.yaml"];
    let named = ["--policy", "p.yaml", "--rules", "rules"];
    let ends = |arguments: &[&str], expected: i32, word: &str| {
        let output = run(folder.path(), arguments);
        let text = stdout(&output) + &stderr(&output);
        ensure(code(&output) == expected && text.contains(word), || {
            format!("{arguments:?}: exit {}: {text}", code(&output))
        })
    };
    ends(&["rules", "test", "rules"], 0, "")?;
    ends(&[&["check"][..], &given].concat(), 0, "")?;
    ends(&[&["check", "m.wat"][..], &named].concat(), 1, "our-engine")?;
    ends(
        &[&["approve", "m.wat"][..], &named].concat(),
        1,
        "our-engine",
    )?;
    ensure(!folder.path().join("ringfence.lock").exists(), || {
        "approved all the same".to_owned()
    })?;
    if cfg!(all(feature = "run", unix)) {
        let start = ["run", "--no-lock", "--invoke", "run"];
        ends(
            &[&start[..], &named, &["m.wat"]].concat(),
            120,
            "our-engine",
        )?;
        ends(
            &[&start[..], &["--policy", "p.yaml", "m.wat"]].concat(),
            0,
            "",
        )?;
    }
    Ok(())
}
