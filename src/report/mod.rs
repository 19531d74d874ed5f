//! Reports in every output format. Texts of the model are raw; each format escapes them with its function in [`escape`].
//! Nothing here looks at the environment: the caller decides colours and width.

mod checklist;
mod diagnostic;
pub mod escape;
mod excerpt;
mod github;
pub mod json;
mod json_text;
mod markdown;
mod places;
#[cfg(test)]
mod sample;
mod sarif;
mod sarif_rule;
mod short;
mod style;
mod table;
mod text;
mod wording;

use std::io;

use crate::audit::Report;

pub use style::{Format, Style};

/// Writes `report` as `format`. A closed pipe is an error of kind `BrokenPipe`.
pub fn write(
    report: &Report,
    format: Format,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Text => text::write(report, style, out),
        Format::Short => short::write(report, style, out),
        Format::Json => json::write(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Github => github::write(report, out),
        Format::Markdown => markdown::write(report, out),
    }
}

#[cfg(test)]
mod tests;
