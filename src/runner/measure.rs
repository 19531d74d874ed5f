//! Cold start and density of a module under its policy, measured and not estimated.

#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use std::fmt;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::audit::Approval;

use super::engine::Allocation;
use super::invocation::Invocation;
use super::outcome::{Ending, Outcome};
use super::process::has_room;
use super::runner::{Options, Runner, RunnerError};

/// Instances that are held at once to see what an idle one costs.
const IDLE: u32 = 100;
/// The most starts that are timed.
const STARTS: usize = 2000;
/// The longest time that goes into timing starts.
const BUDGET: Duration = Duration::from_secs(3);
/// Starts before the first that counts.
const WARM_UP: usize = 5;
/// Bars are at most this wide.
const WIDTH: usize = 40;

/// What was measured.
#[derive(Debug, Clone)]
pub struct Measurement {
    /// Bytes of the module.
    pub size: u64,
    /// Time to compile it, without a cache.
    pub compile: Duration,
    /// Times from nothing to ready for a call (grants, instantiation, `_initialize`, ABI gate), sorted.
    pub starts: Vec<Duration>,
    /// Instances that one thread starts and takes down in a second.
    pub per_second: f64,
    /// Resident bytes of an idle instance, where the system tells.
    pub idle: Option<u64>,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// It has no runner.
    #[error(transparent)]
    Runner(#[from] RunnerError),
    /// An instance did not start; how it ended.
    #[error("an instance did not start: {0}")]
    Start(String),
    /// The machine failed.
    #[error("{0}")]
    System(String),
}

/// Measures a module.
///
/// # Errors
/// It may not start, or an instance of it did not.
pub fn measure(approval: Approval) -> Result<Measurement, MeasureError> {
    let failed = |error: std::io::Error| MeasureError::System(error.to_string());
    has_room().map_err(failed)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    let measured = runtime.block_on(starts(approval));
    runtime.shutdown_background();
    measured
}

async fn starts(approval: Approval) -> Result<Measurement, MeasureError> {
    let size = approval.bytes().len() as u64;
    let options = Options {
        allocation: Allocation::Pooled { instances: IDLE },
        ..Options::default()
    };
    let runner = Runner::new(approval, options)?;
    for _ in 0..WARM_UP {
        start(&runner).await?;
    }
    let begun = Instant::now();
    let mut starts = Vec::new();
    while starts.len() < STARTS && (starts.is_empty() || begun.elapsed() < BUDGET) {
        starts.push(start(&runner).await?);
    }
    let per_second = starts.len() as f64 / begun.elapsed().as_secs_f64();
    starts.sort_unstable();
    Ok(Measurement {
        size,
        compile: runner.compile_time(),
        starts,
        per_second,
        idle: idle(&runner).await?,
    })
}

fn failed(outcome: Outcome) -> MeasureError {
    MeasureError::Start(match outcome.ending {
        Ending::Refused(reason) => reason,
        Ending::Stopped(stop) => stop.to_string(),
        Ending::Trapped(trap) => trap.message,
        Ending::Returned(_) | Ending::Exit(_) => "it exited while it was started".to_owned(),
    })
}

/// One start, and the end of its instance outside of the time.
async fn start(runner: &Runner) -> Result<Duration, MeasureError> {
    let begun = Instant::now();
    let instance = runner.start(Invocation::default()).await.map_err(failed)?;
    let taken = begun.elapsed();
    drop(instance);
    Ok(taken)
}

/// Resident memory with many instances less that with none, each.
async fn idle(runner: &Runner) -> Result<Option<u64>, MeasureError> {
    let Some(before) = resident() else {
        return Ok(None);
    };
    let mut held = Vec::new();
    for _ in 0..IDLE {
        held.push(runner.start(Invocation::default()).await.map_err(failed)?);
    }
    let after = resident();
    Ok(after.map(|after| after.saturating_sub(before) / u64::from(IDLE)))
}

/// Resident bytes of this process (`proc(5)`, `statm`: the second number, in pages).
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = status.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

impl Measurement {
    /// The start that so many of a hundred do not exceed.
    pub fn percentile(&self, percent: usize) -> Duration {
        let last = self.starts.len().saturating_sub(1);
        let at = (self.starts.len() * percent / 100).min(last);
        self.starts.get(at).copied().unwrap_or_default()
    }

