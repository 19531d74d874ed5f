//! Reports in every output format. Texts of the model are raw; each format escapes them with its function in [`escape`].
//! Nothing here looks at the environment: the caller decides colours and width.

mod checklist;
mod diagnostic;
pub mod escape;
mod excerpt;
pub mod json;
mod json_text;
mod places;
#[cfg(test)]
mod sample;
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
        Format::Json => json::write(report, out),
        _ => text::write(report, style, out),
    }
}

#[cfg(test)]
mod tests;
