//! What a policy grants and how it bounds that, one entry each, without places on the host: what an approval was given on.

use std::collections::BTreeMap;

use crate::policy::quantity::{show_duration, show_size};
use crate::policy::{
    Argument, Clock, HostImport, Layers, Policy, Preopen, Provider, Random, Role, Stream,
};
use crate::source::Spanned;

/// What is granted or bounded, and how far: `preopen /data` to `ro`, `memory` to `64MiB`.
pub type Scopes = BTreeMap<String, String>;

/// Grants: what is not listed is not granted.
pub fn scopes(policy: &Policy) -> Scopes {
    let mut list = List::default();
    for preopen in &policy.grants.preopens {
        list.widest(
            format!("preopen {}", word(&preopen.guest.value)),
            mode(preopen),
        );
    }
    let grants = &policy.grants;
    list.first("env.pass", &grants.env_pass);
    for name in grants.env_set.keys() {
        list.put(format!("env.set {}", word(name)), "allow");
    }
    list.number("args", grants.args_max.map(|max| max.value.to_string()));
    list.first("args.allow", &grants.args_allow);
    for (name, stream) in [
        ("stdin", &grants.stdin),
        ("stdout", &grants.stdout),
        ("stderr", &grants.stderr),
    ] {
        list.number(name, stream.as_ref().map(amount));
    }
    list.number("clock.wall", clock(grants.clock_wall.as_ref()));
    list.number("clock.monotonic", clock(grants.clock_monotonic.as_ref()));
    list.number("random", random(grants.random.as_ref()));
    list.first("network.connect", &grants.connect);
    list.first("network.listen", &grants.listen);
    list.first("wasi", &policy.imports.wasi_allow);
    for (name, allowed) in [
        ("imports.memory", policy.imports.memory),
        ("imports.table", policy.imports.table),
        ("imports.globals", policy.imports.globals),
    ] {
        list.number(
            name,
            allowed.filter(|one| one.value).map(|_| "allow".to_owned()),
        );
    }
    for host in &policy.imports.host {
        list.put(format!("host {}", name(host)), &capability(host));
        if let Some(provider) = &host.provider {
            list.put(format!("provider {}", name(host)), kind(provider));
        }
    }
    list.0
}

/// Bounds on what is granted: what is not listed is not bounded.
pub fn guards(policy: &Policy) -> Scopes {
    let mut list = List::default();
    for preopen in &policy.grants.preopens {
        let guest = word(&preopen.guest.value);
        let scratch = preopen.scratch.as_ref();
        let bytes = scratch.and_then(|scratch| size(scratch.bytes.as_ref()));
        let entries = scratch.and_then(|scratch| count(scratch.entries.as_ref()));
        list.number(&format!("preopen {guest} bytes"), bytes);
        list.number(&format!("preopen {guest} entries"), entries);
    }
    let grants = &policy.grants;
    for (name, layers) in [
        ("env.pass", &grants.env_pass),
        ("args.allow", &grants.args_allow),
        ("network.connect", &grants.connect),
        ("network.listen", &grants.listen),
        ("wasi", &policy.imports.wasi_allow),
    ] {
        list.rest(name, layers);
    }
    list.words("wasi stub", &policy.imports.wasi_stub);
    list.words("wasi deny", &policy.imports.wasi_deny);
    for host in &policy.imports.host {
        for argument in &host.args {
            guard(
                &format!("{} {}", name(host), word(&argument.name.value)),
                argument,
                &mut list,
            );
        }
        if let Some(provider) = &host.provider {
            provided(&format!("provider {}", name(host)), provider, &mut list);
        }
    }
    list.0
}

/// `limits`, and the claim of determinism.
pub fn limits(policy: &Policy) -> Scopes {
    let mut list = List::default();
    let limits = &policy.limits;
    let deadline = limits.deadline.map(|one| show_duration(one.value));
    for (name, value) in [
        ("fuel", count(limits.fuel.as_ref())),
        ("deadline", deadline),
        ("memory", size(limits.memory.as_ref())),
        ("table_elements", count(limits.table_elements.as_ref())),
        ("stack", size(limits.stack.as_ref())),
        ("host_calls", count(limits.host_calls.as_ref())),
        ("open_files", count(limits.open_files.as_ref())),
        ("written_bytes", size(limits.written_bytes.as_ref())),
        (
            "determinism",
            policy.determinism.map(|_| "required".to_owned()),
        ),
    ] {
        list.number(name, value);
    }
    list.0
}

#[derive(Default)]
struct List(Scopes);

impl List {
    fn put(&mut self, key: String, value: &str) {
        self.0.insert(key, value.to_owned());
    }

    /// Where two entries have one name, the wider one counts.
    fn widest(&mut self, key: String, value: &str) {
        let known = self.0.get(&key).map(String::as_str);
        if !matches!((known, value), (Some("rw" | "scratch"), _)) {
            self.put(key, value);
        }
    }

