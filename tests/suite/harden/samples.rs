//! Every sample module: what it does stays the same where the policy grants all that it needs, under its own policy too, and
//! hardening it twice is hardening it once.

use std::path::PathBuf;

use ringfence::audit::{HardeningRecord, Least, Surroundings};
use ringfence::rewrite::Options;
use ringfence::wasm::edit::{Edit, Layout, apply};
use ringfence::wasm::{Extern, Import, Module, decode};
use wasmtime::Val;

use super::plain::{End, Plain};
use super::{Check, harden_bytes};
use crate::suite::program::{
    code, ensure, entries, private, root, run, run_with_input, stderr, stdout,
};

/// The tests.
pub const CHECKS: &[(&str, Check)] = &[
    ("an_edit_without_changes_gives_the_same_bytes", unchanged),
    ("they_do_the_same_where_all_is_granted", granted),
    ("they_run_as_before_under_their_policies", policies),
    ("they_are_written_or_refused", written),
];

/// Folders with a module, hostile ones included.
fn folders() -> Vec<PathBuf> {
    let samples = root().join("sample-modules");
    let all = entries(&samples)
        .into_iter()
        .chain(entries(&samples.join("hostile")));
    let folders: Vec<PathBuf> = all
        .filter(|folder| folder.join("plugin.wasm").exists())
        .collect();
    assert!(folders.len() > 50, "the samples were not found");
    folders
}

fn read(folder: &std::path::Path) -> Result<Vec<u8>, String> {
    std::fs::read(folder.join("plugin.wasm")).map_err(|error| error.to_string())
}

fn unchanged() -> Result<(), String> {
    for folder in folders() {
        let bytes = read(&folder)?;
        if let Ok(layout) = Layout::of(&bytes) {
            let after = apply(&layout, &Edit::default()).map_err(|fault| fault.reason)?;
            ensure(after == bytes, || format!("{} changed", folder.display()))?;
        }
    }
    Ok(())
}

/// Exports of numbers, each in an instance of its own.
fn granted() -> Result<(), String> {
    let (mut compared, mut refused) = (0, Vec::new());
    // It is the reactor with another import; and how deep a stack goes is not promised, as frames have other sizes.
    let distinct = |folder: &PathBuf| {
        !folder.ends_with("go-unguarded-read") && !folder.ends_with("deep-recursion")
    };
    for folder in folders().into_iter().filter(distinct) {
        let bytes = read(&folder)?;
        let module = decode(&bytes);
        let surroundings = Surroundings::of_process();
        let policy = Least::of([(&module, bytes.as_slice())], &surroundings);
        let policy = policy.text("sample");
        let options = Options {
            budget: Some(1 << 40),
            ..Options::default()
        };
        let (hardened, record) = match harden_bytes(&bytes, &policy, options) {
            Ok((hardened, told)) => (hardened, told.record),
            Err(reason) => {
                refused.push(format!("{}: {reason}", folder.display()));
                continue;
            }
        };
        // One large module is enough.
        if bytes.len() < 1 << 20 || folder.ends_with("go-reactor") {
            let (again, _) = harden_bytes(&hardened, &policy, options)
                .map_err(|reason| format!("{} again: {reason}", folder.display()))?;
            ensure(again == hardened, || {
                format!("{}: twice is not once", folder.display())
            })?;
        }
        compared += same(&folder, &module, &bytes, (&hardened, &record))?;
    }
    ensure(compared > 40, || {
        format!("{compared} exports were compared")
    })?;
    ensure(refused.len() < 12, || refused.join("\n"))
}

fn same(
    folder: &std::path::Path,
    module: &Module,
    bytes: &[u8],
    (hardened, record): (&[u8], &HardeningRecord),
) -> Result<usize, String> {
    let mut compared = 0;
    // A host with other proposals does not take it at all.
    let (Ok(before), Ok(after)) = (Plain::bounded(bytes), Plain::bounded(hardened)) else {
        return Ok(0);
    };
    // A draft's guards of the host's functions let little through.
    let guarded = |import: &Import| {
        let guards = record.done.iter().filter(|deed| deed.what == "guard");
        let prefix = format!("{} ", import.full_name());
        guards
            .into_iter()
            .any(|deed| deed.subject.starts_with(&prefix))
    };
    let kept = decode(hardened).imports.into_iter();
    let kept: Vec<String> = kept
        .filter(|import| !guarded(import))
        .map(|import| import.name)
        .collect();
    for export in &module.exports {
        let Extern::Function(signature) = &export.ty else {
            continue;
        };
        let arguments: Option<Vec<Val>> = signature
            .params
            .iter()
            .map(|ty| match ty.as_str() {
                "i32" => Some(Val::I32(1)),
                "i64" => Some(Val::I64(2)),
                _ => None,
            })
            .collect();
        let Some(arguments) = arguments.filter(|_| compared < 12) else {
            continue;
        };
        let seen = |compiled: &wasmtime::Module| -> Option<(End, Vec<String>)> {
            let mut plain = Plain::of(compiled).ok()?;
            let end = plain.call_bounded(&export.name, &arguments)?;
            Some((end, plain.calls()))
        };
        match (seen(&before), seen(&after)) {
            (Some((end, calls)), Some(after)) => {
                // What is stubbed answers otherwise than this host does.
                let stubbed = |call: &String| {
                    let name = call.split(' ').next().unwrap_or_default();
                    !kept.iter().any(|kept| kept == name)
                };
                if calls.iter().any(stubbed) {
                    continue;
                }
                let before = (end, calls);
                ensure(before == after, || {
                    format!(
                        "{}: {}: {before:?} became {after:?}",
                        folder.display(),
                        export.name
                    )
                })?;
                compared += 1;
            }
            (Some(before), None) => {
                return Err(format!(
                    "{}: {}: {before:?} is no more",
                    folder.display(),
                    export.name
                ));
            }
            // It does not start here either, or runs for ever.
            (None, _) => {}
        }
    }
    Ok(compared)
}

