//! Fuel: what costs what, and that nothing goes on without.

use wasmtime::Val;

use super::plain::{End, Plain};
use super::{Check, harden};
use crate::suite::program::ensure;

/// The tests.
pub const CHECKS: &[(&str, Check)] = &[
    ("costs_are_as_documented", costs),
    ("what_does_not_end_is_ended", endless),
    ("a_call_that_is_paid_exactly_passes", exact),
    ("a_size_of_64_bits_gives_no_fuel", wide),
    ("the_start_section_is_counted", start),
    ("a_guest_that_traps_saves_nothing", traps),
    ("who_called_does_not_go_on_without_fuel", returns),
    ("a_way_out_that_is_not_taken_saves_nothing", ways_out),
    ("two_instances_do_not_share", two),
];

const POLICY: &str = "version: 1\nname: a\nimports: {host: [{module: env, name: tick, signature: \"() -> ()\"}]}\nmodule: {start_section: allow, exports: {allow: [f, g, memory]}}\nlimits: {fuel: 1000}\n";

/// A body, and what one call of it costs by docs/harden.md: 1 for entering, and what follows.
const COSTS: &[(&str, i64)] = &[
    ("", 1),
    ("nop nop block nop end", 1),
    ("i32.const 1 drop", 3),
    (
        "(local i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)",
        1,
    ),
    (
        "(local i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)",
        2,
    ),
    // One way of two: `i32.const`, `if`, then two or four.
    (
        "(if (i32.const 1) (then (drop (i32.const 1))) (else (drop (i32.add (i32.const 1) (i32.const 2)))))",
        5,
    ),
    (
        "(if (i32.const 0) (then (drop (i32.const 1))) (else (drop (i32.add (i32.const 1) (i32.const 2)))))",
        7,
    ),
    // What is jumped over costs nothing.
    ("(block (br 0) (drop (i32.const 1)))", 2),
    ("(block (br_if 0 (i32.const 1)) (drop (i32.const 1)))", 3),
    ("(block (br_if 0 (i32.const 0)) (drop (i32.const 1)))", 5),
    ("return i32.const 1 drop", 2),
    (
        "(block (block (br_table 0 1 (i32.const 0))) (drop (i32.const 1)))",
        5,
    ),
    (
        "(block (block (br_table 0 1 (i32.const 1))) (drop (i32.const 1)))",
        3,
    ),
    // Ten times seven: a `local.get`, a constant, an addition, a `local.tee`, a constant, a comparison, a branch.
    (
        "(local i32) (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 10))))",
        71,
    ),
    // The caller: 1 and a call; the other: 3.
    ("(call $three)", 5),
    ("(call_indirect (i32.const 0))", 6),
    ("(return_call $three)", 5),
    // A call, a function of ours with a call, and the surcharge.
    ("(call $tick)", 1 + 1 + 1 + 1 + 100),
    ("(call_indirect (i32.const 1))", 1 + 2 + 1 + 1 + 100),
    ("(drop (memory.grow (i32.const 0)))", 1 + 1 + 1000 + 1),
    (
        "(memory.fill (i32.const 0) (i32.const 0) (i32.const 63))",
        1 + 4,
    ),
    (
        "(memory.fill (i32.const 0) (i32.const 0) (i32.const 64))",
        1 + 4 + 1,
    ),
    (
        "(memory.copy (i32.const 0) (i32.const 0) (i32.const 65536))",
        1 + 4 + 1024,
    ),
    (
        "(memory.init $data (i32.const 0) (i32.const 0) (i32.const 128))",
        1 + 4 + 2,
    ),
    (
        "(table.fill $t (i32.const 0) (ref.null func) (i32.const 2))",
        1 + 4 + 2,
    ),
    (
        "(drop (table.grow $t (ref.null func) (i32.const 5)))",
        1 + 2 + 1000 + 5 + 1,
    ),
    ("(unreachable)", 2),
];

