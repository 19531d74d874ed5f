//! Bad input and bad surroundings: a finding or a clear error, in bounded time, and never a panic.

use std::path::Path;
use std::process::{Output, Stdio};

use libtest_mimic::{Failed, Trial};

#[cfg(unix)]
use super::names;
use super::program::{code, ensure, ringfence, root, run, run_with_input, stderr, stdout};

type Test = fn() -> Result<(), String>;

/// The trials.
pub fn trials() -> Vec<Trial> {
    let tests: &[(&str, Test)] = &[
        ("empty_and_truncated_files", empty_and_truncated_files),
        ("random_bytes_behind_a_header", random_bytes_behind_a_header),
        (
            "directories_and_missing_files",
            directories_and_missing_files,
        ),
        (
            "a_missing_file_does_not_hide_the_others",
            a_missing_file_does_not_hide_the_others,
        ),
        (
            "a_closed_stdout_keeps_the_verdict",
            a_closed_stdout_keeps_the_verdict,
        ),
        ("a_full_disk_is_an_error", a_full_disk_is_an_error),
        ("bad_policies_end_with_two", bad_policies_end_with_two),
        (
            "names_with_escapes_stay_escaped",
            names_with_escapes_stay_escaped,
        ),
        (
            "policies_with_escapes_are_shown_escaped",
            policies_with_escapes_are_shown_escaped,
        ),
        (
            "the_same_report_for_any_job_count",
            the_same_report_for_any_job_count,
        ),
        ("bad_usage_ends_with_two", bad_usage_ends_with_two),
        (
            "an_output_file_is_whole_or_absent",
            an_output_file_is_whole_or_absent,
        ),
        #[cfg(unix)]
        (
            "a_name_that_is_no_text_is_not_judged_as_another",
            names::a_name_that_is_no_text_is_not_judged_as_another,
        ),
        #[cfg(unix)]
        (
            "a_name_of_many_lines_is_no_command_in_a_log",
            names::a_name_of_many_lines_is_no_command_in_a_log,
        ),
        #[cfg(unix)]
        (
            "an_output_link_stays_a_link",
            names::an_output_link_stays_a_link,
        ),
        #[cfg(unix)]
        (
            "an_output_link_leads_where_the_system_follows",
            names::an_output_link_leads_where_the_system_follows,
        ),
        #[cfg(unix)]
        (
            "a_folder_is_walked_in_any_spelling_and_says_what_it_leaves_out",
            names::a_folder_is_walked_in_any_spelling_and_says_what_it_leaves_out,
        ),
    ];
    tests
        .iter()
        .map(|(name, test)| {
            Trial::test(format!("hostile::{name}"), move || {
                test().map_err(Failed::from)
            })
        })
        .collect()
}

pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a scratch folder")
}

pub fn sample(name: &str) -> Vec<u8> {
    std::fs::read(root().join("sample-modules").join(name).join("plugin.wasm")).expect("a sample")
}

/// A finding (1) or an error (2) with a text, and no sign of a panic.
fn refused(folder: &Path, arguments: &[&str], input: &[u8]) -> Result<(), String> {
    let output = run_with_input(folder, arguments, input);
    let (code, talk) = (code(&output), stderr(&output));
    ensure(matches!(code, 1 | 2), || {
        format!("exit {code} for {arguments:?}: {talk}")
    })?;
    ensure(!talk.contains("panicked"), || {
        format!("a panic for {arguments:?}: {talk}")
    })?;
    ensure(!(talk.is_empty() && stdout(&output).is_empty()), || {
        format!("no word for {arguments:?}")
    })
}

fn empty_and_truncated_files() -> Result<(), String> {
    let folder = scratch();
    let module = wat_bytes(
        "(module (import \"env\" \"log\" (func (param i32 i32))) (memory 1 2) (func (export \"run\") (result i32) i32.const 1))",
    );
    // A prefix that ends with a section is a smaller module; every other one is refused.
    let mut whole = 0;
    for end in 0..module.len() {
        let prefix = module.get(..end).unwrap_or_default();
        if ringfence::wasm::decode(prefix).malformed.is_none() {
            whole += 1;
        } else {
            refused(folder.path(), &["check", "-", "--format", "short"], prefix)?;
        }
    }
    ensure(whole <= 4, || format!("{whole} prefixes pass for modules"))?;
    Ok(())
}

pub fn wat_bytes(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("WAT")
}

fn random_bytes_behind_a_header() -> Result<(), String> {
    let folder = scratch();
    let mut state = 0x9e37_79b9_u32;
    for _ in 0..40 {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        for _ in 0..200 {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            bytes.extend(state.to_le_bytes());
        }
        refused(folder.path(), &["check", "-"], &bytes)?;
    }
    Ok(())
}

