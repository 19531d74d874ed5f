//! The last part of a witness path, where how it begins is not known: `… → main.readHost → env.read_file`.

use super::Labels;
use super::witness::quoted;

/// The most functions that are told; the others are counted.
const MAX_FUNCTIONS: usize = 8;

impl Labels<'_> {
    /// Functions that call one after the other, in one line. If the first is exported, the line begins with it.
    pub fn tail(&self, functions: &[u32]) -> String {
        let exported = |function: &u32| {
            let exports = self.module().exports.iter();
            let mut functions = exports.filter(|export| export.ty.signature().is_some());
            functions.any(|export| export.index == *function)
        };
        let hidden = functions.len().saturating_sub(MAX_FUNCTIONS);
        let begins = hidden == 0 && functions.first().is_some_and(exported);
        let mut line = if begins { "" } else { "… → " }.to_owned();
        let shown = functions.iter().skip(hidden);
        let shown: Vec<String> = shown
            .map(|function| quoted(&self.label(*function)))
            .collect();
        line.push_str(&shown.join(" → "));
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::{decode, encode_text};

    #[test]
    fn a_beginning_that_is_not_known_is_not_made_up() {
        let text = r#"(module (import "env" "f" (func)) (func $ab) (func (export "run")))"#;
        let bytes = encode_text(text).unwrap();
        let module = decode(&bytes);
        let labels = Labels::of(&module);
        assert_eq!(labels.tail(&[1, 0]), "… → ab → env.f");
        assert_eq!(labels.tail(&[2, 1, 0]), "run → ab → env.f");
        let long: Vec<u32> = [2].into_iter().chain([1; 20]).collect();
        assert!(labels.tail(&long).starts_with("… → ab"));
    }
}
