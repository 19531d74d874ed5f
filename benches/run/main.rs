//! Timings of the runner as ratios, both sides in interleaved rounds of one run on the same cores.
//!
//! `cargo bench --bench run -- [library|compute|process|density]...`. `WASMTIME` and `WAZERO` name those programs for
//! `process` (default: on the path), `GO` builds the wazero peer. `RINGFENCE_BENCH_ROUNDS` is the number of rounds (9).

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::missing_panics_doc,
    clippy::similar_names,
    missing_docs,
    reason = "a bench prints figures that people read"
)]

mod approved;
mod compute;
mod density;
mod kernels;
mod library;
mod process;
mod raw;

use std::time::{Duration, Instant};

fn main() {
    let named: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let parts: [(&str, fn()); 4] = [
        ("library", library::run),
        ("compute", compute::run),
        ("process", process::run),
        ("density", density::run),
    ];
    for (name, part) in parts {
        if named.is_empty() || named.iter().any(|one| one == name) {
            println!("\n== {name}");
            part();
        }
    }
}

/// How many rounds each comparison takes.
pub fn rounds() -> usize {
    let stated = std::env::var("RINGFENCE_BENCH_ROUNDS").ok();
    stated.and_then(|stated| stated.parse().ok()).unwrap_or(9)
}

/// Calls per second over about a third of a second.
pub fn rate(mut once: impl FnMut()) -> f64 {
    let (begun, mut count) = (Instant::now(), 0_u32);
    while begun.elapsed() < Duration::from_millis(300) {
        once();
        count += 1;
    }
    f64::from(count) / begun.elapsed().as_secs_f64()
}

/// The middle of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A tokio runtime on this thread, as both sides use.
pub fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().build().expect("a runtime starts")
}
