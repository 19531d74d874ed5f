//! The worst inputs that we could think of end, within a bound on memory, in a verdict or an error: made small enough here for
//! an unoptimised build, and by `RINGFENCE_BOUNDS=1` as large as the formats allow (build with `--release`).

mod rules;
mod worst;

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use super::program::{code, ensure, private, run, stderr, stdout};
use worst::{Worst, policy_of_guards};

/// How long one command may take before it counts as one that does not end.
const PATIENCE: Duration = Duration::from_mins(2);
const LONG_PATIENCE: Duration = Duration::from_mins(15);
/// Address space that one command may take, KiB: threads, the program and its libraries take most of it here.
const SPACE: u64 = 3 << 20;
const LONG_SPACE: u64 = 12 << 20;

type Test = fn() -> Result<(), String>;

/// The trials.
pub fn trials() -> Vec<Trial> {
    let tests: &[(&str, Test)] = &[
        ("no_larger_module_is_read", no_larger_module_is_read),
        (
            "an_analysis_that_was_cut_off_is_a_finding",
            an_analysis_that_was_cut_off_is_a_finding,
        ),
        ("the_bound_on_memory_holds", the_bound_on_memory_holds),
        ("a_policy_of_many_guards", a_policy_of_many_guards),
        ("rules_of_many_findings", rules::of_many_findings),
        (
            "rules_of_many_findings_in_many_modules",
            rules::of_many_findings_in_many_modules,
        ),
        (
            "rules_of_many_findings_in_many_policies",
            rules::of_many_findings_in_many_policies,
        ),
        ("rules_of_long_lists", rules::of_long_lists),
        ("rules_of_many_steps", rules::of_many_steps),
        (
            "a_rule_folder_of_many_bytes_or_mistakes",
            rules::of_many_bytes_or_mistakes,
        ),
        (
            "a_policy_of_many_wildcards_or_mistakes",
            a_policy_of_many_wildcards_or_mistakes,
        ),
    ];
    let mut trials: Vec<Trial> = tests
        .iter()
        .map(|(name, test)| {
            let test = *test;
            Trial::test(format!("bounds::{name}"), move || {
                test().map_err(Failed::from)
            })
        })
        .collect();
    trials.extend(worst::ALL.iter().map(|worst| {
        Trial::test(format!("bounds::{}", worst.name), || {
            ends(worst).map_err(Failed::from)
        })
    }));
    trials
}

fn is_long() -> bool {
    std::env::var_os("RINGFENCE_BOUNDS").is_some()
}

/// Every command that reads modules comes to the end that is expected of it.
fn ends(worst: &Worst) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let size = if is_long() { worst.long } else { worst.short };
    let module = (worst.module)(size);
    let path = folder.path().join("m.wasm");
    std::fs::write(&path, &module).map_err(|error| error.to_string())?;
    std::fs::write(folder.path().join("none.wat"), "(module)")
        .map_err(|error| error.to_string())?;
    std::fs::write(folder.path().join("p.yaml"), worst.policy)
        .map_err(|error| error.to_string())?;
    let commands: [&[&str]; 6] = [
        &["check", "m.wasm", "--format", "json"],
        &["check", "m.wasm", "--policy", "p.yaml", "--format", "sarif"],
        &["inspect", "m.wasm"],
        &["diff", "m.wasm", "m.wasm"],
        &["diff", "none.wat", "m.wasm"],
        &["policy", "init", "m.wasm"],
    ];
    for command in commands {
        let begun = Instant::now();
        let (output, peak) = bounded(folder.path(), command)?;
        let talk = stderr(&output);
        if is_long() {
            let took = begun.elapsed().as_secs_f64();
            let name = worst.name;
            eprintln!(
                "{name} {} bytes: {command:?}: exit {} after {took:.1} s, {peak}",
                module.len(),
                code(&output)
            );
        }
        ensure(matches!(code(&output), 0..=2), || {
            format!("{command:?}: exit {}: {talk}", code(&output))
        })?;
        ensure(!talk.contains("panicked"), || talk.clone())?;
        // A code of 2 says why.
        ensure(code(&output) < 2 || !talk.is_empty(), || {
            format!("{command:?}: no word")
        })?;
    }
    let (report, _) = bounded(folder.path(), commands[0])?;
    let text = stdout(&report);
    for word in worst.says {
        ensure(text.contains(word), || {
            format!(
                "nothing of `{word}` in {}",
                text.chars().take(2000).collect::<String>()
            )
        })?;
    }
    Ok(())
}

