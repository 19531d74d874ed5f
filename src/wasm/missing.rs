//! Whether what is wrong with a binary is only that it uses a proposal which is not taken.

use wasmparser::{BinaryReader, FuncToValidate, FuncValidatorAllocations, WasmFeatures};

use super::features;
use super::walk::{Code, Walk};

/// The proposal without which a binary has its first fault at `offset`, by its name as policies would spell it. `None` if no
/// single one takes that fault away.
pub(super) fn proposal(bytes: &[u8], offset: usize) -> Option<String> {
    let unknown = WasmFeatures::all().difference(features());
    let candidates: Vec<(&str, WasmFeatures)> = unknown.iter_names().collect();
    let walk = Walk::over(bytes);
    let body = if is_past(&walk, offset) {
        walk.codes.iter().find_map(|code| at(code, offset))
    } else {
        None
    };
    // Declarations before a fault in code are valid as they are, and are not walked over again.
    let gets_by = |more: &[(&str, WasmFeatures)]| {
        let more = more.iter().map(|(_, one)| *one);
        let features = more.fold(features(), WasmFeatures::union);
        let Some((code, place)) = body else {
            return is_past(&Walk::taking(bytes, features), offset);
        };
        let fault = validate(bytes, code, place, (offset, features)).err();
        fault.is_none_or(|fault| fault.offset() > offset)
    };
    // A fault that is none here is one of our own limits.
    if gets_by(&[]) || !gets_by(&candidates) {
        return None;
    }
    let mut left = candidates.as_slice();
    while left.len() > 1 {
        let (first, second) = left.split_at(left.len() / 2);
        left = if gets_by(first) { first } else { second };
    }
    let (name, _) = left.first().filter(|_| gets_by(left))?;
    Some(name.to_lowercase().replace('_', "-"))
}

/// Whether there is no fault up to `offset` outside of code.
fn is_past(walk: &Walk<'_>, offset: usize) -> bool {
    let fault = walk.module.malformed.as_ref();
    fault.is_none_or(|fault| fault.offset > offset)
}

/// The section of code with a body around `offset`, and which one of its bodies that is.
fn at(code: &Code, offset: usize) -> Option<(&Code, usize)> {
    let place = code
        .bodies
        .partition_point(|body| (body.end as usize) < offset);
    let body = code.bodies.get(place)?;
    (body.start as usize <= offset).then_some((code, place))
}

/// Validates a body up to `last`.
fn validate(
    bytes: &[u8],
    code: &Code,
    place: usize,
    (last, features): (usize, WasmFeatures),
) -> wasmparser::Result<()> {
    let body = code.bodies.get(place).cloned().unwrap_or_default();
    let index = code
        .first
        .saturating_add(u32::try_from(place).unwrap_or(u32::MAX));
    let resources = &code.resources;
    let to_validate = FuncToValidate {
        resources,
        index,
        ty: wasmparser::WasmModuleResources::type_index_of_function(resources, index)
            .unwrap_or_default(),
        features,
    };
    let mut validator = to_validate.into_validator(FuncValidatorAllocations::default());
    let (start, end) = (body.start as usize, body.end as usize);
    let content = bytes.get(start..end).unwrap_or_default();
    let mut reader = BinaryReader::new_features(content, start, features);
    validator.read_locals(&mut reader)?;
    while !reader.eof() {
        let offset = reader.original_position();
        if offset > last {
            return Ok(());
        }
        reader.visit_operator(&mut validator.visitor(offset))??;
    }
    let end = reader.original_position();
    reader.finish_expression(&validator.visitor(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::{decode, encode_text};

    fn missing_in(text: &str) -> Option<String> {
        let bytes = encode_text(text).unwrap();
        let fault = decode(&bytes).malformed.unwrap();
        proposal(&bytes, fault.offset)
    }

    #[test]
    fn a_proposal_that_is_missing_is_named() {
        let named = [
            (
                "legacy-exceptions",
                "(module (func nop) (func try nop catch_all nop end) (func nop))",
            ),
            (
                "stack-switching",
                "(module (type $f (func)) (type (cont $f)) (func nop))",
            ),
            (
                "memory-control",
                "(module (memory 1) (func (memory.discard (i32.const 0) (i32.const 0))))",
            ),
            (
                "shared-everything-threads",
                "(module (global (shared mut i32) (i32.const 0)))",
            ),
            ("cm-error-context", "(component (type $e error-context))"),
        ];
        for (name, text) in named {
            assert_eq!(missing_in(text).as_deref(), Some(name), "{text}");
            let reason = decode(&encode_text(text).unwrap())
                .malformed
                .unwrap()
                .reason;
            assert!(reason.contains(&format!("`{name}`")), "{reason}");
        }
    }

    /// Large modules are decoded another way.
    #[test]
    fn the_size_changes_nothing() {
        for size in [1, 1 << 20] {
            let data = "x".repeat(size);
            let text = format!(
                "(module (memory 17) (func try nop catch_all nop end) (data (i32.const 0) \"{data}\"))"
            );
            let fault = decode(&encode_text(&text).unwrap()).malformed.unwrap();
            assert!(fault.reason.contains("`legacy-exceptions`"), "{fault:?}");
        }
    }

    #[test]
    fn a_fault_of_no_proposal_names_none() {
        let without = [
            "(module (func i32.add))",
            "(module (func (result i32)))",
            "(module (func (call 7)))",
            "(module (func i32.add) (func try nop catch_all nop end))",
        ];
        for text in without {
            assert_eq!(missing_in(text), None, "{text}");
        }
        assert_eq!(proposal(b"", 0), None);
        assert_eq!(proposal(b"\0asm\x01\0\0\0", 0), None);
    }

    #[test]
    fn a_later_fault_changes_nothing() {
        let then = "(module (func try nop catch_all nop end i32.add))";
        assert_eq!(missing_in(then).as_deref(), Some("legacy-exceptions"));
    }
}
