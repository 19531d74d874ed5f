//! Guards inside the module against the runner's own: what gets through inside would get through there, and where the guard can
//! be held as a whole, the other way round too.

use ringfence::policy::guard::{NumberRule, SizeRule, TextRule};
use ringfence::policy::{self, Policy, Vocabulary, normalise};
use ringfence::rewrite::Options;
use ringfence::source::Sources;
use wasmtime::Val;

use super::plain::{End, Plain};
use super::{Check, harden};
use crate::suite::program::ensure;
use crate::suite::soundness::stream::Stream;

/// The tests.
pub const CHECKS: &[(&str, Check)] = &[
    ("numbers_as_the_runner_has_them", numbers),
    ("texts_as_the_runner_has_them", texts),
    ("any_bytes_of_a_text", bytes),
    ("ranges_lie_in_memory", ranges),
    ("what_is_left_is_said", left),
    ("denials_answer", denials),
];

/// A module with one guarded import, and its guard's argument.
struct Guarded {
    plain: Plain,
    policy: Policy,
    left: usize,
}

impl Guarded {
    fn new(name: &str, parameters: &str, args: &str, on_deny: &str) -> Result<Self, String> {
        let list = parameters.replace(' ', ", ");
        let policy = format!(
            "version: 1\nname: a\nimports: {{host: [{{module: env, name: {name}, signature: \"({list}) -> i32\", args: [{args}], on_deny: {on_deny}}}]}}\n"
        );
        let gets: String = (0..parameters.split(' ').count())
            .map(|place| format!("(local.get {place})"))
            .collect();
        let text = format!(
            r#"(module (import "env" "{name}" (func $host (param {parameters}) (result i32)))
                (memory (export "memory") 1)
                (func (export "f") (param {parameters}) (result i32) (call $host {gets})))"#
        );
        let bytes = ringfence::wasm::encode_text(&text)?;
        let (bytes, hardened) = super::harden_bytes(&bytes, &policy, Options::default())
            .map_err(|error| format!("{args}: {error}"))?;
        let read = policy::parse(
            "p",
            &policy,
            &Vocabulary::standard(),
            &mut Sources::default(),
        );
        Ok(Self {
            plain: Plain::new(&bytes)?,
            policy: read.map_err(|mistakes| format!("{args}: {mistakes:?}"))?,
            left: hardened.record.left.len(),
        })
    }

    fn argument(&self) -> &policy::Argument {
        &self.policy.imports.host[0].args[0]
    }

    /// Whether a call gets through to the host.
    fn passes(&mut self, arguments: &[Val]) -> bool {
        let before = self.plain.calls().len();
        self.plain.call("f", arguments);
        self.plain.calls().len() > before
    }

    fn passes_text(&mut self, text: &[u8]) -> bool {
        let memory = self
            .plain
            .instance
            .get_memory(&mut self.plain.store, "memory");
        let memory = memory.expect("a memory");
        // At the very end, so that a byte too many is outside.
        let at = 65_536 - text.len();
        memory.write(&mut self.plain.store, at, text).expect("room");
        let (at, length) = (
            i32::try_from(at).expect("an address"),
            i32::try_from(text.len()).expect("a length"),
        );
        self.passes(&[Val::I32(at), Val::I32(length)])
    }
}

fn numbers() -> Result<(), String> {
    let mut stream = Stream::new(1, "numbers");
    let mut outcomes = [0, 0];
    for role in ["number", "opcode", "flags"] {
        for wide in [false, true] {
            for guard in [
                "max: 9",
                "min: 1, max: 100",
                "min: 0",
                "values: [1, 5, 255]",
                "values: [4294967295]",
                "values: [0, 7], max: 6",
                "max: 9223372036854775807",
            ] {
                if guard.contains("min") && role != "number" {
                    continue;
                }
                let args = format!("{{name: n, role: {role}, index: 0, {guard}}}");
                let ty = if wide { "i64" } else { "i32" };
                let mut guarded = match Guarded::new("n", ty, &args, "{return: -1}") {
                    Ok(guarded) => guarded,
                    // Not every role takes every bound.
                    Err(error) if error.contains("Mistake") => continue,
                    Err(error) => return Err(error),
                };
                let rule = NumberRule::of(guarded.argument());
                for _ in 0..120 {
                    let number = stream.integer();
                    #[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
                    let narrow = number as i32;
                    let (value, read) = if wide {
                        (Val::I64(number), rule.read(number, true))
                    } else {
                        (Val::I32(narrow), rule.read(i64::from(narrow), false))
                    };
                    let granted = read.and_then(|number| rule.judge(number)).is_ok();
                    let passes = guarded.passes(&[value]);
                    outcomes[usize::from(passes)] += 1;
                    ensure(passes == granted, || {
                        format!(
                            "{args} {ty}: {number} passes {passes}, and the runner says {granted}"
                        )
                    })?;
                }
            }
        }
    }
    ensure(outcomes.iter().all(|count| *count > 500), || {
        format!("{outcomes:?}")
    })
}

