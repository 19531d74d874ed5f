//! Bytes as choices: a policy that the table of keys allows, or nearly.

use std::fmt::Write as _;

use ringfence::policy::keys::{POLICY, Record, Shape};
use ringfence::wasm::PROPOSALS;

/// How deep maps nest before they are left out.
const DEPTH: usize = 6;
/// How long a policy may become.
const LONGEST: usize = 8 << 10;

/// A policy's text.
pub fn grow(data: &[u8]) -> String {
    let mut choices = Choices(data);
    let mut text = String::new();
    record(&POLICY, &mut choices, 0, &mut text);
    text
}

/// The bytes that are left; 0 for ever after them.
struct Choices<'d>(&'d [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    fn below(&mut self, most: usize) -> usize {
        usize::from(self.byte()) % most.max(1)
    }

    fn of<'w>(&mut self, words: &[&'w str]) -> &'w str {
        let at = self.below(words.len());
        words.get(at).copied().unwrap_or_default()
    }

    fn is_over(&self) -> bool {
        self.0.is_empty()
    }
}

const TEXTS: &[&str] = &[
    "a",
    "env",
    "run",
    "/data",
    "/data/**",
    "**",
    "*",
    "./x",
    "../y",
    "/",
    "~",
    "",
    " ",
    "no",
    "1",
    "0x10",
    "LANG",
    "LC_*",
    "PATH",
    "\"\\u202e\"",
    "a.b[0]",
    "é",
    "null",
    "'",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
];
const SIZES: &[&str] = &[
    "0",
    "1",
    "64KiB",
    "1MiB",
    "4GiB",
    "18446744073709551615",
    "1.5MiB",
    "-1",
];
const TIMES: &[&str] = &["1ms", "2s", "1m", "0s", "500h", "1d", "10"];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "3",
    "8",
    "1000",
    "4294967296",
    "18446744073709551615",
    "-5",
    "1e3",
];
const HOSTS: &[&str] = &[
    "a.org:443",
    "*.org:443",
    "a.org:*",
    "*:*",
    "[::1]:80",
    "10.0.0.0:1",
    "a",
    "host:0",
];
const CAPABILITIES: &[&str] = &[
    "stdin",
    "stdout",
    "stderr",
    "fs.read",
    "fs.write",
    "fs.metadata",
    "clock.wall",
    "random",
    "env",
    "args",
    "path_open",
    "fd_read",
    "proc_exit",
    "host:env/f",
    "process.exit",
    "network",
];
const SIGNATURES: &[&str] = &[
    "()",
    "(i32, i32) -> i32",
    "() -> i64",
    "(i32) -> (i32, i32)",
    "(x)",
    "i32",
];
const BASES: &[&str] = &[
    "builtin:strict",
    "builtin:baseline",
    "builtin:function",
    "builtin:none",
    "x.yaml",
];
const RULES: &[&str] = &[
    "wide-abi",
    "missing-memory-maximum",
    "malformed-module",
    "unsafe-engine",
    "nothing",
];

fn record(record: &'static Record, choices: &mut Choices<'_>, depth: usize, text: &mut String) {
    text.push('{');
    let mut first = true;
    let end = choices.is_over();
    for key in record.keys.iter().chain(record.rest) {
        let wanted = key.required || (!end && choices.below(3) == 0);
        if !wanted || depth > DEPTH || text.len() > LONGEST {
            continue;
        }
        if !std::mem::take(&mut first) {
            text.push_str(", ");
        }
        let name = if key.name.starts_with('<') {
            "seconds"
        } else {
            key.name
        };
        let _ = write!(text, "{name}: ");
        if depth == 0 && name == "version" {
            text.push('1');
        } else {
            value(&key.shape, choices, depth + 1, text);
        }
    }
    text.push('}');
}

fn value(shape: &'static Shape, choices: &mut Choices<'_>, depth: usize, text: &mut String) {
    // Now and then something that does not belong there.
    if choices.byte() == 0xff {
        text.push_str(choices.of(TEXTS));
        return;
    }
    match shape {
        Shape::Map(keys) => record(keys, choices, depth, text),
        Shape::Either(inside, keys) => {
            if choices.below(2) == 0 {
                value(inside, choices, depth, text);
            } else {
                record(keys, choices, depth, text);
            }
        }
        Shape::MapOf(_, key) => {
            let name = choices.of(&["LANG", "code", "wide-abi", "a", "custom"]);
            let _ = write!(text, "{{{name}: ");
            value(&key.shape, choices, depth, text);
            text.push('}');
        }
        Shape::Entries(keys, _) => list(choices, text, &mut |choices, text| {
            record(keys, choices, depth, text);
        }),
        Shape::List(inside) => list(choices, text, &mut |choices, text| {
            value(inside, choices, depth, text);
        }),
        shape => text.push_str(&scalar(shape, choices)),
    }
}

fn list(
    choices: &mut Choices<'_>,
    text: &mut String,
    item: &mut dyn FnMut(&mut Choices<'_>, &mut String),
) {
    text.push('[');
    for at in 0..choices.below(4) {
        if at > 0 {
            text.push_str(", ");
        }
        item(choices, text);
    }
    text.push(']');
}

fn scalar(shape: &Shape, choices: &mut Choices<'_>) -> String {
    let words: &[&str] = match shape {
        Shape::Size => SIZES,
        Shape::Duration => TIMES,
        Shape::Count { .. } | Shape::Integer | Shape::Bound => NUMBERS,
        Shape::Flag => &["true", "false", "yes"],
        Shape::Date => &["2026-06-01", "2999-12-31", "2026-02-30"],
        Shape::Time => &["2026-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "yesterday"],
        Shape::Choice(words) => words,
        Shape::Signature => SIGNATURES,
        Shape::Capability | Shape::Function | Shape::CapabilityOrFunction => CAPABILITIES,
        Shape::Proposal => PROPOSALS,
        Shape::Endpoint => HOSTS,
        Shape::Base => BASES,
        Shape::RuleId => RULES,
        Shape::Digest => &[
            "5535aaebb0507445650fd592acad63300831b18423f60ff0c49423a9670d7684",
            "55",
        ],
        _ => TEXTS,
    };
    let word = choices.of(words);
    let quoted = serde_json::to_string(word).unwrap_or_default();
    let plain = matches!(
        shape,
        Shape::Size
            | Shape::Duration
            | Shape::Count { .. }
            | Shape::Integer
            | Shape::Bound
            | Shape::Flag
    );
    if plain { word.to_owned() } else { quoted }
}
