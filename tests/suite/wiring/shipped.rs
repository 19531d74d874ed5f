//! What is shipped for others' tools: the image, completions and man pages, and files in formats with published schemas.

use std::path::Path;
use std::process::{Command, Output};

use super::{workflow_file, write};
use crate::suite::program::{code, ensure, root, run, stderr, stdout};

pub fn image() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let text =
        std::fs::read_to_string(root().join("Dockerfile")).map_err(|error| error.to_string())?;
    let last = text.rsplit("\nFROM ").next().unwrap_or_default();
    ensure(last.starts_with("scratch\n"), || {
        "the image is not empty".to_owned()
    })?;
    ensure(last.contains("\nUSER 65532:65532\n"), || {
        "the image runs as root".to_owned()
    })?;
    for line in text
        .lines()
        .filter(|line| line.starts_with("COPY ") && !line.contains("--from"))
    {
        let names: Vec<&str> = line.split_whitespace().skip(1).collect();
        for name in names.split_last().map_or(&[][..], |(_, names)| names) {
            let (from, to) = (root().join(name), folder.path().join(name));
            ensure(from.exists(), || format!("{line}: no {name}"))?;
            copy(&from, &to).map_err(|error| format!("{name}: {error}"))?;
        }
    }
    // What is copied is all that cargo sees there.
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["tree", "--offline", "--locked", "--edges", "normal,build"])
        .current_dir(folder.path())
        .output()
        .map_err(|error| error.to_string())?;
    ensure(output.status.success(), || stderr(&output))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if from.is_file() {
        std::fs::create_dir_all(to.parent().unwrap_or(to))?;
        return std::fs::copy(from, to).map(drop);
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

pub fn completions() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(folder.path(), &["completions", shell]);
        ensure(
            code(&output) == 0 && stdout(&output).contains("ringfence"),
            || format!("{shell}: {}", stderr(&output)),
        )?;
    }
    let script = run(folder.path(), &["completions", "bash"]);
    write(folder.path(), &[("ringfence.bash", &stdout(&script))])?;
    let output = Command::new("bash")
        .arg("-n")
        .arg(folder.path().join("ringfence.bash"))
        .output();
    let output: Output = output.map_err(|error| error.to_string())?;
    ensure(output.status.success(), || stderr(&output))?;
    let output = run(folder.path(), &["manual", "man"]);
    ensure(code(&output) == 0, || stderr(&output))?;
    for page in [
        "ringfence.1",
        "ringfence-check.1",
        "ringfence-policy-test.1",
    ] {
        let text = std::fs::read_to_string(folder.path().join("man").join(page));
        let text = text.map_err(|error| format!("{page}: {error}"))?;
        ensure(text.contains(".TH") && text.contains(".SH OPTIONS"), || {
            format!("{page}: {text}")
        })?;
    }
    Ok(())
}

/// Where the tools that carry the published schemas are installed; nowhere else can they be had without a network.
pub fn schemas() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (workflow, hooks) = workflow_file::examples()?;
    write(
        folder.path(),
        &[
            ("workflow.yml", &workflow),
            (".pre-commit-config.yaml", &hooks),
            ("broken.yml", "name: x\nruns: {using: composite}\n"),
            ("broken-hooks.yaml", "- {id: x}\n"),
        ],
    )?;
    let here = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let actions = [
        "check-jsonschema",
        "--builtin-schema",
        "vendor.github-actions",
    ];
    let workflows = [
        "check-jsonschema",
        "--builtin-schema",
        "vendor.github-workflows",
    ];
    let gitlab = ["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci"];
    for (tool, file, holds) in [
        (&actions[..], "action.yml", true),
        (&actions, &here("broken.yml"), false),
        (&workflows, ".github/workflows/release.yml", true),
        (&workflows, &here("workflow.yml"), true),
        (&gitlab, "docs/examples/gitlab-ci.yml", true),
        (
            &["pre-commit", "validate-manifest"],
            ".pre-commit-hooks.yaml",
            true,
        ),
        (
            &["pre-commit", "validate-manifest"],
            &here("broken-hooks.yaml"),
            false,
        ),
        (
            &["pre-commit", "validate-config"],
            &here(".pre-commit-config.yaml"),
            true,
        ),
        (&["actionlint"], ".github/workflows/release.yml", true),
        (&["actionlint"], &here("workflow.yml"), true),
    ] {
        let (program, arguments) = tool.split_first().ok_or("no tool")?;
        if Command::new(program).arg("--version").output().is_err() {
            eprintln!("skipped: no {program} on the path (CONTRIBUTING.md says how to get it)");
            continue;
        }
        let output = Command::new(program)
            .args(arguments)
            .arg(file)
            .current_dir(root())
            .output()
            .map_err(|error| error.to_string())?;
        ensure(output.status.success() == holds, || {
            format!("{tool:?} {file}: {}{}", stdout(&output), stderr(&output))
        })?;
    }
    Ok(())
}
