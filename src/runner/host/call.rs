//! One call as a provider sees it: decoded arguments that were judged, by name.

use std::ops::Range;
use std::sync::Arc;

use super::guard::Guard;

/// An argument that passed its guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// A text, in its normal form.
    Text(String),
    /// The bytes of a buffer.
    Bytes(Vec<u8>),
    /// A number.
    Number(i64),
    /// Where an answer may be written in the guest's memory.
    Room(Range<usize>),
}

/// A call whose arguments passed their guards. It holds copies: there is no way from it to the guest's memory, and none to
/// parameters that no argument of the policy describes.
#[derive(Debug, Clone)]
pub struct GuardedCall {
    pub(super) function: Arc<str>,
    pub(super) plugin: Arc<str>,
    pub(super) tenant: Option<Arc<str>>,
    pub(super) guards: Arc<[Guard]>,
    pub(super) given: Vec<Given>,
}

impl GuardedCall {
    /// The function: `env.read_file`.
    pub fn function(&self) -> &str {
        &self.function
    }

    /// The plugin, by its policy's name.
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// For whom the plugin runs, if whoever runs it said so.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// A textual argument: a path, URL or host name comes in the normal form in which it was judged.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.named(name)? {
            Given::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A `buffer`.
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        match self.named(name)? {
            Given::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// A number: an `i32` as a signed number, but for `opcode` and `flags`, which are never negative.
    pub fn number(&self, name: &str) -> Option<i64> {
        match self.named(name)? {
            Given::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// How many bytes an `out-buffer` takes.
    pub fn capacity(&self, name: &str) -> Option<usize> {
        match self.named(name)? {
            Given::Room(room) => Some(room.len()),
            _ => None,
        }
    }

    fn named(&self, name: &str) -> Option<&Given> {
        self.given.get(self.position(name)?)
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.guards.iter().position(|guard| guard.name == name)
    }

    /// The text of an argument by its position; empty for what is no text.
    pub(super) fn text_at(&self, index: usize) -> &str {
        match self.given.get(index) {
            Some(Given::Text(text)) => text,
            _ => "",
        }
    }

    /// The bytes of a buffer or text by its position.
    pub(super) fn bytes_at(&self, index: usize) -> &[u8] {
        match self.given.get(index) {
            Some(Given::Bytes(bytes)) => bytes,
            Some(Given::Text(text)) => text.as_bytes(),
            _ => &[],
        }
    }

    /// The number of an argument by its position.
    pub(super) fn number_at(&self, index: usize) -> Option<i64> {
        match self.given.get(index) {
            Some(Given::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// The room of an out-buffer by its position.
    pub(super) fn room_at(&self, index: usize) -> Option<Range<usize>> {
        match self.given.get(index) {
            Some(Given::Room(room)) => Some(room.clone()),
            _ => None,
        }
    }
}
