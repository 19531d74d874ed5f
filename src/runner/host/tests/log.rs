//! `builtin: log`: bounds, levels, tags.

use super::*;
use crate::runner::{LogMessage, LogSink, Severity, sample};

#[derive(Default)]
struct Kept {
    messages: Mutex<Vec<LogMessage>>,
    full: bool,
}

impl LogSink for Kept {
    fn write(&self, message: &LogMessage) -> std::io::Result<()> {
        if self.full {
            return Err(std::io::Error::other("full"));
        }
        self.messages.lock().unwrap().push(message.clone());
        Ok(())
    }
}

/// Logs a text with each of these levels; what was returned, and what was kept.
fn log(provider: &str, text: &[u8], levels: &[i32], full: bool) -> (Vec<i32>, Vec<LogMessage>) {
    let arguments =
        "{name: text, role: text, ptr: 0, len: 1}, {name: level, role: number, index: 2}";
    let more = format!(", provider: {{builtin: log{provider}}}");
    let runner = sample::runner(&guest(3, text), &policy(arguments, &more));
    let kept = Arc::new(Kept {
        full,
        ..Kept::default()
    });
    let invocation = Invocation {
        tenant: Some("acme".to_owned()),
        log: Some(Arc::clone(&kept) as Arc<dyn LogSink>),
        ..Invocation::default()
    };
    let returned = tokio().block_on(async {
        let Ok(mut instance) = runner.start(invocation).await else {
            panic!("it did not start")
        };
        let mut returned = Vec::new();
        for level in levels {
            returned.push(word(&mut instance, "run", &[AT, length(text), *level]).await);
        }
        returned
    });
    let messages = kept.messages.lock().unwrap().clone();
    (returned, messages)
}

const ROOMY: &str = ", max_message: 1KiB, max_messages: 100";

#[test]
fn a_message_has_its_level_and_tags() {
    let (returned, messages) = log(ROOMY, b"hello", &[0, 1, 2, 3, 4, -1, i32::MIN], false);
    assert_eq!(returned, [0; 7]);
    let severities: Vec<Severity> = messages.iter().map(|one| one.severity).collect();
    let debug = Severity::Debug;
    assert_eq!(
        severities,
        [
            Severity::Error,
            Severity::Warning,
            Severity::Info,
            debug,
            debug,
            debug,
            debug
        ]
    );
    assert_eq!(messages[0].to_string(), "[sample acme] error: hello");
}

#[test]
fn messages_are_bounded_in_number_and_the_end_is_told() {
    let (returned, messages) = log(", max_message: 1KiB, max_messages: 2", b"x", &[2; 5], false);
    assert_eq!(returned, [0, 0, -1, -1, -1]);
    let texts: Vec<&str> = messages.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "x",
            "x",
            "further messages are dropped: `max_messages` is 2"
        ]
    );
}

#[test]
fn a_message_is_bounded_in_size() {
    let (returned, messages) = log(
        ", max_message: 4, max_messages: 9",
        "abcéx".as_bytes(),
        &[2],
        false,
    );
    assert_eq!(returned, [0]);
    assert_eq!((messages[0].text.as_str(), messages[0].cut), ("abc", 3));
}

#[test]
fn a_bound_that_is_absent_denies() {
    for provider in ["", ", max_message: 1KiB", ", max_messages: 9"] {
        let (returned, messages) = log(provider, b"x", &[2, 2], false);
        assert_eq!(returned, [-1, -1], "{provider}");
        assert!(messages.is_empty());
    }
}

#[test]
fn what_acts_on_a_terminal_and_credentials_do_not_pass() {
    let text = "a\u{1b}[2J\u{202e}\r\nghp_a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6";
    let (_, messages) = log(ROOMY, text.as_bytes(), &[2], false);
    let line = messages[0].to_string();
    assert!(line.starts_with("[sample acme] info: a\\u{1b}[2J\\u{202e}\\r\\nghp_"));
    assert!(!line.chars().any(crate::source::visible::deceives));
    assert!(!line.contains("a1B2"), "{line}");
}

/// Half a credential would not be known for one.
#[test]
fn a_message_that_is_cut_keeps_no_half_of_a_secret() {
    let text = "x ghp_a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6";
    let (_, messages) = log(
        ", max_message: 16, max_messages: 9",
        text.as_bytes(),
        &[2],
        false,
    );
    assert!(!messages[0].text.contains("a1B2"), "{messages:?}");
    assert!(messages[0].text.len() <= 16 && messages[0].cut > 0);
}

#[test]
fn a_sink_that_fails_is_told_to_the_guest() {
    let (returned, messages) = log(ROOMY, b"x", &[2, 2], true);
    assert_eq!(returned, [-1, -1]);
    assert!(messages.is_empty());
}
