//! The names of sections, and a walk over their items.

use wasmparser::{FromReader, SectionLimited};

use super::{Kind, Malformed};

/// A core module's sections by id.
const CORE: &[&str] = &[
    "custom",
    "type",
    "import",
    "function",
    "table",
    "memory",
    "global",
    "export",
    "start",
    "element",
    "code",
    "data",
    "data count",
    "tag",
];

/// A component's sections by id.
const COMPONENT: &[&str] = &[
    "custom",
    "module",
    "core instance",
    "core type",
    "component",
    "instance",
    "alias",
    "type",
    "canonical",
    "start",
    "import",
    "export",
];

/// The name of a section by its id.
pub(super) fn name(id: u8, kind: Kind) -> &'static str {
    let names = match kind {
        Kind::Component => COMPONENT,
        Kind::Core | Kind::Wasip1 => CORE,
    };
    names.get(usize::from(id)).copied().unwrap_or("unknown")
}

/// Calls `take` with each item and where it starts.
pub(super) fn each<'a, T: FromReader<'a>>(
    section: &SectionLimited<'a, T>,
    mut take: impl FnMut(usize, T),
) -> Result<(), Malformed> {
    for item in section.clone().into_iter_with_offsets() {
        let (offset, item) = item?;
        take(offset, item);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_mean_different_things_in_components() {
        assert_eq!(name(1, Kind::Core), "type");
        assert_eq!(name(1, Kind::Component), "module");
        assert_eq!(name(13, Kind::Wasip1), "tag");
        assert_eq!(name(99, Kind::Core), "unknown");
    }
}
