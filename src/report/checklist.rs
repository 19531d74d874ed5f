//! The twelve-point checklist in text.

use std::io::{self, Write};

use crate::audit::{ChecklistPoint, Report};

use super::escape;
use super::style::Style;

/// Writes one module's list, if a checklist was asked for.
pub fn text(report: &Report, module: usize, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let points = report
        .checklist
        .as_ref()
        .and_then(|lists| lists.get(module));
    let Some(points) = points.filter(|points| !points.is_empty()) else {
        return Ok(());
    };
    let met = points
        .iter()
        .filter(|point| point.met == Some(true))
        .count();
    let head = format!("checklist: {met} of {} met", points.len());
    writeln!(out, "{}", style.bold(&head))?;
    for point in points {
        let rules: Vec<String> = point.rules.iter().map(|rule| escape::name(rule)).collect();
        let rules = style.dim(&format!("({})", rules.join(", ")));
        let title = escape::text(&point.title);
        writeln!(out, "  {:10}  {title} {rules}", word(point))?;
    }
    writeln!(out)
}

/// `met`, `not met` or `not judged`.
pub fn word(point: &ChecklistPoint) -> &'static str {
    match point.met {
        Some(true) => "met",
        Some(false) => "not met",
        None => "not judged",
    }
}
