//! What a lock says, and what writing one keeps.

mod whole;

use super::*;
use crate::audit::approval_key::ApprovalKey;
use crate::audit::powers::{Interface, Passed, Powers, Value};
use crate::policy::Date;
use crate::source::{Sources, Spanned};

const ONE: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const TWO: &str = "2222222222222222222222222222222222222222222222222222222222222222";

fn read(records: &str) -> Result<Lock, Vec<&'static str>> {
    let text = format!("version: 1\nmodules:\n{records}");
    Lock::read(&text, SourceId(0))
        .map_err(|mistakes| mistakes.iter().map(|mistake| mistake.code).collect())
}

fn found(lock: &Lock, digest: &str, name: Option<&str>) -> Vec<String> {
    let candidates = lock.candidates(digest, name);
    let found = candidates.iter().map(|record| &record.powers.capabilities);
    found.flatten().cloned().collect()
}

#[test]
fn a_record_speaks_for_its_digest_and_its_policy() {
    let lock = read(&format!(
        "  - {{sha256: {ONE}, capabilities: [any]}}\n  - {{sha256: {ONE}, name: mail, capabilities: [mail]}}\n  - {{sha256: {TWO}, name: mail, capabilities: [other]}}\n"
    ))
    .unwrap();
    assert_eq!(found(&lock, ONE, Some("mail")), ["mail"]);
    assert_eq!(found(&lock, ONE, Some("bank")), ["any"]);
    assert_eq!(found(&lock, TWO, Some("mail")), ["other"]);
    assert!(lock.candidates(TWO, Some("bank")).is_empty());
    assert!(lock.candidates(TWO, None).is_empty());
}

#[test]
fn what_is_expected_goes_by_the_name_of_the_policy_and_then_of_the_file() {
    let lock = read(&format!(
        "  - {{sha256: {ONE}, name: mail, file: one.wasm}}\n  - {{sha256: {TWO}, name: mail, file: two.wasm}}\n"
    ))
    .unwrap();
    let (one, two) = ([0x11; 32], [0x22; 32]);
    assert_eq!(lock.expected(Some("one.wasm"), Some("mail")), Some(one));
    assert_eq!(lock.expected(Some("two.wasm"), Some("mail")), Some(two));
    assert!(lock.expected(Some("three.wasm"), Some("mail")).is_some());
    assert_eq!(lock.expected(Some("one.wasm"), Some("bank")), None);
}

#[test]
fn capabilities_speak_for_new_bytes_under_the_same_name_alone() {
    let lock = read(&format!(
        "  - {{sha256: {ONE}, name: mail, pin: capabilities, capabilities: [stdin]}}\n  - {{sha256: {ONE}, pin: capabilities, capabilities: [nameless]}}\n"
    ))
    .unwrap();
    assert_eq!(found(&lock, TWO, Some("mail")), ["stdin"]);
    assert!(lock.candidates(TWO, Some("bank")).is_empty());
    assert!(lock.candidates(TWO, None).is_empty());
}

#[test]
fn a_lock_with_a_mistake_is_no_lock() {
    let twice = format!("  - {{sha256: {ONE}}}\n  - {{sha256: {ONE}}}\n");
    assert_eq!(read(&twice).unwrap_err(), ["lock-duplicate"]);
    assert_eq!(read("  - {sha256: 11}\n").unwrap_err(), ["lock-digest"]);
    let wrong = format!("  - {{sha256: {ONE}, pin: name, until: soon, note: x}}\n");
    let mut codes = read(&wrong).unwrap_err();
    codes.sort_unstable();
    assert_eq!(codes, ["lock-pin", "lock-until", "unknown-key"]);
    let version = Lock::read("version: 2\nmodules: []\n", SourceId(0));
    assert_eq!(version.unwrap_err()[0].code, "lock-version");
}

fn load(text: &str) -> Lock {
    Lock::read(text, SourceId(0)).unwrap()
}

