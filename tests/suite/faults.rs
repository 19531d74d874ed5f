//! Many at once, and a machine that fails: kills in the middle of a write, no disk, no descriptors, no cache. Nothing is lost,
//! nothing is left behind, no approval is honoured that was not given. `RINGFENCE_FAULTS=N` takes N rounds instead of a few.

mod crowd;
mod machine;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use super::program::{code, ensure, entries, stderr};

type Test = fn() -> Result<(), String>;

/// The trials.
pub fn trials() -> Vec<Trial> {
    let tests: &[(&str, Test)] = &[
        (
            "many_threads_and_outcomes_in_one_process",
            crowd::many_threads_and_outcomes,
        ),
        (
            "two_processes_on_one_lock_lose_nothing",
            two_processes_on_one_lock_lose_nothing,
        ),
        (
            "two_processes_on_one_cache_agree",
            two_processes_on_one_cache_agree,
        ),
        (
            "a_lock_is_old_or_new_after_a_kill",
            a_lock_is_old_or_new_after_a_kill,
        ),
        (
            "a_killed_run_leaves_nothing_behind_the_next_one",
            a_killed_run_leaves_nothing_behind_the_next_one,
        ),
        (
            "a_cache_is_whole_after_a_kill",
            a_cache_is_whole_after_a_kill,
        ),
        (
            "a_full_disk_ends_in_an_error_and_leaves_the_lock",
            machine::a_full_disk_ends_in_an_error_and_leaves_the_lock,
        ),
        (
            "a_full_scratch_is_the_guests_to_see",
            machine::a_full_scratch_is_the_guests_to_see,
        ),
        (
            "without_descriptors_nothing_runs_half",
            machine::without_descriptors_nothing_runs_half,
        ),
        (
            "a_cache_that_cannot_be_written_is_said",
            machine::a_cache_that_cannot_be_written_is_said,
        ),
        (
            "a_clock_that_steps_changes_nothing_but_what_is_old",
            machine::a_clock_that_steps_changes_nothing_but_what_is_old,
        ),
    ];
    tests
        .iter()
        .map(|(name, test)| {
            let test = *test;
            Trial::test(format!("faults::{name}"), move || {
                test().map_err(Failed::from)
            })
        })
        .collect()
}

/// How often, where nobody says it.
fn rounds(otherwise: u64) -> u64 {
    let asked = std::env::var("RINGFENCE_FAULTS").ok();
    asked
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

const POLICY: &str = "version: 1
name: sample
module: {kind: wasip1, exports: {allow: [_start, memory]}}
imports: {wasi: {allow: [fs.write, fs.metadata]}}
grants: {preopens: [{guest: /scratch, scratch: {bytes: 64KiB, entries: 10}}]}
limits: {deadline: 30s, memory: 64KiB, table_elements: 10, host_calls: 1000, written_bytes: 64KiB}
rules: {missing-abi-version: {severity: warning}, no-cpu-budget: {severity: note}, unmet-need: {severity: note}}
";

const OPEN: &str = r#"(import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (memory (export "memory") 1 1)"#;

/// Makes a file called `file` in its scratch and ends. It has no data: the engine keeps the image of that in a file of its own,
/// which a full disk would hit first.
fn quick(number: usize) -> String {
    guest(number, "")
}

/// Makes a file in its scratch and never ends by itself.
fn endless() -> String {
    guest(0, "(loop $l (br $l))")
}

fn guest(number: usize, then: &str) -> String {
    format!(
        r#"(module {OPEN} (global i32 (i32.const {number})) (func (export "_start")
            (i32.store (i32.const 0) (i32.const 0x656c6966))
            (drop (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 1) (i64.const 64)
                (i64.const 0) (i32.const 0) (i32.const 8)))
            {then}))"#
    )
}

