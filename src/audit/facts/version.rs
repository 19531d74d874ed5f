//! What a module says of its ABI version, by the policy's convention or by one that is recognised.

use crate::audit::context::Audit;
use crate::policy::{AbiSource, AbiVersion};
use crate::wasm::{Export, Extern, Section};

use super::version_number::VersionNumber;

/// Exports by which modules of known conventions say their version; a `*` stands for digits and `_`.
const KNOWN: &[(&str, AbiSource)] = &[
    ("abi_version", AbiSource::Export),
    ("__abi_version", AbiSource::Export),
    ("plugin_abi_version", AbiSource::Export),
    ("get_abi_version", AbiSource::Export),
    ("proxy_abi_version_*", AbiSource::Marker),
    ("interface_version_*", AbiSource::Marker),
    ("opa_wasm_abi_version", AbiSource::Global),
];

/// What the module says of its version.
#[derive(Debug, Default)]
pub(super) struct Said<'a> {
    /// By which convention.
    pub(super) source: Option<AbiSource>,
    /// The convention's name: an export's, or a section's.
    pub(super) name: String,
    /// The export, if it is one.
    pub(super) export: Option<&'a Export>,
    /// Where a section stands, if it is one.
    pub(super) section: Option<usize>,
    /// Why there is no version; empty if there is one.
    pub(super) lack: String,
    /// Every version that is said: more than one contradict each other.
    pub(super) says: Vec<VersionNumber>,
    /// The version that memory as compiled tells of, where none is proved: it can contradict, and never agree.
    pub(super) recovered: Option<VersionNumber>,
}

impl Said<'_> {
    /// The one version, if it can be read.
    pub(super) fn version(&self) -> Option<&VersionNumber> {
        match self.says.as_slice() {
            [one] if self.lack.is_empty() => Some(one),
            _ => None,
        }
    }
}

/// By the policy's convention, else by a known one.
pub(super) fn said<'a>(audit: &Audit<'a>) -> Said<'a> {
    match audit.ground.policy.abi.version.as_ref() {
        Some(stated) => by_policy(audit, &stated.value),
        None => by_known_name(audit),
    }
}

fn by_policy<'a>(audit: &Audit<'a>, version: &AbiVersion) -> Said<'a> {
    match version.source {
        AbiSource::Section => by_section(audit, version),
        AbiSource::Marker => by_marker(audit, &version.name),
        AbiSource::Export | AbiSource::Global => {
            let export = exported(audit, &version.name);
            by_number(
                audit,
                version.source,
                &version.name,
                export,
                Some(version.packed),
            )
        }
    }
}

/// The first known name that says a version; else the first that should.
fn by_known_name<'a>(audit: &Audit<'a>) -> Said<'a> {
    let mut candidates = audit.module.exports.iter().filter_map(|export| {
        let (_, source) = KNOWN.iter().find(|(name, _)| named(name, &export.name))?;
        Some(match source {
            AbiSource::Marker => by_marker(audit, &export.name),
            _ => by_number(audit, *source, &export.name, Some(export), None),
        })
    });
    let Some(first) = candidates.next() else {
        return Said {
            lack: "no export says one".to_owned(),
            ..Said::default()
        };
    };
    if first.lack.is_empty() {
        return first;
    }
    candidates
        .find(|said| said.lack.is_empty())
        .unwrap_or(first)
}

fn named(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.strip_prefix(prefix).is_some_and(is_number),
        None => pattern == name,
    }
}

/// Digits, or digits with `_` between.
fn is_number(text: &str) -> bool {
    text.split('_')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn exported<'a>(audit: &Audit<'a>, name: &str) -> Option<&'a Export> {
    audit
        .module
        .exports
        .iter()
        .find(|export| export.name == name)
}

/// A function or global that yields a number. `packed` is `None` where the number itself has to tell.
fn by_number<'a>(
    audit: &Audit<'a>,
    source: AbiSource,
    name: &str,
    export: Option<&'a Export>,
    packed: Option<bool>,
) -> Said<'a> {
    let lack = match export {
        None => format!("nothing is exported as `{name}`"),
        Some(export) => fault(audit, source, export, packed.is_some()).unwrap_or_default(),
    };
    let version = |number: fn(&Export) -> Option<i64>| {
        let export = export.filter(|_| lack.is_empty())?;
        let number = unsigned(&export.ty, number(export)?);
        Some(VersionNumber::new(
            number,
            packed.unwrap_or(number >= 1 << 16),
        ))
    };
    Said {
        source: Some(source),
        name: name.to_owned(),
        says: version(|export| export.constant).into_iter().collect(),
        recovered: version(|export| export.recovered),
        section: None,
        export,
        lack,
    }
}

