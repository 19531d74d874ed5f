//! The values that were passed for one argument, as many as there is room for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::source::credential::redact;

use super::room::{MOST_VALUES, Room};

/// Texts in the normal form in which guards judge them, numbers, and the longest of what is measured only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Values {
    /// Texts; what looks like a credential is redacted.
    pub texts: BTreeSet<String>,
    /// Numbers.
    pub numbers: BTreeSet<i64>,
    /// The most bytes of a text, a buffer or the room for an answer.
    pub longest: u64,
    /// Whether others were passed too, which are not kept: too many, too long, or redacted.
    pub others: bool,
}

impl Values {
    /// A text was passed.
    pub fn text(&mut self, text: &str, room: &mut Room) {
        self.length(text.len() as u64);
        if self.texts.contains(text) {
            return;
        }
        let clean = redact(text);
        self.others |= clean != text;
        self.keep(&clean, room);
    }

    /// A number was passed.
    pub fn number(&mut self, number: i64, room: &mut Room) {
        if self.numbers.contains(&number) {
            return;
        }
        if self.numbers.len() < MOST_VALUES && room.take_number() {
            self.numbers.insert(number);
        } else {
            self.others = true;
        }
    }

    /// So many bytes were passed.
    pub fn length(&mut self, bytes: u64) {
        self.longest = self.longest.max(bytes);
    }

    /// Something was passed that is not told.
    pub fn untold(&mut self) {
        self.others = true;
    }

    fn keep(&mut self, text: &str, room: &mut Room) {
        if self.texts.contains(text) {
            return;
        }
        if self.texts.len() < MOST_VALUES && room.take(text) {
            self.texts.insert(text.to_owned());
        } else {
            self.others = true;
        }
    }

    /// Takes in what was seen in other runs.
    pub(super) fn merge(&mut self, other: &Self, room: &mut Room) {
        for text in &other.texts {
            self.keep(text, room);
        }
        for number in &other.numbers {
            self.number(*number, room);
        }
        self.length(other.longest);
        self.others |= other.others;
    }
}
