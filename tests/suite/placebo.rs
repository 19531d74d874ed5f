//! No key is a placebo: for each key that a rule makes true there is an example of that rule whose outcome hangs on the key and
//! on the rule. The key is taken out of the example's policy, or says something else, and the rule must then find something
//! else; without the rule, nothing may be left of the difference.

mod change;

use std::collections::BTreeSet;

use libtest_mimic::{Failed, Trial};
use ringfence::audit::{ExampleOutcome, SCHEMA, run_example};
use ringfence::policy::keys::{Enforcer, Row, rows};
use ringfence::rule::{Example, Fixture, Rule, RuleSet};

use super::program::ensure;
use change::changes;

/// Rules that stand at a key and go by something that no policy in an example can show: why.
const OTHERWISE: &[(&str, &str, &str)] = &[];

/// The trials: one a key.
pub fn trials() -> Vec<Trial> {
    let mut trials = vec![Trial::test("placebo::a_key_without_effect_is_seen", || {
        sabotaged().map_err(Failed::from)
    })];
    trials.extend(rows().into_iter().filter_map(|row| {
        let rules = enforcers(&row);
        (!rules.is_empty()).then(|| {
            Trial::test(format!("placebo::{}", row.path), move || {
                hold(&row.path, rules).map_err(Failed::from)
            })
        })
    }));
    trials
}

fn enforcers(row: &Row) -> &'static [&'static str] {
    match row.key.enforcer {
        Enforcer::Rules(rules) | Enforcer::Both(rules) => rules,
        Enforcer::Runner | Enforcer::Reader | Enforcer::Parts => &[],
    }
}

fn hold(key: &str, enforcers: &[&str]) -> Result<(), String> {
    let rules = RuleSet::builtin(&SCHEMA);
    let mut idle = Vec::new();
    for id in enforcers {
        let known = OTHERWISE
            .iter()
            .any(|(one, rule, _)| *one == key && rule == id);
        let rule = rules.get(id).ok_or_else(|| format!("no rule {id}"))?;
        let found = hangs(key, rule, &rules)?;
        ensure(!(known && found), || {
            format!("{key} does have an effect on {id}")
        })?;
        if !known && !found {
            idle.push(*id);
        }
    }
    ensure(idle.is_empty(), || {
        format!("no example of {idle:?} comes out otherwise without {key}")
    })
}

/// Whether an example of a rule comes out otherwise when the key is gone or says something else.
fn hangs(key: &str, rule: &Rule, rules: &RuleSet) -> Result<bool, String> {
    for example in rule.examples().iter() {
        for other in variants(example, key)? {
            let outcome = run_example(rule, &other, rules);
            if matches!(outcome, Ok(ExampleOutcome::Broke(_))) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// An example with its policy, or a base beside it, changed at a key.
fn variants(example: &Example, key: &str) -> Result<Vec<Example>, String> {
    let mut variants = Vec::new();
    if let Some(policy) = &example.policy {
        variants.extend(changes(policy, key)?.into_iter().map(|text| Example {
            policy: Some(text.into()),
            ..example.clone()
        }));
    }
    for (at, file) in example.files.iter().enumerate() {
        let Fixture::File(name, text) = file else {
            continue;
        };
        if std::path::Path::new(name).extension() != Some("yaml".as_ref()) {
            continue;
        }
        for text in changes(text, key)? {
            let mut other = example.clone();
            if let Some(file) = other.files.get_mut(at) {
                *file = Fixture::File(name.clone(), text);
            }
            variants.push(other);
        }
    }
    Ok(variants)
}

/// A key that nothing hangs on, and one under a rule that was taken out.
fn sabotaged() -> Result<(), String> {
    let rules = RuleSet::builtin(&SCHEMA);
    let long = rules.get("long-deadline").ok_or("no rule")?;
    ensure(hangs("limits.deadline", long, &rules)?, || {
        "the deadline has no effect on its rule".to_owned()
    })?;
    for key in ["limits.memory", "name", "grants.env.pass"] {
        ensure(!hangs(key, long, &rules)?, || {
            format!("{key} is taken for something that `long-deadline` goes by")
        })?;
    }
    // Without its rule an example that has to fire does not hold: what the trials above go by is the rule.
    let empty = RuleSet::empty();
    let mut fired = BTreeSet::new();
    for example in long.examples().iter().filter(|example| example.fires) {
        fired.insert(matches!(
            run_example(long, example, &empty),
            Ok(ExampleOutcome::Broke(_))
        ));
    }
    ensure(fired == BTreeSet::from([true]), || {
        "an example fires although its rule is gone".to_owned()
    })
}
