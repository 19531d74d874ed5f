//! Running the program and comparing with files.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program in a folder, with an environment that no machine's settings reach.
pub fn ringfence(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env("COLUMNS", "100")
        .env("HOME", "/home/user")
        .env("XDG_CACHE_HOME", private("cache"))
        .env("XDG_RUNTIME_DIR", private("runtime"));
    command
}

/// A folder of the tests' own, as a user's are.
pub fn private(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::create_dir_all(&folder);
    folder
}

/// Runs with arguments.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    ringfence(folder)
        .args(arguments)
        .output()
        .expect("the program starts")
}

/// Runs with arguments and bytes on standard input.
pub fn run_with_input(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = ringfence(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("the program ends");
    let _ = writer.join();
    output
}

/// The exit code; a signal is -1.
pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

/// Standard output as text.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Compares a text with a committed file, or writes the file under `BLESS=1`.
pub fn compare(path: &Path, actual: &str) -> Result<(), String> {
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected == actual {
        return Ok(());
    }
    if std::env::var_os("BLESS").is_some() {
        return bless(path, actual).map_err(|error| error.to_string());
    }
    let name = path.strip_prefix(root()).unwrap_or(path);
    let first = expected
        .lines()
        .zip(actual.lines())
        .position(|(one, other)| one != other);
    let at = first.unwrap_or_else(|| expected.lines().count().min(actual.lines().count()));
    Err(format!(
        "{} differs from line {} on (BLESS=1 cargo test writes it anew)\n-{}\n+{}",
        name.display(),
        at + 1,
        expected.lines().nth(at).unwrap_or("<end>"),
        actual.lines().nth(at).unwrap_or("<end>"),
    ))
}

/// Writes a file at once: other trials read the README while one writes it.
fn bless(path: &Path, actual: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(root());
    std::fs::create_dir_all(folder)?;
    let mut draft = tempfile::NamedTempFile::new_in(folder)?;
    draft.write_all(actual.as_bytes())?;
    draft.as_file().set_permissions(permissions(path)?)?;
    draft.persist(path)?;
    Ok(())
}

/// Those of the file, or of this repository's manifest for a new one.
fn permissions(path: &Path) -> std::io::Result<std::fs::Permissions> {
    let known =
        std::fs::metadata(path).or_else(|_| std::fs::metadata(root().join("Cargo.toml")))?;
    Ok(known.permissions())
}

/// The entries of a folder by name.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    entries
}

/// Fails with a text unless a condition holds.
pub fn ensure(holds: bool, text: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(text()) }
}