/// A folder with a policy, and private folders for cache and scratches.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let bench = Self { folder };
        bench.write("p.yaml", POLICY)?;
        for name in ["cache", "runtime"] {
            let mut builder = std::fs::DirBuilder::new();
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder
                .create(bench.path(name))
                .map_err(|error| error.to_string())?;
        }
        Ok(bench)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        std::fs::write(self.path(name), text).map_err(|error| error.to_string())
    }

    fn furnish(&self, mut command: Command) -> Command {
        command
            .current_dir(self.folder.path())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("XDG_RUNTIME_DIR", self.path("runtime"))
            .env("HOME", self.path("nobody"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn start(&self, arguments: &[&str]) -> Result<Child, String> {
        let mut command = self.furnish(Command::new(env!("CARGO_BIN_EXE_ringfence")));
        command
            .args(arguments)
            .spawn()
            .map_err(|error| error.to_string())
    }

    fn run(&self, arguments: &[&str]) -> Result<Output, String> {
        let child = self.start(arguments)?;
        child.wait_with_output().map_err(|error| error.to_string())
    }

    /// The same under what a shell sets before it becomes the program.
    fn run_under(&self, set: &str, arguments: &[&str]) -> Result<Output, String> {
        let mut command = self.furnish(Command::new("sh"));
        command.arg("-c").arg(format!("{set}; exec \"$0\" \"$@\""));
        command.arg(env!("CARGO_BIN_EXE_ringfence")).args(arguments);
        command.output().map_err(|error| error.to_string())
    }

    fn approve(&self, module: &str) -> Result<Output, String> {
        self.run(&["approve", module, "--policy", "p.yaml"])
    }

    /// Everything below a folder of the bench.
    fn below(&self, name: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut open = vec![self.path(name)];
        while let Some(folder) = open.pop() {
            for path in entries(&folder) {
                if path.is_dir() {
                    open.push(path.clone());
                }
                found.push(path);
            }
        }
        found
    }

    /// Drafts that somebody did not finish.
    fn drafts(&self) -> Vec<PathBuf> {
        let all = entries(self.folder.path()).into_iter();
        all.filter(|path| path.to_string_lossy().contains(".ringfence.lock."))
            .collect()
    }
}

fn kill(mut child: Child) -> Result<(), String> {
    // SIGKILL: nothing of the program's own runs any more.
    let _ = child.kill();
    child.wait().map(drop).map_err(|error| error.to_string())
}

fn ended(output: &Output, expected: i32) -> Result<(), String> {
    ensure(code(output) == expected, || {
        format!(
            "exit {} and not {expected}: {}",
            code(output),
            stderr(output)
        )
    })
}

const RUN: [&str; 3] = ["run", "--policy", "p.yaml"];

fn run_of(module: &'static str) -> Vec<&'static str> {
    [&RUN[..], &[module]].concat()
}

fn two_processes_on_one_lock_lose_nothing() -> Result<(), String> {
    let bench = Bench::new()?;
    let names: Vec<String> = (0..8).map(|number| format!("m{number}.wat")).collect();
    for (number, name) in names.iter().enumerate() {
        bench.write(name, &quick(number))?;
    }
    let started = names
        .iter()
        .map(|name| bench.start(&["approve", name, "--policy", "p.yaml"]));
    for child in started.collect::<Result<Vec<_>, _>>()? {
        let output = child
            .wait_with_output()
            .map_err(|error| error.to_string())?;
        ended(&output, 0)?;
    }
    for name in &names {
        let output = bench.run(&[&RUN[..], &[name.as_str()]].concat())?;
        ended(&output, 0).map_err(|error| format!("{name}: {error}"))?;
    }
    let drafts = bench.drafts();
    ensure(drafts.is_empty(), || format!("{drafts:?}"))
}

fn two_processes_on_one_cache_agree() -> Result<(), String> {
    let bench = Bench::new()?;
    bench.write("m.wat", &quick(0))?;
    ended(&bench.approve("m.wat")?, 0)?;
    for _ in 0..rounds(3) {
        let _ = std::fs::remove_dir_all(bench.path("cache").join("ringfence"));
        let started = (0..8).map(|_| bench.start(&run_of("m.wat")));
        for child in started.collect::<Result<Vec<_>, _>>()? {
            let output = child
                .wait_with_output()
                .map_err(|error| error.to_string())?;
            ended(&output, 0)?;
            ensure(stderr(&output).is_empty(), || stderr(&output))?;
        }
    }
    let left = bench
        .below("runtime")
        .into_iter()
        .filter(|path| is_scratch(path));
    let left: Vec<PathBuf> = left.collect();
    ensure(left.is_empty(), || format!("{left:?}"))
}

/// A scratch or what is in one: what the folder of scratches holds beside itself.
fn is_scratch(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name != "ringfence")
}

fn a_lock_is_old_or_new_after_a_kill() -> Result<(), String> {
    let bench = Bench::new()?;
    bench.write("old.wat", &quick(1))?;
    ended(&bench.approve("old.wat")?, 0)?;
    let mut after = [0, 0];
    let rounds = rounds(40);
    for number in 0..rounds {
        bench.write("new.wat", &quick(2 + usize::try_from(number).unwrap_or(0)))?;
        let child = bench.start(&["approve", "new.wat", "--policy", "p.yaml"])?;
        // Spread over all that an approval does, so that some fall into the write.
        std::thread::sleep(Duration::from_micros(1500 * (number % 40)));
        kill(child)?;
        ended(&bench.run(&run_of("old.wat"))?, 0)?;
        let output = bench.run(&run_of("new.wat"))?;
        match code(&output) {
            0 => after[1] += 1,
            120 if stderr(&output).contains("the lock approves no module") => after[0] += 1,
            code => return Err(format!("round {number}: exit {code}: {}", stderr(&output))),
        }
    }
    ensure(after[0] + after[1] == rounds && after[0] > 0, || {
        format!("{after:?}: no kill came before the write")
    })?;
    // What was interrupted does not stand in the way of the next.
    bench.write("new.wat", &quick(1_000_000))?;
    ended(&bench.approve("new.wat")?, 0)?;
    ended(&bench.run(&run_of("new.wat"))?, 0)
}

fn a_killed_run_leaves_nothing_behind_the_next_one() -> Result<(), String> {
    let bench = Bench::new()?;
    bench.write("endless.wat", &endless())?;
    bench.write("quick.wat", &quick(0))?;
    for module in ["endless.wat", "quick.wat"] {
        ended(&bench.approve(module)?, 0)?;
    }
    let scratch = || -> Vec<PathBuf> {
        let all = bench.below("runtime").into_iter();
        all.filter(|path| is_scratch(path)).collect()
    };
    for _ in 0..rounds(3) {
        let child = bench.start(&run_of("endless.wat"))?;
        let file = || scratch().iter().any(|path| path.ends_with("file"));
        for _ in 0..2000 {
            if file() {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        ensure(file(), || "the guest never wrote".to_owned())?;
        kill(child)?;
        ensure(file(), || "a kill cleans up by itself?".to_owned())?;
        ended(&bench.run(&run_of("quick.wat"))?, 0)?;
        ensure(scratch().is_empty(), || format!("{:?}", scratch()))?;
    }
    Ok(())
}

fn a_cache_is_whole_after_a_kill() -> Result<(), String> {
    let bench = Bench::new()?;
    bench.write("m.wat", &quick(0))?;
    ended(&bench.approve("m.wat")?, 0)?;
    for number in 0..rounds(30) {
        if number % 3 == 0 {
            let _ = std::fs::remove_dir_all(bench.path("cache").join("ringfence"));
        }
        let child = bench.start(&run_of("m.wat"))?;
        std::thread::sleep(Duration::from_micros(1500 * (number % 40)));
        kill(child)?;
        let output = bench.run(&run_of("m.wat"))?;
        ended(&output, 0).map_err(|error| format!("round {number}: {error}"))?;
        // A cache that was cut off would have been said, and made anew.
        ensure(stderr(&output).is_empty(), || {
            format!("round {number}: {}", stderr(&output))
        })?;
    }
    Ok(())
}
