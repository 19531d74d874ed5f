//! An entry of `imports.host` in the draft: one function of the host with the guards of its arguments.

use crate::capability::Place;
use crate::source::ascii::yaml as quoted;

use super::Least;
use super::guard::{Guard, most};
use super::host::{ArgumentNeed, HostNeed, first};
use super::imports::counted;
use super::page::{Page, size};
use super::sighted::{Sighted, Sightings};

/// Writes it.
pub(super) fn write(least: &Least, names: (&str, &str), need: &HostNeed, page: &mut Page) {
    let (module, name) = names;
    let sighted = least.sighted.as_ref();
    let reason = if need.is_reachable {
        counted(sighted, &need.path, |sighted| sighted.calls(module, name))
    } else {
        "proved: no code gets there".to_owned()
    };
    page.line(&format!("    - module: {}", quoted(module)), &reason);
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
        page.line(STUB, "it is never called");
        return;
    }
    if !need.arguments.is_empty() {
        page.line("      args:", "");
        for argument in need.arguments.values() {
            self::argument(sighted, names, argument, page);
        }
        page.line("      on_deny: trap", "");
    }
    if let Some(sighted) = sighted.filter(|sighted| sighted.is_unused(module, name)) {
        let never = format!("{}: never called", sighted.words());
        if sighted.stub_unused {
            page.line(STUB, &never);
        } else {
            page.line(
                &format!("      # {}", STUB.trim_start()),
                &format!("{never}; so it would answer without your host"),
            );
        }
    }
}

const STUB: &str = "      provider: {stub: {return: -1}}";

fn argument(
    sighted: Option<&Sighted>,
    (module, name): (&str, &str),
    need: &ArgumentNeed,
    page: &mut Page,
) {
    let seen = sighted.map(|sighted| sighted.argument(module, name, first(need.place)));
    let guard = guard(sighted, seen.as_ref(), need);
    let (name, role) = (quoted(&need.name), need.role.name());
    let head = match need.place {
        Place::Buffer { ptr, len } => {
            let most = size(most(need, seen.as_ref()));
            format!("{{name: {name}, role: {role}, ptr: {ptr}, len: {len}, max: {most}")
        }
        Place::Number { index } | Place::Terminated { ptr: index } => {
            format!("{{name: {name}, role: {role}, index: {index}")
        }
    };
    let measured = seen
        .as_ref()
        .filter(|seen| guard.reason.is_empty() && seen.longest > 0);
    let reason = match (sighted, measured) {
        (Some(sighted), Some(seen)) => {
            format!("{}: at most {} bytes", sighted.words(), seen.longest)
        }
        _ => guard.reason,
    };
    page.line(&format!("        - {head}{}}}", guard.allow), &reason);
    if let Some(beyond) = &guard.beyond {
        page.remark("          ", beyond);
    }
}

fn guard(sighted: Option<&Sighted>, seen: Option<&Sightings>, need: &ArgumentNeed) -> Guard {
    let words = sighted.map(Sighted::words).unwrap_or_default();
    Guard::of(need, seen.map(|seen| (words.as_str(), seen)))
}

/// What runs passed to it and the draft does not admit.
pub(super) fn beyond(least: &Least, names: (&str, &str), need: &HostNeed) -> Vec<String> {
    let (module, name) = names;
    let Some(sighted) = least.sighted.as_ref().filter(|_| need.is_reachable) else {
        return Vec::new();
    };
    let told = need.arguments.values().filter_map(|need| {
        let seen = sighted.argument(module, name, first(need.place));
        let beyond = guard(Some(sighted), Some(&seen), need).beyond?;
        Some(format!("{module}.{name}: {beyond}"))
    });
    told.collect()
}
