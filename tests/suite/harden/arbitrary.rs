//! Arbitrary modules where all is granted: before and after hardening they do the same, and what is counted is what an engine
//! counts that has the cost model as its own.

use ringfence::rewrite::Options;
use ringfence::wasm::decode;
use wasmtime::{Config, Engine, Module, OperatorCost, Trap, VariableOperatorCost};

use super::embedded::{BUDGET, End, Run};
use super::{Check, harden_bytes};
use crate::suite::program::{ensure, private};
use crate::suite::soundness::modules_importing;

/// The tests.
pub const CHECKS: &[(&str, Check)] =
    &[("modules_do_the_same_and_cost_what_is_documented", modules)];

/// Modules where nobody says how many.
const MODULES: u64 = 150;
/// How often each export is called.
const CALLS: usize = 2;

const IMPORTS: &str = r#"(module
  (import "env" "tick" (func))
  (import "env" "log" (func (param i32)))
  (import "env" "wide" (func (param i64)))
  (import "env" "pair" (func (param i32 i64) (result i32 i64)))
  (import "env" "keep" (func (param funcref)))
  (import "env" "give" (func (result funcref)))
  (import "env" "number" (global i32))
  (import "env" "counter" (global (mut i32)))
  (import "env" "handler" (global (mut funcref)))
  (import "env" "first" (global funcref))
  (import "env" "table" (table 4 funcref))
  (import "env" "memory" (memory 1))
)"#;

const POLICY: &str = r#"version: 1
name: a
module: {start_section: allow}
imports:
  memory: allow
  table: allow
  globals: allow
  host:
    - {module: env, name: tick, signature: "() -> ()"}
    - {module: env, name: log, signature: "(i32) -> ()"}
    - {module: env, name: wide, signature: "(i64) -> ()"}
    - {module: env, name: pair, signature: "(i32, i64) -> (i32, i64)"}
    - {module: env, name: keep, signature: "(funcref) -> ()"}
    - {module: env, name: give, signature: "() -> (funcref)"}
"#;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[derive(Debug, Default)]
struct Figures {
    hardened: u64,
    returned: u64,
    trapped: u64,
    counted: u64,
    exhausted: u64,
}

fn modules() -> Result<(), String> {
    let from = number("RINGFENCE_HARDEN_FROM").unwrap_or_default();
    let count = number("RINGFENCE_HARDEN").unwrap_or(MODULES);
    let engine = engine().map_err(|error| format!("{error:#}"))?;
    let mut figures = Figures::default();
    for (seed, bytes) in (from..).zip(modules_importing(IMPORTS, from, count)?) {
        if bytes.is_empty() || decode(&bytes).malformed.is_some() {
            continue;
        }
        one(&engine, &bytes, &mut figures).map_err(|error| {
            let path = private("harden-arbitrary").join(format!("{seed}.wasm"));
            let _ = std::fs::write(&path, &bytes);
            format!("seed {seed} ({}): {error}", path.display())
        })?;
    }
    eprintln!("{figures:?}");
    let enough = figures.returned > 120 && figures.trapped > 5 && figures.counted > 60;
    ensure(count < MODULES || enough, || format!("{figures:?}"))
}

/// One whose own fuel is the cost model's, but for what is charged by 64 bytes, by growing and by locals.
fn engine() -> wasmtime::Result<Engine> {
    let mut cost = OperatorCost::new();
    (cost.Drop, cost.Return, cost.Unreachable) = (1, 1, 1);
    cost.variable = VariableOperatorCost {
        memory_copy_per_byte: 0,
        memory_fill_per_byte: 0,
        memory_init_per_byte: 0,
        ..VariableOperatorCost::new()
    };
    let mut config = Config::new();
    config.consume_fuel(true).operator_cost(cost);
    config.cranelift_opt_level(wasmtime::OptLevel::None);
    config.wasm_memory64(true).wasm_multi_memory(true);
    config.wasm_wide_arithmetic(true);
    Engine::new(&config)
}

