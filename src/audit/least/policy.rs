//! The draft, section by section, in the language's order.

use std::collections::BTreeSet;

use crate::audit::lock::quoted;
use crate::capability::Place;
use crate::policy::{Role, escape_pattern};
use crate::source::credential::redact;
use crate::wasm::Tier;

use super::Least;
use super::host::{ArgumentNeed, Constant, HostNeed};
use super::page::{Page, list, size, with_room};

/// The start-up functions that a stub answers with empty lists, so that honest guests live.
const EMPTY_LISTS: &[&str] = &["environ_get", "environ_sizes_get"];
/// A page of memory.
const WASM_PAGE: u64 = 65_536;

/// Writes it.
pub(super) fn text(least: &Least, name: &str) -> String {
    let mut page = Page::default();
    page.line(
        "# A draft by `ringfence policy init`: the least that the code needs, as far as it can be told without running it.",
        "",
    );
    page.line(
        "# `recovered` is read from memory as compiled, where the code could write first: look at it before you believe it.",
        "",
    );
    page.line("version: 1", "");
    page.line(&format!("name: {}", quoted(name)), "");
    module(least, &mut page);
    abi(least, &mut page);
    imports(least, &mut page);
    grants(least, &mut page);
    limits(least, &mut page);
    page.into_text()
}

fn module(least: &Least, page: &mut Page) {
    let need = &least.module;
    page.section(
        "module",
        "what the file may be; a larger one has to be looked at again",
    );
    let kind = if need.imports_wasi { "wasip1" } else { "core" };
    page.line(&format!("  kind: {kind}"), "");
    let bytes = with_room(need.size as u64, 64 << 10);
    page.line(
        &format!("  max_size: {}", size(bytes)),
        &format!("it has {} bytes", need.size),
    );
    let functions = with_room(need.functions as u64, 100);
    page.line(
        &format!("  max_functions: {functions}"),
        &format!("it has {}", need.functions),
    );
    page.line(
        &format!(
            "  proposals: {{allow: {}}}",
            list(need.proposals.iter().copied())
        ),
        "those that it uses",
    );
    page.line(
        &format!(
            "  memory: {{max: {}, require_maximum: {}, allow_shared: {}, allow_memory64: {}}}",
            size(memory(least)),
            need.declares_maximum,
            need.shared,
            need.wide
        ),
        if need.declares_maximum {
            "as declared"
        } else {
            "it declares no maximum"
        },
    );
    page.line(&format!("  table: {{max_elements: {}}}", table(least)), "");
    let everywhere = need
        .exports
        .iter()
        .filter(|(_, export)| export.modules == need.modules);
    let everywhere = everywhere.map(|(name, _)| name.as_str());
    page.line("  exports:", "");
    page.line(
        &format!("    require: {}", list(everywhere)),
        "what every version has",
    );
    let all = need.exports.keys().map(String::as_str);
    page.line(&format!("    allow: {}", list(all)), "");
    let sections = need.sections.iter().map(String::as_str);
    page.line(
        &format!("  custom_sections: {{allow: {}}}", list(sections)),
        "those that it has; debugging data is left out",
    );
    if need.starts {
        page.line(
            "  start_section: allow",
            "it has one: code runs before any check of its version",
        );
    } else {
        page.line("  start_section: deny", "it has none");
    }
}

/// Names under which the version of an ABI is exported.
const VERSIONS: &[&str] = &["abi_version", "plugin_abi_version", "get_abi_version"];

