//! `imports` of the draft: what code reaches is allowed, what it provably does not is stubbed.

use std::collections::BTreeSet;

use crate::source::ascii::yaml as quoted;

use super::Least;
use super::function;
use super::page::Page;

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
            function::write(module, name, need, page);
        }
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
    let granted = |name: &str| {
        let need = least.wasi.get(name);
        need.is_some_and(|need| need.is_reachable) && !EMPTY_LISTS.contains(&name)
    };
    let mut capabilities: BTreeSet<&str> = BTreeSet::new();
    let mut allowed: Vec<(&str, &str)> = Vec::new();
    for (name, need) in least.wasi.iter().filter(|(name, _)| granted(name)) {
        let new = need.capabilities.iter().map(String::as_str);
        let new = new.filter(|capability| capabilities.insert(capability));
        allowed.extend(new.map(|capability| (capability, need.path.as_str())));
        if need.capabilities.is_empty() {
            allowed.push((name, &need.path));
        }
    }
    words("allow", &allowed, page);
    let stubbed = least.wasi.iter().filter(|(name, _)| !granted(name));
    let stubbed = stubbed.map(|(name, need)| {
        let reason = if need.is_reachable {
            "reached; answers an empty list. To pass variables, allow `env` and name them in grants.env"
        } else {
            "proved: no code gets there"
        };
        (name.as_str(), reason)
    });
    words("stub", &stubbed.collect::<Vec<_>>(), page);
}

/// A list with a word a line, and why.
fn words(key: &str, words: &[(&str, &str)], page: &mut Page) {
    if words.is_empty() {
        page.line(&format!("    {key}: []"), "");
        return;
    }
    page.line(&format!("    {key}:"), "");
    for (word, reason) in words {
        page.line(&format!("      - {}", quoted(word)), reason);
    }
}
