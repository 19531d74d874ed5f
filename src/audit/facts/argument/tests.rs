//! Constants held against guards and grants, on uses that are made by hand.

use super::collect;
use crate::audit::context::{Audit, Ground, Surroundings};
use crate::audit::fact::Element;
use crate::policy::{Date, Vocabulary, parse};
use crate::rule::Value;
use crate::source::Sources;
use crate::wasm::{
    Argument, Call, CallSite, ImportUse, Module, Path, Reach, Root, Step, Tier, Uses, Why, decode,
    encode_text,
};

const MODULE: &str = r#"(module
  (import "env" "read_file" (func $read (param i32 i32) (result i32)))
  (import "env" "perform" (func $perform (param i32)))
  (import "env" "wide" (func $wide (param i64)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "/etc/passwd/data/in.txt../keyAKIAZ7KQ3M5XW2RTB6PN/etc/zero\00\00")
  (data (i32.const 8192) "LONG")
  (func $load (param i32 i32) (drop (call $read (local.get 0) (local.get 1))))
  (func (export "run") (call $load (i32.const 64) (i32.const 11))))"#;

const POLICY: &str = r#"version: 1
imports:
  wasi: {allow: [fs.read]}
  host:
    - module: env
      name: read_file
      args: [{name: path, role: path, ptr: 0, len: 1, allow: ["/data/**"]}]
    - module: env
      name: perform
      args: [{name: operation, role: opcode, index: 0, values: [1, 4294967295]}]
    - module: env
      name: wide
      args: [{name: operation, role: opcode, index: 0, values: [1]}]
grants:
  preopens: [{guest: /data, host: ./data}]
"#;

const LOAD: u32 = 4;
const RUN: u32 = 5;

fn known(value: i64) -> Argument {
    Argument::Constant {
        value,
        tier: Tier::Proved,
    }
}

fn call(arguments: &[i64]) -> Call {
    let site = |caller, offset| CallSite { caller, offset };
    Call {
        sites: vec![site(RUN, 200), site(LOAD, 100)],
        arguments: arguments.iter().copied().map(known).collect(),
    }
}

/// A module whose imports are called like this, by index.
fn module(bytes: &[u8], calls: &[(u32, Vec<Call>)]) -> Module {
    let mut module = decode(bytes);
    let step = |function| Step {
        function,
        offset: None,
        may: None,
    };
    let usage = |function: u32| ImportUse {
        reach: Reach::Likely,
        paths: vec![Path {
            root: Root::Export(1),
            steps: vec![step(RUN), step(LOAD), step(function)],
        }],
        calls: calls
            .iter()
            .filter(|(import, _)| *import == function)
            .flat_map(|(_, calls)| calls.clone())
            .collect(),
        others: None,
        ..ImportUse::unknown(function)
    };
    module.uses = Some(Uses {
        imports: (0..4).map(usage).collect(),
        ..Uses::default()
    });
    module
}

fn facts(policy: &str, change: impl Fn(&mut Module), calls: &[(u32, Vec<Call>)]) -> Vec<Element> {
    let bytes = encode_text(&MODULE.replace("LONG", &"l".repeat(4096))).unwrap();
    let mut module = module(&bytes, calls);
    change(&mut module);
    let mut sources = Sources::default();
    let policy = parse("policy.yaml", policy, &Vocabulary::standard(), &mut sources).unwrap();
    let surroundings = Surroundings {
        working: None,
        home: None,
        today: Date {
            year: 2026,
            month: 6,
            day: 1,
        },
    };
    let ground = Ground {
        policy: &policy,
        judged: true,
        rules: None,
        sources: &sources,
        surroundings: &surroundings,
    };
    collect(&Audit::new(ground, &module, &bytes, None))
}

fn of(calls: &[(u32, Vec<Call>)]) -> Vec<Element> {
    facts(POLICY, |_| (), calls)
}

fn field(element: &Element, name: &str) -> Value {
    element.record.get(name).clone()
}

fn text(element: &Element, name: &str) -> String {
    field(element, name).to_string()
}

