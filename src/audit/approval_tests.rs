//! What an approval is bound to: each thing that changes after it refuses, with its own reason.

mod drift;

use std::path::Path;

use super::*;
use crate::policy::{self, Date, Vocabulary};
use crate::rule::RuleSet;
use crate::source::{SourceId, Sources};
use crate::wasm::{self, Digested, Input};

/// A folder with a policy, where something can be approved and then changed.
struct Bench {
    folder: tempfile::TempDir,
    rules: RuleSet,
    module: Input,
    policy: String,
    today: Date,
}

const MODULE: &str = "(module (memory (export \"memory\") 1) (func (export \"_start\")))";
const POLICY: &str = "version: 1
name: mail
module:
  exports: {allow: [_start, memory]}
grants:
  preopens: [{guest: /data, host: ./data, mode: ro}]
limits: {fuel: 1000, deadline: 2s, memory: 1MiB, table_elements: 10, host_calls: 10}
waivers:
  - {rule: missing-memory-maximum, subject: memory 0, reason: reviewed, until: 2026-06-30}
  - {rule: unused-grant, reason: reviewed}
rules: {missing-memory-maximum: {severity: error}}
";

fn day(month: i8, day: i8) -> Date {
    Date {
        year: 2026,
        month,
        day,
    }
}

fn input(text: &str) -> Input {
    Input {
        path: "plugins/mail.wasm".to_owned(),
        ..Input::binary(wasm::encode_text(text).unwrap())
    }
}

/// The rules and subjects of errors that no waiver covers.
fn open(report: &Report) -> Vec<(&str, &str)> {
    let findings = report.findings.iter();
    findings
        .filter(|one| one.severity == Severity::Error && one.waived.is_none())
        .map(|one| (one.rule.as_str(), one.subject.as_str()))
        .collect()
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        Self {
            folder,
            rules: RuleSet::builtin(&SCHEMA),
            module: input(MODULE),
            policy: POLICY.to_owned(),
            today: day(6, 1),
        }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn loaded(&self) -> (LoadedPolicy, Sources, Surroundings) {
        let mut sources = Sources::default();
        let path = self.path("policy.yaml");
        let name = path.to_str().unwrap();
        let policy = policy::parse_in(
            self.folder.path(),
            name,
            &self.policy,
            &Vocabulary::standard(),
            &mut sources,
        );
        let surroundings = Surroundings {
            working: None,
            home: None,
            today: self.today,
        };
        let policy = policy.unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
        (LoadedPolicy::new(name, policy, true), sources, surroundings)
    }

    fn approve(&self, until: Option<Date>) -> Lock {
        let (policy, sources, surroundings) = self.loaded();
        let policies = [policy];
        let run = Run::new(&self.rules, &policies, &sources, &surroundings);
        let report = run.judge(&self.module, wasm::decode_input(&self.module));
        let recording = Recording {
            run: &run,
            bytes: &self.module.bytes,
            statement: Statement {
                until,
                ..Statement::default()
            },
        };
        let record = recording.record(&report);
        let record = record.unwrap_or_else(|| panic!("{:?}", open(&report)));
        let path = self.path("ringfence.lock");
        let entry = Entry {
            record,
            pin: None,
            signer: None,
        };
        record_approval(&path, entry, &mut Sources::default()).unwrap();
        self.lock()
    }

    fn lock(&self) -> Lock {
        let text = std::fs::read_to_string(self.path("ringfence.lock")).unwrap();
        Lock::read(&text, SourceId(0)).unwrap()
    }

    fn recorded(&self, lock: &Lock) -> Result<Approval, Refusal> {
        let (policy, sources, surroundings) = self.loaded();
        let module = Digested::new(self.module.clone());
        Approval::recorded(module, policy, sources, &self.rules, surroundings, lock)
    }

    fn refused(&self, lock: &Lock) -> Refusal {
        match self.recorded(lock) {
            Ok(_) => panic!("it was let in"),
            Err(refusal) => {
                let help = refusal.help("mail.wasm", "policy.yaml");
                assert!(
                    !refusal.to_string().is_empty() && help.contains('`'),
                    "{help}"
                );
                refusal
            }
        }
    }
}

#[test]
fn what_was_approved_is_let_in() {
    let bench = Bench::new();
    let lock = bench.approve(None);
    let approval = bench.recorded(&lock).unwrap();
    assert!(approval.is_recorded());
    assert_eq!(approval.bytes(), bench.module.bytes);
    assert_eq!(
        approval.digest(),
        wasm::decode_input(&bench.module).digest()
    );
    assert_eq!(approval.module().exports.len(), 2);
    let key = lock.records[0].key.as_ref().unwrap();
    assert_eq!(approval.policy_digest(), key.policy);
    assert_eq!(lock.records[0].file.as_deref(), Some("mail.wasm"));
    assert_eq!(lock.records[0].waivers.len(), 2);
}