fn module(body: &str) -> String {
    let data = "x".repeat(128);
    format!(
        r#"(module (import "env" "tick" (func $tick)) (memory (export "memory") 1)
            (table $t 4 100 funcref) (elem (i32.const 0) $three $tick)
            (data $data "{data}")
            (func $three (drop (i32.const 1)))
            (func $f (export "f") {body}))"#
    )
}

fn costs() -> Result<(), String> {
    for (body, expected) in COSTS {
        let bytes = harden(&module(body), POLICY).map_err(|error| format!("{body}: {error}"))?;
        let mut plain = Plain::new(&bytes)?;
        let cost = plain.cost("f", &[]);
        ensure(cost == *expected, || {
            format!("{body}: {cost} and not {expected}")
        })?;
        ensure(!plain.exhausted(), || body.to_string())?;
    }
    Ok(())
}

/// Bodies of `f (param i32)` that never end.
const ENDLESS: &[&str] = &[
    "(loop (br 0))",
    "(loop (br_if 0 (i32.const 1)))",
    "(loop (block (br_table 1 1 (i32.const 0))))",
    "(loop (loop (br 1)))",
    "(call $f (local.get 0))",
    "(return_call $f (local.get 0))",
    "(call_indirect (param i32) (local.get 0) (i32.const 0))",
    "(return_call_indirect (param i32) (local.get 0) (i32.const 0))",
    "(loop (call $tick) (br 0))",
    "(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br 0))",
    "(loop (drop (memory.grow (i32.const -1))) (br 0))",
    "(local i64) (loop (local.set 1 (i64.add (local.get 1) (i64.const 1))) (br_if 0 (i64.ne (local.get 1) (i64.const -1))))",
];

fn endless() -> Result<(), String> {
    for body in ENDLESS {
        let text = format!(
            r#"(module (import "env" "tick" (func $tick)) (memory (export "memory") 1 1)
                (table 1 funcref) (elem (i32.const 0) $f)
                (func $f (export "f") (param i32) {body}) (func (export "g")))"#
        );
        let bytes = harden(&text, POLICY).map_err(|error| format!("{body}: {error}"))?;
        let mut plain = Plain::new(&bytes)?;
        for budget in [None, Some(5000)] {
            if let Some(budget) = budget {
                plain.set_fuel(budget);
            }
            let end = plain.call("f", &[Val::I32(0)]);
            ensure(end == End::Trapped && plain.exhausted(), || {
                format!("{body}: {end:?}, {}", plain.fuel())
            })?;
            ensure(plain.fuel() < 0, || {
                format!("{body}: {} is left", plain.fuel())
            })?;
            let end = plain.call("g", &[]);
            ensure(end == End::Trapped, || {
                format!("{body}: it goes on without fuel")
            })?;
        }
        plain.set_fuel(100);
        let end = plain.call("g", &[]);
        ensure(
            end == End::Returned(Vec::new()) && !plain.exhausted(),
            || format!("{body}: new fuel is no help: {end:?}"),
        )?;
    }
    Ok(())
}

/// The last unit pays; one less does not.
fn exact() -> Result<(), String> {
    for (body, cost) in COSTS {
        let trapping = body.contains("unreachable");
        let bytes = harden(&module(body), POLICY)?;
        let mut plain = Plain::new(&bytes)?;
        plain.set_fuel(*cost);
        plain.call("f", &[]);
        ensure(plain.fuel() == 0 && !plain.exhausted(), || {
            format!("{body}: {} is left of {cost}", plain.fuel())
        })?;
        // The end of straight code is charged when nothing checks any more; the next call does not begin.
        plain.set_fuel(*cost - 1);
        plain.call("f", &[]);
        let first = plain.exhausted();
        let end = plain.call("f", &[]);
        ensure((first || end == End::Trapped) && plain.exhausted(), || {
            format!("{body}: {} is left, trapping {trapping}", plain.fuel())
        })?;
    }
    Ok(())
}

