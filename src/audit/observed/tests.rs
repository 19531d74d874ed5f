//! Records: what they keep, how they merge, and what is none.

use serde_json::{Value as Json, json};

use super::*;
use crate::policy::Role;

const MODULE: &str = "aa";
const ENGINE: &str = "wasmtime 1.2.3";

fn digest(pair: &str) -> String {
    pair.repeat(32)
}

fn runs(policy: &str) -> (Runs, Room) {
    let runs = Runs {
        policy: digest(policy),
        runs: 1,
        complete: 1,
        outcomes: [("exit".to_owned(), 1)].into(),
        ..Runs::default()
    };
    (runs, Room::default())
}

fn record(runs: Runs) -> RunRecord {
    RunRecord::of(digest(MODULE), ENGINE, runs)
}

/// One run with something of everything.
fn full() -> RunRecord {
    let (mut runs, mut room) = runs("bb");
    runs.peaks.memory = Some(65_536);
    runs.limits.fuel = Some(10);
    runs.used("fs.read", 2, &mut room);
    let import = runs.import("env", "read_file", &mut room).unwrap();
    import.calls = 2;
    import.denied = 1;
    let path = import.argument(0, "path", Role::Path, &mut room).unwrap();
    path.text("/data/\u{202e}\u{1b}é", &mut room);
    path.number(-1, &mut room);
    let folder = runs.folder("/data").unwrap();
    folder.path("./x/../y", [Mode::Read, Mode::Look], &mut room);
    folder.path("", [Mode::Read], &mut room);
    folder.path("../out", [Mode::Write], &mut room);
    folder.scratch = Some(ScratchUse::default());
    record(runs)
}

fn read(text: &str) -> Result<RunRecord, String> {
    RunRecord::read(text.as_bytes())
}

#[test]
fn a_record_reads_back_and_is_harmless() {
    let record = full();
    let text = record.text().unwrap();
    assert_eq!(read(&text).unwrap(), record);
    assert!(
        text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')),
        "{text}"
    );
    let folder = &record.under[0].files[0];
    let paths: Vec<&str> = folder.paths.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(paths, ["/data", "/data/y"]);
    assert_eq!(folder.others, [Mode::Write].into());
}

#[test]
fn runs_add_up_and_peaks_do_not() {
    let mut one = full();
    let mut other = full();
    other.under[0].peaks.memory = Some(131_072);
    other.under[0].complete = 0;
    other.under[0].outcomes = [("trap".to_owned(), 1)].into();
    other.under[0].limits.fuel = Some(7);
    one.merge(other).unwrap();
    let runs = &one.under[0];
    assert_eq!((runs.runs, runs.complete, one.runs()), (2, 1, 2));
    assert_eq!(runs.peaks.memory, Some(131_072));
    assert_eq!(runs.limits.fuel, Some(7));
    assert_eq!(runs.imports[0].calls, 4);
    assert_eq!(runs.capabilities["fs.read"], 4);
    assert_eq!(runs.imports[0].arguments[0].seen.texts.len(), 1);
    assert_eq!(runs.outcomes.len(), 2);
    assert_eq!(read(&one.text().unwrap()).unwrap(), one);
}

#[test]
fn policies_are_told_apart_and_bounded() {
    let mut all = full();
    for at in 0..MOST_POLICIES - 1 {
        let (runs, _) = runs(&format!("{at:02}"));
        all.merge(record(runs)).unwrap();
    }
    assert_eq!(all.under.len(), MOST_POLICIES);
    let (more, _) = runs("cc");
    assert!(
        all.clone()
            .merge(record(more))
            .unwrap_err()
            .contains("another file")
    );
    assert_eq!(read(&all.text().unwrap()).unwrap(), all);
    let foreign = RunRecord::of(digest("ff"), ENGINE, runs("bb").0);
    assert!(
        all.clone()
            .merge(foreign)
            .unwrap_err()
            .contains("another file")
    );
    let later = RunRecord::of(digest(MODULE), "wasmtime 2", runs("bb").0);
    assert!(all.merge(later).unwrap_err().contains("record anew"));
}

#[test]
fn what_looks_like_a_credential_is_not_kept() {
    let (mut runs, mut room) = runs("bb");
    let import = runs.import("env", "f", &mut room).unwrap();
    let values = import.argument(0, "x", Role::Text, &mut room).unwrap();
    values.text("AKIAIOSFODNN7EXAMPLE", &mut room);
    let folder = runs.folder("/").unwrap();
    folder.path("AKIAIOSFODNN7EXAMPLE", [Mode::Read], &mut room);
    let record = record(runs);
    let text = record.text().unwrap();
    assert!(!text.contains("AKIAIOSFODNN7EXAMPLE"), "{text}");
    assert!(record.under[0].imports[0].arguments[0].seen.others);
    assert_eq!(record.under[0].files[0].others, [Mode::Read].into());
    assert_eq!(read(&text).unwrap(), record);
}

