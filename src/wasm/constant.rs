//! What is constant at a glance: initializers and functions that only return a number. Also notes what initializers need.

use wasmparser::{BinaryReader, ConstExpr, FunctionBody, Operator, OperatorsReader};

use super::features;
use super::proposal::Proposal;
use super::usage::{Site, Usage};

/// The integer that an initializer is, if it is one constant and nothing else.
pub(super) fn of_expression(expression: &ConstExpr<'_>) -> Option<i64> {
    sole_constant(expression.get_operators_reader())
}

/// The longest body that can be a constant's, in bytes; twenty thousand exports may share a longer one.
const MAX_BODY: usize = 64;

/// The integer that a body returns, if it does nothing else. `body` is its bytes, locals included.
pub(super) fn of_body(body: &[u8]) -> Option<i64> {
    if body.len() > MAX_BODY {
        return None;
    }
    let reader = BinaryReader::new_features(body, 0, features());
    sole_constant(FunctionBody::new(reader).get_operators_reader().ok()?)
}

fn sole_constant(mut operators: OperatorsReader<'_>) -> Option<i64> {
    let value = integer(&operators.read().ok()?)?;
    match operators.read().ok()? {
        Operator::End => Some(value),
        Operator::Return => matches!(operators.read(), Ok(Operator::End)).then_some(value),
        _ => None,
    }
}

fn integer(operator: &Operator<'_>) -> Option<i64> {
    match operator {
        Operator::I32Const { value } => Some(i64::from(*value)),
        Operator::I64Const { value } => Some(*value),
        _ => None,
    }
}

/// Notes the proposals that an initializer needs. `imported` is the number of imported globals.
pub(super) fn note(usage: &mut Usage, expression: &ConstExpr<'_>, imported: usize) {
    let mut operators = expression.get_operators_reader();
    while let Ok((operator, offset)) = operators.read_with_offset() {
        let site = Site {
            offset,
            function: None,
        };
        note_operator(usage, &operator, site, imported);
    }
}

fn note_operator(usage: &mut Usage, operator: &Operator<'_>, site: Site, imported: usize) {
    match operator {
        Operator::I32Add
        | Operator::I32Sub
        | Operator::I32Mul
        | Operator::I64Add
        | Operator::I64Sub
        | Operator::I64Mul => usage.note(Proposal::ExtendedConst, site, ""),
        Operator::GlobalGet { global_index } if *global_index as usize >= imported => {
            usage.note(Proposal::Gc, site, "initializer from a defined global");
        }
        Operator::RefNull { hty } => {
            usage.note(Proposal::ReferenceTypes, site, "");
            usage.heap(*hty, site);
        }
        Operator::RefFunc { .. } => usage.note(Proposal::ReferenceTypes, site, ""),
        Operator::V128Const { .. } => usage.note(Proposal::Simd, site, ""),
        Operator::I32Const { .. }
        | Operator::I64Const { .. }
        | Operator::F32Const { .. }
        | Operator::F64Const { .. }
        | Operator::GlobalGet { .. }
        | Operator::End => {}
        _ => usage.note(Proposal::Gc, site, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lone_constant_counts() {
        assert_eq!(of_body(&[0, 0x41, 7, 0x0b]), Some(7));
        assert_eq!(of_body(&[0, 0x42, 0x7f, 0x0f, 0x0b]), Some(-1));
        assert_eq!(of_body(&[0, 0x41, 7, 0x41, 1, 0x6a, 0x0b]), None);
        assert_eq!(of_body(&[0, 0x0b]), None);
        assert_eq!(of_body(&[]), None);
    }

    #[test]
    fn a_body_of_many_locals_is_not_read_for_each_export() {
        let locals = |count: u8| {
            let groups = [1, 0x7f].repeat(usize::from(count));
            [vec![count], groups, vec![0x41, 7, 0x0b]].concat()
        };
        assert_eq!(of_body(&locals(30)), Some(7));
        assert_eq!(of_body(&locals(31)), None);
    }
}
