//! `builtin: config`: texts that the policy itself holds, by name.

use std::collections::BTreeMap;

use crate::source::Spanned;

use super::super::answer::Answer;
use super::super::call::GuardedCall;
use super::super::guard::Guard;
use super::{NOTHING, first_text, only_room, output};

/// The values.
pub struct Config {
    values: BTreeMap<String, String>,
    key: usize,
    room: usize,
}

impl Config {
    /// Those of a policy. The name is the first text, the value goes to the out-buffer.
    ///
    /// # Errors
    /// An argument is missing.
    pub fn of(
        values: &BTreeMap<String, Spanned<String>>,
        guards: &[Guard],
    ) -> Result<Self, String> {
        let values = values.iter();
        Ok(Self {
            values: values
                .map(|(name, value)| (name.clone(), value.value.clone()))
                .collect(),
            key: first_text(guards)?,
            room: only_room(guards)?,
        })
    }

    /// The value's length, -1 for a name that the policy does not have, -2 where the value does not fit.
    pub fn answer(&self, call: &GuardedCall) -> Answer {
        match self.values.get(call.text_at(self.key)) {
            Some(value) => output(call, self.room, value.clone().into_bytes()),
            None => Answer::number(NOTHING),
        }
    }
}
