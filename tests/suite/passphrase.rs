//! A passphrase that is typed at a real prompt: `approve --sign` with a key that is encrypted, on a terminal of its own.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use libtest_mimic::{Failed, Trial};

use super::program::{code, ensure, ringfence, run, stderr, stdout};

const MODULE: &str = "(module (memory (export \"memory\") 1 1) (func (export \"_start\")))";
const POLICY: &str = "version: 1
name: sample
module: {kind: wasip1, exports: {allow: [_start, memory]}}
limits: {fuel: 9000000, deadline: 5s, memory: 64KiB, table_elements: 10, host_calls: 10}
rules: {missing-abi-version: {severity: warning}}
";
const PASSPHRASE: &str = "correct horse 7 é";

/// Types a line once the prompt is there and the terminal shows nothing of what is typed; then tells all that the terminal
/// showed, and ends as the program did.
const TYPIST: &str = r#"
import os, pty, select, sys, termios, time
typed, command = sys.argv[1], sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
shown, sent, until = b"", False, time.monotonic() + 60
echo = lambda: bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
while time.monotonic() < until:
    ready, _, _ = select.select([terminal], [], [], 0.05)
    if ready:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            part = b""
        if not part:
            break
        shown += part
    if not sent and b"Passphrase of" in shown and not echo():
        os.write(terminal, typed.encode() + b"\r")
        sent = True
else:
    os.kill(child, 9)
    print("nobody asked" if not sent else "it does not end")
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(shown)
print("\n[typed]" if sent else "\n[not typed]")
sys.exit(os.waitstatus_to_exitcode(status))
"#;

/// The trials.
pub fn trials() -> Vec<Trial> {
    let missing = missing();
    let trial = |name: &str, test: fn() -> Result<(), String>| {
        if let Some(missing) = missing {
            eprintln!("passphrase::{name} is skipped: there is no {missing}");
        }
        let test = move || test().map_err(Failed::from);
        Trial::test(format!("passphrase::{name}"), test).with_ignored_flag(missing.is_some())
    };
    vec![
        trial("the_right_one_signs", right),
        trial("a_wrong_one_is_said_and_nothing_is_written", wrong),
    ]
}

/// The first program that is needed and not there.
fn missing() -> Option<&'static str> {
    let is_there = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        let command = command.args(arguments).stdin(Stdio::null());
        command
            .output()
            .is_ok_and(|output| program != "python3" || output.status.success())
    };
    if !is_there("ssh-keygen", &["-?"]) {
        return Some("ssh-keygen (openssh-client)");
    }
    let pty = "import pty, os; os.waitstatus_to_exitcode(0); a, b = pty.openpty()";
    (!is_there("python3", &["-c", pty])).then_some("python3 with terminals of its own")
}

/// A folder with a module, its policy, and a key that a passphrase opens.
fn bench() -> Result<tempfile::TempDir, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    for (name, text) in [("a.wat", MODULE), ("a.policy.yaml", POLICY)] {
        std::fs::write(folder.path().join(name), text).map_err(|error| error.to_string())?;
    }
    let made = Command::new("ssh-keygen")
        .args([
            "-q", "-t", "ed25519", "-N", PASSPHRASE, "-C", "", "-f", "locked",
        ])
        .current_dir(folder.path())
        .output();
    let made = made.map_err(|error| error.to_string())?;
    ensure(made.status.success(), || stderr(&made))?;
    Ok(folder)
}

/// Approves and signs, and types this when it is asked.
fn typing(folder: &Path, typed: &str) -> Result<Output, String> {
    let program = ringfence(folder);
    let mut typist = Command::new("python3");
    typist
        .args(["-c", TYPIST, typed])
        .arg(program.get_program())
        .args(["approve", "a.wat", "--by", "ana", "--sign", "locked"])
        .current_dir(folder)
        .stdin(Stdio::null());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => typist.env(name, value),
            None => typist.env_remove(name),
        };
    }
    typist.output().map_err(|error| error.to_string())
}

fn right() -> Result<(), String> {
    let folder = bench()?;
    let output = typing(folder.path(), PASSPHRASE)?;
    let shown = stdout(&output);
    ensure(code(&output) == 0, || shown.clone() + &stderr(&output))?;
    ensure(shown.contains("[typed]"), || shown.clone())?;
    ensure(shown.contains("Passphrase of locked: "), || shown.clone())?;
    ensure(shown.contains("is approved and signed"), || shown.clone())?;
    ensure(!shown.contains("horse"), || {
        format!("the passphrase is shown: {shown}")
    })?;
    let lock = std::fs::read_to_string(folder.path().join("ringfence.lock"));
    let lock = lock.map_err(|error| error.to_string())?;
    ensure(!lock.contains("horse"), || {
        "the passphrase is in the lock".to_owned()
    })?;
    let key = std::fs::read_to_string(folder.path().join("locked.pub"));
    let key = key.map_err(|error| error.to_string())?;
    let signers = folder.path().join("signers");
    std::fs::write(signers, format!("ana {key}")).map_err(|error| error.to_string())?;
    let check = [
        "check",
        "a.wat",
        "--lock",
        "ringfence.lock",
        "--allowed-signers",
        "signers",
    ];
    let checked = run(folder.path(), &check);
    ensure(code(&checked) == 0, || stdout(&checked) + &stderr(&checked))
}

fn wrong() -> Result<(), String> {
    for typed in ["wrong horse", ""] {
        let folder = bench()?;
        let output = typing(folder.path(), typed)?;
        let shown = stdout(&output);
        ensure(code(&output) == 2, || shown.clone() + &stderr(&output))?;
        ensure(shown.contains("[typed]"), || shown.clone())?;
        ensure(shown.contains("that is not its passphrase"), || {
            shown.clone()
        })?;
        ensure(!shown.contains("horse"), || {
            format!("what was typed is shown: {shown}")
        })?;
        ensure(!folder.path().join("ringfence.lock").exists(), || {
            "a lock was written".to_owned()
        })?;
    }
    Ok(())
}
