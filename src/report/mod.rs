//! Reports in every output format. Texts of the model are raw; each format escapes them with its function in [`escape`].
//! Nothing here looks at the environment: the caller decides colours and width.

mod calls;
mod checklist;
mod diagnostic;
mod diff;
pub mod escape;
mod excerpt;
mod explain;
mod fingerprint;
mod github;
mod gitlab;
mod graph;
mod harden;
mod inspect;
pub mod json;
mod markdown;
mod mistakes;
mod path_lines;
mod places;
pub mod policy_case;
mod reached;
mod redact;
#[cfg(test)]
mod sample;
mod sarif;
mod short;
mod sizes;
mod style;
mod table;
mod text;
mod wording;
mod wrap;

use std::io::{self, Write as _};

use crate::audit::{ModuleReport, Report, RuleInfo};
use crate::source::{Mistake, Sources};

pub use diff::{DiffFormat, diff};
pub use explain::Example;
pub use graph::{Drawing, write as graph};
pub use harden::write as hardened;
pub use style::{Format, Style};

/// Writes `report` as `format`. A closed pipe is an error of kind `BrokenPipe`.
pub fn write(
    report: &Report,
    format: Format,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    match format {
        Format::Text => text::write(report, style, &mut out),
        Format::Short => short::write(report, style, &mut out),
        Format::Json => json::write(report, &mut out),
        Format::Sarif => sarif::write(report, &mut out),
        Format::Github => github::write(report, &mut out),
        Format::Gitlab => gitlab::write(report, &mut out),
        Format::Markdown => markdown::write(report, &mut out),
    }?;
    out.flush()
}

/// Writes what one module can do, in text, with as many call paths for each capability; [`json::modules`] is the other form.
pub fn inspect(
    report: &ModuleReport,
    paths: usize,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    inspect::write(report, paths, style, out)
}

/// Writes a rule's page.
pub fn explain(
    rule: &RuleInfo,
    examples: &[Example],
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    explain::write(rule, examples, style, out)
}

/// Draws why a policy, rule or lock does not read.
pub fn mistakes(mistakes: &[Mistake], sources: &Sources, style: &Style) -> String {
    mistakes::text(mistakes, sources, style)
}

/// The same as a list of `{code, message, help, locations}`.
pub fn mistakes_json(mistakes: &[Mistake], sources: &Sources) -> serde_json::Value {
    mistakes::json(mistakes, sources)
}

#[cfg(test)]
mod tests;
