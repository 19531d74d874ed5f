//! `docs/review.md`, command by command: each is run in one folder, and what it prints stands in the page. `BLESS=1` writes it.

use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::program::{code, compare, private, root, stderr, stdout};

/// The trial.
pub fn trials() -> Vec<Trial> {
    vec![Trial::test("review::every_command_of_the_page", || {
        page().map_err(Failed::from)
    })]
}

const FENCE: &str = "```console\n";

fn page() -> Result<(), String> {
    if Command::new("ssh-keygen").arg("-?").output().is_err() {
        eprintln!("skipped: no ssh-keygen on the path");
        return Ok(());
    }
    let path = root().join("docs/review.md");
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let folder = tempfile::tempdir_in(private("review")).map_err(|error| error.to_string())?;
    for version in ["words-1.wat", "words-2.wat"] {
        let source = root().join("docs/examples/review").join(version);
        std::fs::copy(source, folder.path().join(version)).map_err(|error| error.to_string())?;
    }
    let mut parts = text.split(FENCE);
    let mut written = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (block, rest) = part.split_once("```\n").ok_or("a block does not end")?;
        written.push_str(FENCE);
        for line in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
            written.push_str(&shown(folder.path(), line)?);
        }
        written.push_str("```\n");
        written.push_str(rest);
    }
    compare(&path, &written)
}

/// A command with what it prints, and its exit code where that is not 0.
fn shown(folder: &Path, line: &str) -> Result<String, String> {
    let program = Path::new(env!("CARGO_BIN_EXE_ringfence"));
    let programs = program.parent().unwrap_or(root()).to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&path)));
    let output = Command::new("bash")
        .args(["-c", &format!("umask 077; exec 2>&1; {line}")])
        .current_dir(folder)
        .env("PATH", path.map_err(|error| error.to_string())?)
        .env("HOME", "/home/user")
        .env("COLUMNS", "100")
        .env_remove("NO_COLOR")
        .env("XDG_CACHE_HOME", private("cache"))
        .env("XDG_RUNTIME_DIR", private("runtime"))
        .output()
        .map_err(|error| error.to_string())?;
    let mut text = format!("$ {line}\n");
    let printed = format!("{}{}", stdout(&output), stderr(&output));
    if !printed.trim().is_empty() {
        text.push_str(printed.trim_end());
        text.push('\n');
    }
    match code(&output) {
        0 => {}
        code => text.push_str(&format!("[exit {code}]\n")),
    }
    Ok(text)
}
