//! `module` and `abi`.

use super::take::{Take, number, signature, text};
use crate::policy::model::{Abi, AbiSource, AbiVersion, ModuleKind, ModuleLimits, RequiredExport};
use crate::policy::tree::Item;
use crate::source::Spanned;

pub fn module(module: Take<'_>) -> ModuleLimits {
    let (memory, exports) = (module.at("memory"), module.at("exports"));
    let sections = module.at("max_section_size").entries();
    ModuleLimits {
        kind: module.word("kind", kind),
        max_size: module.number("max_size"),
        max_section_size: sections
            .filter_map(|(name, item)| Some((name.clone(), number(item)?)))
            .collect(),
        max_functions: module.number("max_functions"),
        max_complexity: module.number("max_complexity"),
        proposals: module.at("proposals").list("allow", text),
        memory_max: memory.number("max"),
        require_maximum: memory.is("require_maximum", "true"),
        allow_shared: memory.is("allow_shared", "true"),
        allow_memory64: memory.is("allow_memory64", "true"),
        table_max: module.at("table").number("max_elements"),
        exports_require: exports.list("require", required).unwrap_or_default(),
        exports_allow: exports.list("allow", text),
        exports_max: exports.number("max"),
        custom_allow: module.at("custom_sections").list("allow", text),
        start_section: module.is("start_section", "allow"),
    }
}

fn kind(word: &str) -> Option<ModuleKind> {
    match word {
        "wasip1" => Some(ModuleKind::Wasip1),
        "component" => Some(ModuleKind::Component),
        "core" => Some(ModuleKind::Core),
        _ => None,
    }
}

fn required(item: &Item) -> Option<Spanned<RequiredExport>> {
    let name = item
        .text()
        .or_else(|| item.get("name").and_then(Item::text))?;
    let export = RequiredExport {
        name: name.to_owned(),
        signature: item
            .get("signature")
            .and_then(signature)
            .map(|found| found.value),
    };
    Some(Spanned::new(export, item.span))
}

pub fn abi(abi: Take<'_>) -> Abi {
    Abi {
        version: abi.item("version").and_then(version),
        alloc: abi.at("allocator").text("alloc"),
        free: abi.at("allocator").text("free"),
        max_host_functions: abi.number("max_host_functions"),
    }
}

fn version(item: &Item) -> Option<Spanned<AbiVersion>> {
    let version = Take(Some(item));
    let sources = [
        ("export", AbiSource::Export),
        ("global", AbiSource::Global),
        ("section", AbiSource::Section),
        ("marker", AbiSource::Marker),
    ];
    let (name, source) = sources
        .into_iter()
        .find_map(|(key, source)| Some((version.text(key)?.value, source)))?;
    let said = AbiVersion {
        source,
        name,
        packed: version
            .is("encoding", "packed")
            .is_some_and(|packed| packed.value),
        major: version.number("major").map(|major| major.value),
    };
    Some(Spanned::new(said, item.span))
}
