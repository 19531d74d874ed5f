//! Names of files that mislead: no text, many lines, links.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::hostile::{sample, scratch, wat_bytes};
use super::program::{code, ensure, run, stderr, stdout};

fn write(folder: &Path, name: &[u8], bytes: &[u8]) -> Result<(), String> {
    std::fs::write(folder.join(OsStr::from_bytes(name)), bytes).map_err(|error| error.to_string())
}

/// `u\xff.wasm` used to be read under the name that reports showed for it, which was another file's.
pub fn a_name_that_is_no_text_is_not_judged_as_another() -> Result<(), String> {
    let folder = scratch();
    let plugins = folder.path().join("plugins");
    std::fs::create_dir(&plugins).map_err(|error| error.to_string())?;
    write(
        &plugins,
        "u\u{fffd}.wasm".as_bytes(),
        &wat_bytes("(module)"),
    )?;
    if write(&plugins, b"u\xff.wasm", &sample("rust-exec")).is_err() {
        return Ok(()); // A file system that has no such names.
    }
    for command in ["check", "inspect"] {
        let output = run(folder.path(), &[command, "plugins"]);
        ensure(
            code(&output) == 2 && stderr(&output).contains("UTF-8"),
            || format!("{command}: exit {}: {}", code(&output), stderr(&output)),
        )?;
    }
    Ok(())
}

pub fn a_name_of_many_lines_is_no_command_in_a_log() -> Result<(), String> {
    let folder = scratch();
    let name = "a\n::error::x\n##[error]y.wasm";
    write(folder.path(), name.as_bytes(), &wat_bytes("(module)"))?;
    let policy = "a\n::error::x\n##[error]y.policy.yaml";
    write(folder.path(), policy.as_bytes(), b"limitz: 1\n")?;
    for arguments in [
        vec!["check", name],
        vec!["check", "."],
        vec!["policy", "lint", policy],
        vec!["check", "absent\n::error::x.wasm"],
        vec!["inspect", "absent\n::error::x.wasm"],
        vec!["check", "--absent\n::error::x.wasm"],
        vec!["explain", "absent\n::error::x"],
    ] {
        let output = run(folder.path(), &arguments);
        let said = stdout(&output) + &stderr(&output);
        ensure(code(&output) == 2, || {
            format!("{arguments:?}: exit {}", code(&output))
        })?;
        ensure(
            !said.lines().any(|line| line.trim_start().starts_with("::")) && !said.contains("##["),
            || format!("{arguments:?}: {said}"),
        )?;
    }
    Ok(())
}

pub fn an_output_link_stays_a_link() -> Result<(), String> {
    let folder = scratch();
    write(folder.path(), b"a.wasm", &sample("start-section"))?;
    write(folder.path(), b"real.json", b"old")?;
    let link = folder.path().join("link.json");
    symlink("real.json", &link).map_err(|error| error.to_string())?;
    let output = run(
        folder.path(),
        &[
            "check",
            "a.wasm",
            "--format",
            "json",
            "--output",
            "link.json",
        ],
    );
    let real = std::fs::read_to_string(folder.path().join("real.json")).unwrap_or_default();
    ensure(link.is_symlink() && real.starts_with('{'), || {
        format!("exit {}: {real}{}", code(&output), stderr(&output))
    })
}

/// What the system does not let be written through a link is not replaced through it either. (It lets root write everything.)
pub fn an_output_link_leads_where_the_system_follows() -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = scratch();
    write(folder.path(), b"a.wasm", &sample("start-section"))?;
    write(folder.path(), b"real.json", b"old")?;
    let (real, link) = (
        folder.path().join("real.json"),
        folder.path().join("link.json"),
    );
    let fail = |error: std::io::Error| error.to_string();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o400)).map_err(fail)?;
    symlink("real.json", &link).map_err(fail)?;
    let lets = std::fs::OpenOptions::new().write(true).open(&link).is_ok();
    let output = run(
        folder.path(),
        &["check", "a.wasm", "--format", "json", "-o", "link.json"],
    );
    let text = std::fs::read_to_string(&real).map_err(fail)?;
    ensure((text != "old") == lets, || {
        format!("exit {}: {text}{}", code(&output), stderr(&output))
    })?;
    ensure(lets || code(&output) == 2, || stderr(&output))
}

pub fn a_folder_is_walked_in_any_spelling_and_says_what_it_leaves_out() -> Result<(), String> {
    let folder = scratch();
    let (plugins, other) = (folder.path().join("plugins"), folder.path().join("other"));
    for folder in [&plugins, &other] {
        std::fs::create_dir(folder).map_err(|error| error.to_string())?;
    }
    write(&plugins, b"LOUD.WASM", &sample("rust-exec"))?;
    write(&other, b"b.wasm", &sample("rust-exec"))?;
    symlink("../other", plugins.join("linked")).map_err(|error| error.to_string())?;
    let output = run(folder.path(), &["check", "plugins", "--format", "short"]);
    ensure(stdout(&output).contains("LOUD.WASM"), || stdout(&output))?;
    ensure(stderr(&output).contains("plugins/linked"), || {
        stderr(&output)
    })
}
