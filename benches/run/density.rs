//! Resident memory of 10,000 idle instances of a one-page module.

use ringfence::runner::{Allocation, Invocation, Options, Runner};

use super::approved::approve;
use super::runtime;

const INSTANCES: u32 = 10_000;

const PAGE: &str =
    r#"(module (memory (export "memory") 1 1) (data (i32.const 0) "idle") (func (export "run")))"#;

const POLICY: &str = "version: 1
name: idle
module: {kind: core, exports: {allow: [memory, run]}}
limits: {fuel: 1000000, deadline: 5s, memory: 64KiB, table_elements: 10, stack: 64KiB, host_calls: 10}
";

/// Prints what they hold together.
pub fn run() {
    let bytes = wat::parse_str(PAGE).expect("the text is valid");
    let options = Options {
        allocation: Allocation::Pooled {
            instances: INSTANCES,
        },
        ..Options::default()
    };
    let runner = Runner::new(approve(bytes, POLICY), options);
    let runner = runner.unwrap_or_else(|error| panic!("{error}"));
    let tokio = runtime();
    let before = resident();
    let idle: Vec<_> = (0..INSTANCES)
        .map(|_| {
            let started = tokio.block_on(runner.start(Invocation::default()));
            started.unwrap_or_else(|outcome| panic!("{outcome:?}"))
        })
        .collect();
    let after = resident();
    println!(
        "{} idle instances: {:.1} MiB resident ({:.1} KiB each), {:.1} MiB before",
        idle.len(),
        (after - before) / 1024.0 / 1024.0,
        (after - before) / 1024.0 / f64::from(INSTANCES),
        before / 1024.0 / 1024.0
    );
}

/// Resident bytes of this process.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse().ok());
    pages.map_or(f64::NAN, |pages: f64| pages * 4096.0)
}
