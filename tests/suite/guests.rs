//! Hostile guests, each in a process of its own, held against the table of `sample-modules/hostile/README.md`.

pub mod embedded;
pub mod host;
pub mod row;

use std::process::{Child, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use super::program::{code, ensure, entries, ringfence, root, stderr, stdout};
use host::Host;
use row::{Row, folder, rows};

/// Far more than the longest deadline of their policies: what runs longer hangs.
const PATIENCE: Duration = Duration::from_mins(2);

/// One trial a line of the table, one a module.
pub fn trials() -> Vec<Trial> {
    let table = rows().into_iter().map(|row| {
        Trial::test(row.name(), move || {
            contained(&row).map_err(|error| Failed::from(format!("{}: {error}", row.name())))
        })
    });
    let modules = names().into_iter().map(|name| {
        Trial::test(format!("guest::{name}::encoded"), move || {
            encoded(&name).map_err(Failed::from)
        })
    });
    let whole = Trial::test("guest::every_export_is_tried", || {
        every_export_is_tried().map_err(Failed::from)
    });
    let pointers = Trial::test("guest::bad-pointers::every_call_with_every_pointer", || {
        embedded::bad_pointers().map_err(Failed::from)
    });
    table.chain(modules).chain([whole, pointers]).collect()
}

/// The folders that hold a guest.
fn names() -> Vec<String> {
    entries(&folder())
        .iter()
        .filter(|path| path.join("plugin.wat").exists())
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect()
}

/// `plugin.wasm` is what our encoder makes of the text beside it.
fn encoded(name: &str) -> Result<(), String> {
    let folder = folder().join(name);
    let text = std::fs::read_to_string(folder.join("plugin.wat"));
    let bytes = ringfence::wasm::encode_text(&text.map_err(|error| error.to_string())?)?;
    let path = folder.join("plugin.wasm");
    if std::fs::read(&path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    ensure(std::env::var_os("BLESS").is_some(), || {
        format!(
            "{} is not what its text makes (BLESS=1 cargo test guest writes it anew)",
            path.strip_prefix(root()).unwrap_or(&path).display()
        )
    })?;
    std::fs::write(&path, bytes).map_err(|error| error.to_string())
}

/// A guest that the table leaves out shows nothing; the numbers of `bad-pointers` are tried in `embedded.rs`.
fn every_export_is_tried() -> Result<(), String> {
    let rows = rows();
    for name in names() {
        let bytes = std::fs::read(folder().join(&name).join("plugin.wasm"));
        let module = ringfence::wasm::decode(&bytes.map_err(|error| error.to_string())?);
        for export in &module.exports {
            let answers = ["memory", "abi_version", "_initialize"].contains(&export.name.as_str());
            let elsewhere = name == "bad-pointers"
                && ["calls", "choices", "attempt"].contains(&export.name.as_str());
            let tried = rows
                .iter()
                .any(|row| row.guest == name && row.export() == export.name);
            ensure(tried || answers || elsewhere, || {
                format!("no line of the table calls `{}` of {name}", export.name)
            })?;
        }
    }
    Ok(())
}

/// One line of the table, as a process.
fn contained(row: &Row) -> Result<(), String> {
    let host = Host::around(row).map_err(|error| error.to_string())?;
    let before = host.untouchable()?;
    let swapping = host.swap();
    let output = run(row, &host);
    drop(swapping);
    let output = output?;
    judge(row, &output)?;
    let after = host.untouchable()?;
    ensure(before == after, || {
        format!("the host's files changed: {before:?} became {after:?}")
    })?;
    host.no_new_way_out()?;
    host.no_scratch_left(row)
}

fn run(row: &Row, host: &Host) -> Result<Output, String> {
    let mut command = ringfence(host.path());
    command
        .args(["run", "--no-lock", "--policy", "policy.yaml"])
        .args(row.arguments("plugin.wasm"))
        .env("XDG_RUNTIME_DIR", host.runtime())
        .env("GREETING", "hi")
        .env("SECRET_WORD", "xyzzy")
        .stdin(if row.host == "silent" || row.host == "bytes" {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let stdin = child.stdin.take();
    if row.host == "bytes"
        && let Some(mut stdin) = stdin.as_ref()
    {
        // What reads nothing of it may be gone by now.
        let _ = std::io::Write::write_all(&mut stdin, &[0xff; 64]);
    }
    // The silent end stays open until the guest has ended.
    let output = if row.host == "silent" {
        let output = wait(child);
        drop(stdin);
        output
    } else {
        drop(stdin);
        wait(child)
    };
    output.ok_or_else(|| format!("it hangs: killed after {PATIENCE:?}"))
}

/// The output, or nothing of what had to be killed.
fn wait(child: Child) -> Option<Output> {
    let process = i32::try_from(child.id()).ok()?;
    let (done, waiting) = mpsc::channel();
    let waiter = thread::spawn(move || {
        let _ = done.send(child.wait_with_output());
    });
    let output = waiting.recv_timeout(PATIENCE);
    if output.is_err()
        && let Some(process) = rustix::process::Pid::from_raw(process)
    {
        let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
    }
    let _ = waiter.join();
    output.ok()?.ok()
}

/// Its exit code, what it says, and what it must not say.
fn judge(row: &Row, output: &Output) -> Result<(), String> {
    let talk = stderr(output);
    let shown: String = talk.chars().take(2000).collect();
    ensure(code(output) == row.exit, || {
        format!("exit {} and not {}: {shown}", code(output), row.exit)
    })?;
    ensure(talk.contains(&row.says), || {
        format!("it does not say `{}`: {shown}", row.says)
    })?;
    ensure(!talk.contains("panicked"), || shown.clone())?;
    ensure(!stdout(output).contains("called"), || {
        "something was called that had to wait".to_owned()
    })?;
    let acts = ['\u{1b}', '\u{9b}', '\u{202e}', '\r'];
    ensure(!talk.contains(acts), || {
        format!("a character that acts on a terminal: {talk:?}")
    })?;
    let forged = ["[forged-log] error", "ringfence: everything is fine"];
    let line = talk
        .lines()
        .find(|line| forged.iter().any(|forged| line.starts_with(forged)));
    ensure(line.is_none(), || format!("a forged line: {talk}"))
}
