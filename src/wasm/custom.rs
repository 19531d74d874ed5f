//! Custom sections: what class of content they carry, and what is read from the well-known ones.

use wasmparser::{
    CustomSectionReader, KnownCustom, Name, NameSectionReader, ProducersSectionReader,
};

use super::CustomContent;
use super::limit::{MAX_NAME, MAX_NAMES_SIZE, MAX_PRODUCERS, cut};

/// What starts an archive, an executable, another module or an image of one.
const MAGICS: &[&[u8]] = &[
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b\x08",
    b"\x7fELF",
    b"\0asm",
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zXZ\0",
    b"7z\xbc\xaf\x27\x1c",
    b"BZh9",
    b"Rar!\x1a\x07",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"!<arch>\n",
    b"#!/",
];

/// Where a tar archive has its mark.
const TAR_MARK: usize = 257;

/// The class of a custom section.
pub(super) fn content(name: &str, data: &[u8]) -> CustomContent {
    if is_archive(data) {
        CustomContent::Archive
    } else if name.starts_with(".debug_") || name.starts_with("reloc..debug_") {
        CustomContent::Dwarf
    } else if is_source_map(name, data) {
        CustomContent::SourceMap
    } else {
        CustomContent::Plain
    }
}

fn is_archive(data: &[u8]) -> bool {
    let tar = data
        .get(TAR_MARK..)
        .is_some_and(|rest| rest.starts_with(b"ustar"));
    let executable = data.starts_with(b"MZ") && data.len() >= 64;
    tar || executable || MAGICS.iter().any(|magic| data.starts_with(magic))
}

fn is_source_map(name: &str, data: &[u8]) -> bool {
    matches!(name, "sourceMappingURL" | "external_debug_info")
        || data.starts_with(b"{\"version\":3,")
}

/// Function names, bounded in total memory.
#[derive(Debug, Default)]
pub(super) struct Names {
    list: Vec<(u32, String)>,
    size: usize,
}

impl Names {
    /// Reads the functions' names out of a name section; a broken one ends early, as engines have it.
    pub(super) fn read(&mut self, section: &CustomSectionReader<'_>) {
        if let KnownCustom::Name(names) = section.as_known() {
            self.read_subsections(names);
        }
    }

    fn read_subsections(&mut self, names: NameSectionReader<'_>) {
        for subsection in names.into_iter().map_while(Result::ok) {
            if let Name::Function(map) = subsection {
                for naming in map.into_iter().map_while(Result::ok) {
                    if !self.keep(naming.index, naming.name) {
                        return;
                    }
                }
            }
        }
    }

    fn keep(&mut self, index: u32, name: &str) -> bool {
        let name = cut(name, MAX_NAME);
        self.size += name.len() + 2 * size_of::<(u32, String)>();
        if self.size > MAX_NAMES_SIZE {
            return false;
        }
        self.list.push((index, name.to_owned()));
        true
    }

    /// Sorted by index; of two names for a function the first counts.
    pub(super) fn finish(mut self) -> Vec<(u32, String)> {
        if !self.list.is_sorted_by(|a, b| a.0 < b.0) {
            self.list.sort_by_key(|(index, _)| *index);
            self.list.dedup_by_key(|(index, _)| *index);
        }
        self.list
    }
}

/// `field: name version` of a producers section.
pub(super) fn producers(section: &CustomSectionReader<'_>) -> Vec<(String, String, String)> {
    match section.as_known() {
        KnownCustom::Producers(fields) => read_producers(fields),
        _ => Vec::new(),
    }
}

fn read_producers(fields: ProducersSectionReader<'_>) -> Vec<(String, String, String)> {
    let mut list = Vec::new();
    for field in fields.into_iter().map_while(Result::ok) {
        let room = MAX_PRODUCERS.saturating_sub(list.len());
        let values = field.values.into_iter().map_while(Result::ok).take(room);
        list.extend(values.map(|value| {
            let short = |text| cut(text, MAX_NAME).to_owned();
            (short(field.name), short(value.name), short(value.version))
        }));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_told_by_name_and_magic() {
        let tar = [vec![0; TAR_MARK], b"ustar\0".to_vec()].concat();
        for (name, data, expected) in [
            (".debug_info", &b"\x01"[..], CustomContent::Dwarf),
            ("sourceMappingURL", b"x.map", CustomContent::SourceMap),
            ("external_debug_info", b"x", CustomContent::SourceMap),
            (
                "map",
                b"{\"version\":3,\"sources\":[]}",
                CustomContent::SourceMap,
            ),
            ("x", b"PK\x03\x04rest", CustomContent::Archive),
            (".debug_str", b"\x7fELF", CustomContent::Archive),
            ("x", b"\0asm", CustomContent::Archive),
            ("x", &tar, CustomContent::Archive),
            ("x", b"MZ", CustomContent::Plain),
            ("name", b"", CustomContent::Plain),
        ] {
            assert_eq!(content(name, data), expected, "{name}");
        }
    }

    #[test]
    fn names_are_sorted_and_bounded() {
        let mut names = Names::default();
        names.keep(4, "late");
        names.keep(1, "early");
        names.keep(4, "second");
        let all = names.finish();
        assert_eq!(all, [(1, "early".into()), (4, "late".into())]);
        let mut names = Names::default();
        let long = "x".repeat(MAX_NAME * 2);
        let kept = (0..u32::MAX)
            .take_while(|index| names.keep(*index, &long))
            .count();
        assert!(kept * MAX_NAME <= MAX_NAMES_SIZE);
    }
}