/// Why an export cannot say a version. `strict` where the policy states the convention, whose functions yield an `i32`.
fn fault(audit: &Audit<'_>, source: AbiSource, export: &Export, strict: bool) -> Option<String> {
    let name = &export.name;
    match (source, &export.ty) {
        (AbiSource::Export, Extern::Function(signature)) => {
            let yields = match signature.results.as_slice() {
                [one] => one == "i32" || (one == "i64" && !strict),
                _ => false,
            };
            if !yields || !signature.params.is_empty() {
                return Some(format!(
                    "`{name}` has the signature `{signature}` and not `() -> i32`"
                ));
            }
            (export.index < audit.module.functions.imported)
                .then(|| format!("`{name}` is a function of the host's own, exported again"))
        }
        (AbiSource::Global, Extern::Global { value, .. }) => {
            if value != "i32" && value != "i64" {
                return Some(format!("`{name}` is a global of type `{value}`"));
            }
            let global = audit.module.globals.get(export.index as usize);
            global
                .is_some_and(|global| global.imported)
                .then(|| format!("`{name}` is a global of the host's own, exported again"))
        }
        (AbiSource::Global, other) => Some(format!(
            "`{name}` is exported as a {} and not as a global",
            other.kind()
        )),
        (AbiSource::Marker, Extern::Function(_)) => None,
        (_, other) => Some(format!(
            "`{name}` is exported as a {} and not as a function",
            other.kind()
        )),
    }
}

/// A marker, with every other marker of its family that the module exports too.
fn by_marker<'a>(audit: &Audit<'a>, name: &str) -> Said<'a> {
    let family = family(name);
    let of_family = |export: &&Export| {
        export.name == name
            || family.is_some_and(|family| export.name.strip_prefix(family).is_some_and(is_number))
    };
    let mut names: Vec<&str> = Vec::new();
    let mut fault_of = None;
    for export in audit.module.exports.iter().filter(of_family) {
        match fault(audit, AbiSource::Marker, export, true) {
            Some(fault) if export.name == name => fault_of = Some(fault),
            _ => names.push(&export.name),
        }
    }
    names.sort_unstable();
    let lack = if names.is_empty() {
        fault_of.unwrap_or_else(|| format!("nothing is exported as `{name}`"))
    } else {
        String::new()
    };
    Said {
        source: Some(AbiSource::Marker),
        name: name.to_owned(),
        export: exported(audit, name).or_else(|| exported(audit, names.first()?)),
        section: None,
        says: names.iter().copied().map(VersionNumber::marker).collect(),
        recovered: None,
        lack,
    }
}

/// What the markers of one convention have in common: `proxy_abi_version_` of `proxy_abi_version_0_2_1`.
fn family(marker: &str) -> Option<&str> {
    let stem = marker.trim_end_matches(|last: char| last.is_ascii_digit() || last == '_');
    let end = stem.len() + marker.get(stem.len()..)?.find(|at: char| at != '_')?;
    marker.get(..end).filter(|_| !stem.is_empty())
}

fn by_section<'a>(audit: &Audit<'a>, version: &AbiVersion) -> Said<'a> {
    let of_name = |section: &&Section| section.name.as_ref() == Some(&version.name);
    let sections = audit.module.sections.iter().filter(of_name);
    let mut said = Said {
        source: Some(AbiSource::Section),
        name: version.name.clone(),
        lack: format!("it has no custom section `{}`", version.name),
        ..Said::default()
    };
    for section in sections {
        let number = VersionNumber::of_section(audit.bytes, section, version.packed);
        let Some(number) = number else {
            said.says.clear();
            said.section = Some(section.offset);
            said.lack = format!("the custom section `{}` holds no number", version.name);
            return said;
        };
        said.section = said.section.or(Some(section.offset));
        if !said.says.contains(&number) {
            said.says.push(number);
        }
        said.lack.clear();
    }
    said
}

/// An `i32` as the unsigned number that a host reads.
fn unsigned(ty: &Extern, number: i64) -> i64 {
    let narrow = match ty {
        Extern::Function(signature) => signature.results.iter().all(|result| result == "i32"),
        Extern::Global { value, .. } => value == "i32",
        _ => false,
    };
    if narrow { number & 0xffff_ffff } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_of_one_family_are_told_from_others() {
        assert_eq!(
            family("proxy_abi_version_0_2_1"),
            Some("proxy_abi_version_")
        );
        assert_eq!(family("interface_version_8"), Some("interface_version_"));
        assert_eq!(family("abi2"), Some("abi"));
        for lone in ["abi", "abi_", "12", "_1", ""] {
            assert_eq!(family(lone), None, "{lone}");
        }
    }

    #[test]
    fn a_known_name_is_whole_and_its_star_is_a_number() {
        for (pattern, name, expected) in [
            ("abi_version", "abi_version", true),
            ("abi_version", "abi_version_", false),
            ("interface_version_*", "interface_version_8", true),
            ("interface_version_*", "interface_version_", false),
            ("interface_version_*", "interface_version_8b", false),
            ("proxy_abi_version_*", "proxy_abi_version_0_2_1", true),
            ("proxy_abi_version_*", "proxy_abi_version_0__1", false),
            ("proxy_abi_version_*", "proxy_abi_version_none", false),
        ] {
            assert_eq!(named(pattern, name), expected, "{name}");
        }
    }

    #[test]
    fn an_i32_is_read_unsigned_and_an_i64_as_it_is() {
        let global = |value: &str| Extern::Global {
            value: value.to_owned(),
            mutable: false,
        };
        assert_eq!(unsigned(&global("i32"), -1), 0xffff_ffff);
        assert_eq!(unsigned(&global("i64"), -1), -1);
    }
}
