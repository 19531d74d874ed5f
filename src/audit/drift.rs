//! What a module can do beyond a record, and what it no longer can, in words.

use std::collections::BTreeSet;

use super::narrowing::{bound_within, grant_within};
use super::powers::{Interface, Passed, Powers, Value};
use super::scope::Scopes;

/// What is new against an approval, sorted: `capability fs.write`, `limit memory: 128MiB (approved: 64MiB)`.
pub fn drift(approved: &Powers, now: &Powers) -> Vec<String> {
    let mut new = Vec::new();
    let capabilities = now.capabilities.difference(&approved.capabilities);
    new.extend(capabilities.map(|name| format!("capability {name}")));
    interface("import", &approved.imports, &now.imports, &mut new);
    interface("export", &approved.exports, &now.exports, &mut new);
    grants(&approved.scopes, &now.scopes, &mut new);
    bounds(
        "guard",
        approved.guards.as_ref(),
        now.guards.as_ref(),
        &mut new,
    );
    bounds(
        "limit",
        approved.limits.as_ref(),
        now.limits.as_ref(),
        &mut new,
    );
    if let Some(abi) = now.abi.as_ref().filter(|_| approved.abi != now.abi) {
        match &approved.abi {
            Some(approved) => new.push(format!("abi {abi} (approved: {approved})")),
            // A record from before it was recorded says nothing of it, and neither do the lists that a module lacks.
            None if approved.limits.is_some() => new.push(format!("abi {abi}")),
            None => {}
        }
    }
    arguments(
        approved.arguments.as_ref(),
        now.arguments.as_ref(),
        &mut new,
    );
    new.sort();
    new.dedup();
    new
}

/// What was approved and is no longer there, sorted. Narrower scopes count.
pub fn loss(approved: &Powers, now: &Powers) -> Vec<String> {
    let mut gone = drift(now, approved);
    gone.retain(|line| !line.contains(APPROVED));
    gone
}

const APPROVED: &str = " (approved: ";

fn interface(what: &str, approved: &Interface, now: &Interface, new: &mut Vec<String>) {
    for (name, types) in now {
        match approved.get(name) {
            None => new.push(format!("{what} {name}")),
            Some(known) if known.is_empty() || types.is_subset(known) => {}
            Some(known) => {
                let other: Vec<&str> = types.difference(known).map(String::as_str).collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                new.push(format!(
                    "{what} {name}: {}{APPROVED}{})",
                    other.join(", "),
                    known.join(", ")
                ));
            }
        }
    }
}

fn grants(approved: &Scopes, now: &Scopes, new: &mut Vec<String>) {
    for (name, value) in now {
        match approved.get(name) {
            None => new.push(format!("scope {name}: {value}")),
            Some(known) if grant_within(known, value) => {}
            Some(known) => new.push(format!("scope {name}: {value}{APPROVED}{known})")),
        }
    }
}

/// Where a record says nothing of bounds, none of those of today was seen by whoever approved. Where there is no policy, there
/// is nothing to hold against the record.
fn bounds(what: &str, approved: Option<&Scopes>, now: Option<&Scopes>, new: &mut Vec<String>) {
    let Some(now) = now else { return };
    let Some(approved) = approved else {
        new.extend(
            now.iter()
                .map(|(name, value)| format!("{what} {name}: {value}")),
        );
        return;
    };
    for (name, known) in approved {
        match now.get(name) {
            None => new.push(format!("{what} {name}: none{APPROVED}{known})")),
            Some(value) if bound_within(name, known, value) => {}
            Some(value) => new.push(format!("{what} {name}: {value}{APPROVED}{known})")),
        }
    }
}

/// Where a record says nothing of arguments, none was seen by whoever approved.
fn arguments(
    approved: Option<&BTreeSet<Passed>>,
    now: Option<&BTreeSet<Passed>>,
    new: &mut Vec<String>,
) {
    let none = BTreeSet::new();
    let (approved, now) = (approved.unwrap_or(&none), now.unwrap_or(&none));
    for passed in now.difference(approved) {
        let any = Passed {
            value: Value::Any,
            ..passed.clone()
        };
        if !approved.contains(&any) {
            new.push(format!("argument {}: {}", passed.argument, passed.value));
        }
    }
}

