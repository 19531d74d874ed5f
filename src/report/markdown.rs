//! `--format markdown`: a pull-request comment that says the verdict first and folds the rest.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::audit::{CapabilityRow, Finding, ModuleReport, Report, Severity, Verdict};

use super::places::Places;
use super::{checklist, escape, json, table, wording};

/// The longest comment, in bytes; GitHub takes 65,536 characters.
pub const MAX_COMMENT: usize = 60_000;
/// What is kept for closing tags and the last line.
const RESERVE: usize = 600;

/// Writes the comment.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut comment = Comment {
        report,
        places: Places::new(&report.sources),
        text: String::new(),
        cut: 0,
    };
    comment.headline();
    comment.errors();
    comment.findings(None);
    for (index, module) in report.modules.iter().enumerate() {
        comment.module(index, module);
    }
    comment.end();
    out.write_all(comment.text.as_bytes())
}

struct Comment<'r> {
    report: &'r Report,
    places: Places<'r>,
    text: String,
    cut: usize,
}

impl Comment<'_> {
    /// Adds a line if it fits; otherwise counts it.
    fn line(&mut self, line: &str) -> bool {
        let fits = self.text.len() + line.len() + 1 + RESERVE <= MAX_COMMENT;
        if fits {
            self.text.push_str(line);
            self.text.push('\n');
        } else {
            self.cut += 1;
        }
        fits
    }

    fn headline(&mut self) {
        let (mark, word) = verdict(self.report.verdict);
        let summary = wording::summary(self.report);
        self.line(&format!("## {mark} ringfence: {word}\n\n{summary}\n"));
    }

    fn errors(&mut self) {
        for one in &self.report.errors {
            let (path, error) = (
                escape::markdown_code(&one.path),
                escape::markdown(&one.error, escape::MAX_TEXT),
            );
            self.line(&format!("{path}: **could not be judged:** {error}\n"));
        }
    }

    fn module(&mut self, index: usize, module: &ModuleReport) {
        let (mark, word) = verdict(module.verdict);
        let path = escape::markdown_code(&module.path);
        self.line(&format!("### {mark} {path}: {word}\n"));
        self.facts(module);
        for error in &module.errors {
            let error = escape::markdown(error, escape::MAX_TEXT);
            self.line(&format!("**Could not be judged:** {error}\n"));
        }
        self.capabilities(&module.capabilities);
        self.findings(Some(index));
        self.checklist(index);
    }

    fn facts(&mut self, module: &ModuleReport) {
        let mut facts = Vec::new();
        if let Some(decoded) = &module.module {
            facts.push(json::kind(decoded.kind).to_owned());
            facts.push(wording::size(decoded.size as u64));
            facts.push(format!("sha256 <code>{}</code>", decoded.digest()));
        }
        if let Some(policy) = &module.policy {
            facts.push(format!("policy {}", escape::markdown_code(policy)));
        }
        if !facts.is_empty() {
            self.line(&format!("{}\n", facts.join(", ")));
        }
    }

    fn capabilities(&mut self, rows: &[CapabilityRow]) {
        if rows.is_empty() || !self.line("| capability | imports | granted |\n|---|---|---|") {
            return;
        }
        for row in rows {
            let name = escape::markdown_code(&row.capability);
            let imports = escape::markdown(&table::imports(&row.imports, 200), 240);
            self.line(&format!("| {name} | {imports} | {} |", granted(row)));
        }
        self.line("");
    }

    fn findings(&mut self, module: Option<usize>) {
        let report = self.report;
        let here = |finding: &&Finding| wording::module_index(finding, report) == module;
        for severity in [Severity::Error, Severity::Warning, Severity::Note] {
            let open =
                |finding: &&Finding| finding.waived.is_none() && finding.severity == severity;
            let list: Vec<&Finding> = report.findings.iter().filter(here).filter(open).collect();
            self.fold(&wording::count(list.len(), severity.name()), &list);
        }
        let waived = |finding: &&Finding| finding.waived.is_some();
        let list: Vec<&Finding> = report.findings.iter().filter(here).filter(waived).collect();
        self.fold(&format!("{} waived", wording::number(list.len())), &list);
    }

    fn fold(&mut self, summary: &str, findings: &[&Finding]) {
        if findings.is_empty() {
            return;
        }
        if !self.line(&format!("<details><summary>{summary}</summary>\n")) {
            self.cut += findings.len();
            return;
        }
        for finding in findings {
            let item = self.item(finding);
            self.line(&item);
        }
        self.text.push_str("\n</details>\n\n");
    }

    fn item(&self, finding: &Finding) -> String {
        let mut item = format!(
            "- **{}** {}: {}",
            escape::markdown(&finding.rule, escape::MAX_NAME),
            escape::markdown_code(&finding.subject),
            escape::markdown(&finding.message, escape::MAX_TEXT)
        );
        for place in self.place(finding) {
            item.push_str("<br>at ");
            item.push_str(&escape::markdown_code(&place));
        }
        let waiver = wording::waiver(finding);
        let help = wording::help(finding, self.report).filter(|_| waiver.is_none());
        for (word, text) in [("waived", waiver), ("help", help)] {
            for line in text.iter().flat_map(|text| text.lines()) {
                let line = escape::markdown(line, escape::MAX_TEXT);
                let _ = write!(item, "<br>{word}: {line}");
            }
        }
        item
    }

    fn place(&self, finding: &Finding) -> Vec<String> {
        let text = wording::text_span(finding).map(|span| {
            let name = escape::name(self.places.name(span));
            match self.places.of(span) {
                Some((start, _)) => format!("{name} line {}", start.line),
                None => name,
            }
        });
        let module = finding
            .locations
            .iter()
            .find_map(wording::module_place)
            .map(|place| format!("module {place}"));
        text.into_iter().chain(module).collect()
    }

    fn checklist(&mut self, index: usize) {
        let report = self.report;
        let lists = report.checklist.as_ref();
        let Some(points) = lists
            .and_then(|lists| lists.get(index))
            .filter(|list| !list.is_empty())
        else {
            return;
        };
        if !self.line("<details><summary>checklist</summary>\n\n| | point | rules |\n|---|---|---|")
        {
            return;
        }
        for point in points {
            let title = escape::markdown(&point.title, escape::MAX_TEXT);
            let rules = escape::markdown(&point.rules.join(", "), escape::MAX_TEXT);
            self.line(&format!(
                "| {} | {title} | {rules} |",
                checklist::word(point)
            ));
        }
        self.text.push_str("\n</details>\n\n");
    }

    fn end(&mut self) {
        if self.cut > 0 {
            let cut = wording::count(self.cut, "line");
            let _ = writeln!(
                self.text,
                "\n**Cut to fit a comment: {cut} left out.** `ringfence check --format json` has all."
            );
        }
    }
}

fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Pass => ("✅", "pass"),
        Verdict::Fail => ("❌", "fail"),
        Verdict::Error => ("❗", "could not be judged"),
    }
}

fn granted(row: &CapabilityRow) -> &'static str {
    match row.granted {
        Some(true) => "yes",
        Some(false) => "**no**",
        None => "not judged",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_long_comment_is_cut_and_stays_whole() {
        let mut report = sample::hostile();
        report.findings = report.findings.iter().cycle().take(2000).cloned().collect();
        report.modules = report.modules.iter().cycle().take(500).cloned().collect();
        let mut out = Vec::new();
        write(&report, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.len() <= MAX_COMMENT, "{}", text.len());
        assert_eq!(
            text.matches("<details>").count(),
            text.matches("</details>").count()
        );
        assert!(text.trim_end().ends_with("has all.") && text.contains("left out"));
    }
}
