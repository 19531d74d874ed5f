//! The audit log: one line of JSON a decision, appended to a file that is this user's to read.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::OFlags;
use serde::Serialize;

use crate::audit::Approval;
use crate::source::Sources;
use crate::source::ascii;
use crate::source::credential::{is_name, redact};

use super::decision::{Decision, Decisions};

/// The most bytes of one text in a line; what is longer is cut.
const MAX_TEXT: usize = 1024;
/// The most bytes of all lines of one invocation.
pub const MOST: u64 = 64 << 20;

/// There is no more room in the log for this invocation.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("it is full")]
pub struct Full;

/// A log of decisions on disk.
#[derive(Debug)]
pub struct AuditLog {
    file: Mutex<Bounded>,
    module: String,
    policy: String,
    tenant: Option<String>,
    sources: Arc<Sources>,
}

/// The file, with the bytes that may still be added to it.
#[derive(Debug)]
struct Bounded {
    file: File,
    left: u64,
}

/// One line.
#[derive(Serialize)]
struct Line<'l> {
    time: String,
    module: &'l str,
    policy: &'l str,
    tenant: Option<&'l str>,
    function: String,
    capability: String,
    arguments: BTreeMap<&'l str, String>,
    decision: &'static str,
    reason: Option<String>,
    #[serde(rename = "policy_line")]
    decided_by: Option<String>,
}

impl AuditLog {
    /// Opens a log, or makes one that only this user can read. Lines are added to what is there, 64 MiB at most: what can
    /// no longer be recorded does not happen.
    ///
    /// # Errors
    /// It cannot be opened, is a symbolic link, or no regular file.
    pub fn open(path: &Path, approval: &Approval, tenant: Option<&str>) -> io::Result<Self> {
        // Without waiting: opening a pipe waits for its reader.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .custom_flags(flags.bits().cast_signed())
            .open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        Ok(Self {
            file: Mutex::new(Bounded { file, left: MOST }),
            module: approval.digest(),
            policy: approval.policy_digest().to_owned(),
            tenant: tenant.map(clean),
            sources: approval.sources(),
        })
    }

    fn line(&self, decision: &Decision<'_>) -> io::Result<String> {
        let arguments = decision.arguments.iter();
        let line = Line {
            time: jiff::Timestamp::now().to_string(),
            module: &self.module,
            policy: &self.policy,
            tenant: self.tenant.as_deref(),
            function: clean(decision.function),
            capability: clean(decision.capability),
            arguments: arguments
                .map(|(name, text)| (*name, argument(name, text)))
                .collect(),
            decision: match (decision.allowed, decision.enforced) {
                (true, _) => "allow",
                (false, true) => "deny",
                (false, false) => "would-deny",
            },
            reason: (!decision.reason.is_empty()).then(|| clean(decision.reason)),
            decided_by: decision.decided_by.map(|span| self.sources.line(span)),
        };
        Ok(ascii::json_document(&serde_json::to_string(&line)?) + "\n")
    }
}

impl Decisions for AuditLog {
    fn record(&self, decision: &Decision<'_>) -> io::Result<()> {
        let line = self.line(decision)?;
        let mut log = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let left = log.left.checked_sub(line.len() as u64);
        log.left = left.ok_or_else(|| io::Error::other(Full))?;
        // One write a line: the lines of several processes do not mix.
        log.file.write_all(line.as_bytes())
    }
}

/// An argument without what looks like a credential; one that is called a secret is not shown at all.
fn argument(name: &str, text: &str) -> String {
    if is_name(name) {
        let length = text.chars().count();
        return format!("…(redacted, {length} characters)");
    }
    clean(text)
}

