//! `--format text`: module by module what it can do and what is wrong with that, then one line of summary.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::audit::{Finding, Location, ModuleReport, Report, Severity, Verdict};
use crate::source::Span;

use super::diagnostic::Diagnostic;
use super::excerpt::Excerpts;
use super::places::Places;
use super::style::Style;
use super::{checklist, escape, table, wording};

/// Findings of one rule in one module that are drawn; the rest is counted.
pub const MAX_OF_ONE_RULE: usize = 50;

/// Writes the whole report.
pub fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if style.quiet {
        return quiet(report, style, out);
    }
    let text = Text {
        report,
        style,
        places: Places::new(&report.sources),
    };
    text.group(None, out)?;
    for one in &report.errors {
        let (path, error) = (escape::text(&one.path), escape::text(&one.error));
        out.write_all(
            escape::log_lines(&format!("{path}: could not be judged: {error}\n")).as_bytes(),
        )?;
    }
    for (index, module) in report.modules.iter().enumerate() {
        text.module(index, module, out)?;
    }
    summary(report, style, out)
}

/// Only the summary, and that only when something failed.
pub fn quiet(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match report.verdict {
        Verdict::Pass => Ok(()),
        Verdict::Fail | Verdict::Error => summary(report, style, out),
    }
}

/// `3 errors in 2 modules: FAIL`.
pub fn summary(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let verdict = style.verdict(report.verdict);
    writeln!(out, "{}: {verdict}", wording::summary(report))
}

struct Text<'r> {
    report: &'r Report,
    style: &'r Style,
    places: Places<'r>,
}

impl Text<'_> {
    fn module(&self, index: usize, module: &ModuleReport, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(escape::log_lines(&self.header(module)).as_bytes())?;
        for error in &module.errors {
            writeln!(out, "  could not be judged: {}", escape::text(error))?;
        }
        let rows = table::capabilities(&module.capabilities, self.style);
        out.write_all(escape::log_lines(&rows).as_bytes())?;
        writeln!(out)?;
        self.group(Some(index), out)?;
        checklist::text(self.report, index, self.style, out)
    }

    fn header(&self, module: &ModuleReport) -> String {
        let verdict = self.style.verdict(module.verdict);
        let mut facts = Vec::new();
        if let Some(decoded) = &module.module {
            let digest = decoded.digest();
            facts.push(super::json::kind(decoded.kind).to_owned());
            facts.push(wording::size(decoded.size as u64));
            facts.push(format!("sha256 {}", digest.get(..12).unwrap_or(&digest)));
        }
        if let Some(policy) = &module.policy {
            facts.push(format!("policy {}", escape::name(policy)));
        }
        let path = self.style.bold(&escape::name(&module.path));
        let facts = self.style.dim(&facts.join(", "));
        format!("{path}: {verdict}  {facts}").trim_end().to_owned() + "\n"
    }

    /// The findings of one module, or of the policy alone: worst first, the waived ones in short at the end.
    fn group(&self, module: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
        let mut findings: Vec<&Finding> = self
            .report
            .findings
            .iter()
            .filter(|finding| wording::module_index(finding, self.report) == module)
            .collect();
        findings.sort_by_key(|finding| (finding.waived.is_some(), Reverse(finding.severity)));
        let mut drawn: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in &findings {
            let count = drawn.entry(&finding.rule).or_default();
            *count += 1;
            if *count <= MAX_OF_ONE_RULE {
                self.finding(finding, out)?;
            }
        }
        self.left_out(&drawn, out)?;
        let one_line =
            |finding: &&Finding| finding.waived.is_some() || finding.severity == Severity::Note;
        if findings.last().is_some_and(one_line) {
            writeln!(out)?;
        }
        Ok(())
    }

    fn left_out(&self, drawn: &BTreeMap<&str, usize>, out: &mut dyn Write) -> io::Result<()> {
        for (rule, count) in drawn {
            if let Some(more @ 1..) = count.checked_sub(MAX_OF_ONE_RULE) {
                let line = format!(
                    "… and {} more of {}; --format json has all",
                    wording::number(more),
                    escape::name(rule)
                );
                writeln!(out, "{}\n", self.style.bold(&line))?;
            }
        }
        Ok(())
    }

    fn finding(&self, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
        if finding.waived.is_some() {
            return self.waived(finding, out);
        }
        if finding.severity == Severity::Note {
            return self.note(finding, out);
        }
        let drawn = self.diagnostic(finding).render(self.style);
        writeln!(out, "{drawn}")
    }

    /// A note is one line: what must be mended comes first, and `explain` tells the rest.
    fn note(&self, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
        let head = format!("note[{}]", escape::name(&finding.rule));
        let line = format!(
            "{} {}: {}\n",
            self.style.severity(finding.severity, &head),
            escape::name(&finding.subject),
            escape::text(&finding.message)
        );
        out.write_all(escape::log_lines(&line).as_bytes())
    }

    fn waived(&self, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
        let what = format!(
            "waived {}[{}] {}: {}",
            finding.severity.name(),
            escape::name(&finding.rule),
            escape::name(&finding.subject),
            wording::waiver(finding).unwrap_or_default()
        );
        writeln!(out, "{}", self.style.dim(&what))
    }

    fn diagnostic(&self, finding: &Finding) -> Diagnostic {
        let mut message = escape::text(&finding.message);
        let mut excerpts = Excerpts::new(self.style.columns().saturating_sub(12));
        let marks: Vec<(Span, &str)> = finding.locations.iter().filter_map(mark).collect();
        excerpts.add(&self.places, &marks);
        for location in &finding.locations {
            let Some(place) = self.module_place(finding, location) else {
                continue;
            };
            if let Location::Module {
                listing: Some(listing),
                ..
            } = location
            {
                excerpts.add_listing(place, listing);
            } else {
                message.push_str("\nin ");
                message.push_str(&place);
            }
        }
        Diagnostic {
            severity: finding.severity,
            code: escape::name(&finding.rule),
            subject: escape::name(&finding.subject),
            message,
            help: wording::help(finding, self.report),
            excerpts,
        }
    }

    /// `run.wasm @ 0x1234 (function run)`: the file's own name is enough under its module's header.
    fn module_place(&self, finding: &Finding, location: &Location) -> Option<String> {
        let place = wording::module_place(location)?;
        let module = finding
            .module
            .and_then(|index| self.report.modules.get(index));
        let path = module.map_or("module", |module| module.path.as_str());
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
        Some(format!("{} {place}", escape::name(file)))
    }
}

fn mark(location: &Location) -> Option<(Span, &str)> {
    match location {
        Location::Text { span, label, .. } => Some((*span, label)),
        Location::Module { .. } => None,
    }
}
