//! Bytes as a guest, under tight limits and with nothing of the host's but a scratch: it ends, within what it was granted.

use std::sync::{Arc, LazyLock, Mutex};

use ringfence::audit::{Approval, LoadedPolicy};
use ringfence::policy::{self, Vocabulary};
use ringfence::rule::RuleSet;
use ringfence::runner::{Ending, Entry, Input, Invocation, Options, Outcome, Output, Runner, Stop};
use ringfence::source::Sources;
use ringfence::wasm::{self, Extern};

use super::held::surroundings;

const FUEL: u64 = 20_000;
const STREAM: usize = 256;

/// All that a guest can ask for is allowed, so that it is the runner alone that holds it.
const POLICY: &str = "version: 1
name: fuzz
module:
  kind: wasip1
  start_section: allow
  memory: {allow_shared: true, allow_memory64: true}
  proposals:
    allow: [bulk-memory, custom-page-sizes, exceptions, extended-const, function-references, gc, memory64, multi-memory,
      multi-value, mutable-global, reference-types, relaxed-simd, saturating-float-to-int, sign-extension, simd, tail-call,
      threads, wide-arithmetic]
imports:
  wasi:
    allow: [stdin, stdout, stderr, env, args, random, sched, process.exit, clock.wall, clock.monotonic, fs.read, fs.write,
      fs.metadata]
  host:
    - {module: env, name: log, signature: \"(i32) -> ()\", provider: {stub: {return: 0}}}
    - {module: env, name: tick, signature: \"() -> ()\", provider: {stub: {return: 0}}}
grants:
  preopens: [{guest: /scratch, scratch: {bytes: 4KiB, entries: 8}}]
  stdin: {max: 16B}
  stdout: {max: 256B, on_limit: truncate}
  stderr: {max: 256B, on_limit: truncate}
  clock: {wall: fixed, at: 2026-01-01T00:00:00Z, monotonic: step, step: 1ms}
  random: {source: seeded, seed: 1}
limits: {fuel: 20000, deadline: 2s, memory: 1MiB, table_elements: 1000, stack: 64KiB, host_calls: 50, open_files: 4,
  written_bytes: 4KiB}
determinism: required
";

static TOKIO: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
});

/// `_start`, or each export without parameters, twice: the second time comes to the same end.
pub fn body(data: &[u8]) {
    let Some(runner) = runner(data) else {
        return;
    };
    let module = runner.approval().module();
    let callable = module.exports.iter().filter(|export| {
        let signature = match &export.ty {
            Extern::Function(signature) => Some(signature),
            _ => None,
        };
        signature.is_some_and(|signature| signature.params.is_empty())
    });
    let names: Vec<String> = callable.map(|export| export.name.clone()).take(4).collect();
    for name in names {
        let entry = match name.as_str() {
            "_start" => Entry::Command,
            _ => Entry::Export {
                name,
                arguments: Vec::new(),
            },
        };
        let (one, other) = (run(&runner, &entry), run(&runner, &entry));
        assert_eq!(one, other, "two runs of one guest differ");
    }
}

fn runner(data: &[u8]) -> Option<Runner> {
    let mut sources = Sources::default();
    let read = policy::parse("policy.yaml", POLICY, &Vocabulary::standard(), &mut sources);
    let policy = read.unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let policy = LoadedPolicy::new("policy.yaml", policy, true);
    let input = wasm::Input::binary(data.to_vec());
    let module = wasm::decode_input(&input);
    if module.malformed.is_some() {
        return None;
    }
    let rules = RuleSet::empty();
    let approval = Approval::audit(input, module, policy, sources, &rules, surroundings()).ok()?;
    Runner::new(approval, Options::default()).ok()
}

/// How it ended and what it spent, as a text; deadlines may differ and are left out.
fn run(runner: &Runner, entry: &Entry) -> String {
    let kept: [Arc<Mutex<Vec<u8>>>; 2] = Default::default();
    let invocation = Invocation {
        stdin: Input::Bytes(b"0123456789abcdef and more".to_vec()),
        stdout: Output::Keep(Arc::clone(&kept[0])),
        stderr: Output::Keep(Arc::clone(&kept[1])),
        ..Invocation::default()
    };
    let outcome: Outcome = TOKIO.block_on(runner.run(invocation, entry));
    for stream in &kept {
        let length = stream.lock().map_or(0, |bytes| bytes.len());
        assert!(length <= STREAM, "{length} bytes of a stream");
    }
    assert!(
        outcome.usage.fuel.is_none_or(|fuel| fuel <= FUEL),
        "{outcome:?}"
    );
    if let Ending::Stopped(Stop::Failed(reason)) = &outcome.ending {
        panic!("the machine failed: {reason}");
    }
    if outcome.ending.code() == 124 {
        return "deadline".to_owned();
    }
    format!("{:?} {:?} {kept:?}", outcome.ending, outcome.usage.fuel)
}