#[test]
fn an_audit_without_a_record_is_let_in_by_its_findings() {
    let bench = Bench::new();
    let audited = |module: &Input| {
        let (policy, sources, surroundings) = bench.loaded();
        let decoded = wasm::decode_input(module);
        Approval::audit(
            module.clone(),
            decoded,
            policy,
            sources,
            &bench.rules,
            surroundings,
        )
    };
    let approval = audited(&bench.module).unwrap();
    assert!(!approval.is_recorded());
    assert_eq!(approval.module(), &wasm::decode_input(&bench.module));
    assert_eq!(
        approval.policy_digest(),
        bench
            .recorded(&bench.approve(None))
            .unwrap()
            .policy_digest()
    );
    let refusal = audited(&input("(module (import \"env\" \"exec\" (func)))")).unwrap_err();
    let report = refusal.report().unwrap();
    assert_eq!(report.modules.len(), 1);
    assert!(
        report
            .findings
            .iter()
            .any(|one| one.rule == "undeclared-host-import")
    );
}

#[test]
fn a_policy_that_nobody_gave_lets_nothing_in() {
    let bench = Bench::new();
    let lock = bench.approve(None);
    let baseline = || {
        let (policy, sources, surroundings) = bench.loaded();
        (
            LoadedPolicy {
                judged: false,
                ..policy
            },
            sources,
            surroundings,
        )
    };
    let (policy, sources, surroundings) = baseline();
    let module = wasm::decode_input(&bench.module);
    let audited = Approval::audit(
        bench.module.clone(),
        module,
        policy,
        sources,
        &bench.rules,
        surroundings,
    );
    assert!(matches!(audited, Err(Refusal::NoPolicy)));
    let (policy, sources, surroundings) = baseline();
    let module = Digested::new(bench.module.clone());
    let recorded = Approval::recorded(module, policy, sources, &bench.rules, surroundings, &lock);
    assert!(matches!(recorded, Err(Refusal::NoPolicy)));
}

#[test]
fn other_bytes_and_other_names_are_not_in_the_lock() {
    let mut bench = Bench::new();
    let lock = bench.approve(None);
    bench.module.bytes.extend([0, 2, 1, b'x']);
    let refusal = bench.refused(&lock);
    assert!(matches!(refusal, Refusal::Unrecorded { .. }), "{refusal}");
    let mut bench = Bench::new();
    bench.policy = POLICY.replace("name: mail", "name: bank");
    let refusal = bench.refused(&lock);
    assert!(
        refusal
            .to_string()
            .ends_with("under the policy's name `bank`"),
        "{refusal}"
    );
}

#[test]
fn every_change_of_the_policy_counts() {
    let mut bench = Bench::new();
    let lock = bench.approve(None);
    for (old, new) in [
        ("fuel: 1000,", "fuel: 1001,"),
        ("mode: ro", "mode: rw"),
        ("/data,", "/else,"),
        ("allow: [_start, memory]", "allow: [_start, memory, exec]"),
        ("waivers:", "imports: {wasi: {allow: [fs.read]}}\nwaivers:"),
        ("until: 2026-06-30", "until: 2026-07-30"),
        ("limits: {", "determinism: required\nlimits: {"),
        ("severity: error", "severity: warning"),
        (
            "waivers:",
            "imports: {host: [{module: env, name: get, provider: {builtin: config, values: {a: b}}}]}\nwaivers:",
        ),
    ] {
        bench.policy = POLICY.replace(old, new);
        assert_ne!(bench.policy, POLICY, "{old}");
        let refusal = bench.refused(&lock);
        assert!(
            matches!(refusal, Refusal::Policy { .. }),
            "{new}: {refusal}"
        );
    }
    for (old, new) in [
        ("fuel: 1000,", "fuel: 1_000,"),
        ("memory: 1MiB", "memory: 1024KiB"),
        ("allow: [_start, memory]", "allow: [memory, _start]"),
        ("version: 1", "# a remark\nversion: 1"),
    ] {
        bench.policy = POLICY.replace(old, new);
        assert_ne!(bench.policy, POLICY, "{old}");
        bench.recorded(&lock).unwrap();
    }
}

