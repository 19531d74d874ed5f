//! What a policy comes to for one invocation, in numbers: each limit with its built-in ceiling where the policy states none.

use std::time::Duration;

use crate::policy::{Clock, Policy, Random, Stream};
use crate::source::Spanned;

use super::powers::Powers;

/// What applies where a policy states no limit: every limit is always on.
pub mod ceiling {
    use std::time::Duration;

    /// `limits.deadline`, also beside `fuel`: a guest that sleeps burns none.
    pub const DEADLINE: Duration = Duration::from_mins(10);
    /// `limits.memory`, bytes.
    pub const MEMORY: u64 = 256 << 20;
    /// `limits.table_elements`.
    pub const TABLE_ELEMENTS: u64 = 100_000;
    /// `limits.stack`, bytes.
    pub const STACK: u64 = 512 << 10;
    /// The most that `limits.stack` can be, bytes.
    pub const STACK_MOST: u64 = 64 << 20;
    /// `limits.host_calls`.
    pub const HOST_CALLS: u64 = 1_000_000;
    /// `limits.open_files`, beyond the three standard streams and the preopens.
    pub const OPEN_FILES: u64 = 64;
    /// `limits.written_bytes`.
    pub const WRITTEN_BYTES: u64 = 64 << 20;
    /// `grants.preopens[].scratch.entries`.
    pub const SCRATCH_ENTRIES: u64 = 1000;
    /// `grants.stdin.max` and the like, bytes, of a stream that is granted.
    pub const STREAM: u64 = 1 << 20;
    /// `grants.args.max`.
    pub const ARGUMENTS: u64 = 64;
    /// Bytes of all arguments together.
    pub const ARGUMENT_BYTES: u64 = 64 << 10;
}

/// The numbers of one policy.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Fuel, if the policy bounds by it.
    pub fuel: Option<u64>,
    /// Wall-clock time over everything.
    pub deadline: Duration,
    /// Bytes of all linear memories together.
    pub memory: u64,
    /// Elements of all tables together.
    pub table_elements: u64,
    /// Bytes of the guest's stack.
    pub stack: u64,
    /// Calls from the guest to the host.
    pub host_calls: u64,
    /// Descriptors that the guest opens, at once.
    pub open_files: u64,
    /// Bytes written to files, cumulative.
    pub written_bytes: u64,
    /// Standard input.
    pub stdin: StreamTerms,
    /// Standard output.
    pub stdout: StreamTerms,
    /// Standard error.
    pub stderr: StreamTerms,
    /// The wall clock.
    pub wall: WallClock,
    /// The monotonic clock.
    pub monotonic: MonotonicClock,
    /// Random bytes.
    pub random: RandomSource,
    /// Whether files may be read.
    pub reads: bool,
    /// Whether files may be written, where a grant is writable.
    pub writes: bool,
    /// `determinism: required`.
    pub deterministic: bool,
}

/// How much may pass through a standard stream; a stream that is not granted passes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StreamTerms {
    /// Bytes.
    pub max: u64,
    /// Whether more stops the guest; otherwise the rest is dropped (input: ends) and reported.
    pub trap: bool,
}

/// `grants.clock.wall`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WallClock {
    /// Never.
    Deny,
    /// Always this time, nanoseconds since 1970.
    Fixed(u64),
    /// The host's.
    Real,
}

/// `grants.clock.monotonic`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonotonicClock {
    /// Never.
    Deny,
    /// From zero, so many nanoseconds further at each reading.
    Step(u64),
    /// The host's, from the start of the invocation.
    Real,
}

/// `grants.random`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RandomSource {
    /// Never.
    Deny,
    /// A stream that this seed determines.
    Seeded(u64),
    /// The system's.
    Os,
}

impl Terms {
    /// Those of a resolved policy; what its imports do not allow counts as not granted, unless denials are only reported.
    pub fn of(policy: &Policy, report_only: bool) -> Self {
        let (limits, grants) = (&policy.limits, &policy.grants);
        let powers = Powers::of(policy, report_only);
        let stream = |name: &str, grant: &Option<Stream>| {
            StreamTerms::of(grant.as_ref().filter(|_| powers.have(name)))
        };
        let or = |stated: &Option<Spanned<u64>>, ceiling| {
            stated.as_ref().map_or(ceiling, |stated| stated.value)
        };
        Self {
            fuel: limits.fuel.as_ref().map(|fuel| fuel.value),
            deadline: limits
                .deadline
                .as_ref()
                .map_or(ceiling::DEADLINE, |stated| {
                    Duration::from_nanos(stated.value)
                }),
            memory: or(&limits.memory, ceiling::MEMORY),
            table_elements: or(&limits.table_elements, ceiling::TABLE_ELEMENTS),
            stack: or(&limits.stack, ceiling::STACK).min(ceiling::STACK_MOST),
            host_calls: or(&limits.host_calls, ceiling::HOST_CALLS),
            open_files: or(&limits.open_files, ceiling::OPEN_FILES),
            written_bytes: or(&limits.written_bytes, ceiling::WRITTEN_BYTES),
            stdin: stream("stdin", &grants.stdin),
            stdout: stream("stdout", &grants.stdout),
            stderr: stream("stderr", &grants.stderr),
            wall: if powers.have("clock.wall") {
                wall(policy)
            } else {
                WallClock::Deny
            },
            monotonic: match grants
                .clock_monotonic
                .as_ref()
                .filter(|_| powers.have("clock.monotonic"))
                .map(|clock| clock.value)
            {
                Some(Clock::Real) => MonotonicClock::Real,
                Some(Clock::Step) => MonotonicClock::Step(or(&grants.clock_step, 1_000_000)),
                Some(Clock::Deny | Clock::Fixed) | None => MonotonicClock::Deny,
            },
            random: match grants
                .random
                .as_ref()
                .filter(|_| powers.have("random"))
                .map(|random| random.value)
            {
                Some(Random::Os) => RandomSource::Os,
                Some(Random::Seeded) => RandomSource::Seeded(or(&grants.random_seed, 0)),
                Some(Random::Deny) | None => RandomSource::Deny,
            },
            reads: powers.have("fs.read"),
            writes: powers.have("fs.write"),
            deterministic: policy.determinism.is_some(),
        }
    }
}

impl StreamTerms {
    fn of(stream: Option<&Stream>) -> Self {
        stream.map_or_else(Self::default, |stream| Self {
            max: stream.max.as_ref().map_or(ceiling::STREAM, |max| max.value),
            trap: stream.trap.as_ref().is_some_and(|trap| trap.value),
        })
    }
}

fn wall(policy: &Policy) -> WallClock {
    let grants = &policy.grants;
    match grants.clock_wall.as_ref().map(|clock| clock.value) {
        Some(Clock::Real) => WallClock::Real,
        Some(Clock::Fixed) => {
            let at = grants.clock_at.as_ref();
            let at = at.and_then(|at| at.value.parse::<jiff::Timestamp>().ok());
            let nanos = at.and_then(|at| u64::try_from(at.as_nanosecond()).ok());
            WallClock::Fixed(nanos.unwrap_or(0))
        }
        Some(Clock::Deny | Clock::Step) | None => WallClock::Deny,
    }
}
