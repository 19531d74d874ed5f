//! How much of what guests say one record keeps.

/// The most distinct values of one argument, and paths below one grant.
pub(super) const MOST_VALUES: usize = 64;
/// The most bytes of one text.
pub(super) const MOST_TEXT: usize = 1024;
/// The most bytes of all texts of the runs under one policy, as they are written.
const MOST: usize = 192 << 10;
/// What a text costs beside its own bytes: it may be the name of an entry with several lines.
const EACH: usize = 192;
/// What a number costs.
const NUMBER: usize = 48;

/// What is left of the room for texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Self(MOST)
    }
}

impl Room {
    /// Takes the room of a text, if it is there.
    pub fn take(&mut self, text: &str) -> bool {
        // In ASCII, by the longest escape of each character.
        let plain = |char: char| if matches!(char, ' '..='~') { 2 } else { 12 };
        let cost: usize = text.chars().map(plain).sum::<usize>() + EACH;
        text.len() <= MOST_TEXT && self.spend(cost)
    }

    /// Takes the room of a number, if it is there.
    pub fn take_number(&mut self) -> bool {
        self.spend(NUMBER)
    }

    fn spend(&mut self, cost: usize) -> bool {
        let left = self.0.checked_sub(cost);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}
