//! What a record says beside its key, and what is held against it.

use super::*;

#[test]
fn a_record_says_what_was_granted_and_bounded() {
    let lock = Bench::new().approve(None);
    let powers = &lock.records[0].powers;
    assert_eq!(powers.scopes["preopen /data"], "ro");
    let limits = powers.limits.as_ref().unwrap();
    assert_eq!(
        (limits["memory"].as_str(), limits["deadline"].as_str()),
        ("1MiB", "2s")
    );
    let types: Vec<&String> = powers.exports["_start"].iter().collect();
    assert_eq!(types, ["() -> ()"]);
    assert_eq!(lock.records[0].approved, Some(day(6, 1)));
}

/// What `check` finds of a module held against a lock.
fn drift(bench: &Bench, lock: &Lock) -> Vec<String> {
    let (policy, sources, surroundings) = bench.loaded();
    let run = Run {
        rules: &bench.rules,
        policies: &[policy],
        sources: &sources,
        surroundings: &surroundings,
        lock: Some(lock),
        fail_on: Severity::Error,
        checklist: false,
        confirm: None,
    };
    let report = run.judge(&bench.module, wasm::decode_input(&bench.module));
    let changes = report.modules[0].changes.as_ref().unwrap();
    let drift = report
        .findings
        .iter()
        .find(|one| one.rule == "approval-drift");
    assert_eq!(drift.is_some(), !changes.gained.is_empty(), "{changes:?}");
    changes.gained.clone()
}

#[test]
fn a_policy_that_grants_more_drifts_from_its_record() {
    let mut bench = Bench::new();
    let lock = bench.approve(None);
    assert_eq!(drift(&bench, &lock), [""; 0]);
    for (from, to, expected) in [
        (
            "mode: ro",
            "mode: rw",
            "scope preopen /data: rw (approved: ro)",
        ),
        (
            "memory: 1MiB",
            "memory: 2MiB",
            "limit memory: 2MiB (approved: 1MiB)",
        ),
        ("fuel: 1000, ", "", "limit fuel: none (approved: 1000)"),
        (
            "grants:\n",
            "grants:\n  env: {pass: [LANG]}\n",
            "scope env.pass LANG: allow",
        ),
    ] {
        bench.policy = POLICY.replace(from, to);
        assert_ne!(bench.policy, POLICY);
        assert_eq!(drift(&bench, &lock), [expected]);
    }
    bench.policy = POLICY.replace("memory: 1MiB", "memory: 64KiB");
    assert_eq!(drift(&bench, &lock), [""; 0], "narrower is not drift");
}

/// Whoever has no key can write a record, and take one's name.
#[test]
fn a_signature_that_is_none_lets_nothing_run() {
    let bench = Bench::new();
    let mut lock = bench.approve(None);
    lock.records[0].signature = Some(crate::source::Spanned::new(
        "U1NIU0lH".to_owned(),
        crate::source::Span::default(),
    ));
    let refusal = bench.refused(&lock);
    assert!(
        matches!(refusal, Refusal::Distrusted(Distrust::Malformed)),
        "{refusal}"
    );
    let mut lock = bench.approve(None);
    let nobody = AllowedSigners::read("", SourceId(0)).unwrap();
    lock.demand(Trust::new(nobody, RevokedKeys::default()));
    let refusal = bench.refused(&lock);
    assert!(
        matches!(refusal, Refusal::Distrusted(Distrust::Unsigned)),
        "{refusal}"
    );
}

/// The powers of a module under the bench's policy.
fn powers(bench: &Bench, text: &str) -> Powers {
    let input = input(text);
    let module = wasm::decode_input(&input);
    powers_of(bench, &input, &module)
}

fn powers_of(bench: &Bench, input: &Input, module: &wasm::Module) -> Powers {
    use crate::audit::context::{Audit, Ground};
    let (policy, sources, surroundings) = bench.loaded();
    let ground = Ground {
        policy: &policy.policy,
        judged: true,
        rules: None,
        sources: &sources,
        surroundings: &surroundings,
    };
    Powers::of(&Audit::new(ground, module, &input.bytes, None))
}

/// A policy with a host function of two guarded arguments.
fn exec() -> Bench {
    let mut bench = Bench::new();
    bench.policy.push_str(
        "imports:
  host:
    - module: env
      name: exec
      signature: \"(i32, i32, i32) -> ()\"
      args:
        - {name: command, role: command, ptr: 0, len: 1, max: 1KiB, allow: [\"*\"]}
        - {name: mode, role: opcode, index: 2, values: [1, 2]}
",
    );
    bench
}

fn calling(call: &str, data: &str) -> String {
    format!(
        "(module (import \"env\" \"exec\" (func (param i32 i32 i32))) (memory (export \"memory\") 1 1) (data (i32.const 8) \"{data}\") (func (export \"_start\") (local i32) {call} call 0))"
    )
}

const CALL: &str = "i32.const 8 i32.const 2 i32.const 1";

#[test]
fn another_argument_is_drift() {
    let bench = exec();
    let approved = powers(&bench, &calling(CALL, "ls"));
    let said = |call: &str, data: &str| {
        crate::audit::drift::drift(&approved, &powers(&bench, &calling(call, data)))
    };
    assert_eq!(said(CALL, "ls"), [""; 0]);
    assert_eq!(said(CALL, "sh"), ["argument env.exec command: \"sh\""]);
    assert_eq!(
        said("i32.const 8 i32.const 2 i32.const 2", "ls"),
        ["argument env.exec mode: 2"]
    );
    let computed = "i32.const 8 i32.load i32.const 2 i32.const 1";
    assert_eq!(
        said(computed, "ls"),
        ["argument env.exec command: anything"]
    );
}

/// A module that is too large to be followed passes what it likes, and so does one of which nothing was approved.
#[test]
fn arguments_that_nobody_saw_are_drift() {
    let bench = exec();
    let input = input(&calling(CALL, "ls"));
    let mut module = wasm::decode_input(&input);
    let approved = powers_of(&bench, &input, &module);
    module.uses = None;
    let unknown = powers_of(&bench, &input, &module);
    assert_eq!(
        crate::audit::drift::drift(&approved, &unknown),
        [
            "argument env.exec command: anything",
            "argument env.exec mode: anything"
        ]
    );
    let silent = Powers {
        arguments: None,
        ..approved.clone()
    };
    assert_eq!(
        crate::audit::drift::drift(&silent, &approved),
        [
            "argument env.exec command: \"ls\"",
            "argument env.exec mode: 1"
        ]
    );
}

#[test]
fn a_guard_that_looks_elsewhere_is_drift() {
    let mut bench = exec();
    let module = calling("local.get 0 local.get 0 local.get 0", "ls");
    let approved = powers(&bench, &module);
    let moved = |from: &str, to: &str, bench: &mut Bench| {
        let policy = bench.policy.replace(from, to);
        assert_ne!(policy, bench.policy);
        let before = std::mem::replace(&mut bench.policy, policy);
        let said = crate::audit::drift::drift(&approved, &powers(bench, &module));
        bench.policy = before;
        said
    };
    assert_eq!(
        moved("ptr: 0, len: 1", "ptr: 1, len: 2", &mut bench),
        ["guard env.exec command at: 1 2 (approved: 0 1)"]
    );
    assert_eq!(
        moved("index: 2", "index: 1", &mut bench),
        ["guard env.exec mode at: 1 (approved: 2)"]
    );
}
