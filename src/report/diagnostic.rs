//! One drawn diagnostic: a header of ours, then message, excerpts and help by miette.

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};

use crate::audit::Severity;

use super::escape;
use super::excerpt::Excerpts;
use super::style::Style;

/// What is drawn; every text is escaped already.
#[derive(Debug)]
pub struct Diagnostic {
    /// Its weight.
    pub severity: Severity,
    /// The rule's id or the mistake's code.
    pub code: String,
    /// What it is about; may be empty.
    pub subject: String,
    /// What is wrong; further lines are notes.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// Where.
    pub excerpts: Excerpts,
}

impl Diagnostic {
    /// Draws it; ends with a line end.
    pub fn render(&self, style: &Style) -> String {
        let theme = if style.color {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::unicode_nocolor()
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(style.columns())
            .with_links(false)
            .without_primary_span_start()
            .without_syntax_highlighting();
        let mut drawn = self.header(style);
        if handler.render_report(&mut drawn, self).is_err() {
            drawn.push_str(&self.message);
            drawn.push('\n');
        }
        escape::log_lines(&drawn)
    }

    fn header(&self, style: &Style) -> String {
        let word = format!("{}[{}]", self.severity.name(), self.code);
        let word = style.severity(self.severity, &word);
        if self.subject.is_empty() {
            format!("{word}\n")
        } else {
            format!("{word} {}\n", style.bold(&self.subject))
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Diagnostic {}

impl miette::Diagnostic for Diagnostic {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpts)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.excerpts.labels().iter().cloned()))
    }
}
