//! The twelve points that a plugin's review goes through, each held by rules.

use std::collections::BTreeSet;

use super::model::{ChecklistPoint, Finding};

/// A point: its question, the rules behind it, and whether it needs a policy to be judged.
struct Point(&'static str, &'static [&'static str], bool);

const POINTS: [Point; 12] = [
    Point(
        "Every import is declared, with its signature",
        &[
            "undeclared-host-import",
            "undeclared-wasi-import",
            "host-import-signature",
            "imported-memory",
            "imported-table",
            "imported-mutable-global",
        ],
        true,
    ),
    Point(
        "No host import is a confused deputy",
        &[
            "confused-deputy-path",
            "confused-deputy-url",
            "confused-deputy-command",
            "confused-deputy-secret",
            "guest-chosen-authority",
            "opaque-dispatcher",
            "ambient-host-import",
            "guard-too-broad",
            "unguarded-pointer",
            "literal-denied-by-guard",
        ],
        false,
    ),
    Point(
        "Directories are narrow, and writable ones are fresh",
        &[
            "broad-preopen",
            "sensitive-preopen",
            "shared-writable-preopen",
            "overlapping-preopens",
            "preopen-escape",
            "unbounded-scratch",
        ],
        true,
    ),
    Point(
        "The environment is a list of names without secrets",
        &[
            "env-forwarding",
            "env-wildcard",
            "secret-env",
            "inline-secret",
        ],
        true,
    ),
    Point(
        "The network is off, or a list of hosts",
        &["broad-network", "network-on-wasip1", "exfiltration-pair"],
        true,
    ),
    Point(
        "Nothing is granted that is not needed, and nothing is needed that is not granted",
        &[
            "unused-grant",
            "unmet-need",
            "literal-outside-grant",
            "env-not-read",
            "base-widened",
        ],
        true,
    ),
    Point(
        "Time is bounded",
        &["no-deadline", "no-cpu-budget", "long-deadline"],
        true,
    ),
    Point(
        "Memory, output and host calls are bounded",
        &[
            "no-memory-limit",
            "missing-memory-maximum",
            "memory-over-limit",
            "no-table-limit",
            "table-over-limit",
            "no-output-limit",
            "no-host-call-limit",
            "limit-above-base",
        ],
        true,
    ),
    Point(
        "The ABI has a version, and the exports are the agreed ones",
        &[
            "missing-abi-version",
            "abi-major-mismatch",
            "abi-version-unreadable",
            "missing-export",
            "unexpected-export",
            "too-many-exports",
            "export-signature",
            "missing-allocator",
            "wide-abi",
            "legacy-wasi",
            "mixed-wasi",
            "foreign-wasi-function",
        ],
        false,
    ),
    Point(
        "The binary is valid, small, and carries no secrets",
        &[
            "malformed-module",
            "module-kind",
            "module-too-large",
            "section-too-large",
            "too-many-functions",
            "size-for-edge",
            "embedded-secret",
            "disallowed-proposal",
            "shared-memory",
            "memory64",
            "start-section",
        ],
        false,
    ),
    Point(
        "The work belongs in a plugin, and what it claims of determinism holds",
        &[
            "needs-network",
            "needs-threads",
            "needs-process",
            "not-wasi",
            "component-not-audited",
            "nondeterministic-clock",
            "nondeterministic-random",
            "nondeterministic-simd",
            "nondeterministic-threads",
        ],
        false,
    ),
    Point(
        "Cold start and density are measured (`ringfence measure`)",
        &[],
        false,
    ),
];

/// Judges the points by the findings of one module and its policy; `judged`: whether a policy was given.
pub fn checklist<'f>(
    findings: impl Iterator<Item = &'f Finding>,
    judged: bool,
) -> Vec<ChecklistPoint> {
    let fired: BTreeSet<&str> = findings
        .filter(|finding| finding.waived.is_none())
        .map(|finding| finding.rule.as_str())
        .collect();
    POINTS
        .iter()
        .map(|Point(title, rules, needs_policy)| {
            let open = rules.iter().any(|rule| fired.contains(rule));
            let judgeable = !rules.is_empty() && (judged || !needs_policy);
            ChecklistPoint {
                title: (*title).to_owned(),
                met: (open || judgeable).then_some(!open),
                rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
            }
        })
        .collect()
}

/// Every rule that a point names.
#[cfg(test)]
pub fn named_rules() -> impl Iterator<Item = &'static str> {
    POINTS
        .iter()
        .flat_map(|Point(_, rules, _)| rules.iter().copied())
}