fn one(engine: &Engine, bytes: &[u8], figures: &mut Figures) -> Result<(), String> {
    let options = Options {
        budget: Some(BUDGET.unsigned_abs()),
        ..Options::default()
    };
    let (hardened, _) = match harden_bytes(bytes, POLICY, options) {
        Err(error) if error.contains("hardening does not carry") => return Ok(()),
        other => other?,
    };
    let (again, _) = harden_bytes(&hardened, POLICY, options)?;
    ensure(again == hardened, || "twice is not once".to_owned())?;
    figures.hardened += 1;
    let compiled = |bytes: &[u8]| Module::new(engine, bytes).map_err(|error| format!("{error:#}"));
    let (before, after) = (compiled(bytes)?, compiled(&hardened)?);
    let (mut before, mut after) = match (Run::new(&before), Run::new(&after)) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(_), Err(_)) => return Ok(()),
        (Err(error), _) => return Err(format!("only hardened it starts: {error}")),
        // The fuel may not have sufficed.
        (_, Err(error)) if error.contains("unreachable") => return Ok(()),
        (_, Err(error)) => return Err(format!("hardened it does not start: {error}")),
    };
    let simple = is_simple(bytes);
    let names: Vec<String> = before.functions();
    for name in names.iter().cycle().take(CALLS * names.len()) {
        let surcharge = before.surcharge();
        let first = before.call(name);
        let expected = before.spent() + before.surcharge() - surcharge;
        after.refuel();
        let second = after.call(name);
        let overflow = |end: &End| matches!(end, End::Trapped(Some(Trap::StackOverflow)));
        if overflow(&first) || overflow(&second) {
            return Ok(());
        }
        ensure(second != End::Trapped(Some(Trap::OutOfFuel)), || {
            format!("{name} is not ended")
        })?;
        if after.exhausted() {
            figures.exhausted += 1;
            ensure(
                second == End::Trapped(Some(Trap::UnreachableCodeReached)),
                || format!("{name} ends by {second:?}"),
            )?;
            ensure(!simple || expected > BUDGET, || {
                format!("{name} costs {expected} and is exhausted")
            })?;
            return Ok(());
        }
        ensure(first == second, || {
            format!("{name}: {first:?} became {second:?}")
        })?;
        let (one, other) = (before.state(), after.state());
        ensure(one == other, || {
            format!("{name} leaves {one:?} and now {other:?}")
        })?;
        match first {
            End::Trapped(_) => figures.trapped += 1,
            End::Returned(_) => {
                figures.returned += 1;
                let cost = BUDGET - after.fuel();
                ensure(!simple || cost == expected, || {
                    format!("{name} costs {cost}, and {expected} by the engine")
                })?;
                figures.counted += u64::from(simple);
            }
        }
    }
    Ok(())
}

/// Whether the engine counts all of a module as hardening does.
fn is_simple(bytes: &[u8]) -> bool {
    use wasmparser::{Operator, Parser, Payload};
    let body = |body: &wasmparser::FunctionBody<'_>| -> wasmparser::Result<bool> {
        let mut locals = 0;
        for group in body.get_locals_reader()? {
            locals += group?.0;
        }
        for operator in body.get_operators_reader()? {
            let by_size = matches!(
                operator?,
                Operator::MemoryGrow { .. }
                    | Operator::TableGrow { .. }
                    | Operator::MemoryFill { .. }
                    | Operator::MemoryCopy { .. }
                    | Operator::MemoryInit { .. }
            );
            if by_size {
                return Ok(false);
            }
        }
        Ok(locals < 16)
    };
    let payloads = Parser::new(0).parse_all(bytes);
    payloads.into_iter().all(|payload| match payload {
        Ok(Payload::CodeSectionEntry(code)) => body(&code).unwrap_or(false),
        _ => true,
    })
}
