//! What a waiver does to a verdict, on the days around its last one.

use std::path::Path;

use super::*;
use crate::policy::{self, Date, Vocabulary};
use crate::rule::RuleSet;
use crate::source::Sources;
use crate::wasm;

fn checked(waivers: &str, today: Date, fail_on: Severity) -> Report {
    let rules = RuleSet::builtin(&SCHEMA);
    let mut sources = Sources::default();
    let text = format!(
        "module: {{start_section: deny}}\nlimits: {{fuel: 1, deadline: 2s, memory: 1MiB, table_elements: 1, host_calls: 1}}\n{waivers}"
    );
    let folder = Path::new("/nowhere");
    let policy = policy::parse_in(
        folder,
        "/nowhere/policy.yaml",
        &text,
        &Vocabulary::standard(),
        &mut sources,
    );
    let policies = [LoadedPolicy::new("policy.yaml", policy.unwrap(), true)];
    let surroundings = Surroundings {
        working: None,
        home: None,
        today,
    };
    let run = Run {
        rules: &rules,
        policies: &policies,
        sources: &sources,
        surroundings: &surroundings,
        lock: None,
        fail_on,
        checklist: true,
        confirm: None,
    };
    let module = wasm::encode_text("(module (func $f) (start $f))").unwrap();
    let candidate = Candidate {
        path: "a.wat".to_owned(),
        policy: Ok(0),
    };
    let read = |_: &str| Ok((wasm::Input::binary(module.clone()), wasm::decode(&module)));
    run.check(&[candidate], &read, &|| ())
}

#[test]
fn help_in_a_rules_page_is_prose() {
    let rules = RuleSet::builtin(&SCHEMA);
    for rule in rules.iter() {
        let help = rule_info(rule).help;
        assert!(!help.contains("{{") && !help.contains("{it."), "{help}");
    }
    let help = |id: &str| rule_info(rules.get(id).unwrap()).help;
    assert!(help("broad-preopen").contains("`scratch: {bytes: 16MiB, entries: 1000}`"));
    assert!(help("disallowed-proposal").starts_with("build without …, or"));
}

const WAIVER: &str =
    "waivers: [{rule: start-section, subject: start section, reason: reviewed, until: 2026-06-01}]";

fn day(month: i8, day: i8) -> Date {
    Date {
        year: 2026,
        month,
        day,
    }
}

#[test]
fn a_waived_error_passes_and_an_open_one_fails() {
    let open = checked("", day(6, 1), Severity::Error);
    assert_eq!(
        (open.verdict, open.modules[0].verdict),
        (Verdict::Fail, Verdict::Fail)
    );
    for fail_on in [Severity::Error, Severity::Warning, Severity::Note] {
        let waived = checked(WAIVER, day(6, 1), fail_on);
        let left: Vec<&Finding> = waived
            .findings
            .iter()
            .filter(|one| one.waived.is_none())
            .collect();
        assert!(left.is_empty(), "{left:?}");
        assert_eq!(
            (waived.verdict, waived.modules[0].verdict),
            (Verdict::Pass, Verdict::Pass)
        );
    }
}

#[test]
fn a_waiver_whose_reason_nobody_can_read_waives_nothing() {
    for reason in ["' '", "\"\\u200b\"", "\"\\u3164 \\u2800\""] {
        let policy = WAIVER.replace("reviewed", reason);
        let report = checked(&policy, day(6, 1), Severity::Error);
        assert_eq!(report.verdict, Verdict::Fail, "{reason}");
        let waived = report.findings.iter().any(|one| one.waived.is_some());
        let said = report
            .findings
            .iter()
            .any(|one| one.rule == "waiver-without-reason");
        assert!(!waived && said, "{reason}");
    }
}

#[test]
fn a_waiver_holds_through_its_last_day_and_no_longer() {
    for (today, verdict) in [
        (day(5, 31), Verdict::Pass),
        (day(6, 1), Verdict::Pass),
        (day(6, 2), Verdict::Fail),
        (day(7, 1), Verdict::Fail),
    ] {
        let report = checked(WAIVER, today, Severity::Error);
        assert_eq!(report.verdict, verdict, "{today:?}");
        let waived = report.findings.iter().any(|one| one.waived.is_some());
        assert_eq!(waived, verdict == Verdict::Pass, "{today:?}");
    }
}

#[test]
fn rules_judge_by_the_severities_and_parameters_of_the_policy() {
    let found = |rules: &str, rule: &str| {
        let report = checked(&format!("rules: {{{rules}}}"), day(6, 1), Severity::Error);
        let found = report.findings.into_iter().find(|one| one.rule == rule);
        found.map(|one| (one.severity, one.message))
    };
    for (word, severity) in [
        ("note", Some(Severity::Note)),
        ("warning", Some(Severity::Warning)),
        ("error", Some(Severity::Error)),
        ("off", None),
    ] {
        // The deadline is two seconds.
        let rules = format!("long-deadline: {{seconds: 1, severity: {word}}}");
        let found = found(&rules, "long-deadline").map(|(severity, _)| severity);
        assert_eq!(found, severity, "{word}");
    }
    for (seconds, fires) in [(1, true), (2, false), (3, false)] {
        let rules = format!("long-deadline: {{seconds: {seconds}}}");
        let found = found(&rules, "long-deadline").map(|(_, message)| message);
        assert_eq!(found.is_some(), fires, "{seconds}: {found:?}");
        assert!(found.is_none_or(|message| message.contains("more than 1 seconds")));
    }
}