fn at<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

fn day(day: i8) -> Date {
    Date {
        year: 2027,
        month: 3,
        day,
    }
}

/// A record with everything in it, and with names that a module would choose to deceive.
fn full() -> Record {
    Record {
        name: Some(at("mail".to_owned())),
        file: Some("mail: \"1\".wasm".to_owned()),
        sha256: at(ONE.to_owned()),
        pin_digest: true,
        key: Some(ApprovalKey {
            policy: TWO.to_owned(),
            rules: ONE.to_owned(),
            engine: "wasmtime 48.0.8".to_owned(),
        }),
        tool: Some("ringfence 0.1.0".to_owned()),
        by: Some(at("ana@example.com".to_owned())),
        reason: Some("reviewed: ok # \u{2028}".to_owned()),
        approved: Some(day(2)),
        until: Some(at(day(31))),
        signature: None,
        powers: powers(),
        waivers: [None, Some("memory 0\u{85}".to_owned())]
            .into_iter()
            .map(|subject| ApprovedWaiver {
                rule: "missing-memory-maximum".to_owned(),
                until: subject.is_some().then(|| day(1)),
                subject,
            })
            .collect(),
    }
}

fn powers() -> Powers {
    let scopes = |entries: &[(&str, &str)]| {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        entries.iter().map(owned).collect()
    };
    let passed = |value| Passed {
        argument: "env.a path".to_owned(),
        value,
    };
    Powers {
        capabilities: ["stdout", "host:env/log", "fs.read"]
            .map(str::to_owned)
            .into(),
        scopes: scopes(&[
            ("preopen /data", "rw"),
            ("env.pass *: x", "allow"),
            ("1", "null"),
        ]),
        guards: Some(scopes(&[])),
        limits: Some(scopes(&[("memory", "64MiB"), ("fuel", "1000")])),
        imports: interface(&[
            "env.a\n  - b: c",
            "env.\u{202e}gol",
            "null",
            "\"env.a\".b",
            "",
        ]),
        exports: interface(&["run", "é", "- x", "1e3", "a #b", "a: b", "{}"]),
        abi: Some("1.2".to_owned()),
        arguments: Some(
            [
                passed(Value::Any),
                passed(Value::Number(-7)),
                passed(Value::Text("true\u{0}".to_owned())),
            ]
            .into(),
        ),
    }
}

/// Each with as many types as its name has letters, up to two.
fn interface(names: &[&str]) -> Interface {
    let types = ["(i32) -> ()".to_owned(), "memory".to_owned()];
    let of = |name: &&str| {
        let types = types.iter().take(name.len().saturating_sub(2));
        ((*name).to_owned(), types.cloned().collect())
    };
    names.iter().map(of).collect()
}

fn lock(records: Vec<Record>) -> Lock {
    Lock {
        records,
        ..Lock::empty()
    }
}

fn entry(record: Record) -> Entry<'static> {
    Entry {
        record,
        pin: None,
        signer: None,
    }
}

#[test]
fn what_is_written_reads_back() {
    let (text, record) = (lock(vec![full()]).text(), full());
    let read = load(&text);
    let [back] = read.records.as_slice() else {
        panic!("{text}");
    };
    assert_eq!(back.key, record.key);
    assert_eq!(back.file, record.file);
    assert_eq!(back.tool, record.tool);
    assert_eq!(back.until.unwrap().value, day(31));
    assert_eq!(back.powers, record.powers);
    assert_eq!(back.waivers, record.waivers);
    assert_eq!(back.reason, record.reason);
    assert_eq!(back.message(), record.message());
    assert!(back.pin_digest);
    assert_eq!(read.text(), text);
    let harmless = |char: char| char == '\n' || (' '..='~').contains(&char);
    assert!(text.chars().all(harmless), "{text}");
}