/// A size whose highest bit is set, or one that takes more than there is to go below zero twice.
fn wide() -> Result<(), String> {
    let policy = POLICY.replace(
        "module: {",
        "module: {proposals: {allow: [memory64, reference-types, bulk-memory]}, ",
    );
    for (operator, size, cost) in [
        (
            "drop (table.grow $w (ref.null func) SIZE)",
            -1_000_000_000_i64,
            1001 + (1_i64 << 32),
        ),
        (
            "drop (table.grow $w (ref.null func) SIZE)",
            i64::MIN,
            1001 + (1 << 32),
        ),
        (
            "drop (table.grow $w (ref.null func) SIZE)",
            i64::MAX,
            1001 + (1 << 32),
        ),
        ("drop (table.grow $w (ref.null func) SIZE)", 2, 1003),
        ("drop (memory.grow $m SIZE)", -1, 1001),
    ] {
        let operator = operator.replace("SIZE", &format!("(i64.const {size})"));
        let text = format!(
            "(module (memory $m i64 1) (table $w i64 1 9 funcref) (func (export \"f\") ({operator})))"
        );
        let bytes = harden(&text, &policy).map_err(|error| format!("{operator}: {error}"))?;
        let mut plain = Plain::wide(&bytes)?;
        let spent = plain.cost("f", &[]) - if operator.contains("table") { 3 } else { 2 };
        ensure(spent == cost, || {
            format!("{operator}: {spent} and not {cost}")
        })?;
        plain.set_fuel(1_000_000);
        plain.call("f", &[]);
        let left = plain.fuel();
        ensure(left < 1_000_000 && (left < 0) == plain.exhausted(), || {
            format!("{operator}: {left} is left")
        })?;
        // What is not checked yet goes together with it.
        let text = format!(
            "(module (table $w i64 1 9 funcref) (func (export \"f\") (block (br_if 0 (i32.const 0)) {} ({operator}))))",
            "(drop (i32.const 0))".repeat(30)
        );
        if operator.contains("table") {
            let mut plain = Plain::wide(&harden(&text, &policy)?)?;
            plain.set_fuel(20);
            plain.call("f", &[]);
            ensure(plain.fuel() < 0 && plain.exhausted(), || {
                format!("{operator}: {} is left of 20", plain.fuel())
            })?;
        }
    }
    Ok(())
}

fn start() -> Result<(), String> {
    let endless = "(module (func $s (loop (br 0))) (start $s))";
    let bytes = harden(endless, POLICY)?;
    let error = Plain::new(&bytes).err().unwrap_or_default();
    ensure(error.contains("unreachable"), || {
        format!("it started: {error}")
    })?;
    let text = "(module (func $s (drop (i32.const 1))) (start $s))";
    let mut plain = Plain::new(&harden(text, POLICY)?)?;
    let fuel = plain.fuel();
    ensure(fuel == 997, || format!("{fuel} is left"))
}

/// A trap behind a loop leaves nothing: what the loop cost is not given back, and the host has to set the fuel again.
fn traps() -> Result<(), String> {
    let text = r#"(module (func (export "f") (param i32)
        (loop (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if 0 (local.get 0)))
        (drop (i32.div_u (i32.const 1) (i32.const 0)))))"#;
    let mut plain = Plain::new(&harden(text, POLICY)?)?;
    plain.set_fuel(1_000_000);
    plain.call("f", &[Val::I32(1000)]);
    let left = plain.fuel();
    ensure(left == -1 && !plain.exhausted(), || {
        format!("{left} is left")
    })?;
    let end = plain.call("f", &[Val::I32(1)]);
    ensure(end == End::Trapped && plain.exhausted(), || {
        "it goes on".to_owned()
    })?;
    // Without a loop the last stretch of code is all that can be given back.
    let text = r#"(module (func $g (drop (i32.const 1))) (func (export "f")
        (call $g) (call $g) (drop (i32.div_u (i32.const 1) (i32.const 0)))))"#;
    let mut plain = Plain::new(&harden(text, POLICY)?)?;
    plain.set_fuel(1000);
    plain.call("f", &[]);
    let spent = 1000 - plain.fuel();
    ensure(spent == 9, || format!("{spent} and not 9"))
}

