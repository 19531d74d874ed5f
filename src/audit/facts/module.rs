//! The module as a whole, its sections, proposals and start function.

use std::collections::BTreeMap;

use crate::audit::context::Audit;
use crate::audit::fact::{Element, Fact, ModulePlace, fact};
use crate::rule::Record;
use crate::source::{Span, Spanned};
use crate::wasm::{self, CustomContent, DEFAULT_PROPOSALS, Kind, Uses, Why};

fact! { "module" / "The module as a whole; its fields are `module.…` in every condition." struct Module {
    kind: String = "What it is: wasip1, core or component.",
    size: u64 = "Bytes of the binary.",
    malformed: bool = "Whether it is not a valid module.",
    reason: String = "Why it is not valid.",
    offset: u64 = "Where decoding stopped, if it is not valid.",
    language: Option<String> = "Source language, if it is known.",
    functions: u64 = "How many functions it defines.",
    imports: u64 = "How many imports it has.",
    exports: u64 = "How many exports it has, but for those that set the fuel of a hardened module.",
    host_functions: u64 = "How many functions it imports from outside WASI.",
    simd: bool = "Whether it uses relaxed SIMD.",
    cut_off: String = "Why the analysis of its code ended before all was followed, so that what it tells is no more than a `may`; empty if it did not.",
    given_up: bool = "Whether every import counts as reachable because of that.",
    unfollowed: Vec<String> = "Functions of the host that are called in more ways than are followed; at most ten.",
} }

fact! { "section" / "One section of the binary." struct Section {
    id: String = "Its id: code, data, custom …",
    name: String = "A custom section's name, else empty.",
    label: String = "What to call it: code section, custom section `name`.",
    size: u64 = "Bytes of content.",
    total: u64 = "The same of all custom sections of its name so far; else its size.",
    max: Option<u64> = "`module.max_section_size` for its id.",
    custom: bool = "Whether it is a custom section.",
    allowed: Option<bool> = "For a custom section: whether `module.custom_sections.allow` names it; null if the policy lists none.",
    content: String = "What a custom section carries: plain, dwarf, source-map or archive.",
} }

fact! { "proposal" / "One proposal beyond WebAssembly 1.0 that the module uses." struct Proposal {
    name: String = "Its name: bulk-memory, simd …",
    allowed: bool = "Whether `module.proposals.allow` (or the default, WebAssembly 2.0) has it.",
    what: String = "What uses it first.",
} }

fact! { "start" / "The start section." struct Start {
    function: String = "The function it names.",
} }

/// The scalars of `module.…`.
pub fn record(audit: &Audit<'_>) -> Record {
    fact(audit).record()
}

fn fact(audit: &Audit<'_>) -> Module {
    let module = audit.module;
    let host = audit.links.iter().filter(|link| link.is_host_function());
    let uses = module.uses.as_ref();
    let cut_off = uses.and_then(|uses| uses.bounded);
    Module {
        kind: kind_name(module.kind).to_owned(),
        size: module.size as u64,
        malformed: module.malformed.is_some(),
        reason: module
            .malformed
            .as_ref()
            .map(|fault| fault.reason.clone())
            .unwrap_or_default(),
        offset: module
            .malformed
            .as_ref()
            .map_or(0, |fault| fault.offset as u64),
        language: module.toolchain.language.clone(),
        functions: module.functions.complexity.len() as u64,
        imports: module.imports.len() as u64,
        exports: module
            .exports
            .iter()
            .filter(|export| !audit.is_fuel(&export.name))
            .count() as u64,
        host_functions: host.count() as u64,
        simd: module
            .proposals
            .iter()
            .any(|used| used.name == "relaxed-simd"),
        cut_off: cut_off.unwrap_or_default().to_owned(),
        given_up: uses.is_some_and(Uses::is_given_up),
        unfollowed: cut_off.map_or_else(|| unfollowed(audit), |_| Vec::new()),
    }
}

/// The most functions that are named.
const MOST: usize = 10;

fn unfollowed(audit: &Audit<'_>) -> Vec<String> {
    let host = audit.links.iter().filter(|link| link.is_host_function());
    let bounded = host.filter(|link| {
        let usage = link.usage;
        usage.is_some_and(|usage| usage.others == Some(Why::Bounded))
    });
    let mut names: Vec<String> = bounded.map(|link| link.full.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(MOST);
    names
}

/// `core`, `wasip1` or `component`.
pub fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Core => "core",
        Kind::Wasip1 => "wasip1",
        Kind::Component => "component",
    }
}