    /// As one JSON document; times in nanoseconds, sizes in bytes.
    pub fn json(&self) -> Json {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let bars: Vec<Json> = self
            .histogram()
            .into_iter()
            .map(|(upper, count)| json!({"up_to_ns": nanos(upper), "starts": count}))
            .collect();
        json!({
            "size": self.size,
            "compile_ns": nanos(self.compile),
            "cold_start": {
                "starts": self.starts.len(),
                "p50_ns": nanos(self.percentile(50)),
                "p99_ns": nanos(self.percentile(99)),
                "max_ns": self.starts.last().copied().map(nanos),
                "histogram": bars,
            },
            "instances_per_second": self.per_second,
            "idle_instance_bytes": self.idle,
        })
    }

    /// Upper bounds that double, each with the starts up to it and over the one before; no empty bars at the ends.
    fn histogram(&self) -> Vec<(Duration, usize)> {
        let mut bars: Vec<(Duration, usize)> = Vec::new();
        let mut upper = Duration::from_micros(1);
        let mut starts = self.starts.iter().peekable();
        while starts.peek().is_some() {
            let mut count = 0;
            while starts.next_if(|start| **start <= upper).is_some() {
                count += 1;
            }
            if count > 0 || !bars.is_empty() {
                bars.push((upper, count));
            }
            upper *= 2;
        }
        bars
    }
}

impl fmt::Display for Measurement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "size              {}", bytes(self.size))?;
        writeln!(out, "compile           {}", time(self.compile))?;
        writeln!(
            out,
            "cold start        p50 {}, p99 {}, of {} starts",
            time(self.percentile(50)),
            time(self.percentile(99)),
            self.starts.len()
        )?;
        writeln!(
            out,
            "instances         {:.0} a second on one thread",
            self.per_second
        )?;
        match self.idle {
            Some(idle) => writeln!(out, "idle instance     {} resident", bytes(idle))?,
            None => writeln!(out, "idle instance     not known on this system")?,
        }
        writeln!(out)?;
        let bars = self.histogram();
        let most = bars.iter().map(|bar| bar.1).max().unwrap_or(1).max(1);
        for (upper, count) in bars {
            let bar = "#".repeat((count * WIDTH).div_ceil(most));
            let line = format!("  up to {:>8}  {count:>6}  {bar}", time(upper));
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn time(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        _ if micros < 1e3 => format!("{micros:.1} us"),
        _ if micros < 1e6 => format!("{:.1} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

fn bytes(bytes: u64) -> String {
    let kib = bytes as f64 / 1024.0;
    match kib {
        _ if bytes < 1024 => format!("{bytes} B"),
        _ if kib < 1024.0 => format!("{kib:.1} KiB"),
        _ => format!("{:.1} MiB", kib / 1024.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(micros: &[u64]) -> Measurement {
        Measurement {
            size: 2048,
            compile: Duration::from_millis(3),
            starts: micros.iter().copied().map(Duration::from_micros).collect(),
            per_second: 10.0,
            idle: Some(4096),
        }
    }

    #[test]
    fn every_start_stands_in_one_bar() {
        let measured = of(&[3, 4, 5, 40]);
        let bars: Vec<(u128, usize)> = measured
            .histogram()
            .into_iter()
            .map(|(upper, count)| (upper.as_micros(), count))
            .collect();
        assert_eq!(bars, [(4, 2), (8, 1), (16, 0), (32, 0), (64, 1)]);
        assert_eq!(measured.percentile(50).as_micros(), 5);
        assert_eq!(measured.percentile(99).as_micros(), 40);
    }

    #[test]
    fn nothing_measured_is_no_panic() {
        let measured = of(&[]);
        assert_eq!(measured.percentile(99), Duration::ZERO);
        assert!(measured.to_string().contains("0 starts"));
        assert_eq!(measured.json()["cold_start"]["max_ns"], Json::Null);
    }
}