/// Runs with a bound on address space, and does not wait for ever.
fn bounded(folder: &Path, arguments: &[&str]) -> Result<(Output, String), String> {
    let space = if is_long() { LONG_SPACE } else { SPACE };
    within(folder, arguments, space)
}

fn within(folder: &Path, arguments: &[&str], space: u64) -> Result<(Output, String), String> {
    let patience = if is_long() { LONG_PATIENCE } else { PATIENCE };
    // The shell sets the bound and becomes the program.
    let script = format!("ulimit -v {space}; exec \"$0\" \"$@\"");
    let out = tempfile::tempfile().map_err(|error| error.to_string())?;
    let err = tempfile::tempfile().map_err(|error| error.to_string())?;
    let copies = (out.try_clone(), err.try_clone());
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_ringfence"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CACHE_HOME", private("cache"))
        .env("XDG_RUNTIME_DIR", private("runtime"))
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .process_group(0)
        .spawn()
        .map_err(|error| error.to_string())?;
    let begun = Instant::now();
    let mut peak = String::new();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        if is_long() {
            peak = high_water(child.id()).unwrap_or(peak);
        }
        if begun.elapsed() > patience {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("{arguments:?} did not end within {patience:?}"));
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let read = |file: std::io::Result<std::fs::File>| -> std::io::Result<Vec<u8>> {
        use std::io::{Read as _, Seek as _};
        let mut file = file?;
        file.rewind()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let output = Output {
        status,
        stdout: read(copies.0).map_err(|error| error.to_string())?,
        stderr: read(copies.1).map_err(|error| error.to_string())?,
    };
    Ok((output, peak))
}

/// The most memory that a process had so far, where the system tells.
fn high_water(process: u32) -> Option<String> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The harness sees a program that takes more than it may.
fn the_bound_on_memory_holds() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let module = vec![0; 64 << 20];
    std::fs::write(folder.path().join("m.wasm"), module).map_err(|error| error.to_string())?;
    let (output, _) = within(folder.path(), &["inspect", "m.wasm"], 48 << 10)?;
    ensure(!matches!(code(&output), 0 | 1), || {
        format!("exit {} with 64 MiB in 48", code(&output))
    })
}

/// `--max-module-size`, for files, folders and standard input, in every command that reads a module.
fn no_larger_module_is_read() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let module = worst::empty_with_custom(1000);
    std::fs::write(folder.path().join("m.wasm"), &module).map_err(|error| error.to_string())?;
    std::fs::write(folder.path().join("p.yaml"), "version: 1\n")
        .map_err(|error| error.to_string())?;
    let exact = module.len().to_string();
    let small = (module.len() - 1).to_string();
    let commands: [(&[&str], i32); 8] = [
        (&["check", "m.wasm"], 2),
        (&["check", "."], 2),
        (&["check", "-"], 2),
        (&["inspect", "m.wasm"], 2),
        (&["approve", "m.wasm", "--policy", "p.yaml"], 2),
        (&["diff", "m.wasm", "m.wasm"], 2),
        (&["policy", "init", "m.wasm"], 2),
        (&["run", "--no-lock", "--policy", "p.yaml", "m.wasm"], 127),
    ];
    for (command, refused) in commands {
        let with = |size: &str| -> Result<Output, String> {
            let all = [&["--max-module-size", size], command].concat();
            let mut child = super::program::ringfence(folder.path())
                .args(all)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .map_err(|error| error.to_string())?;
            if let Some(mut stdin) = child.stdin.take() {
                let _ = stdin.write_all(&module);
            }
            child.wait_with_output().map_err(|error| error.to_string())
        };
        let output = with(&small)?;
        let talk = stderr(&output);
        ensure(code(&output) == refused && talk.contains(&small), || {
            format!("{command:?}: exit {}: {talk}", code(&output))
        })?;
        let output = with(&exact)?;
        ensure(
            !stderr(&output).contains("the most that ringfence reads"),
            || format!("{command:?}: {}", stderr(&output)),
        )?;
    }
    for wrong in ["-1", "1GiB", "x", ""] {
        let output = run(
            folder.path(),
            &["--max-module-size", wrong, "check", "m.wasm"],
        );
        ensure(code(&output) == 2, || {
            format!("{wrong}: exit {}", code(&output))
        })?;
    }
    Ok(())
}

