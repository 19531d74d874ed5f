//! What `inspect` accepts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::report::Drawing;
use crate::wasm::MAX_PATHS;

use super::PlainFormat;

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// Modules (.wasm or .wat), folders (all .wasm files below them), or `-` for standard input.
    #[arg(required = true, value_name = "MODULE")]
    pub modules: Vec<PathBuf>,
    /// How to report.
    #[arg(long, value_enum, default_value_t = PlainFormat::Text, value_name = "FORMAT")]
    pub format: PlainFormat,
    /// How many call paths to show for each capability, in text and graph; JSON has all that are known.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = path_count())]
    pub paths: usize,
    /// Draw the capability graph of one module instead: exports, the functions on call paths, imports.
    #[arg(long, value_enum, value_name = "LANGUAGE", conflicts_with = "format")]
    pub graph: Option<GraphLanguage>,
}

/// `--graph`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum GraphLanguage {
    Dot,
    Mermaid,
}

impl From<GraphLanguage> for Drawing {
    fn from(language: GraphLanguage) -> Self {
        match language {
            GraphLanguage::Dot => Self::Dot,
            GraphLanguage::Mermaid => Self::Mermaid,
        }
    }
}

/// Parses a number of paths, of which no more are kept than [`MAX_PATHS`].
fn path_count() -> impl clap::builder::TypedValueParser<Value = usize> {
    use clap::builder::{RangedU64ValueParser, TypedValueParser as _};
    RangedU64ValueParser::<u64>::new()
        .range(1..=MAX_PATHS as u64)
        .map(|count| usize::try_from(count).unwrap_or(MAX_PATHS))
}
