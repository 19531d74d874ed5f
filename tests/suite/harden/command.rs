//! The command line: exit codes, what is written where, and what is never overwritten.

use std::path::PathBuf;

use super::Check;
use crate::suite::program::{code, ensure, private, run, stderr, stdout};

/// The tests.
pub const CHECKS: &[(&str, Check)] = &[
    ("the_module_itself_is_never_overwritten", itself),
    ("a_refusal_writes_nothing", refusal),
    ("bad_usage_is_an_error", usage),
    ("the_report_is_text_or_json", report),
];

fn folder(name: &str, text: &str, policy: &str) -> Result<PathBuf, String> {
    let folder = private("harden-command").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("plugin.wat"), text)?;
        std::fs::write(folder.join("policy.yaml"), policy)
    };
    write().map_err(|error| error.to_string())?;
    Ok(folder)
}

const PLAIN: &str = "(module (memory (export \"memory\") 1) (func (export \"run\")) (func (export \"abi_version\") (result i32) (i32.const 1)))";
const POLICY: &str = "version: 1\nname: a\nlimits: {fuel: 1000, deadline: 1s, memory: 1MiB, table_elements: 10, stack: 64KiB, host_calls: 10}\n";

/// The command line, where nothing else is wanted.
pub(super) const HARDEN: &[&str] = &[
    "harden",
    "plugin.wat",
    "--policy",
    "policy.yaml",
    "-o",
    "out.wasm",
];

fn itself() -> Result<(), String> {
    let folder = folder("itself", PLAIN, POLICY)?;
    std::os::unix::fs::symlink("plugin.wat", folder.join("link.wasm"))
        .map_err(|error| error.to_string())?;
    for output in ["plugin.wat", "./plugin.wat", "link.wasm"] {
        let done = run(
            &folder,
            &[
                "harden",
                "plugin.wat",
                "--policy",
                "policy.yaml",
                "-o",
                output,
            ],
        );
        ensure(
            code(&done) == 2 && stderr(&done).contains("is the module itself"),
            || stderr(&done),
        )?;
    }
    let harden = ["harden", "plugin.wat", "--policy", "policy.yaml", "-o"];
    let done = run(&folder, &[&harden[..], &["./policy.yaml"]].concat());
    ensure(
        code(&done) == 2 && stderr(&done).contains("is one of the policies"),
        || stderr(&done),
    )?;
    for (name, before) in [("plugin.wat", PLAIN), ("policy.yaml", POLICY)] {
        let text = std::fs::read_to_string(folder.join(name));
        ensure(text.is_ok_and(|text| text == before), || {
            format!("{name} was overwritten")
        })?;
    }
    Ok(())
}

fn refusal() -> Result<(), String> {
    for (name, text, said) in [
        ("proposal", "(module (type (struct)))", "`gc`"),
        ("finding", "(module)", "missing-export"),
        (
            "limit",
            "(module (memory (export \"memory\") 100))",
            "memory 0 starts with",
        ),
        ("malformed", "(module (func", "not a valid module"),
        (
            "legacy",
            "(module (func try nop catch_all nop end))",
            "`legacy-exceptions`",
        ),
        (
            "stack",
            "(module (type $f (func)) (type (cont $f)))",
            "`stack-switching`",
        ),
        (
            "discard",
            "(module (memory 1) (func (memory.discard (i32.const 0) (i32.const 0))))",
            "`memory-control`",
        ),
    ] {
        let policy = format!("{POLICY}module: {{exports: {{require: [run]}}}}\n");
        let folder = folder(name, text, &policy)?;
        std::fs::write(folder.join("out.wasm"), "before").map_err(|error| error.to_string())?;
        let done = run(&folder, HARDEN);
        let talk = stderr(&done) + &stdout(&done);
        ensure(code(&done) == 1 && talk.contains(said), || {
            format!("{name}: {} {talk}", code(&done))
        })?;
        let json = run(&folder, &[HARDEN, &["--format", "json"]].concat());
        let value: serde_json::Value =
            serde_json::from_str(&stdout(&json)).map_err(|error| format!("{name}: {error}"))?;
        let reasons = value.pointer("/refused/0");
        let has = reasons.or(value.pointer("/findings/0")).is_some();
        ensure(code(&json) == 1 && has, || format!("{name}: {value}"))?;
        let left = std::fs::read(folder.join("out.wasm")).unwrap_or_default();
        ensure(left == b"before", || format!("{name}: it was written"))?;
        let files = std::fs::read_dir(&folder)
            .map_err(|error| error.to_string())?
            .count();
        ensure(files == 3, || format!("{name}: {files} files"))?;
    }
    Ok(())
}

