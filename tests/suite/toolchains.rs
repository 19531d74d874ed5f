//! `ringfence run` in the place of the program that runs test binaries, as `docs/test-runner.md` shows it: with Go and with
//! cargo, where they are here and can build for WASI.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Failed, Trial};

use super::program::{ensure, private, root, stderr, stdout};

const GO: &str = r#"package words

import (
	"os"
	"strings"
	"testing"
)

func TestCount(t *testing.T) {
	if len(strings.Fields("a b  c")) != 3 {
		t.Fatal("miscounted")
	}
}

func TestNothingIsRead(t *testing.T) {
	if _, err := os.ReadFile("words_test.go"); err == nil {
		t.Fatal("a file was read")
	}
}

func TestWrong(t *testing.T) {
	t.Fatal("this one is wrong")
}
"#;

const RUST: &str = r#"//! A test package.

fn main() {
    println!("{}", "a b  c".split_whitespace().count());
}

#[test]
fn words_are_counted() {
    assert_eq!("a b  c".split_whitespace().count(), 3);
}

#[test]
fn nothing_is_read() {
    assert!(std::fs::read("Cargo.toml").is_err());
}

#[test]
#[ignore]
fn wrong() {
    panic!("this one is wrong");
}
"#;

/// The trials. What a machine cannot do is left out of the run with a word on what is missing.
pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, missing: Option<&'static str>, test: fn() -> Result<(), String>| {
        let trial = Trial::test(format!("toolchains::{name}"), move || {
            test().map_err(Failed::from)
        });
        match missing {
            None => trial,
            Some(missing) => trial.with_kind(missing).with_ignored_flag(true),
        }
    };
    vec![
        trial("go_test_runs_its_tests_in_it", go_is_missing(), go_test),
        trial("cargo_runs_its_tests_in_it", target_is_missing(), cargo),
    ]
}

fn go_is_missing() -> Option<&'static str> {
    let version = go_says("GOVERSION");
    let minor = version.strip_prefix("go1.").and_then(|rest| {
        let digits = rest.split(|one: char| !one.is_ascii_digit()).next()?;
        digits.parse::<u32>().ok()
    });
    match minor {
        Some(21..) => None,
        _ => Some("no Go 1.21 or later"),
    }
}

/// Whether this toolchain has a standard library for the target.
fn target_is_missing() -> Option<&'static str> {
    let asked = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", "wasm32-wasip1"])
        .output();
    let there = asked
        .is_ok_and(|output| output.status.success() && Path::new(stdout(&output).trim()).is_dir());
    (!there).then_some("no target wasm32-wasip1")
}

/// One of Go's settings; empty without Go.
fn go_says(setting: &str) -> String {
    let asked = Command::new("go").args(["env", setting]).output();
    let said = asked.map(|output| stdout(&output).trim().to_owned());
    said.unwrap_or_default()
}

/// A folder with the policy of the documentation and these files.
fn package(files: &[(&str, &str)]) -> Result<tempfile::TempDir, String> {
    let page = std::fs::read_to_string(root().join("docs/test-runner.md"));
    let page = page.map_err(|error| error.to_string())?;
    let policy = page
        .split_once("```yaml\n")
        .and_then(|(_, rest)| rest.split_once("```"))
        .map(|(policy, _)| policy)
        .ok_or("docs/test-runner.md shows no policy")?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    for (name, text) in files.iter().chain(&[("test.policy.yaml", policy)]) {
        std::fs::write(folder.path().join(name), text).map_err(|error| error.to_string())?;
    }
    Ok(folder)
}

/// The words that stand before a test binary.
fn runner(folder: &Path) -> String {
    let policy = folder.join("test.policy.yaml");
    format!("ringfence run --no-lock --policy {}", policy.display())
}

/// A tool in a folder, with the program where it looks for programs, and our own caches.
fn tool(name: &str, folder: &Path) -> Command {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_ringfence"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let before = program.parent().map(Path::to_owned);
    let path = std::env::join_paths(before.into_iter().chain(std::env::split_paths(&path)));
    let mut command = Command::new(name);
    command
        .current_dir(folder)
        .env("PATH", path.unwrap_or_default())
        .env("XDG_CACHE_HOME", private("cache"))
        .env("XDG_RUNTIME_DIR", private("runtime"));
    command
}

fn succeeded(output: &Output, with: &[&str]) -> Result<(), String> {
    let said = stdout(output) + &stderr(output);
    let all = with.iter().all(|text| said.contains(text));
    ensure(output.status.success() && all, || {
        format!("{}: {said}", output.status)
    })
}

fn failed(output: &Output, with: &str) -> Result<(), String> {
    let said = stdout(output) + &stderr(output);
    ensure(!output.status.success() && said.contains(with), || {
        format!("{}: {said}", output.status)
    })
}

fn go_test() -> Result<(), String> {
    let module = "module example.test/words\n\ngo 1.21\n";
    let folder = package(&[("go.mod", module), ("words_test.go", GO)])?;
    let go = |tests: &str| {
        tool("go", folder.path())
            .envs([("GOOS", "wasip1"), ("GOARCH", "wasm"), ("GOFLAGS", "")])
            .envs([("GOTOOLCHAIN", "local"), ("GOWORK", "off")])
            .env("GOCACHE", go_says("GOCACHE"))
            .args(["test", "-v", "-run", tests, "-exec"])
            .args([runner(folder.path()).as_str(), "./..."])
            .output()
            .map_err(|error| error.to_string())
    };
    let passed = ["--- PASS: TestCount", "--- PASS: TestNothingIsRead"];
    succeeded(&go("TestCount|TestNothingIsRead")?, &passed)?;
    failed(&go("TestWrong")?, "--- FAIL: TestWrong")
}

fn cargo() -> Result<(), String> {
    let manifest = "[package]\nname = \"words\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
        [[bin]]\nname = \"words\"\npath = \"main.rs\"\n";
    let folder = package(&[("Cargo.toml", manifest), ("main.rs", RUST)])?;
    let cargo = |arguments: &[&str]| {
        let (first, rest) = arguments.split_first().ok_or("no arguments")?;
        tool("cargo", folder.path())
            .env("CARGO_TARGET_WASM32_WASIP1_RUNNER", runner(folder.path()))
            .env("CARGO_TARGET_DIR", folder.path().join("target"))
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .args([first, "--offline", "--target", "wasm32-wasip1"])
            .args(rest)
            .output()
            .map_err(|error| error.to_string())
    };
    let passed = ["words_are_counted ... ok", "nothing_is_read ... ok"];
    succeeded(&cargo(&["test"])?, &passed)?;
    failed(
        &cargo(&["test", "--", "--ignored", "--nocapture"])?,
        "this one is wrong",
    )?;
    let output = cargo(&["run"])?;
    ensure(stdout(&output) == "3\n", || stderr(&output))
}
