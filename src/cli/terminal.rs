//! Where output goes: the product to standard output or a file, the talk to standard error, colours only where asked for.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::report::{Style, escape};

use super::command::ColorChoice;

/// The two output streams of this process.
#[derive(Debug)]
pub struct Terminal {
    color: ColorChoice,
}

impl Terminal {
    /// With the colours that the user chose.
    pub fn new(color: ColorChoice) -> Self {
        Self { color }
    }

    /// How to lay out text on standard output, or in a file.
    pub fn style(&self, to_file: bool) -> Style {
        self.style_on(!to_file && io::stdout().is_terminal())
    }

    /// How to lay out text on standard error.
    pub fn talk_style(&self) -> Style {
        self.style_on(io::stderr().is_terminal())
    }

    fn style_on(&self, terminal: bool) -> Style {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let columns = std::env::var("COLUMNS")
            .ok()
            .and_then(|columns| columns.parse().ok());
        Style {
            color: match self.color {
                ColorChoice::Auto => terminal && !plain,
                ColorChoice::Always => true,
                ColorChoice::Never => false,
            },
            width: columns.unwrap_or(100),
            ..Style::default()
        }
    }
}

/// Writes the product. A reader that went away is no error: the exit code still tells.
pub fn product(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), String> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(format!("cannot write to standard output: {error}")),
        Ok(()) => Ok(()),
    }
}

/// Writes the product to a file: all of it or nothing.
pub fn file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), String> {
    let fail = |error: io::Error| format!("cannot write {}: {error}", path.display());
    // The draft's own name, which `tempfile` puts behind the reason, is nobody's.
    let no_draft = |error: io::Error| {
        let told = error.to_string();
        let why = told.split(" at path ").next().unwrap_or_default();
        format!("cannot write {}: {why}", path.display())
    };
    // Through a link, as `/dev/stdout` is one: the draft replaces a file and never a link.
    let resolved = std::fs::canonicalize(path);
    let given = path;
    let path = resolved.as_deref().unwrap_or(path);
    let special = std::fs::metadata(path).is_ok_and(|meta| !meta.is_file());
    let open = || std::fs::OpenOptions::new().write(true).open(given);
    if special {
        let mut out = io::BufWriter::new(open().map_err(fail)?);
        return write(&mut out).and_then(|()| out.flush()).map_err(fail);
    }
    // Systems follow no link that somebody else put into a folder for everybody, as `/tmp` is one. So they are asked.
    if resolved.is_ok() && given.is_symlink() {
        let leads = open().map_err(fail)?;
        if !is_at(&leads, path).map_err(fail)? {
            return Err(fail(io::Error::other("the link was exchanged meanwhile")));
        }
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut draft = tempfile::Builder::new()
        .permissions(permissions())
        .tempfile_in(folder)
        .map_err(no_draft)?;
    let mut out = io::BufWriter::new(draft.as_file_mut());
    write(&mut out).and_then(|()| out.flush()).map_err(fail)?;
    drop(out);
    draft.persist(path).map_err(|error| fail(error.error))?;
    Ok(())
}

/// Whether an open file is the one at a path.
#[cfg(unix)]
fn is_at(file: &std::fs::File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (one, other) = (file.metadata()?, std::fs::symlink_metadata(path)?);
    Ok((one.dev(), one.ino()) == (other.dev(), other.ino()))
}

#[cfg(not(unix))]
fn is_at(_: &std::fs::File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// Says something on standard error.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Says what went wrong; names of files in it are escaped.
pub fn complain(error: &str) {
    remark(&format!("error: {error}"));
}

/// Says something that holds names of files: none of its lines can pass for another's, or for a command in a job's log.
pub fn remark(text: &str) {
    say(&escape::lines(text).replace('\n', "\n  │ "));
}

/// A line that counts, on a terminal only.
pub fn progress(total: usize) -> Progress {
    Progress {
        shown: total > 1 && io::stderr().is_terminal(),
        done: AtomicUsize::new(0),
        total,
    }
}

/// Reports are readable as any file of the user's is.
#[cfg(unix)]
fn permissions() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

/// Reports are readable as any file of the user's is.
#[cfg(not(unix))]
fn permissions() -> std::fs::Permissions {
    std::fs::metadata(".")
        .map(|meta| meta.permissions())
        .unwrap_or_else(|_| unreachable!("the working directory has permissions"))
}

/// A line on standard error that counts modules.
#[derive(Debug)]
pub struct Progress {
    shown: bool,
    done: AtomicUsize,
    total: usize,
}

impl Progress {
    /// One more is done.
    pub fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.shown {
            let _ = write!(io::stderr().lock(), "\r{done}/{} modules", self.total);
        }
    }

    /// Takes the line away.
    pub fn end(&self) {
        if self.shown {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}
