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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Listing;
    use crate::report::places::Places;
    use crate::source::{SourceId, Sources, Span};

    fn drawn(texts: &[&str], marks: &[(u32, u32, u32)], width: usize) -> String {
        let mut sources = Sources::default();
        for (index, text) in texts.iter().enumerate() {
            sources.add(format!("{index}.yaml"), *text);
        }
        let places = Places::new(&sources);
        let marks: Vec<(Span, &str)> = marks
            .iter()
            .map(|(source, start, end)| {
                let source = SourceId(*source);
                let (start, end) = (*start, *end);
                (Span { source, start, end }, "here")
            })
            .collect();
        let mut excerpts = Excerpts::new(width);
        excerpts.add(&places, &marks);
        let diagnostic = Diagnostic {
            severity: Severity::Error,
            code: "x".to_owned(),
            subject: String::new(),
            message: "m".to_owned(),
            help: None,
            excerpts,
        };
        diagnostic.render(&Style::default())
    }

    #[test]
    fn each_file_has_its_own_window() {
        let shown = drawn(&["a\nb\nc\n", "d\r\ne\r\n"], &[(1, 3, 4), (0, 2, 3)], 80);
        assert!(
            shown.contains("[1.yaml:2:1]") && shown.contains("[0.yaml:2:1]"),
            "{shown}"
        );
        assert_eq!(shown.matches("╰── here").count(), 2);
    }

    #[test]
    fn a_long_line_is_cut_around_its_label() {
        let text = format!("{}NEEDLE{}", "a ".repeat(1 << 19), "b ".repeat(1 << 19));
        let shown = drawn(&[&text], &[(0, 1 << 20, (1 << 20) + 6)], 80);
        assert!(shown.len() < 2000 && shown.contains("NEEDLE"), "{shown}");
        assert!(shown.contains("…a a") && shown.contains("b …"), "{shown}");
    }

    #[test]
    fn labels_stand_below_what_they_name() {
        let shown = drawn(&["é\u{202e}\t: value\n"], &[(0, 8, 13)], 80);
        let lines: Vec<&str> = shown.lines().collect();
        let code = lines
            .iter()
            .position(|line| line.contains("value"))
            .unwrap();
        let column = |line: &str, what: &str| line.split(what).next().unwrap().chars().count();
        assert_eq!(column(lines[code], "value"), column(lines[code + 1], "──┬"));
    }

    #[test]
    fn a_place_outside_its_text_is_left_out() {
        assert!(!drawn(&["a"], &[(0, 5, 9), (7, 0, 1)], 80).contains("here"));
    }

    proptest::proptest! {
        #[test]
        fn drawing_never_panics(
            first in "(a|é|\u{301}|家|\t|\u{1b}|\n|\r|\r\n| ){0,60}",
            second in "(?s).{0,30}",
            marks in proptest::collection::vec((0u32..3, 0u32..90, 0u32..90), 0..10),
            width in 0usize..60,
        ) {
            let shown = drawn(&[&first, &second], &marks, width);
            let bad = shown.chars().find(|char| *char != '\n' && escape::deceives(*char));
            proptest::prop_assert_eq!(bad, None);
        }

        #[test]
        fn a_listing_never_panics(text in "(?s).{0,40}", start in 0usize..60, end in 0usize..60) {
            let mut excerpts = Excerpts::new(40);
            excerpts.add_listing("m.wasm".to_owned(), &Listing { text, start, end });
            let diagnostic = Diagnostic {
                severity: Severity::Note,
                code: "x".to_owned(),
                subject: "s".to_owned(),
                message: "m\nn".to_owned(),
                help: Some("h".to_owned()),
                excerpts,
            };
            let shown = diagnostic.render(&Style::default());
            let bad = shown.chars().find(|char| *char != '\n' && escape::deceives(*char));
            proptest::prop_assert_eq!(bad, None);
        }
    }
}