#[test]
fn a_change_in_a_base_counts() {
    let mut bench = Bench::new();
    let base = |text: &str| std::fs::write(bench.path("platform.yaml"), text).unwrap();
    base("version: 1\nlimits: {memory: 2MiB}\nwaivable: [missing-memory-maximum, unused-grant]\n");
    let child = POLICY.replace("name: mail", "name: mail\nextends: platform.yaml");
    bench.policy = child.replace("rules: {missing-memory-maximum: {severity: error}}\n", "");
    let lock = bench.approve(None);
    bench.recorded(&lock).unwrap();
    for text in [
        "version: 1\nlimits: {memory: 512KiB}\nwaivable: [missing-memory-maximum, unused-grant]\n",
        "version: 1\nlimits: {memory: 2MiB}\nwaivable: [missing-memory-maximum]\n",
        "version: 1\nlimits: {memory: 2MiB, open_files: 4}\nwaivable: [missing-memory-maximum, unused-grant]\n",
    ] {
        std::fs::write(bench.path("platform.yaml"), text).unwrap();
        let refusal = bench.refused(&lock);
        assert!(
            matches!(refusal, Refusal::Policy { .. }),
            "{text}: {refusal}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_lies_elsewhere_counts() {
    let bench = Bench::new();
    let lock = bench.approve(None);
    std::fs::rename(bench.path("data"), bench.path("old")).unwrap();
    std::os::unix::fs::symlink("old", bench.path("data")).unwrap();
    let refusal = bench.refused(&lock);
    assert!(matches!(refusal, Refusal::Policy { .. }), "{refusal}");
}

#[cfg(unix)]
#[test]
fn what_comes_into_a_folder_is_judged_again() {
    let bench = Bench::new();
    let lock = bench.approve(None);
    std::fs::write(bench.path("data/plain"), "").unwrap();
    bench.recorded(&lock).unwrap();
    std::os::unix::fs::symlink("/etc", bench.path("data/out")).unwrap();
    let refusal = bench.refused(&lock);
    let report = refusal.report().unwrap();
    assert!(matches!(refusal, Refusal::NoLonger(_)), "{refusal}");
    assert!(
        report
            .findings
            .iter()
            .any(|one| one.rule == "preopen-escape")
    );
    std::fs::remove_file(bench.path("data/out")).unwrap();
    bench.recorded(&lock).unwrap();
}

#[test]
fn other_rules_count() {
    let mut bench = Bench::new();
    let lock = bench.approve(None);
    let rule = "id: own\ntitle: T\nseverity: note\nconfidence: high\ntags: []\nsince: 0.1.0\nover: module\nwhen: \"false\"\nmessage: m\nhelp: h\nexplanation: |\n  Text.\nexamples:\n  - {name: a, fires: true}\n  - {name: b, fires: false}\n";
    let added = bench
        .rules
        .add_text("own", "own", rule, &SCHEMA, &mut Sources::default());
    added.unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let refusal = bench.refused(&lock);
    assert!(matches!(refusal, Refusal::Rules { .. }), "{refusal}");
}

#[test]
fn another_engine_counts() {
    let bench = Bench::new();
    let mut lock = bench.approve(None);
    lock.records[0].key.as_mut().unwrap().engine = "wasmtime 48.0.7".to_owned();
    let refusal = bench.refused(&lock);
    let said = format!("it was approved for wasmtime 48.0.7, and this is {ENGINE}");
    assert_eq!(refusal.to_string(), said);
}

#[test]
fn a_record_without_its_key_lets_nothing_run() {
    let bench = Bench::new();
    let mut lock = bench.approve(None);
    lock.records[0].key = None;
    assert!(matches!(bench.refused(&lock), Refusal::Unbound));
}

#[test]
fn an_approval_holds_through_its_last_day_and_no_longer() {
    let mut bench = Bench::new();
    let lock = bench.approve(Some(day(6, 10)));
    bench.today = day(6, 10);
    bench.recorded(&lock).unwrap();
    bench.today = day(6, 11);
    assert_eq!(
        bench.refused(&lock).to_string(),
        "its approval ended on 2026-06-10"
    );
}

#[test]
fn an_approval_ends_with_a_waiver_that_it_rests_on() {
    let mut bench = Bench::new();
    let lock = bench.approve(None);
    bench.today = day(6, 30);
    bench.recorded(&lock).unwrap();
    bench.today = day(7, 1);
    assert_eq!(
        bench.refused(&lock).to_string(),
        "its approval rests on a waiver of `missing-memory-maximum` on memory 0 that ended on 2026-06-30"
    );
}

#[test]
fn what_does_not_pass_is_not_recorded() {
    let mut bench = Bench::new();
    bench.module = input("(module (import \"env\" \"exec\" (func)))");
    let (policy, sources, surroundings) = bench.loaded();
    let policies = [policy];
    let run = Run::new(&bench.rules, &policies, &sources, &surroundings);
    let report = run.judge(&bench.module, wasm::decode_input(&bench.module));
    assert_eq!(report.verdict, Verdict::Fail);
    let recording = Recording {
        run: &run,
        bytes: &bench.module.bytes,
        statement: Statement::default(),
    };
    assert!(recording.record(&report).is_none());
}

/// `audit` names the engine without seeing it. Our lock is not everybody's: embedders, `cargo install` and pre-commit resolve
/// anew, and may get no other engine.
#[test]
fn the_engine_is_the_one_that_is_locked() {
    let read = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        std::fs::read_to_string(path).unwrap()
    };
    let (manifest, lock) = (read("Cargo.toml"), read("Cargo.lock"));
    let version = lock
        .split("[[package]]\n")
        .find_map(|package| package.strip_prefix("name = \"wasmtime\"\nversion = \""))
        .and_then(|rest| rest.split('"').next())
        .unwrap();
    assert_eq!(ENGINE, format!("wasmtime {version}"));
    for name in ["wasmtime", "wasmtime-wasi", "wiggle"] {
        let exact = format!("\n{name} = {{ version = \"={version}\"");
        assert!(manifest.contains(&exact), "{name}");
    }
}
