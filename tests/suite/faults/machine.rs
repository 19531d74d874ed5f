//! A machine that fails: no disk, no descriptors, no cache.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::super::program::{code, ensure, stderr, stdout};
use super::{Bench, ended, quick, run_of};

/// No file can grow: what a full disk is to a program, without one.
const FULL: &str = "trap '' XFSZ; ulimit -f 0";

pub fn a_full_disk_ends_in_an_error_and_leaves_the_lock() -> Result<(), String> {
    let bench = Bench::new()?;
    bench.write("old.wat", &quick(1))?;
    bench.write("new.wat", &quick(2))?;
    ended(&bench.approve("old.wat")?, 0)?;
    let lock = || std::fs::read(bench.path("ringfence.lock")).map_err(|error| error.to_string());
    let before = lock()?;
    let output = bench.run_under(FULL, &["approve", "new.wat", "--policy", "p.yaml"])?;
    ended(&output, 2)?;
    ensure(stderr(&output).contains("cannot write the lock"), || {
        stderr(&output)
    })?;
    ensure(lock()? == before, || "the lock changed".to_owned())?;
    ensure(bench.drafts().is_empty(), || {
        format!("{:?}", bench.drafts())
    })?;
    ended(&bench.run(&run_of("old.wat"))?, 0)?;
    ended(&bench.run(&run_of("new.wat"))?, 120)?;
    for option in ["--report", "--audit-log"] {
        let arguments = ["run", "--policy", "p.yaml", option, "out", "old.wat"];
        let output = bench.run_under(FULL, &arguments)?;
        ended(&output, 127).map_err(|error| format!("{option}: {error}"))?;
    }
    // What the engine itself cannot have is the machine's fault, and no trap of the guest's.
    let data = quick(3).replace("(global", "(data (i32.const 8) \"x\") (global");
    bench.write("data.wat", &data)?;
    let arguments = [
        "run",
        "--no-lock",
        "--no-cache",
        "--policy",
        "p.yaml",
        "data.wat",
    ];
    ended(&bench.run(&arguments)?, 0)?;
    ended(&bench.run_under(FULL, &arguments)?, 127)?;
    let output = bench.run_under(FULL, &["check", "old.wat", "--output", "out"])?;
    ended(&output, 2)?;
    let output = bench.run_under(FULL, &["check", "old.wat", "--write-baseline", "base.yaml"])?;
    ended(&output, 2)?;
    ensure(!bench.path("base.yaml").exists(), || {
        "half a baseline".to_owned()
    })
}

/// What a scratch cannot take is an error that the guest is told, and no end of ours.
pub fn a_full_scratch_is_the_guests_to_see() -> Result<(), String> {
    let bench = Bench::new()?;
    bench.write("w.wat", WRITER)?;
    let policy = super::POLICY.replace(
        "[fs.write, fs.metadata]",
        "[fs.write, fs.metadata, process.exit]",
    );
    bench.write("p.yaml", &policy)?;
    let arguments = [
        "run",
        "--no-lock",
        "--no-cache",
        "--policy",
        "p.yaml",
        "w.wat",
    ];
    let output = bench.run(&arguments)?;
    ended(&output, 0)?;
    let output = bench.run_under(FULL, &arguments)?;
    ensure(code(&output) == 1, || {
        format!("exit {}: {}", code(&output), stderr(&output))
    })?;
    let left: Vec<_> = bench
        .below("runtime")
        .into_iter()
        .filter(|path| super::is_scratch(path))
        .collect();
    ensure(left.is_empty(), || format!("{left:?}"))
}

/// Writes four bytes, and exits with 1 if they do not go in.
const WRITER: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1 1)
    (func (export "_start")
        (i32.store (i32.const 0) (i32.const 0x656c6966)) (i32.store (i32.const 12) (i32.const 4))
        (if (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 1) (i64.const 64)
                (i64.const 0) (i32.const 0) (i32.const 32))
            (then (call $exit (i32.const 2))))
        (if (call $write (i32.load (i32.const 32)) (i32.const 8) (i32.const 1) (i32.const 36))
            (then (call $exit (i32.const 1))))))"#;

/// From none to enough: each number of descriptors ends in the right code or in an error.
pub fn without_descriptors_nothing_runs_half() -> Result<(), String> {
    let bench = Bench::new()?;
    bench.write("good.wat", &quick(1))?;
    bench.write(
        "bad.wat",
        "(module (import \"env\" \"exec\" (func (param i32 i32))))",
    )?;
    ended(&bench.approve("good.wat")?, 0)?;
    let mut ran = 0;
    for most in (3..40).chain([64, 256]) {
        let set = format!("ulimit -n {most}");
        // With fewer, the system does not even start it.
        if code(&bench.run_under(&set, &["-V"])?) != 0 {
            continue;
        }
        let output = bench.run_under(&set, &run_of("good.wat"))?;
        ensure(matches!(code(&output), 0 | 127), || {
            format!("{most}: exit {}: {}", code(&output), stderr(&output))
        })?;
        ensure(!stderr(&output).contains("panicked"), || stderr(&output))?;
        ran += u32::from(code(&output) == 0);
        // Later it would have room, and take its time.
        if most < 10 {
            let output = bench.run_under(&set, &["measure", "good.wat", "--policy", "p.yaml"])?;
            ensure(matches!(code(&output), 0 | 2), || {
                format!("{most}: measure: {}: {}", code(&output), stderr(&output))
            })?;
        }
        let output = bench.run_under(&set, &["check", "bad.wat", "--policy", "p.yaml"])?;
        ensure(matches!(code(&output), 1 | 2), || {
            format!(
                "{most}: a bad module: exit {}: {}",
                code(&output),
                stdout(&output)
            )
        })?;
    }
    ensure(ran > 2, || format!("{ran} runs got through"))
}

