//! Advisories about engines, as data: `rules/engines/*.yaml` as `build.rs` packed them, read once and when first asked for.

use std::sync::LazyLock;

use crate::source::{Node, unpack};

type Packed = &'static [(&'static str, &'static [(&'static str, &'static [u8])])];

const PACKED: Packed = include!(concat!(env!("OUT_DIR"), "/engines.rs"));

static ADVISORIES: LazyLock<Vec<Advisory>> = LazyLock::new(|| {
    let files = PACKED.iter();
    files.flat_map(|(_, values)| advisories(values)).collect()
});

/// The version of an engine; three numbers, as engines that follow semantic versioning have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EngineVersion {
    /// The first number.
    pub major: u32,
    /// The second.
    pub minor: u32,
    /// The third.
    pub patch: u32,
}

/// A known hole of an engine.
#[derive(Debug, Clone)]
pub struct Advisory {
    /// The engine: `wasmtime`.
    pub engine: String,
    /// Its public id.
    pub id: String,
    /// Another id of the same.
    pub alias: Option<String>,
    /// What happens, in one sentence.
    pub title: String,
    /// `error`, `warning` or `none`.
    pub severity: String,
    /// For `none`: what keeps a guest from it here.
    pub why: Option<String>,
    since: Option<EngineVersion>,
    fixed: Vec<EngineVersion>,
}

impl EngineVersion {
    /// `48.0.8`; nothing before, between or after.
    pub fn read(text: &str) -> Option<Self> {
        let digits = |part: &str| {
            let plain = part.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| part.parse().ok()).flatten()
        };
        let mut parts = text.split('.').map(digits);
        let (major, minor, patch) = (parts.next()??, parts.next()??, parts.next()??);
        let whole = Self {
            major,
            minor,
            patch,
        };
        parts.next().is_none().then_some(whole)
    }
}

impl std::fmt::Display for EngineVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl Advisory {
    /// Those that an engine of this version has.
    pub fn of(engine: &str, version: EngineVersion) -> impl Iterator<Item = &'static Self> {
        let all = ADVISORIES.iter();
        all.filter(move |one| one.engine == engine && one.is_in(version))
    }

    fn is_in(&self, version: EngineVersion) -> bool {
        let early = self.since.is_some_and(|since| version < since);
        let later = |fixed: &EngineVersion| version.major > fixed.major;
        let mended = |fixed: &EngineVersion| version.major == fixed.major && version >= *fixed;
        !(early || self.fixed.iter().all(later) || self.fixed.iter().any(mended))
    }

    /// The nearest version above this one that does not have it.
    pub fn mended_after(&self, version: EngineVersion) -> Option<EngineVersion> {
        let above = self.fixed.iter().filter(|fixed| **fixed > version);
        above.min().copied()
    }
}

fn advisories(values: &[(&str, &'static [u8])]) -> Vec<Advisory> {
    let value = |name: &str| {
        let (_, packed) = values.iter().find(|(key, _)| *key == name)?;
        let mut packed: &'static [u8] = packed;
        unpack(&mut packed)
    };
    let (Some(engine), Some(listed)) = (value("engine"), value("advisories")) else {
        return Vec::new();
    };
    let engine = engine.text().unwrap_or_default();
    let listed = listed.list().unwrap_or_default().iter();
    listed.filter_map(|node| advisory(engine, node)).collect()
}

fn advisory(engine: &str, node: &Node) -> Option<Advisory> {
    let text = |key: &str| Some(node.get(key)?.text()?.to_owned());
    let fixed = node.get("fixed")?.list()?.iter();
    Some(Advisory {
        engine: engine.to_owned(),
        id: text("id")?,
        alias: text("alias"),
        title: text("title")?,
        severity: text("severity")?,
        why: text("why"),
        since: text("since").and_then(|since| EngineVersion::read(&since)),
        fixed: fixed
            .map(|version| EngineVersion::read(version.text()?))
            .collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::ENGINE;
    use crate::source::{SourceId, Value, parse};

    fn version(text: &str) -> EngineVersion {
        EngineVersion::read(text).unwrap()
    }

    fn known(text: &str) -> Vec<&'static str> {
        let found = Advisory::of("wasmtime", version(text));
        found.map(|advisory| advisory.id.as_str()).collect()
    }

    #[test]
    fn a_version_is_three_numbers() {
        assert_eq!(version("48.0.8").to_string(), "48.0.8");
        for text in [
            "48.0",
            "48.0.8.1",
            "48.0.8-rc.1",
            "+48.0.8",
            "48..8",
            "",
            "v1.2.3",
            "99999999999.0.0",
        ] {
            assert_eq!(EngineVersion::read(text), None, "{text}");
        }
        assert!(version("48.0.10") > version("48.0.9"));
    }

    /// All that the files say is read: a key that is misspelled or a version that is none would leave a hole unnamed.
    #[test]
    fn every_advisory_of_the_files_is_read_whole() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/engines");
        let mut listed = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let root = parse(&text, SourceId(0)).unwrap();
            let items = root.get("advisories").and_then(Node::list).unwrap();
            for item in items {
                let Value::Map(entries) = &item.value else {
                    panic!("{item:?}");
                };
                let known = ["id", "alias", "title", "severity", "why", "since", "fixed"];
                for entry in entries {
                    assert!(known.contains(&&*entry.key), "{}", entry.key);
                }
                let since = item.get("since").and_then(Node::text);
                assert!(since.is_none_or(|since| EngineVersion::read(since).is_some()));
                let read = advisory("wasmtime", item).unwrap_or_else(|| panic!("{item:?}"));
                assert!(["error", "warning", "none"].contains(&&*read.severity));
                assert_eq!(read.why.is_some(), read.severity == "none", "{}", read.id);
                assert!(
                    read.fixed.is_sorted() && !read.fixed.is_empty(),
                    "{}",
                    read.id
                );
            }
            listed += items.len();
        }
        assert_eq!(ADVISORIES.len(), listed);
    }

    #[test]
    fn lines_that_are_mended_and_later_ones_are_not_named() {
        let slash = "RUSTSEC-2026-0269";
        for text in ["1.0.0", "24.0.12", "25.0.0", "36.0.13", "46.0.2", "47.0.3"] {
            assert!(known(text).contains(&slash), "{text}");
        }
        for text in [
            "24.0.13", "36.0.14", "36.1.0", "46.0.3", "47.0.4", "48.0.0", "99.0.0",
        ] {
            assert!(!known(text).contains(&slash), "{text}");
        }
        assert!(known("47.0.0").contains(&"RUSTSEC-2026-0315"));
        assert!(!known("46.9.9").contains(&"RUSTSEC-2026-0315"));
        let advisory = Advisory::of("wasmtime", version("46.0.2")).find(|one| one.id == slash);
        let mended = advisory.and_then(|one| one.mended_after(version("46.0.2")));
        assert_eq!(mended, Some(version("46.0.3")));
        assert_eq!(Advisory::of("another", version("1.0.0")).count(), 0);
    }

    /// A release with a hole that a guest can use is none.
    #[test]
    fn the_own_engine_has_no_hole_that_a_guest_can_use() {
        let (name, text) = ENGINE.split_once(' ').unwrap();
        let open: Vec<&str> = Advisory::of(name, version(text))
            .filter(|advisory| advisory.severity != "none")
            .map(|advisory| advisory.id.as_str())
            .collect();
        assert!(open.is_empty(), "{ENGINE}: {open:?}");
    }
}
