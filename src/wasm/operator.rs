//! Operators in the text format's words.

use wasmparser::{BinaryReader, Operator, OperatorsReader};

use super::features;
use super::immediate::Immediate;

/// Operand families: what stands before the first dot of a text-format name.
const FAMILIES: &[&str] = &[
    "i32", "i64", "f32", "f64", "v128", "i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2",
    "memory", "table", "local", "global", "ref", "struct", "array", "any", "extern", "i31", "elem",
    "data", "atomic", "cont",
];

/// The operator at a byte offset, if it decodes by itself.
pub(super) fn at(bytes: &[u8], offset: usize) -> Option<String> {
    let rest = bytes.get(offset..)?;
    let reader = BinaryReader::new_features(rest, offset, features());
    let operator = OperatorsReader::new(reader).read().ok()?;
    Some(name(&operator))
}

/// `i32.extend8_s`, `memory.copy`, `br_if`.
pub(super) fn name(operator: &Operator<'_>) -> String {
    spell(visit_name(operator))
}

macro_rules! visit_names {
    ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        fn visit_name(operator: &Operator<'_>) -> &'static str {
            match operator {
                $( Operator::$op { .. } => stringify!($visit), )*
                _ => "visit_unknown",
            }
        }
    };
}
wasmparser::for_each_operator!(visit_names);

macro_rules! immediates {
    ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        fn immediates(operator: &Operator<'_>) -> Vec<String> {
            match operator {
                $( Operator::$op $({ $($arg),* })? => vec![ $($( $arg.text() ),*)? ], )*
                _ => Vec::new(),
            }
        }
    };
}
wasmparser::for_each_operator!(immediates);

/// The operator with what follows its name: `i32.load offset=8`.
pub(super) fn line(operator: &Operator<'_>) -> String {
    let mut line = name(operator);
    let parts = match operator {
        // The text format leaves the first memory and table out.
        Operator::MemorySize { mem: 0 }
        | Operator::MemoryGrow { mem: 0 }
        | Operator::MemoryFill { mem: 0 }
        | Operator::MemoryCopy {
            dst_mem: 0,
            src_mem: 0,
        } => Vec::new(),
        Operator::CallIndirect {
            type_index,
            table_index: 0,
        } => vec![format!("(type {type_index})")],
        _ => immediates(operator),
    };
    for part in parts.iter().filter(|part| !part.is_empty()) {
        line.push(' ');
        line.push_str(part);
    }
    line
}

fn spell(visit: &str) -> String {
    let plain = visit.strip_prefix("visit_").unwrap_or(visit);
    let plain = match plain {
        "typed_select" | "typed_select_multi" => "select",
        "ref_test_non_null" | "ref_test_nullable" => "ref.test",
        "ref_cast_non_null" | "ref_cast_nullable" => "ref.cast",
        other => other,
    };
    match plain.split_once('_') {
        Some((family, rest)) if FAMILIES.contains(&family) => format!("{family}.{}", inner(rest)),
        _ => plain.to_owned(),
    }
}

/// The second dot of atomic names: `atomic.rmw8.add_u`.
fn inner(rest: &str) -> String {
    let Some(atomic) = rest.strip_prefix("atomic_") else {
        return rest.to_owned();
    };
    match atomic.split_once('_') {
        Some((width, operation)) if width.starts_with("rmw") => {
            format!("atomic.{width}.{operation}")
        }
        _ => format!("atomic.{atomic}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_text_format() {
        for (visit, text) in [
            ("visit_i32_extend8_s", "i32.extend8_s"),
            ("visit_i32_atomic_rmw8_add_u", "i32.atomic.rmw8.add_u"),
            ("visit_memory_atomic_wait32", "memory.atomic.wait32"),
            ("visit_atomic_fence", "atomic.fence"),
            ("visit_br_if", "br_if"),
            ("visit_call_indirect", "call_indirect"),
            ("visit_i8x16_relaxed_swizzle", "i8x16.relaxed_swizzle"),
            ("visit_typed_select", "select"),
        ] {
            assert_eq!(spell(visit), text);
        }
    }

    #[test]
    fn an_operator_is_found_at_its_place() {
        assert_eq!(at(&[0, 0xc0], 1).as_deref(), Some("i32.extend8_s"));
        assert_eq!(at(&[0xff], 0), None);
        assert_eq!(at(&[], 7), None);
    }

    #[test]
    fn every_name_is_accepted_by_the_text_format() {
        for byte in 0x45..=0xc4u8 {
            let text = at(&[byte], 0).unwrap();
            let wat = format!("(module (func unreachable {text} unreachable))");
            assert!(wat::parse_str(wat).is_ok(), "{text}");
        }
    }
}
