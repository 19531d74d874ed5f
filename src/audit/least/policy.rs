//! The draft, section by section, in the language's order.

use crate::source::ascii::yaml as quoted;

use super::Least;
use super::page::{Page, list, size, with_room};
use super::{grants, imports, limits};

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
    if let Some(sighted) = &least.sighted {
        let narrowed = if sighted.is_telling() {
            "narrowed by that"
        } else {
            "none of which ended by itself: narrowed to what they were held to, and no further"
        };
        page.remark("", &format!("{}; {narrowed}.", capital(&sighted.words())));
    }
    if least.module.unsayable {
        page.line(
            "# Names that are empty or look like credentials are left out: no policy can say them.",
            "",
        );
    }
    page.line("version: 1", "");
    page.line(&format!("name: {}", quoted(name)), "");
    module(least, &mut page);
    abi(least, &mut page);
    imports::write(least, &mut page);
    grants::write(least, &mut page);
    limits::write(least, &mut page);
    page.into_text()
}

fn capital(words: &str) -> String {
    words.replacen("observed", "Observed", 1)
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
            size(limits::memory(least)),
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
    page.line(
        &format!("  table: {{max_elements: {}}}", limits::table(least)),
        "",
    );
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
        // A negative number is no version.
        Some((*name, export.constant.filter(|value| *value >= 0)))
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