/// The module, its sections, proposals and start section.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let mut elements = vec![whole(audit)];
    elements.extend(sections(audit));
    elements.extend(proposals(audit));
    elements.extend(start(audit));
    elements
}

/// The module, at the bounds of the policy that it breaks.
fn whole(audit: &Audit<'_>) -> Element {
    let limits = &audit.ground.policy.module;
    let fact = fact(audit);
    let over: Vec<Span> = [
        (limits.max_size, fact.size),
        (limits.max_functions, fact.functions),
        (limits.exports_max, fact.exports),
    ]
    .into_iter()
    .filter_map(|(max, value)| max.filter(|max| value > max.value))
    .map(|max| max.span)
    .collect();
    let fault = audit.module.malformed.as_ref();
    let mut element = Element::new("module", fact).at_offset(fault.map(|fault| fault.offset));
    if over.is_empty() {
        return element.at(audit.module_key(), "");
    }
    for span in over {
        element = element.at(Some(span), "");
    }
    element
}

fn sections(audit: &Audit<'_>) -> Vec<Element> {
    let mut seen: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let mut elements = Vec::new();
    for section in &audit.module.sections {
        let size = section.size as u64;
        elements.push(match section.name.as_deref() {
            Some(name) => {
                let (count, total) = seen.entry(name).or_default();
                *count += 1;
                *total += size;
                let subject = match count {
                    1 => format!("custom section {name}"),
                    _ => format!("custom section {name} ({count})"),
                };
                self::section(audit, section, subject, *total)
            }
            None => self::section(audit, section, format!("section {}", section.id), size),
        });
    }
    elements
}

fn section(audit: &Audit<'_>, section: &wasm::Section, subject: String, total: u64) -> Element {
    let limits = &audit.ground.policy.module;
    let max = limits.max_section_size.get(&section.id.replace(' ', "_"));
    let listed = |allow: &Vec<Spanned<String>>| {
        let name = section.name.as_ref();
        allow.iter().any(|one| Some(&one.value) == name)
    };
    let named = section.name.is_some();
    let allowed = limits.custom_allow.as_ref().filter(|_| named).map(listed);
    let fact = Section {
        id: section.id.to_owned(),
        name: section.name.clone().unwrap_or_default(),
        label: section.name.as_ref().map_or_else(
            || format!("{} section", section.id),
            |name| format!("custom section `{name}`"),
        ),
        size: section.size as u64,
        total,
        max: max.map(|max| max.value),
        custom: named,
        allowed,
        content: content_name(section.content).to_owned(),
    };
    let list = (allowed == Some(false)).then(|| audit.ground.key("module.custom_sections.allow"));
    let max = max.filter(|max| total > max.value);
    Element::new(subject, fact)
        .at(max.map(|max| max.span), "")
        .at(list, "")
        .at_offset(section.offset)
}

fn content_name(content: CustomContent) -> &'static str {
    match content {
        CustomContent::Plain => "plain",
        CustomContent::Dwarf => "dwarf",
        CustomContent::SourceMap => "source-map",
        CustomContent::Archive => "archive",
    }
}

fn proposals(audit: &Audit<'_>) -> Vec<Element> {
    let stated = audit.ground.policy.module.proposals.as_ref();
    let allowed = |name: &str| match stated {
        Some(list) => list.iter().any(|one| one.value == name),
        None => DEFAULT_PROPOSALS.contains(&name),
    };
    let key = match stated {
        Some(_) => Some(audit.ground.key("module.proposals.allow")),
        None => audit.module_key(),
    };
    let used = audit.module.proposals.iter();
    used.map(|used| {
        let fact = Proposal {
            name: used.name.to_owned(),
            allowed: allowed(used.name),
            what: used.what.clone(),
        };
        let place = ModulePlace {
            offset: Some(used.offset),
            function: used.function,
            ..ModulePlace::default()
        };
        Element::new(format!("proposal {}", used.name), fact)
            .at(key, "")
            .in_module(place)
    })
    .collect()
}

fn start(audit: &Audit<'_>) -> Option<Element> {
    let start = audit.module.start.as_ref()?;
    let stated = audit.ground.policy.module.start_section;
    let fact = Start {
        function: audit.function_label(start.function),
    };
    let element = Element::new("start section", fact).at(stated.map(|stated| stated.span), "");
    Some(element.at_offset(start.offset))
}