/// A guest that passes whatever it likes: the record stays small, and says that there was more.
#[test]
fn what_a_guest_says_is_bounded() {
    let (mut runs, mut room) = runs("bb");
    for import in 0..3000 {
        let name = format!("{}{import}", "\u{e0001}".repeat(50));
        let Some(import) = runs.import("env", &name, &mut room) else {
            continue;
        };
        import.calls = 1;
        for parameter in 0..100 {
            let Some(values) = import.argument(parameter, "a", Role::Text, &mut room) else {
                continue;
            };
            for value in 0..100 {
                values.text(&format!("{}{value}", "\u{1}".repeat(100)), &mut room);
                values.number(value, &mut room);
            }
            values.text(&"x".repeat(1 << 20), &mut room);
        }
    }
    for path in 0..1000 {
        runs.folder("/d")
            .unwrap()
            .path(&format!("{path}"), [Mode::Read], &mut room);
    }
    assert!(runs.others);
    let seen = &runs.imports[0].arguments[0].seen;
    assert!(seen.others && seen.texts.len() <= 64 && seen.longest == 1 << 20);
    let mut all = record(runs.clone());
    for at in 0..MOST_POLICIES - 1 {
        let policy = digest(&format!("{at:02}"));
        all.merge(record(Runs {
            policy,
            ..runs.clone()
        }))
        .unwrap();
    }
    all.merge(record(runs)).unwrap();
    let text = all.text().unwrap();
    assert!(text.len() < crate::source::MAX_TEXT, "{}", text.len());
    assert_eq!(read(&text).unwrap(), all);
}

#[test]
fn what_was_changed_counts_for_nothing() {
    let whole: Json = serde_json::from_str(&full().text().unwrap()).unwrap();
    let with = |pointer: &str, value: Json| {
        let mut changed = whole.clone();
        *changed
            .pointer_mut(pointer)
            .unwrap_or_else(|| panic!("{pointer}")) = value;
        read(&changed.to_string())
    };
    assert!(with("/under/0/runs", json!(1)).is_ok());
    let long = "x".repeat(5000);
    for (pointer, value) in [
        ("/ringfence_record", json!(2)),
        ("/ringfence_record", json!(null)),
        ("/module", json!("A".repeat(64))),
        ("/module", json!("../..")),
        ("/under", json!([])),
        ("/under/0", json!(null)),
        ("/under/0/policy", json!("")),
        ("/under/0/runs", json!(0)),
        ("/under/0/runs", json!(-1)),
        ("/under/0/complete", json!(2)),
        ("/under/0/outcomes", json!({"won": 1})),
        ("/under/0/truncated", json!(["stdlog"])),
        ("/under/0/capabilities", json!({"fs.everything": 1})),
        ("/under/0/peaks/memory", json!(1.5)),
        ("/under/0/peaks/memory", json!("64KiB")),
        ("/under/0/imports/0/denied", json!(3)),
        ("/under/0/imports/0/name", json!(long)),
        ("/under/0/imports/0/arguments/0/role", json!("anything")),
        ("/under/0/imports/0/arguments/0/seen/texts", json!([long])),
        ("/under/0/files/0/guest", json!("data")),
        ("/under/0/files/0/guest", json!("/data/../etc")),
        ("/under/0/files/0/paths/0/path", json!("/etc/passwd")),
        ("/under/0/files/0/paths/0/path", json!("/data/../etc")),
        ("/under/0/files/0/paths/0/path", json!("/database")),
        ("/under/0/files/0/paths/0/modes", json!([])),
        ("/under/0/files/0/paths/0/modes", json!(["grant"])),
    ] {
        let error = with(pointer, value.clone());
        assert!(error.is_err(), "{pointer} {value}");
    }
    let twice = |pointer: &str| {
        let mut changed = whole.clone();
        let list = changed
            .pointer_mut(pointer)
            .unwrap()
            .as_array_mut()
            .unwrap();
        list.push(list[0].clone());
        read(&changed.to_string())
    };
    for list in [
        "/under",
        "/under/0/imports",
        "/under/0/imports/0/arguments",
        "/under/0/files",
    ] {
        assert!(twice(list).unwrap_err().contains("was changed"), "{list}");
    }
    let unknown = whole.to_string().replacen("{\"", "{\"extra\":1,\"", 1);
    assert!(read(&unknown).unwrap_err().contains("unknown field"));
    for none in [
        "",
        "[]",
        "null",
        "{}",
        "{\"version\": 1}",
        "a: b",
        "{\"ringfence_record\": 1}",
    ] {
        assert!(read(none).is_err(), "{none}");
    }
    let deep = format!("{{\"ringfence_record\": 1, \"x\": {}", "[".repeat(1 << 20));
    assert!(read(&deep).is_err());
    assert!(
        read(&" ".repeat(crate::source::MAX_TEXT + 1))
            .unwrap_err()
            .contains("larger")
    );
}

#[cfg(unix)]
mod on_disk {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn runs_are_added_and_nobody_else_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        let module = digest(MODULE);
        check_record(&path, &module, ENGINE).unwrap();
        assert!(!path.exists());
        add_record(&path, full()).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        check_record(&path, &module, ENGINE).unwrap();
        add_record(&path, full()).unwrap();
        assert_eq!(load_record(&path).unwrap().runs(), 2);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_record_of_the_module_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let module = digest(MODULE);
        for content in ["mine", "{\"a\": 1}", ""] {
            std::fs::write(&path, content).unwrap();
            let error = check_record(&path, &module, ENGINE)
                .unwrap_err()
                .to_string();
            assert!(error.contains("is no record"), "{error}");
            add_record(&path, full()).unwrap_err();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
        }
        std::fs::remove_file(&path).unwrap();
        add_record(&path, full()).unwrap();
        let before = std::fs::read(&path).unwrap();
        check_record(&path, &digest("ff"), ENGINE).unwrap_err();
        let other = RunRecord::of(digest("ff"), ENGINE, runs("bb").0);
        assert!(
            add_record(&path, other)
                .unwrap_err()
                .to_string()
                .contains("another file")
        );
        assert_eq!(std::fs::read(&path).unwrap(), before);
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        check_record(&link, &module, ENGINE).unwrap_err();
        add_record(&link, full()).unwrap_err();
        check_record(&folder.path().join("no/file"), &module, ENGINE).unwrap_err();
        check_record(folder.path(), &module, ENGINE).unwrap_err();
    }
}
