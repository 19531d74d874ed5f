//! An argument that was refused.

use crate::source::Span;

/// Why an argument was refused, and what in the policy decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// In words that follow "denied: ".
    pub reason: String,
    /// The pattern, bound or entry that decided.
    pub span: Span,
    /// The text as the guest gave it, where it could be read at all.
    pub shown: Option<String>,
    /// Whether there is nothing that a provider could be given: a range outside of the memory, bytes that are no text, a path
    /// that leaves its root. Such a denial holds also where denials are only reported.
    pub unreadable: bool,
}

impl Denied {
    /// A denial of what could be read.
    pub fn by(span: Span, reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            span,
            shown: None,
            unreadable: false,
        }
    }

    /// A denial of what could not be read.
    pub fn unreadable(span: Span, reason: impl Into<String>) -> Self {
        Self {
            unreadable: true,
            ..Self::by(span, reason)
        }
    }
}
