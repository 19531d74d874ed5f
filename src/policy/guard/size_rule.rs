//! How many bytes an argument in memory may have.

use crate::policy::{Argument, Role};
use crate::source::Span;

use super::denied::Denied;

/// The most bytes of a text where the policy states no `max`.
const MAX_TEXT: u64 = 4 << 10;
/// The same of a buffer.
const MAX_BUFFER: u64 = 1 << 20;

/// `max` of a text or a buffer.
#[derive(Debug, Clone, Copy)]
pub struct SizeRule {
    most: u64,
    span: Span,
}

impl SizeRule {
    /// That of an argument.
    pub fn of(argument: &Argument) -> Self {
        let default = match argument.role.value {
            Role::Buffer | Role::OutBuffer => MAX_BUFFER,
            _ => MAX_TEXT,
        };
        let stated = argument.max;
        Self {
            most: stated.map_or(default, |max| u64::try_from(max.value).unwrap_or(0)),
            span: stated.map_or(argument.span, |max| max.span),
        }
    }

    /// The most bytes.
    pub fn most(&self) -> u64 {
        self.most
    }

    /// Judges a length before anything is read.
    ///
    /// # Errors
    /// It is more than the most.
    pub fn judge(&self, length: u64) -> Result<(), Denied> {
        if length <= self.most {
            return Ok(());
        }
        let reason = format!("{length} bytes, and {} is the most", self.most);
        Err(Denied::unreadable(self.span, reason))
    }
}
