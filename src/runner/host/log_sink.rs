//! Where the messages of `builtin: log` go.

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::source::visible::line;

use super::super::drain::Drain;

/// The most characters of a plugin's or tenant's name in a line.
const MAX_TAG: usize = 120;

/// How serious a guest says that a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Severity {
    Error,
    Warning,
    #[default]
    Info,
    Debug,
}

/// A message of a guest, already bounded. `Display` gives one line that is fit for a terminal; the fields are raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogMessage {
    /// The plugin, by its policy's name.
    pub plugin: Arc<str>,
    /// For whom it runs.
    pub tenant: Option<Arc<str>>,
    /// How serious it is.
    pub severity: Severity,
    /// What the guest wrote, without what looks like a credential.
    pub text: String,
    /// How many bytes of it were cut off.
    pub cut: u64,
}

/// Takes log messages as they come. Called on the guest's thread: it should hand them on and not wait.
pub trait LogSink: Send + Sync {
    /// One message.
    ///
    /// # Errors
    /// It could not be kept: the guest is told so, and goes on.
    fn write(&self, message: &LogMessage) -> io::Result<()>;
}

/// Where messages go.
#[derive(Clone, Default)]
pub(super) enum Destination {
    /// A line each on this process's standard error.
    #[default]
    Stderr,
    /// A sink of the embedder.
    Sink(Arc<dyn LogSink>),
}

impl Destination {
    /// Sends a message; whether it arrived.
    pub async fn send(&self, message: LogMessage) -> bool {
        match self {
            Self::Sink(sink) => sink.write(&message).is_ok(),
            // As the guest's own standard error goes: a pipe that nobody reads must not hold up the deadline, nor keep the
            // standard library's lock from whoever reports that it passed.
            Self::Stderr => {
                let text = format!("{message}\n");
                let written = Drain::stderr().write(text.as_bytes()).await;
                written.result.is_ok()
            }
        }
    }
}

impl Severity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }

    /// The severity of a guest's number: 0 error, 1 warning, 2 info, anything else debug.
    pub(super) fn numbered(level: i64) -> Self {
        match level {
            0 => Self::Error,
            1 => Self::Warning,
            2 => Self::Info,
            _ => Self::Debug,
        }
    }
}

/// `[word-count acme] info: text`.
impl fmt::Display for LogMessage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[{}", line(&self.plugin, MAX_TAG))?;
        if let Some(tenant) = &self.tenant {
            write!(out, " {}", line(tenant, MAX_TAG))?;
        }
        let text = line(&self.text, usize::MAX);
        write!(out, "] {}: {text}", self.severity.name())?;
        match self.cut {
            0 => Ok(()),
            cut => write!(out, "… ({cut} bytes more)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_that_acts_on_nothing() {
        let message = LogMessage {
            plugin: "word\ncount".into(),
            tenant: Some("ac\u{202e}me".into()),
            severity: Severity::Warning,
            text: "a\r\n[other] error: b\u{1b}[2J\u{9b}\u{2066}\t".to_owned(),
            cut: 7,
        };
        assert_eq!(
            message.to_string(),
            "[word\\ncount ac\\u{202e}me] warning: a\\r\\n[other] error: b\\u{1b}[2J\\u{9b}\\u{2066}\\t… (7 bytes more)"
        );
    }
}
