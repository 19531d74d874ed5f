//! `grants`.

use super::take::{Take, list, text};
use crate::policy::model::{Clock, Grants, Preopen, Random, Scratch, Stream};
use crate::policy::tree::Item;

pub fn grants(grants: Take<'_>) -> Grants {
    let (env, args) = (grants.at("env"), grants.at("args"));
    let (clock, random) = (grants.at("clock"), grants.at("random"));
    let network = grants.at("network");
    Grants {
        preopens: list(grants.item("preopens"), preopen),
        env_pass: env.layers("pass"),
        env_set: env
            .at("set")
            .entries()
            .filter_map(|(name, item)| Some((name.clone(), text(item)?)))
            .collect(),
        args_max: args.number("max"),
        args_allow: args.layers("allow"),
        stdin: grants.item("stdin").map(stream),
        stdout: grants.item("stdout").map(stream),
        stderr: grants.item("stderr").map(stream),
        clock_wall: clock.word("wall", clock_word),
        clock_at: clock.text("at"),
        clock_monotonic: clock.word("monotonic", clock_word),
        clock_step: clock.number("step"),
        random: random.word("source", random_word),
        random_seed: random.number("seed"),
        connect: network.layers("connect"),
        listen: network.layers("listen"),
    }
}

fn preopen(item: &Item) -> Option<Preopen> {
    let preopen = Take(Some(item));
    Some(Preopen {
        span: item.span,
        guest: preopen.text("guest")?,
        host: preopen.text("host"),
        writable: preopen.is("mode", "rw"),
        scratch: preopen.item("scratch").map(scratch),
    })
}

fn scratch(item: &Item) -> Scratch {
    let scratch = Take(Some(item));
    Scratch {
        span: item.span,
        bytes: scratch.number("bytes"),
        entries: scratch.number("entries"),
    }
}

fn stream(item: &Item) -> Stream {
    let stream = Take(Some(item));
    Stream {
        span: item.key,
        max: stream.number("max"),
        trap: stream.is("on_limit", "trap"),
    }
}

fn clock_word(word: &str) -> Option<Clock> {
    match word {
        "deny" => Some(Clock::Deny),
        "fixed" => Some(Clock::Fixed),
        "step" => Some(Clock::Step),
        "real" => Some(Clock::Real),
        _ => None,
    }
}

fn random_word(word: &str) -> Option<Random> {
    match word {
        "deny" => Some(Random::Deny),
        "seeded" => Some(Random::Seeded),
        "os" => Some(Random::Os),
        _ => None,
    }
}
