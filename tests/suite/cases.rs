//! Cases as folders in `tests/cases/`: `command` holds the arguments, `expected.txt` what comes of them, and anything beside
//! them is what they work on. Adding one needs no Rust: write the folder, run with `BLESS=1`, read what it wrote.

use std::path::Path;

use libtest_mimic::{Failed, Trial};

use super::program::{code, compare, entries, root, run_with_input, stderr, stdout};

/// One trial a folder.
pub fn trials() -> Vec<Trial> {
    entries(&root().join("tests/cases"))
        .into_iter()
        .filter(|folder| folder.is_dir())
        .filter(|folder| cfg!(all(feature = "run", unix)) || !folder.ends_with("run"))
        .map(|folder| {
            let name = folder
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            Trial::test(format!("case::{name}"), move || {
                case(&folder).map_err(Failed::from)
            })
        })
        .collect()
}

fn case(folder: &Path) -> Result<(), String> {
    let command = std::fs::read_to_string(folder.join("command"))
        .map_err(|error| format!("command: {error}"))?;
    let input = std::fs::read(folder.join("stdin")).unwrap_or_default();
    let copy = copy(folder, &command).map_err(|error| error.to_string())?;
    let place = copy.as_ref().map_or(folder, tempfile::TempDir::path);
    let mut text = String::new();
    for line in command.lines().filter(|line| !line.trim().is_empty()) {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        let output = run_with_input(place, &arguments, &input);
        text.push_str(&format!("$ ringfence {line}\nexit {}\n", code(&output)));
        for (name, stream) in [("stdout", stdout(&output)), ("stderr", stderr(&output))] {
            if !stream.is_empty() {
                text.push_str(&format!("--- {name}\n{}\n", stream.trim_end()));
            }
        }
    }
    compare(&folder.join("expected.txt"), &text)
}

/// A copy of the files for a case that approves or hardens: what it writes must not stay.
fn copy(folder: &Path, command: &str) -> std::io::Result<Option<tempfile::TempDir>> {
    let writes = |line: &str| line.starts_with("approve ") || line.starts_with("harden ");
    if !command.lines().any(writes) {
        return Ok(None);
    }
    let copy = tempfile::tempdir()?;
    for path in entries(folder) {
        if let Some(name) = path.file_name().filter(|_| path.is_file()) {
            std::fs::copy(&path, copy.path().join(name))?;
        }
    }
    Ok(Some(copy))
}
