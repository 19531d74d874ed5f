//! What a numeric argument may be.

use crate::policy::{Argument, Role};
use crate::source::{Span, Spanned};

use super::denied::Denied;

/// `values`, or `min` and `max`.
#[derive(Debug, Clone)]
pub struct NumberRule {
    unsigned: bool,
    values: Option<Vec<i64>>,
    min: Option<Spanned<i64>>,
    max: Option<Spanned<i64>>,
    /// The list of values.
    span: Span,
    entry: Span,
}

impl NumberRule {
    /// That of an argument.
    pub fn of(argument: &Argument) -> Self {
        let values = argument.values.as_ref();
        let first = values.and_then(|values| values.first());
        Self {
            unsigned: argument.role.value != Role::Number,
            values: values.map(|values| values.iter().map(|one| one.value).collect()),
            min: argument.min,
            max: argument.max,
            span: first.map_or(argument.span, |first| first.span),
            entry: argument.span,
        }
    }

    /// The number that a parameter holds: an `i32`, sign-extended, or an `i64`. Opcodes and flags have no sign.
    ///
    /// # Errors
    /// It has none, and is over 63 bits.
    pub fn read(&self, value: i64, wide: bool) -> Result<i64, Denied> {
        match (self.unsigned, wide) {
            (true, false) => Ok(value & 0xffff_ffff),
            (true, true) if value < 0 => Err(Denied::unreadable(self.entry, "it is over 63 bits")),
            _ => Ok(value),
        }
    }

    /// Judges a number; the place that let it in, if one did.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn judge(&self, number: i64) -> Result<Option<Span>, Denied> {
        if let Some(min) = self.min.filter(|min| number < min.value) {
            let reason = format!("{number} is less than {}", min.value);
            return Err(Denied::by(min.span, reason));
        }
        if let Some(max) = self.max.filter(|max| number > max.value) {
            let reason = format!("{number} is more than {}", max.value);
            return Err(Denied::by(max.span, reason));
        }
        match &self.values {
            Some(values) if !values.contains(&number) => {
                let reason = format!("{number} is none of `values`");
                Err(Denied::by(self.span, reason))
            }
            Some(_) => Ok(Some(self.span)),
            None => Ok(self.max.or(self.min).map(|bound| bound.span)),
        }
    }
}
