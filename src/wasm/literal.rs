//! Texts in data and custom sections.

use super::{DataSegment, Literal};

/// Bytes that may hold texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
    pub(super) place: Place<'a>,
}

/// What the bytes are of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    /// A data segment, maybe of the nth nested module.
    Data {
        segment: usize,
        nested: Option<usize>,
    },
    /// A custom section by name.
    Custom(&'a str),
}

/// Finds them.
pub(super) fn scan(_areas: &[Area<'_>], _data: &[DataSegment], _parallel: bool) -> Vec<Literal> {
    Vec::new()
}
