//! Parsed conditions as bytes: `build.rs` packs those of the built-in rules, so that start-up parses none of them.
//! A node is a tag byte and its parts; texts and lists have a 32-bit little-endian length before them.

use cel::common::ast::{
    CallExpr, ComprehensionExpr, Expr, IdedExpr, ListExpr, LiteralValue, SelectExpr,
};

const CALL: u8 = 0;
const METHOD: u8 = 1;
const LOOP: u8 = 2;
const IDENT: u8 = 3;
const LIST: u8 = 4;
const SELECT: u8 = 5;
const TEST: u8 = 6;
const FALSE: u8 = 7;
const TRUE: u8 = 8;
const INT: u8 = 9;
const TEXT: u8 = 10;
const NULL: u8 = 11;

/// Appends an expression; `None` if it has a part that conditions have no use for (maps, structs, doubles).
pub fn pack(expr: &IdedExpr, out: &mut Vec<u8>) -> Option<()> {
    match &expr.expr {
        Expr::Call(call) => pack_call(call, out),
        Expr::Comprehension(part) => pack_loop(part, out),
        Expr::Ident(name) => tagged(IDENT, name, out),
        Expr::List(list) if list.optional_indices.is_empty() => {
            out.push(LIST);
            pack_all(&list.elements, out)
        }
        Expr::Select(select) => {
            tagged(if select.test { TEST } else { SELECT }, &select.field, out)?;
            pack(&select.operand, out)
        }
        Expr::Literal(literal) => pack_literal(literal, out),
        _ => None,
    }
}

fn pack_call(call: &CallExpr, out: &mut Vec<u8>) -> Option<()> {
    let tag = if call.target.is_some() { METHOD } else { CALL };
    tagged(tag, &call.func_name, out)?;
    if let Some(target) = &call.target {
        pack(target, out)?;
    }
    pack_all(&call.args, out)
}

fn pack_loop(part: &ComprehensionExpr, out: &mut Vec<u8>) -> Option<()> {
    if part.iter_var2.is_some() {
        return None;
    }
    tagged(LOOP, &part.iter_var, out)?;
    text(&part.accu_var, out)?;
    [
        &part.iter_range,
        &part.accu_init,
        &part.loop_cond,
        &part.loop_step,
        &part.result,
    ]
    .into_iter()
    .try_for_each(|expr| pack(expr, out))
}

fn pack_literal(literal: &LiteralValue, out: &mut Vec<u8>) -> Option<()> {
    match literal {
        LiteralValue::Boolean(flag) => out.push(if *flag.inner() { TRUE } else { FALSE }),
        LiteralValue::Int(number) => {
            out.push(INT);
            out.extend(number.inner().to_le_bytes());
        }
        LiteralValue::String(string) => tagged(TEXT, string.inner(), out)?,
        LiteralValue::Null => out.push(NULL),
        _ => return None,
    }
    Some(())
}

fn pack_all(exprs: &[IdedExpr], out: &mut Vec<u8>) -> Option<()> {
    out.extend(u32::try_from(exprs.len()).ok()?.to_le_bytes());
    exprs.iter().try_for_each(|expr| pack(expr, out))
}

fn tagged(tag: u8, name: &str, out: &mut Vec<u8>) -> Option<()> {
    out.push(tag);
    text(name, out)
}

fn text(text: &str, out: &mut Vec<u8>) -> Option<()> {
    out.extend(u32::try_from(text.len()).ok()?.to_le_bytes());
    out.extend(text.as_bytes());
    Some(())
}

/// Reads one expression off the front of `bytes`; `None` if they are not what [`pack`] writes.
pub fn unpack(bytes: &mut &[u8]) -> Option<IdedExpr> {
    let (tag, rest) = bytes.split_first()?;
    *bytes = rest;
    let expr = match *tag {
        CALL => Expr::Call(CallExpr {
            func_name: unpack_text(bytes)?,
            target: None,
            args: unpack_all(bytes)?,
        }),
        METHOD => Expr::Call(CallExpr {
            func_name: unpack_text(bytes)?,
            target: Some(Box::new(unpack(bytes)?)),
            args: unpack_all(bytes)?,
        }),
        LOOP => Expr::Comprehension(Box::new(unpack_loop(bytes)?)),
        IDENT => Expr::Ident(unpack_text(bytes)?),
        LIST => Expr::List(ListExpr::new(unpack_all(bytes)?)),
        SELECT | TEST => Expr::Select(SelectExpr {
            field: unpack_text(bytes)?,
            operand: Box::new(unpack(bytes)?),
            test: *tag == TEST,
        }),
        FALSE => Expr::Literal(LiteralValue::Boolean(false.into())),
        TRUE => Expr::Literal(LiteralValue::Boolean(true.into())),
        INT => {
            let (number, rest) = bytes.split_first_chunk::<8>()?;
            *bytes = rest;
            Expr::Literal(LiteralValue::Int(i64::from_le_bytes(*number).into()))
        }
        TEXT => Expr::Literal(LiteralValue::String(unpack_text(bytes)?.into())),
        NULL => Expr::Literal(LiteralValue::Null),
        _ => return None,
    };
    Some(IdedExpr { id: 0, expr })
}

fn unpack_loop(bytes: &mut &[u8]) -> Option<ComprehensionExpr> {
    Some(ComprehensionExpr {
        iter_var: unpack_text(bytes)?,
        iter_var2: None,
        accu_var: unpack_text(bytes)?,
        iter_range: unpack(bytes)?,
        accu_init: unpack(bytes)?,
        loop_cond: unpack(bytes)?,
        loop_step: unpack(bytes)?,
        result: unpack(bytes)?,
    })
}

fn unpack_all(bytes: &mut &[u8]) -> Option<Vec<IdedExpr>> {
    let count = unpack_length(bytes)?;
    (0..count).map(|_| unpack(bytes)).collect()
}

fn unpack_text(bytes: &mut &[u8]) -> Option<String> {
    let length = unpack_length(bytes)?;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    String::from_utf8(text.to_vec()).ok()
}

fn unpack_length(bytes: &mut &[u8]) -> Option<usize> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    usize::try_from(u32::from_le_bytes(*length)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_survives_but_for_its_places() {
        for source in [
            "it.a == 'x' && !(it.b > -5) || it.c in ['y', \"z\"]",
            "it.list.exists(one, one.startsWith('wasi') && one != it.a) ? true : false",
            "has(it.a) && size(it.list) >= 2 && it.max == null",
        ] {
            let program = cel::Program::compile(source).unwrap();
            let mut packed = Vec::new();
            pack(program.expression(), &mut packed).unwrap();
            let mut again = Vec::new();
            pack(&unpack(&mut packed.as_slice()).unwrap(), &mut again).unwrap();
            assert_eq!(packed, again);
            assert!((0..packed.len()).all(|end| unpack(&mut &packed[..end]).is_none()));
        }
        let program = cel::Program::compile("{'a': 1.5}").unwrap();
        assert!(pack(program.expression(), &mut Vec::new()).is_none());
    }
}
