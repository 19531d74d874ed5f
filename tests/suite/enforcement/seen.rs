//! What is seen of a run, as one line of text.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use ringfence::runner::{Decision, Decisions, Ending, LogMessage, LogSink, Outcome, Stop};

/// What a guest wrote.
#[derive(Debug, Default)]
pub struct Kept {
    pub stdout: Arc<Mutex<Vec<u8>>>,
    pub stderr: Arc<Mutex<Vec<u8>>>,
}

/// Decisions and log messages, in their order.
#[derive(Debug, Default)]
pub struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn add(&self, note: String) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.push(note);
    }
}

impl Decisions for Notes {
    fn record(&self, decision: &Decision<'_>) -> io::Result<()> {
        let allowed = if decision.allowed {
            "allowed"
        } else {
            "denied"
        };
        let arguments = decision.arguments.iter();
        let arguments: String = arguments
            .map(|(name, text)| format!(" {name}={text}"))
            .collect();
        let (function, capability) = (decision.function, decision.capability);
        self.add(format!("{allowed} {function} {capability}{arguments}"));
        Ok(())
    }
}

impl LogSink for Notes {
    fn write(&self, message: &LogMessage) -> io::Result<()> {
        self.add(format!("log {message}"));
        Ok(())
    }
}

/// An outcome with everything that came out of the guest.
pub fn outcome(done: &Outcome, crossed: Option<Vec<u8>>, kept: &Kept, notes: &Notes) -> String {
    let mut parts = vec![ending(&done.ending)];
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    parts.extend(crossed.map(|bytes| format!("bytes {}", text(bytes))));
    for (name, stream) in [("stdout", &kept.stdout), ("stderr", &kept.stderr)] {
        let bytes = stream.lock().unwrap_or_else(PoisonError::into_inner);
        if !bytes.is_empty() {
            parts.push(format!("{name} {}", text(bytes.clone())));
        }
    }
    let truncated = done.usage.passed.truncated.iter();
    parts.extend(truncated.map(|stream| format!("{stream} truncated")));
    let notes = notes.0.lock().unwrap_or_else(PoisonError::into_inner);
    parts.extend(notes.iter().cloned());
    parts.join("; ")
}

fn ending(ending: &Ending) -> String {
    match ending {
        Ending::Returned(values) => {
            let values = values.iter().map(|value| format!(" {value}"));
            format!("returned{}", values.collect::<String>())
        }
        Ending::Exit(code) => format!("exit {code}"),
        Ending::Stopped(Stop::Spent(budget)) => format!("spent {budget}"),
        Ending::Stopped(Stop::Denied(denial)) => format!("stopped: {denial}"),
        Ending::Stopped(stop) => format!("stopped: {stop}"),
        Ending::Trapped(trap) => format!("trapped: {}", trap.message),
        Ending::Refused(reason) => format!("refused: {reason}"),
    }
}