fn directories_and_missing_files() -> Result<(), String> {
    let folder = scratch();
    std::fs::create_dir(folder.path().join("empty")).map_err(|error| error.to_string())?;
    for arguments in [
        ["check", "absent.wasm"],
        ["check", "empty"],
        ["inspect", "absent.wasm"],
    ] {
        let output = run(folder.path(), &arguments);
        ensure(code(&output) == 2 && !stderr(&output).is_empty(), || {
            format!("{arguments:?}: exit {}: {}", code(&output), stderr(&output))
        })?;
    }
    Ok(())
}

fn a_missing_file_does_not_hide_the_others() -> Result<(), String> {
    let samples = root().join("sample-modules");
    let output = run(
        &samples,
        &[
            "check",
            "absent.wasm",
            "start-section/plugin.wasm",
            "--format",
            "short",
        ],
    );
    ensure(code(&output) == 2, || format!("exit {}", code(&output)))?;
    ensure(stdout(&output).contains("start-section"), || {
        format!("the other file is not reported: {}", stdout(&output))
    })
}

fn a_closed_stdout_keeps_the_verdict() -> Result<(), String> {
    let samples = root().join("sample-modules");
    let mut child = ringfence(&samples)
        .args([
            "check",
            "go-unguarded-read/plugin.wasm",
            "--policy",
            "go-unguarded-read/policy.yaml",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    drop(child.stdout.take());
    let output = child
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    ensure(code(&output) == 1, || {
        format!("exit {}: {}", code(&output), stderr(&output))
    })?;
    ensure(!stderr(&output).contains("panicked"), || stderr(&output))
}

fn a_full_disk_is_an_error() -> Result<(), String> {
    if !Path::new("/dev/full").exists() {
        return Ok(());
    }
    let samples = root().join("sample-modules");
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .map_err(|error| error.to_string())?;
    let output = ringfence(&samples)
        .args(["check", "start-section/plugin.wasm"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| error.to_string())?;
    ensure(code(&output) == 2, || {
        format!("exit {}: {}", code(&output), stderr(&output))
    })?;
    let output = run(
        &samples,
        &[
            "check",
            "start-section/plugin.wasm",
            "--output",
            "/dev/full",
        ],
    );
    ensure(code(&output) == 2, || {
        format!("--output: exit {}", code(&output))
    })
}

fn bad_policies_end_with_two() -> Result<(), String> {
    let folder = scratch();
    let deep = "[".repeat(5000);
    let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
    let many: String = (0..20_000).map(|n| format!("key{n}: 1\n")).collect();
    let texts: &[(&str, &[u8])] = &[
        ("deep", deep.as_bytes()),
        ("bomb", bomb.as_bytes()),
        ("many", many.as_bytes()),
        ("tabs", b"version: 1\nlimits:\n\tfuel: 1\n"),
        ("list", b"- 1\n"),
        ("empty", b""),
        ("duplicate", b"version: 1\nversion: 1\n"),
        ("bytes", b"version: \xff\xfe\n"),
        (
            "huge number",
            b"version: 1\nlimits: {fuel: 99999999999999999999999}\n",
        ),
        ("negative", b"version: 1\nlimits: {memory: -1}\n"),
        ("unknown", b"version: 1\nlimit: {}\n"),
        (
            "unknown rule",
            b"version: 1\nrules: {no-such-rule: {severity: off}}\n",
        ),
        ("another version", b"version: 2\n"),
    ];
    for (name, text) in texts {
        std::fs::write(folder.path().join("policy.yaml"), text)
            .map_err(|error| error.to_string())?;
        for arguments in [
            vec!["check", "-", "--policy", "policy.yaml"],
            vec!["policy", "lint", "policy.yaml"],
            vec!["policy", "show", "policy.yaml"],
        ] {
            let output = run_with_input(folder.path(), &arguments, &wat_bytes("(module)"));
            ensure(code(&output) == 2, || {
                format!(
                    "{name}: exit {} for {arguments:?}: {}",
                    code(&output),
                    stderr(&output)
                )
            })?;
            ensure(!stderr(&output).contains("panicked"), || {
                format!("{name}: {}", stderr(&output))
            })?;
        }
    }
    Ok(())
}

fn names_with_escapes_stay_escaped() -> Result<(), String> {
    let folder = scratch();
    let name = "\\1b[31mred\\0d\\0a::error::x\\e2\\80\\ae`</details>@all";
    let module = wat_bytes(&format!(
        "(module (import \"env\" \"{name}\" (func (param i32 i32))))"
    ));
    for format in ["text", "short", "json", "sarif", "github", "markdown"] {
        let output = run_with_input(folder.path(), &["check", "-", "--format", format], &module);
        let bytes = output.stdout;
        ensure(!bytes.contains(&0x1b), || {
            format!("{format}: an escape character came through")
        })?;
        ensure(
            !bytes.windows(3).any(|window| window == [0xe2, 0x80, 0xae]),
            || format!("{format}: a bidirectional override came through"),
        )?;
        ensure(!bytes.contains(&b'\r'), || {
            format!("{format}: a carriage return came through")
        })?;
        let lines = String::from_utf8_lossy(&bytes);
        let injected =
            format == "github" && lines.lines().any(|line| line.starts_with("::error::x"));
        ensure(!injected, || "github: a command was injected".to_owned())?;
    }
    Ok(())
}

/// A draft and a policy's resolved view: nothing acts, and the draft still says each name.
fn policies_with_escapes_are_shown_escaped() -> Result<(), String> {
    let folder = scratch();
    let at = folder.path();
    let name = "\\1b[31mx##[error]pwn ##vso[task.setvariable variable=x]y\\e2\\80\\ae\\c2\\ad\\f3\\a0\\81\\81\\0a::error::z";
    let module = wat_bytes(&format!(
        "(module (@custom \"{name}\" \"\") (import \"env\" \"{name}\" (func $f (param i32 i32))) (memory 1 1)
        (func (export \"{name}\") (call $f (i32.const 0) (i32.const 4))))"
    ));
    std::fs::write(at.join("m.wasm"), module).map_err(|error| error.to_string())?;
    let silent = |what: &str, output: &Output| {
        let text = stdout(output);
        let bad = |char: char| {
            char != '\n' && (char.is_control() || "\u{202e}\u{ad}\u{e0041}".contains(char))
        };
        let acts =
            text.contains("##") || text.lines().any(|line| line.trim_start().starts_with("::"));
        ensure(
            !text.chars().any(bad) && !acts && text.contains("pwn"),
            || format!("{what}: {text:?} {}", stderr(output)),
        )
    };
    let draft = run(at, &["policy", "init", "m.wasm", "--name", "##[x]"]);
    silent("init", &draft)?;
    std::fs::write(at.join("p.yaml"), &draft.stdout).map_err(|error| error.to_string())?;
    silent("show", &run(at, &["policy", "show", "p.yaml"]))?;
    silent(
        "show",
        &run(at, &["policy", "show", "p.yaml", "--format", "json"]),
    )?;
    // The draft admits the names as the module has them.
    let output = run(
        at,
        &["check", "m.wasm", "--policy", "p.yaml", "--format", "short"],
    );
    let text = stdout(&output);
    let strange = [
        "undeclared-host-import",
        "unexpected-export",
        "custom-section",
    ];
    ensure(
        code(&output) < 2 && !strange.iter().any(|rule| text.contains(rule)),
        || format!("{text} {}", stderr(&output)),
    )
}

fn the_same_report_for_any_job_count() -> Result<(), String> {
    let samples = root().join("sample-modules");
    let report = |jobs: &str| {
        run(
            &samples,
            &["check", ".", "--format", "json", "--jobs", jobs],
        )
    };
    let (one, four) = (report("1"), report("4"));
    ensure(stdout(&one).len() > 1000, || stderr(&one))?;
    ensure(one.stdout == four.stdout, || {
        "the reports differ".to_owned()
    })
}

fn bad_usage_ends_with_two() -> Result<(), String> {
    let samples = root().join("sample-modules");
    for arguments in [
        vec![],
        vec!["check"],
        vec!["chekc", "x"],
        vec!["check", "x", "--format", "xml"],
        vec!["explain", "no-such-rule"],
        vec!["check", "-", "-"],
    ] {
        let output = run(&samples, &arguments);
        ensure(code(&output) == 2 && !stderr(&output).is_empty(), || {
            format!("{arguments:?}: exit {}", code(&output))
        })?;
    }
    let help = run(&samples, &["--help"]);
    ensure(code(&help) == 0 && stdout(&help).contains("check"), || {
        "no help".to_owned()
    })
}

fn an_output_file_is_whole_or_absent() -> Result<(), String> {
    let folder = scratch();
    std::fs::write(folder.path().join("a.wasm"), sample("start-section"))
        .map_err(|error| error.to_string())?;
    let output = run(
        folder.path(),
        &[
            "check",
            "a.wasm",
            "--format",
            "json",
            "--output",
            "report.json",
        ],
    );
    ensure(code(&output) <= 1 && output.stdout.is_empty(), || {
        format!("exit {}", code(&output))
    })?;
    let text = std::fs::read_to_string(folder.path().join("report.json"))
        .map_err(|error| error.to_string())?;
    let whole: Result<serde_json::Value, _> = serde_json::from_str(&text);
    ensure(whole.is_ok(), || "not JSON".to_owned())?;
    let output = run(
        folder.path(),
        &["check", "a.wasm", "--output", "absent/report.json"],
    );
    ensure(code(&output) == 2, || format!("exit {}", code(&output)))
}
