//! Core signatures as the files write them, `(i32, i64) -> i32`: checked as they are read, compared as text.

use crate::source::{Mistake, Span};

const TYPES: &[&str] = &["i32", "i64", "f32", "f64", "v128", "funcref", "externref"];

/// The number of parameters; `None`, with a mistake, if the text is not a signature in its one spelling.
pub(super) fn check(written: &str, span: Span, mistakes: &mut Vec<Mistake>) -> Option<u32> {
    let parameters = parameters(written);
    if parameters.is_none() {
        mistakes.push(
            Mistake::new(
                "wrong-signature",
                format!("`{written}` is no signature"),
                span,
            )
            .help("write `(i32, i64) -> i32`, `() -> ()` or `(i32) -> (i32, i32)`"),
        );
    }
    parameters
}

fn parameters(written: &str) -> Option<u32> {
    let (parameters, results) = written.split_once(" -> ")?;
    let count = list(parameters)?;
    let single = TYPES.contains(&results);
    (single || list(results).is_some_and(|count| count != 1)).then_some(count)
}

fn list(written: &str) -> Option<u32> {
    let inner = written.strip_prefix('(')?.strip_suffix(')')?;
    if inner.is_empty() {
        return Some(0);
    }
    inner.split(", ").try_fold(0_u32, |count, name| {
        TYPES.contains(&name).then(|| count.saturating_add(1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_is_a_signature() {
        for (written, count) in [
            ("() -> ()", 0),
            ("(i32) -> ()", 1),
            ("(i32, i64) -> f32", 2),
            ("() -> (i32, i32)", 0),
        ] {
            assert_eq!(parameters(written), Some(count), "{written}");
        }
        for written in [
            "",
            "()",
            "() -> (i32)",
            "(i32,i32) -> ()",
            "(i32 ) -> ()",
            "(int) -> ()",
            "i32 -> i32",
            "() -> () -> ()",
        ] {
            assert_eq!(parameters(written), None, "{written}");
        }
    }
}