#[test]
fn a_text_is_held_against_its_guard_as_the_runner_does() {
    let found = of(&[(0, vec![call(&[64, 11]), call(&[75, 12]), call(&[64, 11])])]);
    assert_eq!(found.len(), 2, "each value once");
    let denied = &found[1];
    assert_eq!(
        denied.subject,
        "import env.read_file argument path /etc/passwd"
    );
    assert_eq!(field(denied, "admitted"), Value::Bool(false));
    assert_eq!(text(denied, "reason"), "no pattern of `allow` matches it");
    assert_eq!(text(denied, "tier"), "recovered", "texts are in memory");
    assert_eq!(field(denied, "ways"), Value::Int(2));
    assert_eq!(text(denied, "path"), "run → load → env.read_file");
    assert_eq!(text(denied, "function"), "run");
    let place = denied.place.module.as_ref().unwrap();
    assert_eq!((place.offset, place.function), (Some(200), Some(RUN)));
    assert_eq!(denied.place.labels.len(), 1, "the pattern that refused");
    assert_eq!(field(&found[0], "admitted"), Value::Bool(true));
    assert_eq!(text(&found[0], "reason"), "");
}

#[test]
fn numbers_are_read_as_the_runner_reads_them() {
    let found = of(&[
        (1, vec![call(&[1]), call(&[9]), call(&[-1])]),
        (2, vec![call(&[-1])]),
    ]);
    let told: Vec<(String, Value)> = found
        .iter()
        .map(|one| (text(one, "value"), field(one, "admitted")))
        .collect();
    let expected = [
        ("1", true),
        ("9", false),
        ("4294967295", true),
        ("-1", false),
    ];
    let expected = expected.map(|(value, admitted)| (value.to_owned(), Value::Bool(admitted)));
    assert_eq!(told, expected);
    assert_eq!(text(&found[1], "tier"), "proved");
    assert_eq!(
        text(&found[1], "instead"),
        "or add 9 to `values`, if it may ask for this"
    );
}

#[test]
fn a_path_is_outside_only_where_nothing_can_cover_it() {
    let open = |pointer, length, flags| call(&[3, 0, pointer, length, flags, 2, 0, 0, 8]);
    let outside = |calls: Vec<Call>| -> Vec<String> {
        let found = of(&[(3, calls)]);
        let found = found
            .iter()
            .filter(|one| field(one, "covered") == Value::Bool(false));
        found.map(|one| text(one, "value")).collect()
    };
    assert_eq!(outside(vec![open(64, 11, 0)]), ["/etc/passwd"]);
    assert_eq!(outside(vec![open(87, 6, 0)]), ["../key"]);
    assert_eq!(outside(vec![open(75, 12, 0), open(81, 6, 0)]), [""; 0]);
    assert_eq!(outside(vec![open(81, 6, 0), open(81, 6, 1)]), ["in.txt"]);
}

#[test]
fn credentials_are_redacted() {
    let found = of(&[(0, vec![call(&[93, 20])])]);
    let [one] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert!(!format!("{one:?}").contains("Z7KQ3M"), "{one:?}");
}

#[test]
fn what_is_not_reached_or_not_known_says_nothing() {
    let calls = [(0, vec![call(&[64, 11])])];
    let unreachable = |module: &mut Module| {
        for usage in &mut module.uses.as_mut().unwrap().imports {
            usage.reach = Reach::Unreachable;
        }
    };
    assert!(facts(POLICY, unreachable, &calls).is_empty());
    assert!(facts(POLICY, |module| module.uses = None, &calls).is_empty());
    let unknown = Call {
        arguments: vec![Argument::Unknown(Why::Computed), known(11)],
        ..call(&[])
    };
    assert!(of(&[(0, vec![unknown, call(&[]), call(&[4096, 3])])]).is_empty());
}

#[test]
fn a_zero_that_ends_a_text_hides_it_from_no_guard() {
    let found = of(&[(0, vec![call(&[113, 10])])]);
    let [denied] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(field(denied, "admitted"), Value::Bool(false));
    assert_eq!(text(denied, "reason"), "it has a NUL in it");
    let room = [call(&[113, 11]), call(&[122, 1])];
    assert!(of(&[(0, room.to_vec())]).is_empty());
}

/// As many as two functions with ten texts each can be given.
#[test]
fn long_texts_hide_no_short_one() {
    let mut calls = vec![call(&[8192, 4096]); 4100];
    calls.extend(vec![call(&[75, 12]); 100]);
    calls.push(call(&[64, 11]));
    let found = of(&[(0, calls)]);
    let passwd = |one: &&Element| text(one, "value") == "/etc/passwd";
    assert_eq!(found.iter().filter(passwd).count(), 1);
}

#[test]
fn a_length_over_the_most_is_refused_whatever_it_holds() {
    let found = of(&[(0, vec![call(&[64, 8192])])]);
    assert_eq!(text(&found[0], "value"), "8192 bytes");
    assert_eq!(field(&found[0], "admitted"), Value::Bool(false));
    assert_eq!(
        text(&found[0], "reason"),
        "8192 bytes, and 4096 is the most"
    );
}
