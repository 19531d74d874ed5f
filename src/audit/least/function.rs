//! An entry of `imports.host` in the draft: one function of the host with the guards of its arguments.

use std::collections::BTreeSet;

use crate::capability::Place;
use crate::policy::{Role, escape_pattern};
use crate::source::ascii::yaml as quoted;
use crate::source::credential::redact;
use crate::wasm::Tier;

use super::host::{ArgumentNeed, Constant, HostNeed};
use super::page::{Page, list, size};

/// Writes it.
pub(super) fn write(module: &str, name: &str, need: &HostNeed, page: &mut Page) {
    let reason = if need.is_reachable {
        need.path.as_str()
    } else {
        "proved: no code gets there"
    };
    page.line(&format!("    - module: {}", quoted(module)), reason);
    page.line(&format!("      name: {}", quoted(name)), "");
    if let [signature] = need.signatures.iter().collect::<Vec<_>>().as_slice() {
        page.line(&format!("      signature: {}", quoted(signature)), "");
    }
    let unknown = ["unknown"];
    if let Some(capability) = need
        .capability
        .as_deref()
        .filter(|one| !unknown.contains(one))
    {
        page.line(&format!("      capability: {}", quoted(capability)), "");
    }
    if !need.is_reachable {
        page.line("      provider: {stub: {return: -1}}", "it is never called");
        return;
    }
    if need.arguments.is_empty() {
        return;
    }
    page.line("      args:", "");
    for argument in need.arguments.values() {
        self::argument(argument, page);
    }
    page.line("      on_deny: trap", "");
}

fn argument(need: &ArgumentNeed, page: &mut Page) {
    let (name, role) = (quoted(&need.name), need.role.name());
    let head = match need.place {
        Place::Buffer { ptr, len } => {
            let most = most(need);
            format!("{{name: {name}, role: {role}, ptr: {ptr}, len: {len}, max: {most}")
        }
        Place::Number { index } | Place::Terminated { ptr: index } => {
            format!("{{name: {name}, role: {role}, index: {index}")
        }
    };
    let guard = guard(need);
    page.line(&format!("        - {head}{guard}}}"), &seen(need));
}

fn most(need: &ArgumentNeed) -> String {
    match need.role {
        Role::Buffer | Role::OutBuffer => "1MiB".to_owned(),
        Role::Text => "64KiB".to_owned(),
        _ => size((need.longest as u64).max(256).next_multiple_of(1 << 10)),
    }
}

fn guard(need: &ArgumentNeed) -> String {
    if !need.wants_guard() {
        return String::new();
    }
    if need.role == Role::Opcode {
        let numbers = need.constants.keys().filter_map(|constant| match constant {
            Constant::Number(number) => Some(number.to_string()),
            Constant::Text(_) => None,
        });
        let numbers: Vec<String> = numbers.collect();
        let numbers = if numbers.is_empty() {
            vec!["0".to_owned()]
        } else {
            numbers
        };
        return format!(", values: [{}]", numbers.join(", "));
    }
    let texts = need.constants.keys().filter_map(|constant| match constant {
        Constant::Text(text) => Some(escape_pattern(&redact(text))),
        Constant::Number(_) => None,
    });
    let mut texts: Vec<String> = texts.collect();
    if texts.is_empty() {
        texts.push(nowhere(need.role).to_owned());
    }
    format!(", allow: {}", list(texts.iter().map(String::as_str)))
}

/// A guard that scopes to what is not there: for the reviewer to widen.
fn nowhere(role: Role) -> &'static str {
    match role {
        Role::Path | Role::Root => "/plugin-data/**",
        Role::Url => "https://plugin.invalid/**",
        Role::Host => "plugin.invalid",
        _ => "nothing-is-known-yet",
    }
}

/// What is known of an argument's values.
fn seen(need: &ArgumentNeed) -> String {
    let tier = |tier: Tier| match tier {
        Tier::Proved => "proved",
        Tier::Recovered => "recovered",
    };
    let tiers: BTreeSet<&str> = need.constants.values().map(|one| tier(*one)).collect();
    let tiers: Vec<&str> = tiers.into_iter().collect();
    match (tiers.is_empty(), need.is_open) {
        (true, _) if need.wants_guard() => "no value is known: say what it may be".to_owned(),
        (true, _) => String::new(),
        (false, true) => format!(
            "{}; it passes others too: say what they may be",
            tiers.join(" and ")
        ),
        (false, false) => format!("{}; it passes no others", tiers.join(" and ")),
    }
}
