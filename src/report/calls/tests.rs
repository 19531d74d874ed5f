//! Ways of calling in words.

use super::*;
use crate::wasm::{CallSite, Encoding, decode, encode_text};

fn proved(value: i64) -> Argument {
    Argument::Constant {
        value,
        tier: Tier::Proved,
    }
}

fn recovered(value: i64) -> Argument {
    Argument::Constant {
        value,
        tier: Tier::Recovered,
    }
}

const OPEN: Argument = Argument::Unknown(Why::Computed);

fn text(text: &str, length: Option<u32>) -> PassedText {
    PassedText {
        text: text.to_owned(),
        encoding: Encoding::Utf8,
        offset: 0,
        length,
        guessed: false,
    }
}

/// Arguments, and the texts that they lead to.
type Passing<'p> = (&'p [Argument], &'p [(u32, PassedText)]);

fn told(hints: &[ArgHint], calls: &[Passing<'_>]) -> Vec<Way> {
    let module = decode(
        &encode_text(r#"(module (import "env" "f" (func)) (func $a (export "run")) (func $b))"#)
            .unwrap(),
    );
    let usage = ImportUse {
        calls: calls
            .iter()
            .zip([1, 2].into_iter().cycle())
            .map(|((arguments, _), caller)| Call {
                sites: vec![CallSite { caller, offset: 0 }],
                arguments: arguments.to_vec(),
            })
            .collect(),
        ..ImportUse::unknown(0)
    };
    let reading = Reading {
        function: 0,
        hints: hints.to_vec(),
        texts: calls
            .iter()
            .map(|(_, texts)| texts.iter().cloned().collect())
            .collect(),
    };
    ways(&Labels::of(&module), &usage, Some(&reading))
}

fn words(hints: &[ArgHint], call: &[Argument], texts: &[(u32, PassedText)]) -> String {
    told(hints, &[(call, texts)]).remove(0).words
}

fn hint(name: &'static str, role: &'static str, place: Place) -> ArgHint {
    ArgHint {
        name: name.into(),
        role,
        place,
    }
}

#[test]
fn what_an_interface_describes_is_told_in_its_words() {
    let path = hint("path", "path", Place::Buffer { ptr: 0, len: 1 });
    let other = hint("new_path", "path", Place::Buffer { ptr: 2, len: 3 });
    let flags = hint("oflags", "flags", Place::Number { index: 2 });
    let clock = hint("clock_id", "number", Place::Number { index: 0 });
    let one = std::slice::from_ref(&path);
    let passwd = [(0, text("/etc/passwd", Some(1)))];
    let known = [recovered(64), recovered(11)];
    assert_eq!(
        words(one, &known, &passwd),
        "with \"/etc/passwd\" (as compiled)"
    );
    assert_eq!(words(one, &[OPEN, OPEN], &[]), "with paths it computes");
    assert_eq!(
        words(one, &known, &[]),
        "with paths from memory that it may write"
    );
    assert_eq!(
        words(one, &[], &[]),
        "with paths that are not followed, because the module was not analysed"
    );
    assert_eq!(
        words(
            &[path.clone(), other],
            &[recovered(64), recovered(11), OPEN, OPEN],
            &passwd
        ),
        "with path \"/etc/passwd\" and paths it computes (as compiled)"
    );
    assert_eq!(
        words(
            &[path, flags],
            &[recovered(64), recovered(11), proved(9)],
            &passwd
        ),
        "with \"/etc/passwd\", create, truncate (as compiled)"
    );
    let one = std::slice::from_ref(&clock);
    assert_eq!(words(one, &[proved(1)], &[]), "with clock_id 1");
    assert_eq!(
        words(one, &[recovered(1)], &[]),
        "with clock_id 1 (as compiled)"
    );
    assert_eq!(words(one, &[OPEN], &[]), "with arguments it computes");
}

#[test]
fn without_a_description_all_arguments_stand_in_order() {
    let quoted = [(1, text("a\"b\\", Some(2)))];
    assert_eq!(
        words(
            &[],
            &[proved(7), recovered(64), recovered(4), OPEN],
            &quoted
        ),
        "with (7, \"a\\\"b\\\\\", _) (as compiled)"
    );
    assert_eq!(words(&[], &[proved(7), proved(-1)], &[]), "with (7, -1)");
    assert_eq!(words(&[], &[proved(7)], &[]), "with 7");
    assert_eq!(words(&[], &[OPEN, OPEN], &[]), "with arguments it computes");
    assert_eq!(words(&[], &[], &[]), "without arguments");
}

#[test]
fn calls_that_pass_the_same_are_told_once_and_the_known_ones_first() {
    let (open, seven): (&[Argument], &[Argument]) = (&[OPEN], &[proved(7)]);
    let ways = told(&[], &[(open, &[]), (seven, &[]), (seven, &[]), (open, &[])]);
    let told: Vec<_> = ways
        .iter()
        .map(|way| (way.words.as_str(), way.paths.len()))
        .collect();
    assert_eq!(told, [("with 7", 2), ("with arguments it computes", 2)]);
    assert_eq!(ways[0].paths, ["… → b → env.f", "run → a → env.f"]);
}