#[test]
fn a_lock_is_sorted_and_shows_one_name_a_line() {
    let other = |name: &str, digest: &str| Record {
        name: Some(at(name.to_owned())),
        sha256: at(digest.to_owned()),
        ..full()
    };
    let records = || vec![other("mail", TWO), other("bank", TWO), other("mail", ONE)];
    let text = lock(records()).text();
    let reversed = lock(records().into_iter().rev().collect()).text();
    assert_eq!(text, reversed);
    let starts: Vec<usize> = ["name: bank", "name: mail"]
        .iter()
        .map(|name| text.find(name).unwrap())
        .collect();
    assert!(starts[0] < starts[1]);
    assert!(text.contains(
        "    capabilities:\n      - fs.read\n      - \"host:env/log\"\n      - stdout\n"
    ));
    assert_eq!(lock(Vec::new()).text().lines().last(), Some("modules: []"));
}

#[test]
fn credentials_do_not_get_into_a_lock() {
    let secret = "AKIAIOSFODNN7EXAMPLE";
    let record = Record {
        powers: Powers {
            imports: interface(&[&format!("env.{secret}")]),
            ..powers()
        },
        file: Some(format!("{secret}.wasm")),
        ..full()
    };
    let text = lock(vec![record]).text();
    assert!(!text.contains(secret) && text.contains("AKIA"), "{text}");
}

#[test]
fn half_a_key_is_a_mistake() {
    let text = |rest: &str| format!("  - {{sha256: {ONE}, {rest}}}\n");
    for rest in [
        "engine: x",
        &format!("policy: {ONE}"),
        &format!("policy: {ONE}, rules: {ONE}"),
    ] {
        assert_eq!(read(&text(rest)).unwrap_err(), ["lock-key"], "{rest}");
    }
    let wrong = format!("policy: {ONE}, rules: short, engine: x");
    assert_eq!(read(&text(&wrong)).unwrap_err(), ["lock-digest"]);
    let wrong = "waivers: [{subject: x, until: soon, also: y}]";
    let mut codes = read(&text(wrong)).unwrap_err();
    codes.sort_unstable();
    assert_eq!(codes, ["lock-until", "missing-key", "unknown-key"]);
}

#[test]
fn a_new_approval_replaces_its_own_and_keeps_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringfence.lock");
    let written = || load(&std::fs::read_to_string(&path).unwrap());
    let put = |record| record_approval(&path, entry(record), &mut Sources::default()).unwrap();
    put(full());
    put(Record {
        name: None,
        ..full()
    });
    put(Record {
        sha256: at(TWO.to_owned()),
        ..full()
    });
    put(Record {
        until: None,
        ..full()
    });
    let lock = written();
    assert_eq!(lock.records.len(), 3);
    assert!(lock.exact(ONE, Some("mail")).unwrap().until.is_none());
    assert!(lock.exact(TWO, Some("mail")).unwrap().until.is_some());
    assert!(lock.exact(ONE, None).unwrap().until.is_some());
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 1, "a draft was left behind");
}

#[test]
fn how_a_record_was_pinned_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringfence.lock");
    let by_hand =
        format!("version: 1\nmodules:\n  - {{name: mail, sha256: {ONE}, pin: capabilities}}\n");
    std::fs::write(&path, by_hand).unwrap();
    record_approval(&path, entry(full()), &mut Sources::default()).unwrap();
    let lock = load(&std::fs::read_to_string(&path).unwrap());
    assert!(!lock.records[0].pin_digest && lock.records[0].key.is_some());
    let stated = Entry {
        pin: Some(Pin::Digest),
        ..entry(full())
    };
    record_approval(&path, stated, &mut Sources::default()).unwrap();
    let lock = load(&std::fs::read_to_string(&path).unwrap());
    assert!(lock.records[0].pin_digest);
    let nameless = Entry {
        pin: Some(Pin::Capabilities),
        ..entry(Record {
            name: None,
            ..full()
        })
    };
    let error = record_approval(&path, nameless, &mut Sources::default()).unwrap_err();
    assert!(error.to_string().contains("`name`"), "{error}");
}