/// Guards of texts: the role, the guard, and whether it is held as a whole.
const TEXTS: &[(&str, &str, bool)] = &[
    ("text", "allow: [abc, abd, \"\\\\*\"]", false),
    ("text", "allow: [abc, abd, a]", true),
    ("text", "allow: [\"ab*\", \"/x/*\"]", true),
    ("text", "allow: [\"*\"]", true),
    ("text", "deny: [\"ab*\", \"/x\"]", true),
    ("text", "allow: [\"a*\"], deny: [abc, \"abd*\"]", true),
    ("text", "allow: [\"a*c\", \"b?\"]", false),
    ("text", "deny: [\"*c\"]", false),
    ("text", "allow: [abc, abd, xabc], deny: [\"*c\"]", true),
    ("text", "max: 3", true),
    ("command", "allow: []", true),
    ("path", "allow: [\"/a/**\"]", true),
    ("path", "allow: [\"/a/**\", \"a/**\", \".\"]", true),
    (
        "path",
        "allow: [\"**\"], deny: [\"**/.*\", \"**/.*/**\"]",
        true,
    ),
    (
        "path",
        "allow: [\"/**\"], deny: [\"/a/b\", \"/x/**\"]",
        true,
    ),
    ("path", "allow: [\"**\"], deny: [\"a/**\"]", true),
    ("path", "allow: [\"/a/*\"]", false),
    ("path", "allow: [\"/a/**\"], deny: [\"**/*.b\"]", false),
    ("path", "deny: [\"**/.*\"]", false),
    ("path", "allow: [\"/a\", \"/a/b\", /x/.b]", true),
    ("root", "allow: [\"/a/**\"]", true),
    ("path", "", true),
    ("host", "allow: [a.b, \"a.b:80\", \"*.x\"]", false),
    ("host", "allow: [a.b, x, A.B]", true),
    ("url", "allow: [\"https://a.b/x\", \"https://a.b/\"]", true),
    ("url", "allow: [\"https://a.b/**\"]", false),
];

/// Texts of few letters, so that many of them are near a pattern.
fn text(stream: &mut Stream) -> Vec<u8> {
    const PARTS: &[&str] = &[
        "a",
        "b",
        "c",
        "x",
        "/",
        "/",
        ".",
        "..",
        "//",
        "/a/",
        "/a/b",
        "abc",
        "abd",
        "/x/",
        "\0",
        "é",
        "\\",
        "*",
        "a.b",
        "https://",
        "https://a.b/",
        "https://a.b/x",
        "A.B",
        ":80",
        "\u{fffd}",
        "/./",
        "a/../",
    ];
    let count = stream.below(5);
    let mut text: Vec<u8> = (0..count)
        .flat_map(|_| stream.pick(PARTS).bytes())
        .collect();
    if stream.once_in(12) {
        text.push(*stream.pick(&[0x80, 0xc3, 0xff, 0xed]));
    }
    text
}

fn texts() -> Result<(), String> {
    for (role, guard, whole) in TEXTS {
        let comma = if guard.is_empty() { "" } else { ", " };
        let args = format!("{{name: t, role: {role}, ptr: 0, len: 1{comma}{guard}}}");
        let mut guarded = Guarded::new("text", "i32 i32", &args, "{return: -1}")?;
        ensure((guarded.left == 0) == *whole, || {
            format!("{args}: {} things are left", guarded.left)
        })?;
        let rule = TextRule::of(guarded.argument()).map_err(|error| error.to_string())?;
        let size = SizeRule::of(guarded.argument());
        let mut stream = Stream::new(2, guard);
        let mut passed = 0;
        for _ in 0..1500 {
            let text = text(&mut stream);
            let read = size
                .judge(text.len() as u64)
                .and_then(|()| rule.read(text.clone()));
            let granted = read.and_then(|text| rule.judge(&text)).is_ok();
            let through = guarded.passes_text(&text);
            passed += usize::from(through);
            let shown = String::from_utf8_lossy(&text);
            if *whole {
                ensure(granted || !through, || {
                    format!("{args}: {shown:?} passes, and the runner denies it")
                })?;
                let same = is_normal(role, &text);
                ensure(!granted || through || !same, || {
                    format!("{args}: {shown:?} is denied, and the runner grants it")
                })?;
            } else if granted && is_normal(role, &text) {
                ensure(through, || {
                    format!("{args}: {shown:?} is denied, and the runner grants it")
                })?;
            }
        }
        let none = guard.contains("[]");
        ensure((passed > 0) != none, || {
            format!("{args}: {passed} texts passed")
        })?;
    }
    Ok(())
}

/// Whether a text is spelled as it is judged.
fn is_normal(role: &str, text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    match role {
        "path" | "root" => normalise(text).is_ok_and(|normal| normal == text),
        // Their other spellings are many; a list of texts lets in what it spells.
        "host" | "url" => false,
        _ => true,
    }
}