    fn number(&mut self, key: &str, value: Option<String>) {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value);
        }
    }

    /// The first layer, an entry each: the others only narrow it.
    fn first(&mut self, key: &str, layers: &Layers<String>) {
        for item in layers.0.first().into_iter().flatten() {
            self.put(format!("{key} {}", word(&item.value)), "allow");
        }
    }

    /// The layers behind the first, which narrow it.
    fn rest(&mut self, key: &str, layers: &Layers<String>) {
        let rest: Vec<String> = layers.0.iter().skip(1).map(|layer| words(layer)).collect();
        self.number(key, (!rest.is_empty()).then(|| rest.join(AND)));
    }

    fn words(&mut self, key: &str, list: &[Spanned<String>]) {
        self.number(key, (!list.is_empty()).then(|| words(list)));
    }
}

/// Between lists of which each must match.
pub const AND: &str = " and ";

fn guard(key: &str, argument: &Argument, list: &mut List) {
    list.put(format!("{key} role"), argument.role.value.name());
    let places = [&argument.ptr, &argument.len, &argument.index];
    let places: Vec<String> = places
        .into_iter()
        .flatten()
        .map(|place| place.value.to_string())
        .collect();
    list.put(format!("{key} at"), &places.join(" "));
    let layers: Vec<String> = argument.allow.0.iter().map(|layer| words(layer)).collect();
    list.number(
        &format!("{key} allow"),
        (!layers.is_empty()).then(|| layers.join(AND)),
    );
    list.words(&format!("{key} deny"), &argument.deny);
    let number = |one: &Option<Spanned<i64>>| one.as_ref().map(|one| one.value);
    let max = number(&argument.max).map(|max| most(argument.role.value, max));
    list.number(&format!("{key} max"), max);
    list.number(
        &format!("{key} min"),
        number(&argument.min).map(|min| min.to_string()),
    );
    let values = argument.values.as_ref().map(|values| {
        let mut values: Vec<i64> = values.iter().map(|one| one.value).collect();
        values.sort_unstable();
        let texts: Vec<String> = values.iter().map(i64::to_string).collect();
        texts.join(" ")
    });
    list.number(&format!("{key} values"), values);
}

/// The largest value of a number, else bytes.
fn most(role: Role, max: i64) -> String {
    let number = matches!(role, Role::Opcode | Role::Flags | Role::Number);
    match u64::try_from(max) {
        Ok(bytes) if !number => show_size(bytes),
        _ => max.to_string(),
    }
}

fn provided(key: &str, provider: &Provider, list: &mut List) {
    let mut bound = |what: &str, value| list.number(&format!("{key} {what}"), value);
    match provider {
        Provider::Log {
            max_message,
            max_messages,
        } => {
            bound("max_message", size(max_message.as_ref()));
            bound("max_messages", count(max_messages.as_ref()));
        }
        Provider::ReadFile { max, .. } => bound("max", size(max.as_ref())),
        Provider::Kv {
            max_entries,
            max_bytes,
            ..
        } => {
            bound("max_entries", count(max_entries.as_ref()));
            bound("max_bytes", size(max_bytes.as_ref()));
        }
        Provider::Config { .. } | Provider::Stub(_) => {}
    }
}

fn kind(provider: &Provider) -> &'static str {
    match provider {
        Provider::Log { .. } => "log",
        Provider::ReadFile { .. } => "read_file",
        Provider::Kv { tenant, .. } if tenant.as_ref().is_some_and(|one| one.value) => "kv tenant",
        Provider::Kv { .. } => "kv",
        Provider::Config { .. } => "config",
        Provider::Stub(_) => "stub",
    }
}

fn name(host: &HostImport) -> String {
    format!("{}.{}", word(&host.module.value), word(&host.name.value))
}

fn capability(host: &HostImport) -> String {
    let stated = host.capability.as_ref().map(|one| one.value.clone());
    stated.unwrap_or_else(|| format!("host:{}/{}", host.module.value, host.name.value))
}

fn mode(preopen: &Preopen) -> &'static str {
    match (&preopen.scratch, &preopen.writable) {
        (Some(_), _) => "scratch",
        (None, Some(writable)) if writable.value => "rw",
        _ => "ro",
    }
}

fn amount(stream: &Stream) -> String {
    size(stream.max.as_ref()).unwrap_or_else(|| "unbounded".to_owned())
}

fn clock(clock: Option<&Spanned<Clock>>) -> Option<String> {
    let word = match clock?.value {
        Clock::Deny => return None,
        Clock::Fixed => "fixed",
        Clock::Step => "step",
        Clock::Real => "real",
    };
    Some(word.to_owned())
}

fn random(random: Option<&Spanned<Random>>) -> Option<String> {
    let word = match random?.value {
        Random::Deny => return None,
        Random::Seeded => "seeded",
        Random::Os => "os",
    };
    Some(word.to_owned())
}

fn size(bytes: Option<&Spanned<u64>>) -> Option<String> {
    bytes.map(|bytes| show_size(bytes.value))
}

fn count(count: Option<&Spanned<u64>>) -> Option<String> {
    count.map(|count| count.value.to_string())
}

fn words(list: &[Spanned<String>]) -> String {
    let mut words: Vec<String> = list.iter().map(|one| word(&one.value)).collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

/// A text as one word, so that no two lists of words read alike.
fn word(text: &str) -> String {
    let plain = |symbol: char| !symbol.is_whitespace() && !matches!(symbol, '"' | '\\');
    if !text.is_empty() && text != "and" && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("{text:?}")
    }
}
