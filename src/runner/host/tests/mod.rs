//! Host functions through real instances: a small guest passes on whatever numbers a test gives it.

mod embedder;
mod files;
mod log;
mod numbers;
mod ranges;
mod reported;
mod stores;
mod texts;

use std::sync::{Arc, Mutex};

use crate::runner::sample::{LIMITS, approve, tokio};
use crate::runner::{
    Denial, Ending, Entry, Instance, Invocation, Options, Registry, Runner, Stop, Value,
};

use super::{Answer, GuardedCall};

/// Where a test's bytes lie in the guest's memory.
const AT: i32 = 1024;
/// Where a test lets answers be written.
const OUT: i32 = 8192;
/// The size of the guest's memory.
const SIZE: i32 = 65536;

/// A guest that imports `env.f` with `parameters` words and a word as its result, and passes on what `run` is called with.
/// `bytes` lie at [`AT`]; `peek` reads a byte.
fn guest(parameters: usize, bytes: &[u8]) -> String {
    let data: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
    let words = "i32 ".repeat(parameters);
    let gets: String = (0..parameters)
        .map(|index| format!("(local.get {index})"))
        .collect();
    format!(
        "(module (import \"env\" \"f\" (func $f (param {words}) (result i32)))
        (memory (export \"memory\") 1 1) (data (i32.const {AT}) \"{data}\")
        (func (export \"peek\") (param i32) (result i32) (i32.load8_u (local.get 0)))
        (func (export \"run\") (param {words}) (result i32) (call $f {gets})))"
    )
}

/// A policy whose `env.f` has these arguments and what else an entry may have.
fn policy(arguments: &str, more: &str) -> String {
    format!(
        "module: {{kind: core, memory: {{allow_memory64: true}}}}\nimports: {{host: [{{module: env, name: f, args: [{arguments}]{more}}}]}}\n{LIMITS}"
    )
}

/// What a function of the embedder was given, call by call.
type Seen = Arc<Mutex<Vec<GuardedCall>>>;

/// A runner whose `env.f` notes what it is given and answers 7.
fn observed(module: &str, policy: &str, report_only: bool) -> (Runner, Seen) {
    let seen = Seen::default();
    let noted = Arc::clone(&seen);
    let mut functions = Registry::default();
    functions.host_fn("env", "f", move |call| {
        noted.lock().unwrap().push(call);
        Ok(Answer::number(7))
    });
    let options = Options {
        report_only,
        functions,
        ..Options::default()
    };
    (Runner::new(approve(module, policy), options).unwrap(), seen)
}

fn words(numbers: &[i32]) -> Entry {
    export("run", numbers)
}

fn export(name: &str, numbers: &[i32]) -> Entry {
    Entry::Export {
        name: name.to_owned(),
        arguments: numbers.iter().map(|number| Value::I32(*number)).collect(),
    }
}

fn run(runner: &Runner, numbers: &[i32]) -> Ending {
    let entry = words(numbers);
    tokio()
        .block_on(runner.run(Invocation::default(), &entry))
        .ending
}

/// A length as guests pass it.
fn length(bytes: &[u8]) -> i32 {
    i32::try_from(bytes.len()).unwrap()
}

/// Several calls of one instance and the words that they return.
async fn word(instance: &mut Instance<'_>, name: &str, numbers: &[i32]) -> i32 {
    match instance.call(&export(name, numbers)).await {
        Ending::Returned(values) => match values.as_slice() {
            [Value::I32(word)] => *word,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// What stands in the guest's memory.
async fn peek(instance: &mut Instance<'_>, at: i32, length: i32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for offset in 0..length {
        let byte = word(instance, "peek", &[at + offset]).await;
        bytes.push(u8::try_from(byte).unwrap());
    }
    bytes
}

fn returned(ending: &Ending, number: i32) -> bool {
    matches!(ending, Ending::Returned(values) if *values == [Value::I32(number)])
}

fn denial(ending: Ending) -> Denial {
    match ending {
        Ending::Stopped(Stop::Denied(denial)) => *denial,
        other => panic!("{other:?}"),
    }
}

/// What a text argument with these keys makes of some bytes: what the provider got, or why it got nothing.
fn judged(role: &str, keys: &str, bytes: &[u8]) -> Result<String, String> {
    let argument = format!("{{name: a, role: {role}, ptr: 0, len: 1{keys}}}");
    let (runner, seen) = observed(&guest(2, bytes), &policy(&argument, ""), false);
    let ending = run(&runner, &[AT, length(bytes)]);
    let seen = seen.lock().unwrap();
    match seen.as_slice() {
        [] => Err(denial(ending).reason),
        [call] => {
            assert!(returned(&ending, 7), "{ending:?}");
            Ok(call.text("a").unwrap().to_owned())
        }
        _ => panic!("called twice"),
    }
}
