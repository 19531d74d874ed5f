//! What is found of arguments, case by case.

mod control;
mod hostile;
mod idiom;
mod wrapper;

use std::collections::BTreeSet;

use wasmparser::{ElementItems, Operator, Parser, Payload, ValidatorResources};

use super::*;
use crate::wasm::walk::Walk;
use crate::wasm::{Argument, CallSite, Export, Image, Module, Tier, Why, encode_text};

/// A call graph by direct calls alone, everything reached.
#[derive(Default)]
struct Plain {
    calls: Vec<(u32, CallSite)>,
    entered: BTreeSet<u32>,
}

impl Callers for Plain {
    fn is_reached(&self, _: u32) -> bool {
        true
    }

    fn entered(&self, function: u32) -> Option<Why> {
        self.entered.contains(&function).then_some(Why::Exported)
    }

    fn callers(&self, function: u32) -> Vec<CallSite> {
        let of = |(callee, site): &(u32, CallSite)| (*callee == function).then_some(*site);
        self.calls.iter().filter_map(of).collect()
    }
}

impl Plain {
    fn of(module: &Module, bytes: &[u8]) -> Self {
        let mut plain = Self::default();
        let mut function = module.functions.imported;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.unwrap() {
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export.unwrap();
                        if export.kind == wasmparser::ExternalKind::Func {
                            plain.entered.insert(export.index);
                        }
                    }
                }
                Payload::StartSection { func, .. } => {
                    plain.entered.insert(func);
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        if let ElementItems::Functions(items) = element.unwrap().items {
                            plain.entered.extend(items.into_iter().map(Result::unwrap));
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    plain.body(&body, function);
                    function += 1;
                }
                _ => {}
            }
        }
        plain
    }

    fn body(&mut self, body: &wasmparser::FunctionBody<'_>, caller: u32) {
        for read in body
            .get_operators_reader()
            .unwrap()
            .into_iter_with_offsets()
        {
            let (operator, offset) = read.unwrap();
            match operator {
                Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                    self.calls
                        .push((function_index, CallSite { caller, offset }));
                }
                Operator::RefFunc { function_index } => {
                    self.entered.insert(function_index);
                }
                _ => {}
            }
        }
    }
}

/// What is known of a module.
struct Followed {
    bytes: Vec<u8>,
    module: Module,
    calls: Vec<Calls>,
}

fn follow(bytes: Vec<u8>, language: Option<&str>) -> Followed {
    let Walk {
        mut module,
        codes,
        mut data,
        ..
    } = Walk::over(&bytes);
    assert_eq!(module.malformed, None);
    if let Some(area) = data.first_mut() {
        module.data = std::mem::take(&mut area.segments);
    }
    module.toolchain.language = language.map(str::to_owned);
    let plain = Plain::of(&module, &bytes);
    let calls = match codes.first() {
        Some(code) => {
            let context = Context::new(&module, code, &bytes);
            Follower::new(&context).calls(&plain)
        }
        None => Vec::new(),
    };
    Followed {
        bytes,
        module,
        calls,
    }
}

/// Follows a module in the text format.
fn text(wat: &str) -> Followed {
    let bytes = encode_text(wat).unwrap();
    let module = crate::wasm::decode(&bytes);
    assert_eq!(module.malformed, None);
    follow(bytes, None)
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
    /// The ways of calling an import, in short: `7`, `7?` where recovered, `*` where unknown; then `+` if there are others.
    fn of(&self, import: usize) -> Vec<String> {
        let calls = &self.calls[import];
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
