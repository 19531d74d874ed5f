//! What is compared: before and after in one host, and between the hosts.

use ringfence::rewrite::Options;

use super::foreign::{Host, hosts};
use super::job::Job;
use super::outcome::Outcome;
use crate::suite::harden::harden_bytes;
use crate::suite::program::{ensure, root};

/// Where nothing else is said there is enough.
pub const PLENTY: i64 = 1 << 40;

/// What a job came to in each host.
pub type Everywhere = Vec<(Host, Outcome)>;

/// A sample module.
pub fn module(sample: &str) -> Result<Vec<u8>, String> {
    let path = root()
        .join("sample-modules")
        .join(sample)
        .join("plugin.wasm");
    std::fs::read(path).map_err(|error| format!("{sample}: {error}"))
}

/// A sample's own policy.
pub fn policy(sample: &str) -> Result<String, String> {
    let path = root()
        .join("sample-modules")
        .join(sample)
        .join("policy.yaml");
    std::fs::read_to_string(path).map_err(|error| format!("{sample}: {error}"))
}

/// A text with another in the place of a part that has to be there.
pub fn with(text: &str, part: &str, other: &str) -> Result<String, String> {
    ensure(text.contains(part), || format!("`{part}` is not in {text}"))?;
    Ok(text.replace(part, other))
}

/// Hardens under a policy's text; what rules say is left aside.
pub fn hardened(bytes: &[u8], policy: &str) -> Result<Vec<u8>, String> {
    Ok(harden_bytes(bytes, policy, Options::default())?.0)
}

/// Does a job in every host; `new` makes it, so that each has folders of its own.
pub fn everywhere(new: &dyn Fn() -> Job) -> Result<Everywhere, String> {
    let run = |host: Host| Ok((host, host.run(&new())?));
    hosts().into_iter().map(run).collect()
}

/// The same to be seen in each host after as before.
pub fn unchanged(before: &Everywhere, after: &Everywhere) -> Result<(), String> {
    for ((host, before), (_, after)) in before.iter().zip(after) {
        ensure(before.seen() == after.seen(), || {
            format!(
                "{host:?}: {} ({}) became {} ({})",
                before.seen(),
                before.message,
                after.seen(),
                after.message
            )
        })?;
        ensure(before.ended != "timeout", || {
            format!("{host:?}: it took too long")
        })?;
    }
    Ok(())
}

/// The same to be seen in all hosts, and the same count.
pub fn agreed(outcomes: &Everywhere) -> Result<(), String> {
    let Some(((first, one), others)) = outcomes.split_first() else {
        return Err("there is no host".to_owned());
    };
    for (host, other) in others {
        ensure(one.seen() == other.seen(), || {
            format!(
                "{first:?}: {}; {host:?}: {} ({})",
                one.seen(),
                other.seen(),
                other.message
            )
        })?;
        ensure(one.fuel() == other.fuel(), || {
            format!(
                "{first:?} counts {:?}, {host:?} {:?}",
                one.fuel(),
                other.fuel()
            )
        })?;
    }
    Ok(())
}

/// Fuel was counted, in each host, and some was used.
pub fn counted(outcomes: &Everywhere, budget: i64) -> Result<(), String> {
    for (host, outcome) in outcomes {
        let used = |left: &Option<String>| {
            left.as_ref()
                .is_some_and(|left| *left != budget.to_string())
        };
        ensure(
            !outcome.steps.is_empty() && outcome.fuel().iter().all(|(left, _)| used(left)),
            || {
                format!(
                    "{host:?} counts {:?} of {budget}: {}",
                    outcome.fuel(),
                    outcome.message
                )
            },
        )?;
    }
    Ok(())
}