fn usage() -> Result<(), String> {
    let folder = folder("usage", PLAIN, POLICY)?;
    for (arguments, said) in [
        (
            &["harden", "plugin.wat", "-o", "out.wasm"][..],
            "--policy FILE",
        ),
        (
            &[
                "harden",
                "absent.wasm",
                "--policy",
                "policy.yaml",
                "-o",
                "out.wasm",
            ],
            "does not exist",
        ),
        (
            &[
                "harden",
                "plugin.wat",
                "--policy",
                "absent.yaml",
                "-o",
                "out.wasm",
            ],
            "absent.yaml",
        ),
        (
            &["harden", "plugin.wat", "--policy", "policy.yaml"],
            "--output",
        ),
        (
            &["harden", "plugin.wat", "--policy", "policy.yaml", "-o", "-"],
            "standard output",
        ),
        (
            &[
                "harden",
                "plugin.wat",
                "--policy",
                "policy.yaml",
                "-o",
                "absent/out.wasm",
            ],
            "cannot write absent/out.wasm: No such file or directory (os error 2)\n",
        ),
        (&[HARDEN, &["--fuel", "x"]].concat(), "--fuel"),
        (
            &[HARDEN, &["--fuel", "1", "--no-fuel"]].concat(),
            "--no-fuel",
        ),
    ] {
        let done = run(&folder, arguments);
        ensure(code(&done) == 2 && stderr(&done).contains(said), || {
            format!("{arguments:?}: {}: {}", code(&done), stderr(&done))
        })?;
    }
    ensure(!folder.join("out.wasm").exists(), || {
        "it was written".to_owned()
    })
}

fn report() -> Result<(), String> {
    // A path of the machine that built it, as compilers leave them in messages.
    let built = "/home/builder/project/src/lib.rs";
    let data = format!("(data (i32.const 8) \"{built}:12\"))");
    let module = PLAIN.strip_suffix(')').unwrap_or_default().to_owned() + &data;
    let folder = folder("report", &module, POLICY)?;
    let text = run(&folder, HARDEN);
    ensure(code(&text) == 0, || stderr(&text))?;
    for part in [
        "fuel is counted: 1000 at first",
        "left to the host:",
        "limits.deadline",
        "at most 16 pages",
        "paths of the machine that built it, still in it:",
        built,
    ] {
        ensure(stdout(&text).contains(part), || {
            format!("no {part}: {}", stdout(&text))
        })?;
    }
    let json = run(&folder, &[HARDEN, &["--format", "json"]].concat());
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&json)).map_err(|error| error.to_string())?;
    let written = std::fs::read(folder.join("out.wasm")).map_err(|error| error.to_string())?;
    let digest = ringfence::wasm::decode(&written).digest();
    ensure(
        json["sha256"] == digest && json["fuel"]["budget"] == 1000,
        || json.to_string(),
    )?;
    ensure(json["fuel"]["export"] == "ringfence_fuel", || {
        json.to_string()
    })?;
    ensure(json["build_paths"] == serde_json::json!([built]), || {
        json.to_string()
    })?;
    ensure(
        json["left"].as_array().is_some_and(|left| left.len() > 2),
        || json.to_string(),
    )
}
