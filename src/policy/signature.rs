//! Signatures as policies write them: `(i32, i32) -> i64`, `() -> ()`.

use crate::wasm::{Signature, ValueType};

/// The value types that a signature may name.
pub const VALUE_TYPES: &[&str] = &[
    "i32",
    "i64",
    "f32",
    "f64",
    "v128",
    "funcref",
    "externref",
    "exnref",
    "anyref",
    "eqref",
    "i31ref",
    "structref",
    "arrayref",
    "nullref",
    "nullfuncref",
    "nullexternref",
];

/// The most parameters or results, as engines have it.
const MAX_TYPES: usize = 1000;

/// Reads a signature; `None` if it is not one.
pub fn signature(text: &str) -> Option<Signature> {
    let (params, results) = match text.split_once("->") {
        Some((params, results)) => (params.trim(), results.trim()),
        None => (text.trim(), "()"),
    };
    let results = if VALUE_TYPES.contains(&results) {
        vec![results.to_owned()]
    } else {
        list(results)?
    };
    Some(Signature {
        params: list(params)?,
        results,
    })
}

fn list(text: &str) -> Option<Vec<ValueType>> {
    let inside = text.strip_prefix('(')?.strip_suffix(')')?.trim();
    if inside.is_empty() {
        return Some(Vec::new());
    }
    let types: Vec<ValueType> = inside
        .split(',')
        .take(MAX_TYPES + 1)
        .map(|name| known(name.trim()))
        .collect::<Option<_>>()?;
    (types.len() <= MAX_TYPES).then_some(types)
}

fn known(name: &str) -> Option<ValueType> {
    VALUE_TYPES.contains(&name).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_prints_the_same() {
        for text in [
            "(i32, i32) -> i64",
            "() -> ()",
            "(f64) -> (i32, externref)",
            "() -> v128",
        ] {
            assert_eq!(signature(text).unwrap().to_string(), text);
        }
        assert_eq!(signature("()").unwrap().to_string(), "() -> ()");
        assert_eq!(
            signature(" ( i32 ,i32)->i32 ").unwrap().to_string(),
            "(i32, i32) -> i32"
        );
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        for text in [
            "",
            "i32",
            "(i32",
            "(i32) -> ",
            "(int) -> i32",
            "(i32,) -> i32",
            "(i32) -> i32 -> i32",
            "((i32)) -> i32",
            "(i32) -> i32, i32",
        ] {
            assert_eq!(signature(text), None, "{text}");
        }
        let many = format!("({})", vec!["i32"; MAX_TYPES + 1].join(","));
        assert_eq!(signature(&many), None);
    }
}