fn an_analysis_that_was_cut_off_is_a_finding() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let module = worst::ways_of_calling(300);
    std::fs::write(folder.path().join("m.wasm"), module).map_err(|error| error.to_string())?;
    let output = run(folder.path(), &["check", "m.wasm", "--format", "short"]);
    let text = stdout(&output);
    ensure(
        text.contains("analysis-cut-off") && text.contains("env.f"),
        || text.clone(),
    )?;
    std::fs::write(folder.path().join("n.wasm"), worst::ways_of_calling(3))
        .map_err(|error| error.to_string())?;
    let output = run(folder.path(), &["check", "n.wasm", "--format", "short"]);
    let text = stdout(&output);
    ensure(!text.contains("analysis-cut-off"), || text.clone())
}

fn a_policy_of_many_guards() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let many = if is_long() { 100_000 } else { 7_000 };
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).map_err(|error| error.to_string())
    };
    write("m.wasm", &worst::long_path(200))?;
    // Literal guards are bounded by the file's size, others by their wildcards.
    for (count, pattern, is_read) in [
        (5_000, "/data/N/**/x*", true),
        (many, "/data/N/x", true),
        (many, "/data/N/**/x*", false),
    ] {
        write("p.yaml", policy_of_guards(count, pattern).as_bytes())?;
        for command in [
            &["check", "m.wasm", "--policy", "p.yaml", "--format", "short"][..],
            &["policy", "lint", "p.yaml", "--format", "short"],
            &["policy", "show", "p.yaml"],
        ] {
            let (output, peak) = bounded(folder.path(), command)?;
            if is_long() {
                eprintln!("{count} of {pattern}: {}: {peak}", command.join(" "));
            }
            ensure((code(&output) != 2) == is_read, || {
                format!("{command:?}: exit {}: {}", code(&output), stderr(&output))
            })?;
        }
    }
    Ok(())
}

/// Each wildcard costs kilobytes and each suggestion a look at every name, so there is a bound on both.
fn a_policy_of_many_wildcards_or_mistakes() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let count: usize = if is_long() { 390_000 } else { 30_000 };
    let list = |form: &str| -> String {
        let items = (0..count).map(|at| form.replace('N', &format!("{at:x}")));
        items.collect::<Vec<_>>().join(",")
    };
    let braces = vec![format!("\"{}\"", "{a,b}*".repeat(30)); count / 20].join(",");
    let unknown = "951 more mistakes";
    for (policy, says) in [
        (
            format!("grants: {{env: {{pass: [{}]}}}}", list("A*N*")),
            "too-many-wildcards",
        ),
        (
            format!("grants: {{env: {{pass: [{braces}]}}}}"),
            "too-many-wildcards",
        ),
        (format!("waivable: [{}]", list("xN")), unknown),
        (format!("grants: {{{}}}", list("env: {}")), "duplicate-key"),
        (
            format!("imports: {{wasi: {{allow: [{}]}}}}", list("xN")),
            unknown,
        ),
    ] {
        std::fs::write(
            folder.path().join("p.yaml"),
            format!("version: 1\n{policy}\n"),
        )
        .map_err(|error| error.to_string())?;
        let (output, peak) = bounded(folder.path(), &["policy", "lint", "p.yaml"])?;
        let talk = stderr(&output);
        if is_long() {
            eprintln!("{count} of {says}: {peak}");
        }
        ensure(code(&output) == 2 && talk.contains(says), || {
            format!("exit {}: {talk}", code(&output))
        })?;
    }
    Ok(())
}