/// Redacted, then cut: half a credential would not be known for one.
fn clean(text: &str) -> String {
    let redacted = redact(text);
    let end = redacted.floor_char_boundary(MAX_TEXT);
    match redacted.get(..end) {
        Some(head) if end < redacted.len() => format!("{head}…"),
        _ => redacted.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use serde_json::Value as Json;

    use super::*;
    use crate::runner::sample::approve;

    fn open(path: &Path) -> io::Result<AuditLog> {
        let approval = approve("(module)", "limits: {fuel: 1}\n");
        AuditLog::open(path, &approval, Some("acme"))
    }

    fn decision<'d>(allowed: bool, arguments: &'d [(&'d str, String)]) -> Decision<'d> {
        Decision {
            function: "env.read_file",
            capability: "fs.read",
            arguments,
            allowed,
            enforced: true,
            reason: if allowed { "" } else { "it leaves its root" },
            decided_by: Some(approve("(module)", "limits: {fuel: 1}\n").key("limits.fuel")),
        }
    }

    fn lines(path: &Path) -> Vec<Json> {
        let text = std::fs::read_to_string(path).unwrap();
        let lines = text.lines().map(serde_json::from_str);
        lines.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn a_decision_is_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let arguments = [("path", "/etc/passwd".to_owned())];
        open(&path)
            .unwrap()
            .record(&decision(false, &arguments))
            .unwrap();
        let log = open(&path).unwrap();
        let reported = Decision {
            enforced: false,
            ..decision(false, &[])
        };
        log.record(&reported).unwrap();
        log.record(&decision(true, &[])).unwrap();
        let lines = lines(&path);
        let decisions: Vec<&str> = lines
            .iter()
            .map(|line| line["decision"].as_str().unwrap())
            .collect();
        assert_eq!(decisions, ["deny", "would-deny", "allow"]);
        let first = &lines[0];
        assert_eq!(first["function"], "env.read_file");
        assert_eq!(first["capability"], "fs.read");
        assert_eq!(first["arguments"]["path"], "/etc/passwd");
        assert_eq!(first["reason"], "it leaves its root");
        assert_eq!(first["policy_line"], "policy.yaml:3");
        assert_eq!(first["tenant"], "acme");
        assert_eq!(first["module"].as_str().unwrap().len(), 64);
        let time = first["time"].as_str().unwrap();
        assert!(time.ends_with('Z') && time.parse::<jiff::Timestamp>().is_ok());
        assert_eq!(lines[2]["reason"], Json::Null);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_a_guest_says_stays_on_its_line_and_keeps_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let arguments = [
            (
                "path",
                "a\n{\"decision\":\"allow\"}\u{202e}\u{1b}[2J".to_owned(),
            ),
            ("url", "https://bob:hunter2hunter2@example.com/".to_owned()),
            ("api_token", "tiny".to_owned()),
            ("text", "x".repeat(1 << 20)),
        ];
        let log = open(&path).unwrap();
        log.record(&decision(true, &arguments)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(
            text.trim_end()
                .chars()
                .all(|char| (' '..='~').contains(&char))
        );
        assert!(
            !text.contains("hunter2") && !text.contains("tiny"),
            "{text}"
        );
        assert!(text.len() < 2 * MAX_TEXT);
        assert_eq!(lines(&path)[0]["arguments"]["path"], arguments[0].1);
    }

    #[test]
    fn only_a_file_of_ones_own_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target");
        std::fs::write(&target, "").unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for path in [
            &link,
            &pipe,
            &folder.path().to_owned(),
            &folder.path().join("a/b"),
        ] {
            assert!(open(path).is_err(), "{}", path.display());
        }
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "");
    }

    #[test]
    fn its_lines_are_bounded_together() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let log = open(&path).unwrap();
        log.record(&decision(true, &[])).unwrap();
        let line = std::fs::metadata(&path).unwrap().len();
        log.file.lock().unwrap().left = line * 3 / 2;
        log.record(&decision(true, &[])).unwrap();
        let full = log.record(&decision(true, &[])).unwrap_err();
        assert!(
            full.get_ref()
                .is_some_and(<dyn std::error::Error + Send + Sync>::is::<Full>)
        );
        assert_eq!(lines(&path).len(), 2);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error() {
        let log = AuditLog {
            file: Mutex::new(Bounded {
                file: OpenOptions::new().append(true).open("/dev/full").unwrap(),
                left: MOST,
            }),
            module: String::new(),
            policy: String::new(),
            tenant: None,
            sources: Arc::new(Sources::default()),
        };
        assert!(log.record(&decision(true, &[])).is_err());
    }
}
