//! `--format short`: one line a finding, sorted by place.

use std::io::{self, Write};

use crate::audit::{Finding, Location, Report};

use super::places::Places;
use super::style::Style;
use super::{escape, text, wording};

/// Writes the lines, and the summary if asked for.
pub fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if style.quiet {
        return text::quiet(report, style, out);
    }
    let places = Places::new(&report.sources);
    let mut lines: Vec<Line> = report
        .findings
        .iter()
        .map(|finding| Line::new(finding, report, &places))
        .chain(failures(report))
        .collect();
    lines.sort();
    for line in lines {
        let drawn = format!("{}: {}\n", line.place(), line.text);
        out.write_all(escape::log_lines(&drawn).as_bytes())?;
    }
    if style.summary {
        text::summary(report, style, out)?;
    }
    Ok(())
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    path: String,
    place: Option<(usize, usize)>,
    offset: Option<usize>,
    text: String,
}

impl Line {
    fn new(finding: &Finding, report: &Report, places: &Places) -> Self {
        let word = match finding.waived {
            Some(_) => "waived",
            None => finding.severity.name(),
        };
        let module = wording::which_module(finding, report)
            .map(|path| format!(" (in {})", escape::name(path)))
            .unwrap_or_default();
        let text = format!(
            "{word}[{}] {}: {}{module}",
            escape::name(&finding.rule),
            escape::name(&finding.subject),
            escape::text(&finding.message)
        );
        let (path, place, offset) = main_place(finding, report, places);
        Self {
            path: escape::text(path),
            place,
            offset,
            text,
        }
    }

    fn place(&self) -> String {
        match (self.place, self.offset) {
            (Some((line, column)), _) => format!("{}:{line}:{column}", self.path),
            (None, Some(offset)) => format!("{}:@{offset:#x}", self.path),
            (None, None) => self.path.clone(),
        }
    }
}

type MainPlace<'r> = (&'r str, Option<(usize, usize)>, Option<usize>);

/// The policy's place if there is one, else the module's.
fn main_place<'r>(finding: &Finding, report: &'r Report, places: &Places<'r>) -> MainPlace<'r> {
    if let Some(span) = wording::text_span(finding) {
        let place = places.of(span).map(|(start, _)| (start.line, start.column));
        return (places.name(span), place, None);
    }
    let module = finding.module.and_then(|index| report.modules.get(index));
    let offset = finding
        .locations
        .iter()
        .find_map(|location| match location {
            Location::Module { offset, .. } => *offset,
            Location::Text { .. } => None,
        });
    (module.map_or("policy", |module| &module.path), None, offset)
}

fn failures(report: &Report) -> impl Iterator<Item = Line> + '_ {
    report.unjudged().map(|(path, error)| Line {
        path: escape::text(path),
        place: None,
        offset: None,
        text: format!("could not be judged: {}", escape::text(error)),
    })
}
