//! `imports` of the draft: what code reaches is allowed, what it provably does not is stubbed.

use std::collections::BTreeSet;

use crate::source::ascii::yaml as quoted;

use super::need::WasiNeed;
use super::page::Page;
use super::sighted::Sighted;
use super::{Least, PREVIEW1, beyond, function};

/// The start-up functions that a stub answers with empty lists, so that honest guests live.
const EMPTY_LISTS: &[&str] = &["environ_get", "environ_sizes_get"];

/// Writes it.
pub(super) fn write(least: &Least, page: &mut Page) {
    page.section("imports", "what is not listed is denied");
    page.line("  wasi:", "");
    wasi(least, page);
    if least.host.is_empty() {
        page.line("  host: []", "it imports none");
    } else {
        page.line(
            "  host:",
            "functions of your host: what each does with its arguments is yours to say",
        );
        for ((module, name), need) in &least.host {
            function::write(least, (module, name), need, page);
        }
    }
    for sentence in beyond::imports(least) {
        page.remark("  ", &sentence);
    }
    for state in ["memory", "table", "globals"] {
        if least.module.state.contains(state) {
            page.line(
                &format!("  {state}: allow"),
                "shared with the host, since it imports it",
            );
        } else {
            page.line(&format!("  {state}: deny"), "");
        }
    }
}

fn wasi(least: &Least, page: &mut Page) {
    let granted =
        |name: &str, need: &WasiNeed| least.is_kept(name, need) && !EMPTY_LISTS.contains(&name);
    let sighted = least.sighted.as_ref();
    let opens = least.opens();
    let mut capabilities: BTreeSet<&str> = BTreeSet::new();
    let mut allowed: Vec<(&str, String)> = Vec::new();
    for (name, need) in least.wasi.iter().filter(|(name, need)| granted(name, need)) {
        let new = need.given(opens).filter(|one| capabilities.insert(one));
        allowed.extend(new.map(|one| (one, used(sighted, &need.path, one))));
        if need.capabilities.is_empty() {
            allowed.push((name, called(sighted, &need.path, name)));
        }
    }
    words("allow", &allowed, page);
    let stubbed = least
        .wasi
        .iter()
        .filter(|(name, need)| !granted(name, need));
    let stubbed: Vec<(&str, String)> = stubbed
        .map(|(name, need)| (name.as_str(), stubbed_by(least, name, need)))
        .collect();
    words("stub", &stubbed, page);
    let Some(sighted) = sighted else {
        return;
    };
    let candidates = least.wasi.iter().filter(|(name, need)| granted(name, need));
    for (name, _) in candidates.filter(|(name, need)| least.is_unused(name, need)) {
        page.line(
            &format!("      # - {}", quoted(name)),
            &format!(
                "{}: never called; here it would be refused",
                sighted.words()
            ),
        );
    }
}

/// Why a function is stubbed.
fn stubbed_by(least: &Least, name: &str, need: &WasiNeed) -> String {
    let reason = if EMPTY_LISTS.contains(&name) && need.is_reachable {
        let reason = "reached; answers an empty list. To pass variables, allow `env` and name them in grants.env";
        return match &least.sighted {
            None => reason.to_owned(),
            Some(sighted) => format!(
                "{}: which variables it uses cannot be seen; {reason}",
                sighted.words()
            ),
        };
    } else if need.is_reachable {
        let words = least.sighted.as_ref().map(Sighted::words);
        return format!("{}: never called", words.unwrap_or_default());
    } else {
        "proved: no code gets there"
    };
    reason.to_owned()
}

/// How a capability is reached, and how often runs used it.
fn used(sighted: Option<&Sighted>, path: &str, capability: &str) -> String {
    counted(sighted, path, |sighted| sighted.uses(capability))
}

/// How a function is reached, and how often runs called it.
fn called(sighted: Option<&Sighted>, path: &str, name: &str) -> String {
    counted(sighted, path, |sighted| sighted.calls(PREVIEW1, name))
}

/// How often something was reached, and how it is.
pub(super) fn counted(
    sighted: Option<&Sighted>,
    path: &str,
    count: impl Fn(&Sighted) -> Option<u64>,
) -> String {
    let told = sighted.and_then(|sighted| Some(sighted.told(count(sighted)?)));
    match told {
        None => path.to_owned(),
        Some(told) => format!("{told}; {path}"),
    }
}

/// A list with a word a line, and why.
fn words(key: &str, words: &[(&str, String)], page: &mut Page) {
    if words.is_empty() {
        page.line(&format!("    {key}: []"), "");
        return;
    }
    page.line(&format!("    {key}:"), "");
    for (word, reason) in words {
        page.line(&format!("      - {}", quoted(word)), reason);
    }
}
