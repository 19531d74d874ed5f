//! Policies, rules and locks that do not read: the same look as findings, for stderr; and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::audit::Severity;
use crate::source::{Mistake, Sources, Span};

use super::diagnostic::Diagnostic;
use super::excerpt::Excerpts;
use super::json::SpanView;
use super::places::Places;
use super::style::Style;
use super::{escape, wording};

/// Mistakes that are drawn; the rest is counted.
const MAX_DRAWN: usize = 50;

/// Draws all mistakes, each ended by an empty line.
pub fn text(mistakes: &[Mistake], sources: &Sources, style: &Style) -> String {
    let places = Places::new(sources);
    let mut drawn: String = mistakes
        .iter()
        .take(MAX_DRAWN)
        .map(|mistake| diagnostic(mistake, &places, style).render(style) + "\n")
        .collect();
    if let Some(more @ 1..) = mistakes.len().checked_sub(MAX_DRAWN) {
        let _ = writeln!(drawn, "… and {}\n", wording::count(more, "more mistake"));
    }
    drawn
}

fn diagnostic(mistake: &Mistake, places: &Places, style: &Style) -> Diagnostic {
    let mut excerpts = Excerpts::new(style.columns().saturating_sub(12));
    let marks: Vec<(Span, &str)> = mistake
        .labels
        .iter()
        .map(|label| (label.span, label.text.as_str()))
        .collect();
    excerpts.add(places, &marks);
    Diagnostic {
        severity: Severity::Error,
        code: mistake.code.to_owned(),
        subject: String::new(),
        message: escape::text(&mistake.message),
        help: mistake.help.as_deref().map(escape::text),
        excerpts,
    }
}

/// The mistakes as `{code, message, help, locations: [{path, span, label}]}` objects.
pub fn json(mistakes: &[Mistake], sources: &Sources) -> Value {
    let places = Places::new(sources);
    let location = |label: &crate::source::Label| {
        json!({
            "path": places.name(label.span),
            "span": places.of(label.span).map(SpanView::new),
            "label": label.text,
        })
    };
    let object = |mistake: &Mistake| {
        json!({
            "code": mistake.code, "message": mistake.message, "help": mistake.help,
            "locations": mistake.labels.iter().map(location).collect::<Vec<_>>(),
        })
    };
    Value::Array(mistakes.iter().map(object).collect())
}
