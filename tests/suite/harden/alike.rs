//! Made-up programs: the module in our runner and the hardened module in a plain engine come to the same.

use std::sync::{Arc, Mutex};

use ringfence::audit::{Approval, LoadedPolicy, Surroundings};
use ringfence::policy::{self, Vocabulary};
use ringfence::rewrite::Options;
use ringfence::rule::RuleSet;
use ringfence::runner::{
    self, Answer, Ending, Entry, GuardedCall, Invocation, Registry, Runner, Stop, Value,
};
use ringfence::source::Sources;
use ringfence::wasm::{Input, decode_input, encode_text};
use wasmtime::Val;

use super::plain::{Calls, End, Plain, answer};
use super::program::{POLICY, program};
use super::{Check, harden_bytes};
use crate::suite::guests::embedded::tokio;
use crate::suite::program::{ensure, private};

/// The tests.
pub const CHECKS: &[(&str, Check)] = &[("programs_do_the_same", programs)];

/// Programs where nobody says how many.
const PROGRAMS: u64 = 60;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// What was seen: how it ended, and the calls of the host.
type Seen = (End, Vec<String>);

fn programs() -> Result<(), String> {
    let from = number("RINGFENCE_HARDEN_FROM").unwrap_or_default();
    let count = number("RINGFENCE_HARDEN").unwrap_or(PROGRAMS);
    let (mut returned, mut trapped, mut calls) = (0, 0, 0);
    for seed in from..from + count {
        let text = program(seed);
        let told = |error: String| {
            let path = private("harden-alike").join(format!("{seed}.wat"));
            let _ = std::fs::write(&path, &text);
            format!("seed {seed} ({}): {error}", path.display())
        };
        for (before, after) in both(&text).map_err(told)? {
            ensure(before == after, || {
                told(format!("{before:?} became {after:?}"))
            })?;
            match before.0 {
                End::Returned(_) => returned += 1,
                End::Trapped => trapped += 1,
            }
            calls += before.1.len();
        }
    }
    eprintln!("{returned} returned, {trapped} trapped, {calls} calls");
    let enough = count < PROGRAMS || (returned > 120 && trapped > 20 && calls > 300);
    ensure(enough, || {
        format!("{returned} returned, {trapped} trapped, {calls} calls")
    })
}

/// Each export of a program, in both.
fn both(text: &str) -> Result<Vec<(Seen, Seen)>, String> {
    let bytes = encode_text(text)?;
    let log = Calls::default();
    let runner = runner(&bytes, &log)?;
    let (hardened, _) = harden_bytes(&bytes, POLICY, Options::default())?;
    let tokio = tokio();
    let mut seen = Vec::new();
    for function in 0..5 {
        let name = format!("f{function}");
        for (one, other) in [(0, 1), (7, -3)] {
            log.lock().expect("no panic").clear();
            let entry = Entry::Export {
                name: name.clone(),
                arguments: vec![Value::I32(one), Value::I32(other)],
            };
            let outcome = tokio.block_on(runner.run(Invocation::default(), &entry));
            let spent = match &outcome.ending {
                Ending::Stopped(stop) => Some(stop.clone()),
                _ => None,
            };
            let end = match outcome.ending {
                Ending::Returned(values) => End::Returned(values.iter().map(shown).collect()),
                Ending::Trapped(_) | Ending::Stopped(_) => End::Trapped,
                other => return Err(format!("{other:?}")),
            };
            // The two count in different units.
            if matches!(spent, Some(Stop::Spent(_))) {
                continue;
            }
            let before = (end, log.lock().expect("no panic").clone());
            let mut plain = Plain::new(&hardened)?;
            let end = plain.call(&name, &[Val::I32(one), Val::I32(other)]);
            if !plain.exhausted() {
                seen.push((before, (end, plain.calls())));
            }
        }
    }
    Ok(seen)
}

fn shown(value: &Value) -> String {
    match value {
        Value::I32(value) => value.to_string(),
        Value::I64(value) => value.to_string(),
        other => format!("{other:?}"),
    }
}

/// The program in our runner, with functions that write down their calls as those of the plain engine do.
fn runner(bytes: &[u8], log: &Calls) -> Result<Runner, String> {
    let mut sources = Sources::default();
    let read = policy::parse("policy.yaml", POLICY, &Vocabulary::standard(), &mut sources);
    let read = read.map_err(|mistakes| format!("{mistakes:?}"))?;
    let policy = LoadedPolicy::new("policy.yaml", read, true);
    let input = Input::binary(bytes.to_vec());
    let module = decode_input(&input);
    let (rules, around) = (RuleSet::empty(), Surroundings::of_process());
    let approval = Approval::audit(input, module, policy, sources, &rules, around)
        .map_err(|refusal| refusal.to_string())?;
    let mut functions = Registry::default();
    for name in ["note", "word", "text", "path"] {
        let log: Arc<Mutex<Vec<String>>> = Arc::clone(log);
        functions.host_fn("env", name, move |call: GuardedCall| {
            let shown = match name {
                "note" => format!("note {}", call.number("n").unwrap_or_default()),
                "word" => format!("word {}", call.number("n").unwrap_or_default()),
                _ => format!("{name} {}", call.text("t").unwrap_or_default()),
            };
            let number = answer(&shown);
            log.lock().expect("no panic").push(shown);
            Ok(Answer::number(number))
        });
    }
    let options = runner::Options {
        functions,
        ..runner::Options::default()
    };
    Runner::new(approval, options).map_err(|error| error.to_string())
}
