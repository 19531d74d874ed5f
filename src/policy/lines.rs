//! Lines of many places in the same texts, without counting from the start for each.

use std::collections::BTreeMap;

use crate::source::{SourceId, Sources, Span};

/// The starts of lines of each text that was asked for.
pub struct Lines<'s> {
    sources: &'s Sources,
    starts: BTreeMap<SourceId, Vec<usize>>,
}

impl<'s> Lines<'s> {
    /// Counts nothing yet.
    pub fn new(sources: &'s Sources) -> Self {
        Self {
            sources,
            starts: BTreeMap::new(),
        }
    }

    /// `platform.yaml:12`.
    pub fn origin(&mut self, span: Span) -> String {
        format!("{}:{}", self.sources.name(span), self.line(span))
    }

    fn line(&mut self, span: Span) -> usize {
        let starts = self.starts.entry(span.source).or_insert_with(|| {
            let text = self.sources.get(span.source).map(|source| &*source.text);
            let newlines = text.unwrap_or_default().match_indices('\n');
            newlines.map(|(at, _)| at).collect()
        });
        starts.partition_point(|newline| *newline < span.start as usize) + 1
    }
}