fn abi(least: &Least, page: &mut Page) {
    let exports = &least.module.exports;
    let version = VERSIONS.iter().find_map(|name| {
        let export = exports.get(*name).filter(|export| export.is_getter)?;
        Some((*name, export.constant))
    });
    if version.is_none() && least.host.is_empty() {
        return;
    }
    page.section("abi", "the contract between host and plugin");
    match version {
        Some((name, Some(value))) if value >= 1 << 16 => page.line(
            &format!(
                "  version: {{export: {name}, encoding: packed, major: {}}}",
                value >> 16
            ),
            &format!("it returns {value}"),
        ),
        Some((name, Some(value))) => page.line(
            &format!("  version: {{export: {name}, encoding: major, major: {value}}}"),
            "what it returns",
        ),
        Some((name, None)) => page.line(
            &format!("  # version: {{export: {name}, encoding: major, major: 1}}"),
            "what it returns cannot be read without running it: say which major the host speaks",
        ),
        None => page.line(
            "  # version: {export: abi_version, encoding: major, major: 1}",
            "it says no version: have it export one",
        ),
    }
    page.line(&format!("  max_host_functions: {}", least.host.len()), "");
}

fn imports(least: &Least, page: &mut Page) {
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
            host(module, name, need, page);
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

fn host(module: &str, name: &str, need: &HostNeed, page: &mut Page) {
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

fn grants(least: &Least, page: &mut Page) {
    page.section(
        "grants",
        "what each run gets; nothing of the host's files or variables",
    );
    let mut any = false;
    let mut give = |needed: bool, line: &str, reason: &str, page: &mut Page| {
        if needed {
            any = true;
            page.line(line, reason);
        }
    };
    let files = ["fs.read", "fs.write", "fs.metadata"]
        .iter()
        .any(|one| least.needs(one));
    give(
        files,
        "  preopens: [{guest: /scratch, scratch: {bytes: 16MiB, entries: 1000}}]",
        "an empty folder of its own; for one of yours write {guest: /data, host: ./data, mode: ro}",
        page,
    );
    let arguments = "  args: {max: 16, allow: [\"*\"]}";
    give(
        least.needs("args"),
        arguments,
        "whoever starts it chooses them",
        page,
    );
    give(least.needs("stdin"), "  stdin: {max: 1MiB}", "", page);
    give(
        least.needs("stdout"),
        "  stdout: {max: 1MiB, on_limit: truncate}",
        "",
        page,
    );
    give(
        least.needs("stderr"),
        "  stderr: {max: 64KiB, on_limit: truncate}",
        "",
        page,
    );
    let clocks = (least.needs("clock.wall"), least.needs("clock.monotonic"));
    let word = |needed: bool| if needed { "real" } else { "deny" };
    let clock = format!(
        "  clock: {{wall: {}, monotonic: {}}}",
        word(clocks.0),
        word(clocks.1)
    );
    give(
        clocks.0 || clocks.1,
        &clock,
        "`fixed` and `step` repeat from run to run",
        page,
    );
    give(
        least.needs("random"),
        "  random: {source: os}",
        "`seeded` repeats from run to run",
        page,
    );
    if !any {
        page.line("  preopens: []", "it asks for nothing");
    }
}

fn limits(least: &Least, page: &mut Page) {
    page.section("limits", "with head-room; observed runs narrow them");
    page.line(
        "  deadline: 5s",
        "of everything: its code, host calls, sleeps",
    );
    page.line(&format!("  memory: {}", size(memory(least))), "");
    page.line(&format!("  table_elements: {}", table(least)), "");
    page.line("  stack: 1MiB", "");
    page.line("  host_calls: 100000", "");
    let files = ["fs.read", "fs.write", "fs.metadata"]
        .iter()
        .any(|one| least.needs(one));
    let open = if files { 16 } else { 3 };
    page.line(&format!("  open_files: {open}"), "the three streams count");
    let written = if least.needs("fs.write") {
        "16MiB"
    } else {
        "0"
    };
    page.line(&format!("  written_bytes: {written}"), "");
}

/// The memory that it declares to need at most; room to grow where it declares no maximum.
fn memory(least: &Least) -> u64 {
    let declared = least.module.memory.max(WASM_PAGE);
    if least.module.declares_maximum {
        declared
    } else {
        declared
            .saturating_mul(4)
            .max(16 << 20)
            .next_multiple_of(1 << 20)
    }
}

fn table(least: &Least) -> u64 {
    with_room(least.module.table, 100)
}
