//! A policy that was checked against the table of keys: the same tree as the file, with values instead of texts. Merging,
//! the resolved view and the canonical form all walk this tree, so that none of them can forget a key.

use std::collections::BTreeMap;

use crate::source::Span;
use crate::wasm::Signature;

use super::model::Date;

/// A checked value and its places.
#[derive(Debug, Clone, Default)]
pub struct Item {
    /// Where the value stands.
    pub span: Span,
    /// Where its key stands; the same as `span` for an element of a list.
    pub key: Span,
    /// What it is.
    pub value: Value,
}

/// What a checked item holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A size in bytes, a duration in nanoseconds or a count.
    Number(u64),
    /// A number with a sign.
    Integer(i64),
    /// One of a few words, also `true` and `false`.
    Word(&'static str),
    /// Any other text, as written.
    Text(String),
    /// A day.
    Date(Date),
    /// A signature.
    Signature(Signature),
    /// A list.
    List(Vec<Item>),
    /// Lists of which each must match: the child's own first, then its bases'.
    Layers(Vec<Vec<Item>>),
    /// A map.
    Map(Map),
}

/// The entries of a checked map.
pub type Map = BTreeMap<String, Item>;

impl Default for Value {
    fn default() -> Self {
        Self::Map(Map::new())
    }
}

/// Places do not count: `64KiB` equals `65536`.
impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Item {
    /// The value under a key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Item> {
        match &self.value {
            Value::Map(map) => map.get(key),
            _ => None,
        }
    }

    /// The word or text.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Word(word) => Some(word),
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, whatever its sign.
    pub fn number(&self) -> Option<i128> {
        match &self.value {
            Value::Number(number) => Some(i128::from(*number)),
            Value::Integer(number) => Some(i128::from(*number)),
            _ => None,
        }
    }

    /// The elements of a plain list.
    pub fn items(&self) -> &[Item] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }
}