/// Something else lies where the cache should: it runs, and says that nothing is kept.
pub fn a_cache_that_cannot_be_written_is_said() -> Result<(), String> {
    let bench = Bench::new()?;
    bench.write("m.wat", &quick(0))?;
    ended(&bench.approve("m.wat")?, 0)?;
    bench.write("cache/ringfence", "a file")?;
    let output = bench.run(&run_of("m.wat"))?;
    ended(&output, 0)?;
    ensure(
        stderr(&output).contains("nothing is kept of the compilation"),
        || stderr(&output),
    )?;
    std::fs::remove_file(bench.path("cache/ringfence")).map_err(|error| error.to_string())?;
    // Opened, and then nothing can be written there.
    ended(&bench.run(&run_of("m.wat"))?, 0)?;
    bench.write("other.wat", &quick(7))?;
    ended(&bench.approve("other.wat")?, 0)?;
    let output = bench.run_under(FULL, &run_of("other.wat"))?;
    ended(&output, 0)?;
    ensure(
        stderr(&output).contains("nothing is kept of the compilation"),
        || stderr(&output),
    )?;
    let output = bench.run(&run_of("other.wat"))?;
    ended(&output, 0)?;
    ensure(stderr(&output).is_empty(), || stderr(&output))
}

/// Whatever day the clock said when files were written: what is in the cache and in the lock holds, what killed runs left in
/// the cache goes, and a day that is over is over.
pub fn a_clock_that_steps_changes_nothing_but_what_is_old() -> Result<(), String> {
    let bench = Bench::new()?;
    bench.write("m.wat", &quick(0))?;
    ended(&bench.approve("m.wat")?, 0)?;
    ended(&bench.run(&run_of("m.wat"))?, 0)?;
    let folder = bench.path("cache/ringfence");
    let kept = || -> Vec<PathBuf> {
        let all = bench.below("cache").into_iter();
        all.filter(|path| path.is_file()).collect()
    };
    let before = kept();
    ensure(before.len() > 1, || format!("{before:?}"))?;
    let years = Duration::from_hours(40 * 365 * 24);
    let now = SystemTime::now();
    for (number, name, day) in [(1, "one.wat", now - years), (2, "two.wat", now + years)] {
        for path in before.iter().chain([&bench.path("ringfence.lock")]) {
            set(path, day)?;
        }
        let leftover = before.iter().find_map(|path| path.parent());
        let leftover = leftover
            .unwrap_or(&folder)
            .join("new-0123456789abcdef0123456789abcdef");
        std::fs::write(&leftover, "half an entry").map_err(|error| error.to_string())?;
        set(&leftover, day)?;
        let output = bench.run(&run_of("m.wat"))?;
        ended(&output, 0)?;
        ensure(stderr(&output).is_empty(), || stderr(&output))?;
        // What is new is stored, on which occasion the folder is looked through.
        bench.write(name, &quick(number))?;
        ended(&bench.approve(name)?, 0)?;
        ended(&bench.run(&run_of(name))?, 0)?;
        let after = kept();
        ensure(!after.contains(&leftover), || format!("{after:?}"))?;
        ensure(before.iter().all(|path| after.contains(path)), || {
            format!("{before:?} {after:?}")
        })?;
    }
    bench.write("late.wat", &quick(9))?;
    let arguments = ["approve", "late.wat", "--policy", "p.yaml", "--until"];
    let day = |day: &'static str| [&arguments[..], &[day]].concat();
    ended(&bench.run(&day("2999-12-31"))?, 0)?;
    ended(&bench.run(&run_of("late.wat"))?, 0)?;
    let lock = bench.path("ringfence.lock");
    let text = std::fs::read_to_string(&lock).map_err(|error| error.to_string())?;
    bench.write("ringfence.lock", &text.replace("2999-12-31", "2019-12-31"))?;
    for day in [now - years, now + years] {
        set(&lock, day)?;
        ended(&bench.run(&run_of("late.wat"))?, 120)?;
    }
    Ok(())
}

/// Says that a file was written at some time.
fn set(path: &Path, time: SystemTime) -> Result<(), String> {
    let file = std::fs::File::options().write(true).open(path);
    file.and_then(|file| file.set_modified(time))
        .map_err(|error| format!("{}: {error}", path.display()))
}
