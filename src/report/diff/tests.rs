//! Each format on an ordinary comparison and on one that is meant to deceive.

use super::*;
use crate::audit::{Deed, Derivation, FuelRecord, HardeningRecord, Left, Side};
use crate::policy::Policy;
use crate::report::escape;
use crate::wasm::Kind;

const FORMATS: [(&str, DiffFormat); 3] = [
    ("text", DiffFormat::Text),
    ("json", DiffFormat::Json),
    ("markdown", DiffFormat::Markdown),
];

fn side(path: &str, size: u64, abi: Option<&str>) -> Side {
    Side {
        path: path.to_owned(),
        sha256: "1".repeat(64),
        size,
        kind: Kind::Wasip1,
        abi: abi.map(str::to_owned),
    }
}

fn change(
    (weight, topic, subject): (Weight, &'static str, &str),
    direction: Direction,
    (old, new): (Option<&str>, Option<&str>),
) -> Change {
    Change {
        weight,
        topic,
        subject: subject.to_owned(),
        direction,
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
        breaks: topic == "export",
        granted: (weight == Weight::Escalation).then_some(topic == "import"),
    }
}

fn sample() -> Diff {
    use Direction::{Changed, Gained, Lost, Widened};
    use Weight::{Escalation, Information};
    Diff {
        old: side("plugins/mail-1.wasm", 4096, Some("1.2")),
        new: side("plugins/mail-2.wasm", 8192, Some("1.3")),
        policy: Some("policy.yaml".to_owned()),
        changes: vec![
            change(
                (Escalation, "capability", "http.outgoing"),
                Gained,
                (None, Some("env.fetch")),
            ),
            change(
                (Escalation, "import", "env.fetch"),
                Gained,
                (None, Some("(i32, i32) -> i32")),
            ),
            change(
                (Weight::Change, "export", "run"),
                Lost,
                (Some("() -> ()"), None),
            ),
            change(
                (Weight::Change, "memory", "0"),
                Widened,
                (Some("at most 1MiB"), Some("no maximum")),
            ),
            change(
                (Information, "section", "code"),
                Changed,
                (Some("1024"), Some("2048")),
            ),
            change(
                (Information, "toolchain", "language: Rust"),
                Gained,
                (None, None),
            ),
        ],
        hardening: None,
        caveats: vec!["the code of the old version was not analysed".to_owned()],
    }
}

fn hardened(name: &str) -> Derivation {
    let text = name.to_owned();
    let mut record = HardeningRecord::new("0".repeat(64), &Policy::default());
    record.fuel = Some(FuelRecord {
        model: 1,
        budget: 500,
        host_call: 100,
    });
    record.done = vec![Deed {
        what: "import".to_owned(),
        subject: text.clone(),
        how: format!("traps: {text}"),
    }];
    record.left = vec![Left {
        what: text.clone(),
        why: text,
    }];
    Derivation { record }
}

fn hostile() -> Diff {
    let name =
        "a\u{1b}[31m\u{202e}`</code><script>@team #1 ::error::x\n##[group]| AKIAIOSFODNN7EXAMPLE";
    let mut diff = sample();
    diff.new.path = name.to_owned();
    diff.policy = Some(name.to_owned());
    diff.caveats = vec![name.to_owned()];
    diff.hardening = Some(hardened(name));
    for change in &mut diff.changes {
        change.subject = name.to_owned();
        change.new = Some(name.to_owned());
    }
    diff
}

fn written(diff: &Diff, format: DiffFormat) -> String {
    let style = Style {
        width: 90,
        ..Style::default()
    };
    let mut out = Vec::new();
    super::diff(diff, format, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn snapshots() {
    for (name, format) in FORMATS {
        insta::assert_snapshot!(name, written(&sample(), format));
        insta::assert_snapshot!(format!("{name}-hostile"), written(&hostile(), format));
    }
}

#[test]
fn no_format_prints_what_deceives() {
    for (name, format) in FORMATS {
        let text = written(&hostile(), format);
        let bad = text
            .chars()
            .find(|one| *one != '\n' && escape::deceives(*one));
        assert_eq!(bad, None, "{name}");
        assert!(!text.contains("##[") && !text.contains("\n::"), "{name}");
        assert!(!text.contains("AKIAIOSFODNN7EXAMPLE"), "{name}: {text}");
    }
    assert!(!written(&hostile(), DiffFormat::Markdown).contains("<script"));
}

#[test]
fn a_comment_is_not_longer_than_it_may_be() {
    let mut diff = sample();
    let one = diff.changes[0].clone();
    diff.changes = vec![one; 5000];
    let mut derivation = hardened("env.exec");
    derivation.record.done = vec![derivation.record.done[0].clone(); 5000];
    diff.hardening = Some(derivation);
    let text = written(&diff, DiffFormat::Markdown);
    assert!(
        text.len() <= crate::report::markdown::MAX_COMMENT,
        "{}",
        text.len()
    );
    assert!(text.contains("more (`--format json`)"));
}
