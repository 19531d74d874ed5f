//! `--format gitlab`: a code quality report, which GitLab shows in a merge request. It has no word for what is waived, so
//! that is left out, and none for what could not be judged, which becomes a blocker.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;

use serde_json::{Value, json};

use crate::audit::{Finding, Report, Severity};

use super::fingerprint::{fingerprint, module_path};
use super::json::printer;
use super::places::Places;
use super::{escape, wording};

/// Writes one list.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let places = Places::new(&report.sources);
    let mut seen = HashMap::new();
    let unjudged = report.unjudged().map(|(path, error)| unjudged(path, error));
    let findings = report
        .findings
        .iter()
        .filter(|finding| finding.waived.is_none());
    let findings = findings.map(|finding| {
        let print = once(
            fingerprint(finding, module_path(finding, report)),
            &mut seen,
        );
        entry(finding, report, &places, &print)
    });
    let list: Vec<Value> = unjudged.chain(findings).collect();
    printer::write(&list, out)
}

/// GitLab shows one entry a fingerprint: a second finding of the same gets one of its own.
fn once(print: String, seen: &mut HashMap<String, usize>) -> String {
    let count = seen.entry(print.clone()).or_default();
    *count += 1;
    match *count {
        1 => print,
        again => format!("{print}-{again}"),
    }
}

fn unjudged(path: &str, error: &str) -> Value {
    json!({
        "description": escape::text(&format!("could not be judged: {error}")),
        "check_name": "could-not-be-judged",
        "fingerprint": escape::text(&format!("could-not-be-judged {path}")),
        "severity": "blocker",
        "location": {"path": path, "lines": {"begin": 1}},
    })
}

fn entry(finding: &Finding, report: &Report, places: &Places<'_>, print: &str) -> Value {
    let severity = match finding.severity {
        Severity::Error => "critical",
        Severity::Warning => "minor",
        Severity::Note => "info",
    };
    let mut description = finding.message.clone();
    if let Some(path) = wording::which_module(finding, report) {
        let _ = write!(description, " (in {path})");
    }
    if let Some(help) = wording::help(finding, report) {
        let _ = write!(description, " Help: {help}");
    }
    json!({
        "description": escape::text(&description),
        "check_name": finding.rule,
        "fingerprint": print,
        "severity": severity,
        "location": location(finding, report, places),
    })
}

/// The policy's line, else the module, which has no lines.
fn location(finding: &Finding, report: &Report, places: &Places<'_>) -> Value {
    if let Some(span) = wording::text_span(finding) {
        let line = places.of(span).map_or(1, |(start, _)| start.line);
        return json!({"path": places.name(span), "lines": {"begin": line}});
    }
    let module = finding.module.and_then(|index| report.modules.get(index));
    let path = module.map_or("module", |module| module.path.as_str());
    json!({"path": path, "lines": {"begin": 1}})
}
