//! `diff --format json`, version 1.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::audit::{Change, Derivation, Diff, Direction, Side, Weight};
use crate::report::json::{self as printed, TOOL};

/// Writes the comparison.
pub fn write(diff: &Diff, out: &mut dyn Write) -> io::Result<()> {
    let changes: Vec<Value> = diff.changes.iter().map(change).collect();
    let document = json!({
        "version": 1,
        "tool": TOOL,
        "old": side(&diff.old),
        "new": side(&diff.new),
        "policy": diff.policy,
        "hardening": diff.hardening.as_ref().map(hardening),
        "changes": changes,
        "caveats": diff.caveats,
        "summary": {
            "escalation": diff.count(Weight::Escalation),
            "change": diff.count(Weight::Change),
            "information": diff.count(Weight::Information),
            "breaks": diff.breaks(),
        },
    });
    printed::value(&document, out)
}

fn hardening(derivation: &Derivation) -> Value {
    let record = &derivation.record;
    json!({ "fuel": record.fuel, "done": record.done, "left": record.left })
}

fn side(side: &Side) -> Value {
    json!({
        "path": side.path, "sha256": side.sha256, "size": side.size,
        "kind": printed::kind(side.kind), "abi_version": side.abi,
    })
}

fn change(change: &Change) -> Value {
    let weight = match change.weight {
        Weight::Escalation => "escalation",
        Weight::Change => "change",
        Weight::Information => "information",
    };
    let direction = match change.direction {
        Direction::Gained => "gained",
        Direction::Widened => "widened",
        Direction::Changed => "changed",
        Direction::Narrowed => "narrowed",
        Direction::Lost => "lost",
    };
    json!({
        "weight": weight, "topic": change.topic, "subject": change.subject,
        "direction": direction, "old": change.old, "new": change.new,
        "breaks": change.breaks, "granted": change.granted,
    })
}