/// `anything`, `7`, `"sh"`.
impl std::fmt::Display for Value {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => out.write_str("anything"),
            Self::Number(number) => write!(out, "{number}"),
            Self::Text(text) => write!(out, "{text:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(entries: &[(&str, &str)]) -> Scopes {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        entries.iter().map(owned).collect()
    }

    fn powers() -> Powers {
        Powers {
            capabilities: ["fs.read".to_owned()].into(),
            scopes: scopes(&[("preopen /data", "ro")]),
            guards: Some(scopes(&[("env.open path allow", "/data/**")])),
            limits: Some(scopes(&[("memory", "64MiB")])),
            imports: [("env.open".to_owned(), ["(i32) -> ()".to_owned()].into())].into(),
            exports: Interface::new(),
            abi: Some("1".to_owned()),
            arguments: Some([passed(Value::Number(1))].into()),
        }
    }

    fn passed(value: Value) -> Passed {
        Passed {
            argument: "env.open mode".to_owned(),
            value,
        }
    }

    fn new(change: impl FnOnce(&mut Powers)) -> Vec<String> {
        let mut now = powers();
        change(&mut now);
        drift(&powers(), &now)
    }

    #[test]
    fn what_is_the_same_is_no_drift() {
        assert_eq!(new(|_| ()), [""; 0]);
        assert_eq!(loss(&powers(), &powers()), [""; 0]);
    }

    #[test]
    fn each_thing_that_is_wider_is_named() {
        let none = BTreeSet::new();
        let cases: [(Vec<String>, &str); 9] = [
            (
                new(|now| now.capabilities.extend(["env".to_owned()])),
                "capability env",
            ),
            (
                new(|now| now.imports.extend([("env.x".to_owned(), none.clone())])),
                "import env.x",
            ),
            (
                new(|now| {
                    let types = ["() -> ()".to_owned()].into();
                    now.imports.extend([("env.open".to_owned(), types)]);
                }),
                "import env.open: () -> () (approved: (i32) -> ())",
            ),
            (
                new(|now| now.exports.extend([("run".to_owned(), none.clone())])),
                "export run",
            ),
            (
                new(|now| now.scopes = scopes(&[("preopen /data", "rw")])),
                "scope preopen /data: rw (approved: ro)",
            ),
            (
                new(|now| now.guards = Some(Scopes::new())),
                "guard env.open path allow: none (approved: /data/**)",
            ),
            (
                new(|now| now.limits = Some(scopes(&[("memory", "65MiB")]))),
                "limit memory: 65MiB (approved: 64MiB)",
            ),
            (
                new(|now| now.abi = Some("2".to_owned())),
                "abi 2 (approved: 1)",
            ),
            (
                new(|now| now.arguments = Some([passed(Value::Text("a".to_owned()))].into())),
                "argument env.open mode: \"a\"",
            ),
        ];
        for (drift, expected) in cases {
            assert_eq!(drift, [expected]);
        }
    }

    #[test]
    fn what_is_narrower_is_no_drift() {
        let narrower = new(|now| {
            now.capabilities.clear();
            now.scopes.clear();
            now.guards = Some(scopes(&[
                ("env.open path allow", "/data/**"),
                ("more", "1"),
            ]));
            now.limits = Some(scopes(&[("memory", "1MiB"), ("fuel", "1")]));
            now.arguments = Some(BTreeSet::new());
        });
        assert_eq!(narrower, [""; 0]);
        let unjudged = new(|now| (now.guards, now.limits) = (None, None));
        assert_eq!(unjudged, [""; 0]);
    }

    #[test]
    fn a_record_that_says_nothing_approves_nothing() {
        let said = drift(&Powers::default(), &powers());
        for what in [
            "capability",
            "scope",
            "guard",
            "limit",
            "import",
            "argument",
        ] {
            assert!(
                said.iter().any(|line| line.starts_with(what)),
                "{what}: {said:?}"
            );
        }
    }

    #[test]
    fn anything_covers_every_value() {
        let mut approved = powers();
        approved.arguments = Some([passed(Value::Any)].into());
        assert_eq!(drift(&approved, &powers()), [""; 0]);
        assert_eq!(
            drift(&powers(), &approved),
            ["argument env.open mode: anything"]
        );
    }
}
