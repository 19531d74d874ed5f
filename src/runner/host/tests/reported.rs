//! Decisions, and denials that are only reported.

use super::*;
use crate::runner::{Decision, Decisions};

/// What was recorded: function, capability, arguments, whether it was allowed, why not, and the policy's text.
#[derive(Debug, Clone, PartialEq)]
struct Recorded {
    function: String,
    capability: String,
    arguments: Vec<(String, String)>,
    allowed: bool,
    reason: String,
    by: String,
}

struct Record {
    sources: Arc<crate::source::Sources>,
    all: Mutex<Vec<Recorded>>,
    full: bool,
}

impl Decisions for Record {
    fn record(&self, decision: &Decision<'_>) -> std::io::Result<()> {
        if self.full {
            return Err(std::io::Error::other("the disk is full"));
        }
        let arguments = decision.arguments.iter();
        let span = decision.decided_by.unwrap();
        self.all.lock().unwrap().push(Recorded {
            function: decision.function.to_owned(),
            capability: decision.capability.to_owned(),
            arguments: arguments
                .map(|(name, text)| ((*name).to_owned(), text.clone()))
                .collect(),
            allowed: decision.allowed,
            reason: decision.reason.to_owned(),
            by: self.sources.slice(span).to_owned(),
        });
        Ok(())
    }
}

fn recorded(runner: &Runner, numbers: &[i32], full: bool) -> (Ending, Vec<Recorded>) {
    let record = Arc::new(Record {
        sources: runner.approval().sources(),
        all: Mutex::default(),
        full,
    });
    let invocation = Invocation {
        decisions: Some(Arc::clone(&record) as Arc<dyn Decisions>),
        ..Invocation::default()
    };
    let ending = tokio()
        .block_on(runner.run(invocation, &words(numbers)))
        .ending;
    let all = record.all.lock().unwrap().clone();
    (ending, all)
}

const ARGUMENTS: &str = "{name: path, role: path, ptr: 0, len: 1, allow: [\"/data/**\"], deny: [\"**/.env\"]}, {name: level, role: number, index: 2, max: 3}, {name: out, role: out-buffer, ptr: 3, len: 4}";

fn of(path: &str, more: &[i32], report_only: bool) -> (Ending, Vec<Recorded>, usize) {
    let module = guest(5, path.as_bytes());
    let policy = policy(ARGUMENTS, ", capability: fs.read");
    let (runner, seen) = observed(&module, &policy, report_only);
    let numbers = [&[AT, length(path.as_bytes())], more].concat();
    let (ending, all) = recorded(&runner, &numbers, false);
    let asked = seen.lock().unwrap().len();
    (ending, all, asked)
}

#[test]
fn every_decision_is_recorded_with_what_decided() {
    let (ending, all, asked) = of("/data//x", &[1, OUT, 16], false);
    assert!(returned(&ending, 7) && asked == 1);
    let arguments = [
        ("path", "/data/x"),
        ("level", "1"),
        ("out", "room for 16 bytes"),
    ];
    assert_eq!(
        all,
        [Recorded {
            function: "env.f".to_owned(),
            capability: "fs.read".to_owned(),
            arguments: arguments
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .into(),
            allowed: true,
            reason: String::new(),
            by: "\"/data/**\"".to_owned(),
        }]
    );
}

#[test]
fn a_denial_is_recorded_with_the_pattern_or_bound() {
    for (path, more, by, reason) in [
        (
            "/data/.env",
            [1, OUT, 16],
            "\"**/.env\"",
            "argument `path`: `deny` has `**/.env`",
        ),
        (
            "/etc/passwd",
            [1, OUT, 16],
            "\"/data/**\"",
            "argument `path`: no pattern of `allow` matches it",
        ),
        (
            "/data/x",
            [4, OUT, 16],
            "3",
            "argument `level`: 4 is more than 3",
        ),
    ] {
        let (ending, all, asked) = of(path, &more, false);
        let denial = denial(ending);
        assert_eq!((asked, all.len()), (0, 1), "{path}");
        assert!(!all[0].allowed);
        assert_eq!((all[0].by.as_str(), all[0].reason.as_str()), (by, reason));
        assert!(reason.ends_with(&denial.reason));
        assert_eq!(all[0].arguments[0].1, path);
    }
    let (_, all, asked) = of("/../etc/passwd", &[1, OUT, 16], false);
    assert_eq!((asked, all.len()), (0, 1));
    assert_eq!(
        all[0].arguments,
        [("path".to_owned(), "/../etc/passwd".to_owned())]
    );
}

#[test]
fn what_is_only_reported_goes_on() {
    for (path, more) in [
        ("/data/.env", [1, OUT, 16]),
        ("/etc/passwd", [1, OUT, 16]),
        ("/data/x", [4, OUT, 16]),
    ] {
        let (ending, all, asked) = of(path, &more, true);
        assert!(returned(&ending, 7) && asked == 1, "{path} {ending:?}");
        assert_eq!(all.len(), 1);
        assert!(!all[0].allowed && !all[0].reason.is_empty());
    }
}

#[test]
fn what_cannot_be_read_is_refused_though_denials_are_only_reported() {
    for (path, more) in [
        ("/../etc/passwd", [1, OUT, 16]),
        ("/data/\0", [1, OUT, 16]),
        ("/data/x", [1, SIZE, 16]),
        ("/data/x", [9, OUT, -1]),
    ] {
        let (ending, all, asked) = of(path, &more, true);
        denial(ending);
        assert_eq!((asked, all.len()), (0, 1), "{path:?}");
        assert!(all[0].reason.contains("the call was refused"), "{all:?}");
    }
}

#[test]
fn nothing_happens_that_cannot_be_recorded() {
    let (runner, seen) = observed(&guest(5, b"/data/x"), &policy(ARGUMENTS, ""), false);
    let (ending, _) = recorded(&runner, &[AT, 7, 1, OUT, 16], true);
    assert!(matches!(&ending, Ending::Stopped(Stop::Failed(reason)) if reason.contains("full")));
    assert!(seen.lock().unwrap().is_empty());
}

#[test]
fn a_long_argument_is_cut_and_keeps_no_half_of_a_secret() {
    let secret = format!("ghp_{}", "a1B2c3D4e5F6".repeat(3));
    let text = format!("{}{secret} {}", "x ".repeat(120), "é".repeat(1000));
    let argument = "{name: a, role: text, ptr: 0, len: 1}";
    let (runner, _) = observed(&guest(2, text.as_bytes()), &policy(argument, ""), false);
    let (_, all) = recorded(&runner, &[AT, length(text.as_bytes())], false);
    let shown = &all[0].arguments[0].1;
    assert!(
        shown.len() <= 256 + '…'.len_utf8() && shown.ends_with('…'),
        "{shown}"
    );
    assert!(!shown.contains("a1B2"), "{shown}");
    assert_eq!(all[0].capability, "host:env/f");
}
