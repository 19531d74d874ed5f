//! How a report looks, as its caller decided.

use anstyle::AnsiColor;

use crate::audit::{Severity, Verdict};

/// The output formats of `check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people: excerpts with labels.
    Text,
    /// One line a finding.
    Short,
    /// The documented shape, version 1.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// GitHub workflow commands.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// A pull-request comment.
    Markdown,
}

impl Format {
    /// Every format, by the name that `--format` takes.
    pub const ALL: [(&'static str, Self); 7] = [
        ("text", Self::Text),
        ("short", Self::Short),
        ("json", Self::Json),
        ("sarif", Self::Sarif),
        ("github", Self::Github),
        ("gitlab", Self::Gitlab),
        ("markdown", Self::Markdown),
    ];
}

/// The look of the formats for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour.
    pub color: bool,
    /// Columns of the terminal; at least 40 are assumed.
    pub width: usize,
    /// Text and short: only the summary line, and that only when something failed.
    pub quiet: bool,
    /// Short: whether the summary line follows the findings.
    pub summary: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            color: false,
            width: 100,
            quiet: false,
            summary: true,
        }
    }
}

impl Style {
    /// The width to lay out for.
    pub fn columns(&self) -> usize {
        self.width.clamp(40, 200)
    }

    /// Emphasised text.
    pub fn bold(&self, text: &str) -> String {
        self.paint(anstyle::Style::new().bold(), text)
    }

    /// Text that steps back.
    pub fn dim(&self, text: &str) -> String {
        self.paint(anstyle::Style::new().dimmed(), text)
    }

    /// Text in a severity's colour.
    pub fn severity(&self, severity: Severity, text: &str) -> String {
        let color = match severity {
            Severity::Error => AnsiColor::Red,
            Severity::Warning => AnsiColor::Yellow,
            Severity::Note => AnsiColor::Cyan,
        };
        self.paint(
            anstyle::Style::new().bold().fg_color(Some(color.into())),
            text,
        )
    }

    /// `PASS`, `FAIL` or `ERROR` in its colour.
    pub fn verdict(&self, verdict: Verdict) -> String {
        let color = match verdict {
            Verdict::Pass => AnsiColor::Green,
            Verdict::Fail | Verdict::Error => AnsiColor::Red,
        };
        let word = verdict.name().to_uppercase();
        self.paint(
            anstyle::Style::new().bold().fg_color(Some(color.into())),
            &word,
        )
    }

    fn paint(&self, style: anstyle::Style, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}
