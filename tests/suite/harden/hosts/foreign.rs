//! The hosts: Node and wazero as processes of `tests/hosts`, wasmtime in this one.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{LazyLock, mpsc};
use std::time::Duration;

use super::engine;
use super::job::Job;
use super::outcome::Outcome;
use crate::suite::program::{private, root};

/// What a host may take beyond the job's own limit: it has to compile, and the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(2);

/// A host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Host {
    /// `tests/hosts/node`.
    Node,
    /// `tests/hosts/wazero`.
    Wazero,
    /// The engine with WASI as it comes.
    Wasmtime,
}

/// Those that are here.
pub fn hosts() -> Vec<Host> {
    let all = [Host::Node, Host::Wazero, Host::Wasmtime];
    all.into_iter()
        .filter(|&host| missing(host).is_none())
        .collect()
}

/// Why a host is not here.
pub fn missing(host: Host) -> Option<String> {
    static NODE: LazyLock<Option<String>> = LazyLock::new(|| old("node", &["--version"], "v", 20));
    static GO: LazyLock<Option<String>> =
        LazyLock::new(|| old("go", &["env", "GOVERSION"], "go1.", 25));
    let reason = match host {
        Host::Node => NODE.clone(),
        Host::Wazero => GO.clone(),
        Host::Wasmtime => None,
    };
    reason.map(|reason| format!("the trials leave {host:?} out: {reason}"))
}

/// Why a program is no use, if it is none.
fn old(program: &str, arguments: &[&str], before: &str, least: u32) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .env("GOTOOLCHAIN", "local")
        .output();
    let Ok(output) = output else {
        return Some(format!("`{program}` is not installed"));
    };
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let number = text
        .strip_prefix(before)
        .and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    (number.is_none_or(|number| number < least))
        .then(|| format!("`{program}` is {text}, and {before}{least} is needed"))
}

impl Host {
    /// Does a job.
    pub fn run(self, job: &Job) -> Result<Outcome, String> {
        let command = match self {
            Self::Node => {
                let mut command = Command::new("node");
                command.arg(root().join("tests/hosts/node/host.mjs"));
                command
            }
            Self::Wazero => Command::new(built()?),
            Self::Wasmtime => return Ok(engine::run(job)),
        };
        process(command, job).map_err(|reason| format!("{self:?}: {reason}"))
    }
}

/// The program for wazero, built once.
fn built() -> Result<PathBuf, String> {
    static BUILT: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
        let program = private("hosts").join("wazero-host");
        let output = Command::new("go")
            .args(["build", "-mod=readonly", "-trimpath", "-o"])
            .arg(&program)
            .arg(".")
            .current_dir(root().join("tests/hosts/wazero"))
            .env("GOTOOLCHAIN", "local")
            .env("CGO_ENABLED", "0")
            .output()
            .map_err(|error| error.to_string())?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("the host with wazero is not built: {said}"));
        }
        Ok(program)
    });
    BUILT.clone()
}

fn process(mut command: Command, job: &Job) -> Result<Outcome, String> {
    let mut module = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    module
        .write_all(&job.bytes)
        .map_err(|error| error.to_string())?;
    let mut child = command
        .args(job.words(module.path()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let stdin = child.stdin.take();
    let input = job.stdin.clone();
    let writer = std::thread::spawn(move || {
        // What reads nothing of it may be gone by now.
        let _ = stdin.map(|mut stdin| stdin.write_all(&input));
    });
    let output = wait(child, Duration::from_millis(job.limit) + PATIENCE)?;
    let _ = writer.join();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).map_err(|error| format!("{error}: {said}"))
}

/// Its output, or a reason why it had to be killed.
fn wait(child: Child, patience: Duration) -> Result<Output, String> {
    let process = i32::try_from(child.id()).ok();
    let (done, waiting) = mpsc::channel();
    let waiter = std::thread::spawn(move || {
        let _ = done.send(child.wait_with_output());
    });
    let output = waiting.recv_timeout(patience);
    if output.is_err()
        && let Some(process) = process.and_then(rustix::process::Pid::from_raw)
    {
        let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
    }
    let _ = waiter.join();
    output
        .map_err(|_| format!("it hangs: killed after {patience:?}"))?
        .map_err(|error| error.to_string())
}