const RUN: [&str; 4] = ["run", "--no-lock", "--policy", "policy.yaml"];

/// The runner runs the hardened module as it ran the module, for those samples whose policies pass.
fn policies() -> Result<(), String> {
    let mut ran = Vec::new();
    for (sample, before, after, input) in [
        ("c-read-file", &[][..], &[][..], ""),
        ("rust-command", &[], &["--template=letter"], "name=Ana\n"),
        ("go-command", &[], &[], "some words\n"),
        (
            "assemblyscript-function",
            &["--invoke", "price"],
            &["3", "2"],
            "",
        ),
        ("zig-function", &["--invoke", "check"], &["4"], ""),
    ] {
        let folder = copied(sample).map_err(|error| error.to_string())?;
        let harden = [
            "harden",
            "plugin.wasm",
            "--policy",
            "policy.yaml",
            "-o",
            "hardened.wasm",
        ];
        let output = run(&folder, &harden);
        ensure(code(&output) == 0, || {
            format!("{sample}: {}", stderr(&output))
        })?;
        let seen = |module: &str| {
            let words = [&RUN[..], before, &[module], after].concat();
            let output = run_with_input(&folder, &words, input.as_bytes());
            (
                code(&output),
                stdout(&output),
                stderr(&output).replace("hardened.wasm", "plugin.wasm"),
            )
        };
        let (one, other) = (seen("plugin.wasm"), seen("hardened.wasm"));
        ensure(one == other, || {
            format!("{sample}: {one:?} became {other:?}")
        })?;
        ran.push((sample, one.0));
    }
    let well = ran.iter().filter(|(_, code)| *code == 0).count();
    ensure(well >= 4, || format!("{ran:?}"))
}

fn copied(sample: &str) -> std::io::Result<PathBuf> {
    let to = private("harden-samples").join(sample);
    let _ = std::fs::remove_dir_all(&to);
    copy(&root().join("sample-modules").join(sample), &to)?;
    Ok(to)
}

fn copy(from: &std::path::Path, to: &std::path::Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for path in entries(from) {
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            std::fs::copy(&path, target)?;
        }
    }
    Ok(())
}

/// Under its own policy each is written, and passes `check`, or is refused and nothing is written.
fn written() -> Result<(), String> {
    let samples = root().join("sample-modules");
    let (mut hardened, mut refused) = (0, 0);
    for folder in entries(&samples) {
        if !folder.join("plugin.wasm").exists() {
            continue;
        }
        let name = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let output_path = private("harden-written").join(format!("{name}.wasm"));
        let _ = std::fs::remove_file(&output_path);
        let path = output_path.display().to_string();
        let output = run(
            &folder,
            &[
                "harden",
                "plugin.wasm",
                "--policy",
                "policy.yaml",
                "-o",
                &path,
            ],
        );
        match code(&output) {
            0 => {
                hardened += 1;
                let check = run(
                    &folder,
                    &[
                        "check",
                        &path,
                        "--policy",
                        "policy.yaml",
                        "--format",
                        "short",
                    ],
                );
                ensure(code(&check) == 0, || format!("{name}: {}", stdout(&check)))?;
                ensure(!stdout(&check).contains("hardening-record"), || {
                    stdout(&check)
                })?;
            }
            1 => {
                refused += 1;
                ensure(!output_path.exists(), || {
                    format!("{name} was refused and written")
                })?;
                let said = stdout(&output) + &stderr(&output);
                ensure(
                    said.contains("is not hardened") || said.contains("error: "),
                    || said.clone(),
                )?;
            }
            other => return Err(format!("{name}: exit {other}: {}", stderr(&output))),
        }
    }
    ensure(hardened >= 6 && refused >= 3, || {
        format!("{hardened} hardened, {refused} refused")
    })
}