/// Calls go down while there is fuel, the deepest one uses it up, and each caller has a long way of its own behind the call.
fn returns() -> Result<(), String> {
    let tail = "(drop (i32.const 1))".repeat(1000);
    let less = "(i32.sub (local.get 0) (i32.const 1))";
    for call in [
        format!("(call $f {less})"),
        format!("(call_indirect (param i32) {less} (i32.const 0))"),
        format!("(loop (call $f {less}))"),
    ] {
        let text = format!(
            r#"(module (table 1 funcref) (elem (i32.const 0) $f)
                (func $f (export "f") (param i32) (if (local.get 0) (then {call})) {tail}))"#
        );
        let mut plain = Plain::new(&harden(&text, POLICY)?)?;
        plain.set_fuel(1500);
        let end = plain.call("f", &[Val::I32(50)]);
        let left = plain.fuel();
        // The way of one function, 2,000, and no more.
        ensure(end == End::Trapped && plain.exhausted(), || {
            format!("{call}: {end:?}, {left} is left")
        })?;
        ensure((-2010..0).contains(&left), || {
            format!("{call}: {left} is left")
        })?;
    }
    Ok(())
}

/// Code in a loop that can leave the function and does not: what the loop cost is gone all the same. Where it leaves, it says
/// the true number.
fn ways_out() -> Result<(), String> {
    for (way, name) in [
        ("(br_if 2 (local.get 1))", "br_if"),
        ("(br_table 0 2 (local.get 1))", "table"),
        (
            "(br_table 1 2 0 (i32.add (local.get 1) (i32.const 2)))",
            "table by its default",
        ),
        ("(call $g) (br_if 2 (local.get 1))", "br_if behind a call"),
    ] {
        // Once in the first round; then a loop, and a trap.
        let text = format!(
            r#"(module (func $g) (func (export "f") (param i32 i32) (local i32)
                (loop
                  (if (i32.eqz (local.get 2)) (then (local.set 2 (i32.const 1)) {way}))
                  (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (drop (i32.div_u (i32.const 1) (i32.const 0)))))"#
        );
        let bytes = harden(&text, POLICY)?;
        let mut plain = Plain::new(&bytes)?;
        plain.set_fuel(1_000_000);
        let end = plain.call("f", &[Val::I32(1000), Val::I32(0)]);
        ensure(end == End::Trapped && plain.fuel() == -1, || {
            format!("{name}: {end:?}, {} is left", plain.fuel())
        })?;
    }
    // Entering, and two rounds: four, and the way, which is taken in the second.
    for (way, spent) in [
        (
            "(br_if 1 (i32.eq (local.get 0) (i32.const 2)))",
            1 + 4 + 4 + 1 + 4 + 4,
        ),
        ("(br_table 0 0 1 0 (local.get 0))", 1 + 4 + 2 + 4 + 2),
    ] {
        let text = format!(
            r#"(module (func (export "f") (param i32)
                (loop (local.set 0 (i32.add (local.get 0) (i32.const 1))) {way} (br 0))))"#
        );
        let mut plain = Plain::new(&harden(&text, POLICY)?)?;
        plain.set_fuel(1000);
        let end = plain.call("f", &[Val::I32(0)]);
        let cost = 1000 - plain.fuel();
        ensure(end == End::Returned(Vec::new()) && cost == spent, || {
            format!("{way}: {end:?}, {cost} and not {spent}")
        })?;
    }
    Ok(())
}

fn two() -> Result<(), String> {
    let bytes = harden("(module (func (export \"f\") (loop (br 0))))", POLICY)?;
    let (mut one, mut other) = (Plain::new(&bytes)?, Plain::new(&bytes)?);
    one.call("f", &[]);
    ensure(other.fuel() == 1000 && !other.exhausted(), || {
        "shared".to_owned()
    })
}