/// UTF-8 is what the standard library says it is.
fn bytes() -> Result<(), String> {
    let args = "{name: t, role: text, ptr: 0, len: 1, allow: [\"*\"]}";
    let mut guarded = Guarded::new("text", "i32 i32", args, "{return: -1}")?;
    let mut check = |text: &[u8]| {
        let valid = std::str::from_utf8(text).is_ok() && !text.contains(&0);
        let passes = guarded.passes_text(text);
        ensure(passes == valid, || format!("{text:x?} passes {passes}"))
    };
    let borders = [
        0x00, 0x01, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1,
        0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
    ];
    for first in borders {
        check(&[first])?;
        for second in borders {
            check(&[first, second])?;
            for third in [0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc2] {
                check(&[first, second, third])?;
                check(&[first, second, third, 0x80])?;
                check(&[first, second, third, 0x41])?;
            }
        }
    }
    Ok(())
}

fn ranges() -> Result<(), String> {
    for (role, extra) in [
        ("buffer", ""),
        ("out-buffer", ""),
        ("text", ", allow: [\"*\"]"),
    ] {
        let args = format!("{{name: t, role: {role}, ptr: 0, len: 1, max: 70000{extra}}}");
        for (pointer, length, passes) in [
            (0, 0, true),
            (0, 65_536, role != "text"),
            (0, 65_537, false),
            (65_536, 0, true),
            (65_537, 0, false),
            (-1, 1, false),
            (-1, 0, false),
            (1, -1, false),
            (-16, 32, false),
            (i32::MIN, i32::MIN, false),
            (0, 70_001, false),
        ] {
            let mut guarded = Guarded::new("n", "i32 i32", &args, "{return: -1}")?;
            let through = guarded.passes(&[Val::I32(pointer), Val::I32(length)]);
            ensure(through == passes, || {
                format!("{args}: {pointer} {length}: {through}")
            })?;
            let mut guarded = Guarded::new("n", "i64 i64", &args, "{return: -1}")?;
            let wide = |number: i32| Val::I64(i64::from(number));
            let through = guarded.passes(&[wide(pointer), wide(length)]);
            ensure(through == passes, || {
                format!("{args}, wide: {pointer} {length}: {through}")
            })?;
        }
        let mut guarded = Guarded::new("n", "i64 i64", &args, "{return: -1}")?;
        for (pointer, length) in [(i64::MIN, i64::MIN), (-8, 16), (1 << 32, 1), (0, 1 << 32)] {
            let through = guarded.passes(&[Val::I64(pointer), Val::I64(length)]);
            ensure(!through, || format!("{args}: {pointer} {length}"))?;
        }
    }
    let text = r#"(module (import "env" "n" (func $host (param i32 i32))) (memory 1)
        (func (export "f") (call $host (i32.const 0) (i32.const 1))))"#;
    let policy = "version: 1\nname: a\nimports: {host: [{module: env, name: n, signature: \"(i32, i32) -> ()\", args: [{name: b, role: buffer, ptr: 0, len: 1, max: 9}]}]}\n";
    let mut plain = Plain::new(&harden(text, policy)?)?;
    ensure(plain.call("f", &[]) == End::Trapped, || {
        "it passes without a memory that the host sees".to_owned()
    })
}

fn left() -> Result<(), String> {
    let args = "{name: p, role: path, ptr: 0, len: 1, allow: [\"/a/*.txt\"], deny: [\"**/b\"]}";
    let guarded = Guarded::new("path", "i32 i32", args, "{return: -1}")?;
    ensure(guarded.left == 2, || {
        format!("{} things are left", guarded.left)
    })?;
    let mut guarded = guarded;
    for (path, passes) in [
        ("/a/x.txt", true),
        ("/a/x", true),
        ("/b", false),
        ("/a/../b", false),
    ] {
        let through = guarded.passes_text(path.as_bytes());
        ensure(through == passes, || format!("{path}: {through}"))?;
    }
    Ok(())
}

fn denials() -> Result<(), String> {
    for (on_deny, expected) in [
        ("{return: -1}", End::Returned(vec!["-1".to_owned()])),
        ("{return: 4294967295}", End::Returned(vec!["-1".to_owned()])),
        ("trap", End::Trapped),
    ] {
        let args = "{name: n, role: number, index: 0, max: 1}";
        let mut guarded = Guarded::new("n", "i32", args, on_deny)?;
        let end = guarded.plain.call("f", &[Val::I32(2)]);
        ensure(end == expected, || format!("{on_deny}: {end:?}"))?;
    }
    let text = r#"(module (import "env" "n" (func $host (param i32))) (func (export "f") (call $host (i32.const 0))))"#;
    let policy = "version: 1\nname: a\nimports: {host: [{module: env, name: n, args: [{name: n, role: number, index: 1, max: 1}]}]}\n";
    let error = harden(text, policy).err().unwrap_or_default();
    ensure(error.contains("there is no parameter 1"), || error.clone())?;
    let error = Guarded::new(
        "n",
        "i32",
        "{name: n, role: number, index: 0, max: 1}",
        "{return: 4294967296}",
    );
    let error = error.err().unwrap_or_default();
    ensure(error.contains("cannot hold"), || error.clone())
}
