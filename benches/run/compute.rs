//! Guest code that only computes: raw, with a deadline alone (epochs), and with fuel.

use ringfence::runner::{Ending, Entry, Invocation, Options, Runner};

use super::approved::approve;
use super::kernels::KERNELS;
use super::raw::{Pace, Raw};
use super::{median, rounds, runtime};

/// Loops of the shapes that fuel and epochs cost most in: a tight one, one over memory, and calls. Why the second stays above
/// the bounds is told in docs/decisions.md: the check's call leaves no register for its sum.
const LOOPS: &[(&str, &str)] = &[
    (
        "arithmetic",
        r#"(func (export "run") (result i64) (local $i i64) (local $x i64)
            (loop $again
                (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (local.get $i)))
                (local.set $i (i64.add (local.get $i) (i64.const 1)))
                (br_if $again (i64.lt_u (local.get $i) (i64.const 40000000))))
            (local.get $x))"#,
    ),
    (
        "memory",
        r#"(memory 16 16) (func (export "run") (result i64) (local $i i32) (local $x i64) (local $n i32)
            (loop $pass
                (local.set $i (i32.const 0))
                (loop $again
                    (local.set $x (i64.add (local.get $x) (i64.load (local.get $i))))
                    (i64.store (local.get $i) (i64.xor (local.get $x) (i64.extend_i32_u (local.get $i))))
                    (local.set $i (i32.add (local.get $i) (i32.const 8)))
                    (br_if $again (i32.lt_u (local.get $i) (i32.const 1048576))))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if $pass (i32.lt_u (local.get $n) (i32.const 200))))
            (local.get $x))"#,
    ),
    (
        "calls",
        r#"(func $fib (param $n i64) (result i64)
            (if (result i64) (i64.lt_u (local.get $n) (i64.const 2)) (then (local.get $n))
                (else (i64.add (call $fib (i64.sub (local.get $n) (i64.const 1))) (call $fib (i64.sub (local.get $n) (i64.const 2)))))))
        (func (export "run") (result i64) (call $fib (i64.const 31)))"#,
    ),
];

fn policy(limits: &str) -> String {
    format!(
        "version: 1\nname: loop\nmodule: {{kind: core, exports: {{allow: [run]}}}}\nlimits: {{{limits}, memory: 64MiB, table_elements: 10000, stack: 1MiB, host_calls: 10000}}\n"
    )
}

/// Prints a line a loop.
pub fn run() {
    println!("wanted: deadline alone at most 1.05, with fuel at most 1.3");
    for (name, body) in LOOPS.iter().chain(KERNELS) {
        let bytes = wat::parse_str(format!("(module {body})")).expect("the text is valid");
        let runner = |limits| {
            let approval = approve(bytes.clone(), &policy(limits));
            Runner::new(approval, Options::default()).unwrap_or_else(|error| panic!("{error}"))
        };
        let raw = Raw::new(&bytes, Pace::Free, false);
        let raw_epochs = Raw::new(&bytes, Pace::Epochs, false);
        let raw_fuel = Raw::new(&bytes, Pace::Fuel, false);
        let deadline = runner("deadline: 60s");
        let fuel = runner("deadline: 60s, fuel: 1000000000000");
        let tokio = runtime();
        let entry = Entry::Export {
            name: "run".to_owned(),
            arguments: Vec::new(),
        };
        let ours = |runner: &Runner| {
            let outcome = tokio.block_on(runner.run(Invocation::default(), &entry));
            assert!(matches!(outcome.ending, Ending::Returned(_)), "{outcome:?}");
            outcome.usage.execute
        };
        let by_hand = |raw: &Raw| {
            let begun = std::time::Instant::now();
            tokio.block_on(raw.export("run"));
            begun.elapsed()
        };
        let mut against = [const { Vec::new() }; 4];
        for _ in 0..rounds() {
            let base = by_hand(&raw);
            let times = [
                ours(&deadline),
                ours(&fuel),
                by_hand(&raw_epochs),
                by_hand(&raw_fuel),
            ];
            for (list, time) in against.iter_mut().zip(times) {
                list.push(time.as_secs_f64() / base.as_secs_f64());
            }
        }
        let [deadline, fuel, epochs_by_hand, fuel_by_hand] = against.map(median);
        println!(
            "{name:<12} deadline alone {deadline:.3} times raw (epochs by hand {epochs_by_hand:.3}), with fuel {fuel:.3} (by hand {fuel_by_hand:.3})"
        );
    }
}
