//! What a host function answers.

/// The answer to a call: the number that it returns, and bytes for its out-buffers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// What the function returns, converted to its result's type; dropped if it has no result.
    pub number: i64,
    /// Bytes by the name of the `out-buffer` argument that they go to.
    pub outputs: Vec<(String, Vec<u8>)>,
}

impl Answer {
    /// A number alone.
    pub fn number(number: i64) -> Self {
        Self {
            number,
            outputs: Vec::new(),
        }
    }

    /// Bytes for one out-buffer, and their number.
    pub fn bytes(name: &str, bytes: Vec<u8>) -> Self {
        Self::number(i64::try_from(bytes.len()).unwrap_or(i64::MAX)).with(name, bytes)
    }

    /// Adds bytes for an out-buffer: at most its capacity, which [`super::GuardedCall::capacity`] tells.
    #[must_use]
    pub fn with(mut self, name: &str, bytes: Vec<u8>) -> Self {
        self.outputs.push((name.to_owned(), bytes));
        self
    }
}
