//! Where a run writes: never over what it reads, nor twice to one place.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::audit::Approval;
use crate::policy::Preopen;
use crate::runner::Way;
use crate::source::Sources;

use super::super::command::RunArgs;

/// What the lock is called.
pub const LOCK: &str = "its lock";
const SIGNERS: &str = "the allowed signers";
const REVOKED: &str = "the revoked keys";
/// What the policy is called.
pub const POLICY: &str = "its policy";
const SOURCE: &str = "one of the policies, rules and locks that it runs by";
const LOG: &str = "its audit log";
const RECORD: &str = "the record of its runs";
const REPORT: &str = "its report";

/// The files that a run reads.
#[derive(Debug, Default)]
pub struct Inputs(Vec<(PathBuf, &'static str)>);

/// What a path leads to.
#[derive(PartialEq, Eq)]
enum Place {
    /// A file, by its device and number.
    File(u64, u64),
    /// Nothing yet, in a folder that is there.
    Free(PathBuf),
}

impl Inputs {
    /// Adds what the command line names.
    pub fn named(&mut self, arguments: &RunArgs) {
        let signers = &arguments.signers;
        let module = arguments.guest.first().map(Path::new);
        let named = [
            (module, "the module itself"),
            (arguments.policy.as_deref(), POLICY),
            (arguments.lock.as_deref(), LOCK),
            (signers.allowed_signers.as_deref(), SIGNERS),
            (signers.revoked_keys.as_deref(), REVOKED),
            (Some(Path::new("/dev/stdin")), "its standard input"),
        ];
        for (path, what) in named {
            self.0.extend(path.map(|path| (path.to_owned(), what)));
        }
    }

    /// Adds a file, and what it is.
    pub fn add(&mut self, path: &Path, what: &'static str) {
        self.0.push((path.to_owned(), what));
    }

    /// Adds what was read of policies, rules and locks.
    pub fn add_sources(&mut self, sources: &Sources) {
        let files = sources.names().filter(|name| !name.starts_with("builtin:"));
        for name in files {
            self.add(Path::new(name), SOURCE);
        }
    }

    /// Looks whether each file that the run is to write is another than those that it reads, and than one another.
    ///
    /// # Errors
    /// One is not, with what to do.
    pub fn spare(&self, arguments: &RunArgs) -> Result<(), String> {
        let [record, _] = others(arguments);
        for (option, path, beside) in [
            ("--record", &arguments.record, &[][..]),
            ("--audit-log", &arguments.audit_log, &[record][..]),
        ] {
            path.as_ref()
                .map_or(Ok(()), |path| self.spare_one(option, path, beside))?;
        }
        self.spare_report(arguments)
    }

    /// The same for the report alone, which is also written where little is known yet.
    ///
    /// # Errors
    /// It would replace another file.
    pub fn spare_report(&self, arguments: &RunArgs) -> Result<(), String> {
        report_file(arguments).map_or(Ok(()), |path| {
            self.spare_one("--report", path, &others(arguments))
        })
    }

    /// Looks whether the guest itself could change what it is held to, or what is kept of it.
    ///
    /// # Errors
    /// A writable grant holds such a file, or a name on the way to it, with what to do.
    pub fn out_of_reach(&self, arguments: &RunArgs, approval: &Approval) -> Result<(), String> {
        let preopens = approval.policy().grants.preopens.iter();
        let writable: Vec<(&Preopen, &Path)> = preopens
            .filter(|preopen| preopen.writable.as_ref().is_some_and(|mode| mode.value))
            .filter_map(|preopen| {
                let host = preopen.host.as_ref()?;
                Some((preopen, approval.real_root(&host.value, host.span)?))
            })
            .collect();
        if writable.is_empty() {
            return Ok(());
        }
        let read = self.0.iter().map(|(path, what)| (path.as_path(), *what));
        // Without a lock nothing says that the next run's policy is another one.
        let kept = read.filter(|(_, what)| match *what {
            LOCK | SIGNERS | REVOKED => true,
            POLICY | SOURCE => arguments.no_lock,
            _ => false,
        });
        let written = [
            (arguments.audit_log.as_deref(), LOG),
            (arguments.record.as_deref(), RECORD),
            (report_file(arguments), REPORT),
        ];
        let written = written
            .iter()
            .filter_map(|(path, what)| Some(((*path)?, *what)));
        for (path, what) in kept.chain(written) {
            if fs::metadata(path).is_ok_and(|found| found.is_file() && found.nlink() > 1) {
                return Err(format!(
                    "{}, {what}, has a second name (a hard link), which may lie where the plugin may write to: put a copy in its place",
                    path.display()
                ));
            }
            let way = Way::to(path);
            let holds = |(_, root): &&(_, &Path)| way.leads_through(root);
            if let Some((preopen, _)) = writable.iter().find(holds) {
                return Err(format!(
                    "{}, {what}, lies in `{}`, which the plugin may write to, or is reached through it: keep it elsewhere, or grant another folder",
                    path.display(),
                    preopen.guest.value
                ));
            }
        }
        Ok(())
    }

    fn spare_one(
        &self,
        option: &str,
        path: &Path,
        beside: &[(Option<&Path>, &str)],
    ) -> Result<(), String> {
        let Some(place) = place(path) else {
            return Ok(());
        };
        let is_place = |other: &Path| self::place(other).is_some_and(|other| other == place);
        let read = self.0.iter().find(|(other, _)| is_place(other));
        let written = beside
            .iter()
            .find(|(other, _)| other.is_some_and(is_place))
            .map(|(_, what)| *what);
        match read.map(|(_, what)| *what).or(written) {
            Some(what) => Err(format!(
                "{option} {}: this is {what}: give another file",
                path.display()
            )),
            None => Ok(()),
        }
    }
}

/// The file of the report; none where it goes to standard output.
fn report_file(arguments: &RunArgs) -> Option<&Path> {
    let path = arguments.report.as_deref();
    path.filter(|path| path.as_os_str() != "-")
}

/// What a report would replace of the other files that are written.
fn others(arguments: &RunArgs) -> [(Option<&Path>, &'static str); 2] {
    [
        (arguments.record.as_deref(), "also the file of --record"),
        (
            arguments.audit_log.as_deref(),
            "also the file of --audit-log",
        ),
    ]
}

/// The place of a regular file, or of none yet; devices and pipes take what they are given and lose nothing.
fn place(path: &Path) -> Option<Place> {
    match fs::metadata(path) {
        Ok(found) => found
            .is_file()
            .then(|| Place::File(found.dev(), found.ino())),
        Err(_) => Some(Place::Free(real(path)?)),
    }
}

/// Where a path leads, or would lead.
fn real(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok().or_else(|| {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
        Some(folder.join(path.file_name()?))
    })
}
