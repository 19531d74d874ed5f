//! What counting costs in each host: the same module with fuel and without, in turns. The least time of all turns tells what
//! the code takes; the others tell what else the machine does.

use ringfence::rewrite::Options;
use ringfence::wasm::encode_text;

use super::Case;
use super::alike::PLENTY;
use super::foreign::{Host, hosts};
use super::job::Job;
use crate::suite::harden::harden_bytes;

#[path = "../../../../benches/run/kernels.rs"]
mod kernels;

/// Loops that compute; each is called again and again in one instance.
const LOOPS: &[(&str, &str)] = &[
    (
        "arithmetic",
        r#"(func (export "run") (result i64) (local $i i64) (local $x i64)
            (loop $again
                (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (local.get $i)))
                (local.set $i (i64.add (local.get $i) (i64.const 1)))
                (br_if $again (i64.lt_u (local.get $i) (i64.const 20000000))))
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
                (br_if $pass (i32.lt_u (local.get $n) (i32.const 100))))
            (local.get $x))"#,
    ),
    (
        "calls",
        r#"(func $fib (param $n i64) (result i64)
            (if (result i64) (i64.lt_u (local.get $n) (i64.const 2)) (then (local.get $n))
                (else (i64.add (call $fib (i64.sub (local.get $n) (i64.const 1))) (call $fib (i64.sub (local.get $n) (i64.const 2)))))))
        (func (export "run") (result i64) (call $fib (i64.const 30)))"#,
    ),
];

/// Calls in one process; the first ones are left out, since Node compiles anew what is called often.
const CALLS: usize = 12;
const LEFT_OUT: usize = 6;

/// One trial, where `RINGFENCE_HOSTS_SPEED` says how many turns.
pub fn cases() -> Vec<Case> {
    let turns = std::env::var("RINGFENCE_HOSTS_SPEED").ok();
    let turns = turns.and_then(|text| text.parse::<usize>().ok());
    let case =
        |turns: usize| -> Case { ("speed".to_owned(), Box::new(move || measure(turns.max(1)))) };
    turns.map(case).into_iter().collect()
}

fn measure(turns: usize) -> Result<(), String> {
    let load = || std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    eprintln!(
        "{turns} turns, calls {LEFT_OUT} to {CALLS} of each; load {}",
        load().trim()
    );
    for (name, body) in LOOPS.iter().chain(kernels::KERNELS) {
        let bytes = encode_text(&format!("(module {body})"))?;
        let options = Options {
            budget: Some(PLENTY.unsigned_abs()),
            ..Options::default()
        };
        let policy = "version: 1\nname: speed\nlimits: {memory: 4MiB}\n";
        let counted = harden_bytes(&bytes, policy, options)?.0;
        for host in hosts() {
            let (mut plain, mut metered) = (f64::INFINITY, f64::INFINITY);
            for _ in 0..turns {
                plain = plain.min(time(host, &bytes)?);
                metered = metered.min(time(host, &counted)?);
            }
            eprintln!(
                "{name:<11} {host:<9?} {plain:7.1} ms uncounted, {metered:7.1} ms counted: {:.2} times",
                metered / plain
            );
        }
    }
    eprintln!("load {}", load().trim());
    Ok(())
}

/// The least of the later calls, in milliseconds.
fn time(host: Host, bytes: &[u8]) -> Result<f64, String> {
    let mut job = Job::new(bytes, "run");
    job.fuel = Some(PLENTY);
    job.repeat = CALLS;
    let outcome = host.run(&job)?;
    if outcome.ended != "returned" || outcome.micros.len() != CALLS {
        return Err(format!("{host:?}: {} {}", outcome.seen(), outcome.message));
    }
    let later = outcome.micros.iter().skip(LEFT_OUT).min().copied();
    Ok(later.unwrap_or_default() as f64 / 1000.0)
}
