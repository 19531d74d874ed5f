//! The name section: its functions have other indices, and new ones have names.

use std::collections::BTreeMap;

use wasmparser::BinaryReader;

use super::bytes::{list, sized, unsigned};

/// The subsection of functions' names; those of locals and labels, by function, follow it.
const FUNCTIONS: u8 = 1;
const LOCALS: u8 = 2;
const LABELS: u8 = 3;

/// Writes a name section anew. What does not read is left out, as engines have it. Names of labels count the blocks of a
/// function, and are true only where `blocks` are as they were.
pub(super) fn renamed(
    content: &[u8],
    places: &[Option<u32>],
    new: &BTreeMap<u32, String>,
    blocks: bool,
) -> Vec<u8> {
    let mut parts: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
    let mut reader = BinaryReader::new(content, 0);
    while let Some((id, part)) = subsection(&mut reader) {
        let written = match id {
            FUNCTIONS => functions(part, places, new),
            LABELS if !blocks => None,
            LOCALS | LABELS => by_function(part, places),
            _ => Some(part.to_vec()),
        };
        if let Some(written) = written {
            parts.entry(id).or_insert(written);
        }
    }
    if !new.is_empty() {
        let named = || functions(&[0], places, new).unwrap_or_default();
        parts.entry(FUNCTIONS).or_insert_with(named);
    }
    let mut out = Vec::new();
    for (id, part) in parts {
        // An empty list says nothing.
        if part != [0] {
            out.push(id);
            sized(&mut out, &part);
        }
    }
    out
}

fn subsection<'a>(reader: &mut BinaryReader<'a>) -> Option<(u8, &'a [u8])> {
    let id = reader.read_u8().ok()?;
    let size = reader.read_var_u32().ok()?;
    Some((id, reader.read_bytes(size as usize).ok()?))
}

/// The new index of a function, if it is still there.
fn place(places: &[Option<u32>], function: u32) -> Option<u32> {
    places.get(function as usize).copied().flatten()
}

fn functions(part: &[u8], places: &[Option<u32>], new: &BTreeMap<u32, String>) -> Option<Vec<u8>> {
    let mut reader = BinaryReader::new(part, 0);
    let mut names: BTreeMap<u32, &str> = BTreeMap::new();
    for _ in 0..reader.read_var_u32().ok()? {
        let index = reader.read_var_u32().ok()?;
        let name = reader.read_string().ok()?;
        if let Some(place) = place(places, index) {
            names.entry(place).or_insert(name);
        }
    }
    names.extend(new.iter().map(|(index, name)| (*index, name.as_str())));
    let mut items = Vec::with_capacity(part.len());
    for (index, name) in &names {
        unsigned(&mut items, u64::from(*index));
        sized(&mut items, name.as_bytes());
    }
    Some(list(names.len(), &items))
}

fn by_function(part: &[u8], places: &[Option<u32>]) -> Option<Vec<u8>> {
    let mut reader = BinaryReader::new(part, 0);
    let mut maps: BTreeMap<u32, &[u8]> = BTreeMap::new();
    for _ in 0..reader.read_var_u32().ok()? {
        let index = reader.read_var_u32().ok()?;
        let start = reader.original_position();
        for _ in 0..reader.read_var_u32().ok()? {
            reader.read_var_u32().ok()?;
            reader.read_string().ok()?;
        }
        let map = part.get(start..reader.original_position())?;
        if let Some(place) = place(places, index) {
            maps.entry(place).or_insert(map);
        }
    }
    let mut items = Vec::with_capacity(part.len());
    for (index, map) in &maps {
        unsigned(&mut items, u64::from(*index));
        items.extend_from_slice(map);
    }
    Some(list(maps.len(), &items))
}
