//! `--format github`: workflow commands, which GitHub shows beside the lines of a pull request. Errors come first: only
//! the first annotations of a step are shown.

use std::cmp::Reverse;
use std::io::{self, Write};

use crate::audit::{Finding, Report, Severity};

use super::places::Places;
use super::style::Style;
use super::{escape, text, wording};

/// Writes one command a finding that is not waived, then the summary.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(&report.sources);
    for (path, error) in report.unjudged() {
        let file = escape::github_property(path);
        let error = escape::github(error);
        writeln!(
            out,
            "::error file={file},title=could not be judged::{error}"
        )?;
    }
    let mut findings: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.waived.is_none())
        .collect();
    findings.sort_by_key(|finding| Reverse(finding.severity));
    for finding in findings {
        writeln!(out, "{}", command(finding, report, &places))?;
    }
    text::summary(report, &Style::default(), out)
}

fn command(finding: &Finding, report: &Report, places: &Places) -> String {
    let word = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let title = escape::github_property(&format!("{}: {}", finding.rule, finding.subject));
    let place = place(finding, report, places);
    let mut message = escape::github(&finding.message);
    if let Some(path) = wording::which_module(finding, report) {
        message.push_str(&escape::github(&format!(" (in {path})")));
    }
    if wording::text_span(finding).is_some()
        && let Some(at) = finding.locations.iter().find_map(wording::module_place)
    {
        message.push_str(&escape::github(&format!(" (module {at})")));
    }
    if let Some(help) = wording::help(finding, report) {
        message.push_str("%0Ahelp: ");
        message.push_str(&escape::github_lines(&help));
    }
    format!("::{word} {place}title={title}::{message}")
}

/// `file=…,line=…,col=…,` as far as they are known.
fn place(finding: &Finding, report: &Report, places: &Places) -> String {
    let module = finding.module.and_then(|index| report.modules.get(index));
    let Some(span) = wording::text_span(finding) else {
        return module.map_or_else(String::new, |module| {
            format!("file={},", escape::github_property(&module.path))
        });
    };
    let file = escape::github_property(places.name(span));
    match places.of(span) {
        Some((start, end)) if start.line == end.line => format!(
            "file={file},line={},col={},endColumn={},",
            start.line, start.column, end.column
        ),
        Some((start, end)) => format!("file={file},line={},endLine={},", start.line, end.line),
        None => format!("file={file},"),
    }
}
