//! Passive segments that code copies to a constant address as a whole, as linkers have it done at the start of programs with
//! threads.

use std::sync::Arc;

use memchr::memmem;
use wasmparser::{BinaryReader, FunctionBody, Operator};

use super::walk::Code;
use super::{DataSegment, features};

/// `memory.init`, however its prefix's second number is written.
const MEMORY_INIT: [u8; 2] = [0xfc, 0x08];
/// The most bytes of bodies that are looked through.
const MAX_BODIES: usize = 2 << 20;

/// Notes where each passive segment is copied to; the first copy counts. `runs` tells of a function by its index. Whether
/// there may be any.
pub(super) fn place(
    segments: &mut Arc<Vec<DataSegment>>,
    code: &Code,
    bytes: &[u8],
    runs: impl Fn(u32) -> bool,
) -> bool {
    if !segments.iter().any(|segment| segment.passive) {
        return false;
    }
    let segments = Arc::make_mut(segments);
    let mut left = MAX_BODIES;
    for (index, body) in (code.first..).zip(&code.bodies) {
        let start = body.start as usize;
        let content = bytes.get(start..body.end as usize).unwrap_or_default();
        if memmem::find(content, &MEMORY_INIT).is_none() || !runs(index) {
            continue;
        }
        let Some(rest) = left.checked_sub(content.len()) else {
            break;
        };
        left = rest;
        let reader = BinaryReader::new_features(content, start, features());
        copies(&FunctionBody::new(reader), segments);
    }
    true
}

/// Each `memory.init` right after three constants.
fn copies(body: &FunctionBody<'_>, segments: &mut [DataSegment]) {
    let Ok(operators) = body.get_operators_reader() else {
        return;
    };
    let mut constants: [Option<u32>; 3] = [None; 3];
    for operator in operators.into_iter().map_while(Result::ok) {
        if let (Operator::MemoryInit { data_index, mem: 0 }, [Some(to), Some(0), Some(size)]) =
            (&operator, constants)
        {
            copy(segments.get_mut(*data_index as usize), to, size);
        }
        constants.rotate_left(1);
        constants[2] = match operator {
            Operator::I32Const { value } => Some(value.cast_unsigned()),
            _ => None,
        };
    }
}

fn copy(segment: Option<&mut DataSegment>, to: u32, size: u32) {
    if let Some(segment) = segment
        && segment.passive
        && segment.copied.is_none()
        && segment.size == size as usize
    {
        segment.copied = Some(u64::from(to));
    }
}

#[cfg(test)]
mod tests {
    use crate::wasm::{Image, decode, encode_text};

    #[test]
    fn a_segment_that_is_copied_is_read_where_it_lies() {
        let bytes = encode_text(
            r#"(module (memory 1) (data $a "/etc/passwd") (data $b "never") (data $c "moving")
                (func (export "f") (param i32)
                  (memory.init $a (i32.const 64) (i32.const 0) (i32.const 11))
                  (memory.init $a (i32.const 96) (i32.const 0) (i32.const 11))
                  (memory.init $b (i32.const 128) (i32.const 1) (i32.const 4))
                  (memory.init $c (local.get 0) (i32.const 0) (i32.const 6))))"#,
        )
        .unwrap();
        let module = decode(&bytes);
        let places: Vec<_> = module.data.iter().map(|segment| segment.copied).collect();
        assert_eq!(places, [Some(64), None, None]);
        let image = Image::of(&module, &bytes);
        assert_eq!(image.text(64, 11).unwrap().text, "/etc/passwd");
    }
}
