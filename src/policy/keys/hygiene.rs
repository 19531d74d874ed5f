//! The whole policy, and the keys that are about policies and rules themselves.

use super::Enforcer::{Both, Parts, Reader, Rules};
use super::Merge::{Added, Own, Parameter, Replace, Severity};
use super::{Key, Names, Record, Shape, abi, grants, imports, limits, module};

/// Severities from the mildest.
pub const SEVERITIES: &[&str] = &["off", "note", "warning", "error"];

static PARAMETER: Key = Key::new(
    "<parameter>",
    Shape::Integer,
    Parameter,
    Reader,
    "the rule's default",
    "A parameter of the rule; `explain` lists them.",
);

static RULE: Record = Record {
    rest: Some(&PARAMETER),
    ..Record::of(
        "a rule's settings",
        &[Key::new(
            "severity",
            Shape::Choice(SEVERITIES),
            Severity,
            Rules(&["waiver-not-waivable"]),
            "the rule's default",
            "How bad its findings are.",
        )],
    )
};

static SETTING: Key = Key::parts(
    "<rule>",
    &RULE,
    "the rule's default",
    "How one rule judges.",
);

static WAIVER: Record = Record::of(
    "a waiver",
    &[
        Key::new(
            "rule",
            Shape::RuleId,
            Replace,
            Rules(&["waiver-unmatched", "waiver-not-waivable"]),
            "",
            "The rule whose findings it covers.",
        )
        .required(),
        Key::new(
            "subject",
            Shape::TEXT,
            Replace,
            Rules(&["waiver-without-subject", "waiver-unmatched"]),
            "all of the rule's findings, which is a note",
            "What it covers, as printed with the finding: `memory 0`.",
        ),
        Key::new(
            "digest",
            Shape::Digest,
            Replace,
            Rules(&["waiver-unmatched"]),
            "any module",
            "The SHA-256 of the one module for which it holds: a rebuild has to be looked at again.",
        ),
        Key::new(
            "reason",
            Shape::ANY_TEXT,
            Replace,
            Rules(&["waiver-without-reason"]),
            "an error",
            "Why it is right.",
        ),
        Key::new(
            "until",
            Shape::Date,
            Replace,
            Rules(&["waiver-expired"]),
            "for ever",
            "The last day on which it holds, UTC.",
        ),
    ],
);

/// The language.
pub static POLICY: Record = Record::of(
    "a policy",
    &[
        Key::new(
            "version",
            Shape::Count { min: 1, max: 1 },
            Replace,
            Reader,
            "1",
            "The version of the language: 1; any other is refused.",
        ),
        Key::new(
            "name",
            Shape::TEXT,
            Own,
            Reader,
            "none",
            "What reports call the policy.",
        ),
        Key::new(
            "extends",
            Shape::Base,
            Own,
            Both(&["base-widened", "limit-above-base"]),
            "no base",
            "The policy that this one narrows: a file in the same folder, or `builtin:<profile>`.",
        ),
        Key::parts(
            "module",
            &module::MODULE,
            "the built-in defaults",
            "What the artifact may be.",
        ),
        Key::parts(
            "abi",
            &abi::ABI,
            "none is declared",
            "The contract between host and guest.",
        ),
        Key::parts(
            "imports",
            &imports::IMPORTS,
            "denied",
            "What the module may import.",
        ),
        Key::parts(
            "grants",
            &grants::GRANTS,
            "denied",
            "What each invocation gets.",
        ),
        Key::parts(
            "limits",
            &limits::LIMITS,
            "an error for each that is needed",
            "What each invocation may spend.",
        ),
        Key::new(
            "determinism",
            Shape::Choice(&["required"]),
            Replace,
            Both(&[
                "nondeterministic-clock",
                "nondeterministic-random",
                "nondeterministic-simd",
                "nondeterministic-threads",
                "determinism-by-deadline",
            ]),
            "not claimed",
            "A claim that the same input gives the same output; rules check it, the runner makes it true.",
        ),
        Key::new(
            "rules",
            Shape::MapOf(Names::Rule, &SETTING),
            Added,
            Parts,
            "each rule's default",
            "Tuning of the linter, by rule.",
        ),
        Key::new(
            "waivable",
            Shape::List(&Shape::RuleId),
            super::Merge::Waivable,
            Rules(&["waiver-not-waivable"]),
            "nothing",
            "The rules that a policy which extends this one may waive or lower.",
        ),
        Key::new(
            "waivers",
            Shape::List(&Shape::Map(&WAIVER)),
            super::Merge::Waivers,
            Parts,
            "none",
            "Findings that are accepted, with a reason and an end.",
        ),
    ],
);