#[test]
fn a_merge_that_was_not_resolved_is_said() {
    let record = format!("  - {{name: mail, sha256: {ONE}}}\n");
    let text = format!(
        "<<<<<<< ours\n{record}=======\n{}>>>>>>> theirs\n",
        record.replace("mail", "bank")
    );
    assert_eq!(read(&text).unwrap_err(), ["lock-conflict"]);
}

#[test]
fn the_bytes_that_are_signed_do_not_change() {
    insta::assert_snapshot!(full().message());
}

#[test]
fn a_record_is_found_by_how_its_digest_starts() {
    let other = Record {
        name: None,
        ..full()
    };
    let lock = lock(vec![full(), other]);
    assert!(lock.find("22222222", None).is_err());
    assert!(lock.find("11111111", None).is_err(), "there are two");
    assert!(lock.find("11111111", Some("mail")).is_ok());
}

#[test]
fn what_does_not_read_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringfence.lock");
    for text in [
        "version: 2\nmodules: []\n",
        "version: 1\nmodules: [}\n",
        "\u{feff}\u{0}",
    ] {
        std::fs::write(&path, text).unwrap();
        let error = record_approval(&path, entry(full()), &mut Sources::default()).unwrap_err();
        assert!(matches!(error, LockError::Mistakes { .. }), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[cfg(unix)]
#[test]
fn a_lock_behind_a_link_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, target) = (
        folder.path().join("ringfence.lock"),
        folder.path().join("other"),
    );
    std::fs::write(&target, "version: 1\nmodules: []\n").unwrap();
    std::os::unix::fs::symlink(&target, &path).unwrap();
    assert!(Lock::load(&path, &mut Sources::default()).is_err());
    assert!(record_approval(&path, entry(full()), &mut Sources::default()).is_err());
    assert!(path.is_symlink());
    assert_eq!(
        std::fs::read_to_string(&target).unwrap(),
        "version: 1\nmodules: []\n"
    );
}

#[cfg(unix)]
#[test]
fn where_nothing_can_be_written_the_lock_stays() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absent/ringfence.lock");
    let error = record_approval(&path, entry(full()), &mut Sources::default()).unwrap_err();
    assert!(
        matches!(error, LockError::Io { doing: "write", .. }),
        "{error}"
    );
    let path = folder.path().join("ringfence.lock");
    record_approval(&path, entry(full()), &mut Sources::default()).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    record_approval(&path, entry(full()), &mut Sources::default()).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn many_who_approve_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringfence.lock");
    std::thread::scope(|scope| {
        for number in 0..8 {
            let path = &path;
            scope.spawn(move || {
                let record = Record {
                    name: Some(at(format!("plugin-{number}"))),
                    ..full()
                };
                record_approval(path, entry(record), &mut Sources::default()).unwrap();
            });
        }
    });
    let lock = load(&std::fs::read_to_string(&path).unwrap());
    assert_eq!(lock.records.len(), 8);
}

proptest::proptest! {
    #[test]
    fn any_name_survives(name in "\\PC{0,20}", raw in proptest::collection::vec(proptest::char::any(), 0..12)) {
        let raw: String = raw.into_iter().collect();
        let record = Record {
            powers: Powers {
                imports: interface(&[&name, &raw]),
                ..powers()
            },
            ..full()
        };
        let text = lock(vec![record.clone()]).text();
        let back = load(&text).records.remove(0);
        let names: std::collections::BTreeSet<&String> = back.powers.imports.keys().collect();
        let expected = [name, raw].map(|name| crate::source::credential::redact(&name).into_owned());
        proptest::prop_assert_eq!(names, expected.iter().collect(), "{}", text);
        proptest::prop_assert_eq!(back.message(), record.message());
    }
}
