//! What is found of arguments, case by case.

mod control;
mod hostile;
mod idiom;
mod wrapper;

use crate::wasm::{Argument, Export, Image, ImportUse, Module, Tier, decode, encode_text};

/// A module with its facts.
struct Followed {
    bytes: Vec<u8>,
    module: Module,
}

fn follow(bytes: Vec<u8>) -> Followed {
    let module = decode(&bytes);
    assert_eq!(module.malformed, None);
    Followed { bytes, module }
}

/// Follows a module in the text format.
fn text(wat: &str) -> Followed {
    follow(encode_text(wat).unwrap())
}

/// The body of one exported function `f`, with imports `one` (an `i32`), `two` (two) and `long` (an `i64`).
fn body(body: &str) -> Followed {
    text(&format!(
        r#"(module
            (import "env" "one" (func $one (param i32)))
            (import "env" "two" (func $two (param i32 i32)))
            (import "env" "long" (func $long (param i64)))
            (import "env" "get" (func $get (result i32)))
            (memory 1) (data (i32.const 1024) "/etc/passwd\00")
            (global $fixed i32 (i32.const 77))
            (global $sp (mut i32) (i32.const 65536))
            (tag $tag (param i32))
            (type $one (func (param i32)))
            {body})"#
    ))
}

impl Followed {
    fn import(&self, index: usize) -> &ImportUse {
        &self.module.uses.as_ref().unwrap().imports[index]
    }

    /// The ways of calling an import, in short: `7`, `7?` where recovered, `*` where unknown; then `+` if there are others.
    fn of(&self, import: usize) -> Vec<String> {
        let calls = self.import(import);
        let mut rows: Vec<String> = calls
            .calls
            .iter()
            .map(|call| {
                let texts: Vec<_> = call.arguments.iter().map(|one| short(*one)).collect();
                texts.join(" ")
            })
            .collect();
        rows.sort();
        rows.dedup();
        if calls.others.is_some() {
            rows.push("+".to_owned());
        }
        rows
    }
}

fn short(argument: Argument) -> String {
    match argument {
        Argument::Constant {
            value,
            tier: Tier::Proved,
        } => value.to_string(),
        Argument::Constant { value, .. } => format!("{value}?"),
        Argument::Unknown(_) => "*".to_owned(),
    }
}

/// What an exported function always returns.
fn returned(wat: &str) -> (Option<i64>, Option<i64>) {
    let module = crate::wasm::decode(&encode_text(wat).unwrap());
    let Export {
        constant,
        recovered,
        ..
    } = module.exports[0];
    (constant, recovered)
}
