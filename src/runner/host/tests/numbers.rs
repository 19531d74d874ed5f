//! Numeric arguments: values, bounds, signs.

use super::*;

fn number(keys: &str, value: i32) -> Result<i64, String> {
    let argument = format!("{{name: n, index: 0, {keys}}}");
    let (runner, seen) = observed(&guest(1, b""), &policy(&argument, ""), false);
    let ending = run(&runner, &[value]);
    match seen.lock().unwrap().first() {
        Some(call) => Ok(call.number("n").unwrap()),
        None => Err(denial(ending).reason),
    }
}

#[test]
fn values_and_bounds_hold() {
    for (keys, value, allowed) in [
        ("role: number", i32::MIN, true),
        ("role: number, values: [1, -5]", 1, true),
        ("role: number, values: [1, -5]", -5, true),
        ("role: number, values: [1, -5]", 2, false),
        ("role: number, values: []", 0, false),
        ("role: number, min: 0", -1, false),
        ("role: number, min: 0", 0, true),
        ("role: number, max: 9", 9, true),
        ("role: number, max: 9", 10, false),
        ("role: number, min: -2, max: -1", -2, true),
        ("role: number, min: -2, max: -1", -3, false),
        ("role: number, min: -2, max: -1", 0, false),
    ] {
        let found = number(keys, value);
        assert_eq!(found.is_ok(), allowed, "{keys} {value}: {found:?}");
        if allowed {
            assert_eq!(found, Ok(i64::from(value)));
        }
    }
}

/// A bit mask or selector has no sign: its highest bit does not pass under a `max`.
#[test]
fn opcodes_and_flags_have_no_sign() {
    for role in ["opcode", "flags"] {
        assert!(number(&format!("role: {role}, max: 3"), i32::MIN).is_err());
        assert!(number(&format!("role: {role}, values: [-1]"), -1).is_err());
        let found = number(&format!("role: {role}, values: [4294967295]"), -1);
        assert_eq!(found, Ok(0xffff_ffff));
    }
}

#[test]
fn wide_numbers_are_exact() {
    let module = "(module (import \"env\" \"f\" (func $f (param i64) (result i32)))
        (func (export \"run\") (param i64) (result i32) (call $f (local.get 0))))";
    for (keys, value, found) in [
        (
            "role: number, min: -9223372036854775808",
            i64::MIN,
            Some(i64::MIN),
        ),
        ("role: number, max: 9223372036854775806", i64::MAX, None),
        ("role: flags", -1, None),
        ("role: flags", i64::MAX, Some(i64::MAX)),
        ("role: number, values: [1]", 0x1_0000_0001, None),
    ] {
        let argument = format!("{{name: n, index: 0, {keys}}}");
        let (runner, seen) = observed(module, &policy(&argument, ""), false);
        let entry = Entry::Export {
            name: "run".to_owned(),
            arguments: vec![Value::I64(value)],
        };
        let outcome = tokio().block_on(runner.run(Invocation::default(), &entry));
        let seen = seen.lock().unwrap();
        let number = seen.first().and_then(|call| call.number("n"));
        assert_eq!(number, found, "{keys} {value}: {outcome:?}");
    }
}

#[test]
fn results_are_converted_to_what_the_function_returns() {
    for (ty, expected) in [
        ("i32", Value::I32(-3)),
        ("i64", Value::I64(-3)),
        ("f32", Value::F32(-3.0)),
        ("f64", Value::F64(-3.0)),
    ] {
        let module = format!(
            "(module (import \"env\" \"f\" (func $f (param i32) (result {ty})))
            (func (export \"run\") (param i32) (result {ty}) (call $f (local.get 0))))"
        );
        let argument = "{name: n, role: number, index: 0, values: [0]}";
        let stub = ", on_deny: {return: -3}, provider: {stub: {return: -3}}";
        let runner = crate::runner::sample::runner(&module, &policy(argument, stub));
        for number in [0, 1] {
            let ending = run(&runner, &[number]);
            assert!(
                matches!(&ending, Ending::Returned(values) if *values == [expected]),
                "{ty} {ending:?}"
            );
        }
    }
}
