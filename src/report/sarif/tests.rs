//! The log read back through the types of the standard's schema, and what must hold in it.

use serde_sarif::sarif::{Result as SarifResult, ResultLevel, Sarif};

use super::*;
use crate::report::sample;

fn log(report: &Report) -> Sarif {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn results(log: &Sarif) -> &[SarifResult] {
    log.runs[0].results.as_deref().unwrap()
}

#[test]
fn it_reads_as_the_standard_says() {
    for report in [sample::report(), sample::hostile(), Report::default()] {
        let log = log(&report);
        let rules = log.runs[0].tool.driver.rules.clone().unwrap();
        assert_eq!(
            (rules.len(), results(&log).len()),
            (report.rules.len(), report.findings.len())
        );
        for result in results(&log) {
            let index = usize::try_from(result.rule_index.unwrap()).unwrap();
            assert_eq!(Some(&rules[index].id), result.rule_id.as_ref());
            assert!(result.level.is_some() && result.message.text.is_some());
        }
        for rule in &rules {
            assert!(rule.help.as_ref().unwrap().markdown.is_some());
            assert!(rule.full_description.is_some() && rule.default_configuration.is_some());
        }
    }
}

#[test]
fn the_policy_comes_first_and_the_module_is_related() {
    let log = log(&sample::report());
    let first = &results(&log)[0];
    let place = first.locations.as_ref().unwrap()[0]
        .physical_location
        .clone()
        .unwrap();
    let region = place.region.unwrap();
    assert_eq!(
        place.artifact_location.unwrap().uri.unwrap(),
        "plugins/thumbnail.policy.yaml"
    );
    assert_eq!(
        (region.start_line, region.start_column, region.end_column),
        (Some(10), Some(24), Some(34))
    );
    let related = &first.related_locations.as_ref().unwrap()[0];
    assert_eq!(related.id, Some(1));
    assert_eq!(
        related
            .physical_location
            .clone()
            .unwrap()
            .region
            .unwrap()
            .byte_offset,
        Some(200)
    );
    assert_eq!(
        related.logical_locations.clone().unwrap()[0]
            .kind
            .as_deref(),
        Some("import")
    );
    assert_eq!(first.level, Some(ResultLevel::Error));
}

#[test]
fn a_waived_finding_is_suppressed_and_an_unread_file_fails_the_run() {
    let log = log(&sample::report());
    let suppressed: Vec<bool> = results(&log)
        .iter()
        .map(|result| result.suppressions.is_some())
        .collect();
    assert_eq!(suppressed, [false, false, true, false, false, false]);
    assert!(!log.runs[0].invocations.as_ref().unwrap()[0].execution_successful);
}

#[test]
fn fingerprints_ignore_offsets_and_tell_subjects_apart() {
    let report = sample::report();
    let mut moved = report.findings[0].clone();
    moved.locations = vec![sample::at_import(999_999, "env.read_file")];
    let print = |finding: &Finding| fingerprint(finding, "a.wasm");
    assert_eq!(print(&moved), print(&report.findings[0]));
    assert_ne!(print(&moved), fingerprint(&moved, "b.wasm"));
    moved.subject.push('x');
    assert_ne!(print(&moved), print(&report.findings[0]));
}

#[test]
fn github_takes_each_result_and_tells_it_from_the_others() {
    let log = log(&sample::report());
    for result in results(&log) {
        let prints = result.partial_fingerprints.clone().unwrap();
        assert_eq!(prints["primaryLocationLineHash"], prints["ringfence/v1"]);
        for location in result.locations.iter().flatten() {
            let place = location.physical_location.clone().unwrap();
            assert!(
                place
                    .region
                    .is_none_or(|region| region.start_line.is_some())
            );
        }
    }
}

#[test]
fn a_module_named_twice_and_a_tag_said_twice_stand_once() {
    let mut report = sample::report();
    report.modules.push(report.modules[0].clone());
    let rule = report.rules.values_mut().next().unwrap();
    rule.tags = ["security", "CWE-1", "CWE-1"].map(str::to_owned).to_vec();
    rule.explanation = format!("One.\n\n{}\n\nThree.", "two ".repeat(400));
    let log = log(&report);
    let run = &log.runs[0];
    let artifacts = run.artifacts.as_deref().unwrap();
    assert_eq!(artifacts.len(), sample::report().modules.len());
    let rule = serde_json::to_value(&run.tool.driver.rules.as_deref().unwrap()[0]).unwrap();
    assert_eq!(
        rule["properties"]["tags"],
        json!(["security", "external/cwe/cwe-1"])
    );
    assert_eq!(rule["fullDescription"]["text"], "One.");
}

#[test]
fn messages_hold_neither_links_nor_placeholders() {
    let mut out = Vec::new();
    write(&sample::hostile(), &mut out).unwrap();
    let log: Value = serde_json::from_slice(&out).unwrap();
    let result = &log["runs"][0]["results"][0];
    let text = result["message"]["text"].as_str().unwrap();
    assert!(text.contains("\\[x\\](1)") && text.contains("{{0}}") && !text.contains(" {0}"));
    let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        .as_str()
        .unwrap();
    assert!(
        uri.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte))
    );
}
