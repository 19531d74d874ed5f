//! Values out of a checked tree, each with its place.

use crate::policy::model::{Date, Layers};
use crate::policy::tree::{Item, Value};
use crate::source::Spanned;
use crate::wasm::Signature;

/// A map that may be absent.
#[derive(Clone, Copy)]
pub struct Take<'i>(pub Option<&'i Item>);

impl<'i> Take<'i> {
    /// The item under a key.
    pub fn item(self, key: &str) -> Option<&'i Item> {
        self.0.and_then(|item| item.get(key))
    }

    /// The map under a key.
    pub fn at(self, key: &str) -> Self {
        Self(self.item(key))
    }

    /// The entries of a map with free names.
    pub fn entries(self) -> impl Iterator<Item = (&'i String, &'i Item)> {
        let map = match self.0.map(|item| &item.value) {
            Some(Value::Map(map)) => Some(map),
            _ => None,
        };
        map.into_iter().flatten()
    }

    pub fn text(self, key: &str) -> Option<Spanned<String>> {
        self.item(key).and_then(text)
    }

    pub fn number(self, key: &str) -> Option<Spanned<u64>> {
        self.item(key).and_then(number)
    }

    pub fn integer(self, key: &str) -> Option<Spanned<i64>> {
        self.item(key).and_then(integer)
    }

    /// Whether a word is this one.
    pub fn is(self, key: &str, word: &str) -> Option<Spanned<bool>> {
        self.word(key, |text| Some(text == word))
    }

    /// A word as a value of the model.
    pub fn word<T>(self, key: &str, meaning: impl FnOnce(&str) -> Option<T>) -> Option<Spanned<T>> {
        let item = self.item(key)?;
        Some(Spanned::new(meaning(item.text()?)?, item.span))
    }

    pub fn list<T>(self, key: &str, value: fn(&Item) -> Option<T>) -> Option<Vec<T>> {
        self.item(key).map(|item| list(Some(item), value))
    }

    pub fn layers(self, key: &str) -> Layers<String> {
        match self.item(key).map(|item| &item.value) {
            Some(Value::Layers(layers)) => Layers(
                layers
                    .iter()
                    .map(|layer| layer.iter().filter_map(text).collect())
                    .collect(),
            ),
            _ => Layers::default(),
        }
    }
}

pub fn list<T>(item: Option<&Item>, value: fn(&Item) -> Option<T>) -> Vec<T> {
    let items = item.map(Item::items).unwrap_or_default();
    items.iter().filter_map(value).collect()
}

pub fn text(item: &Item) -> Option<Spanned<String>> {
    Some(Spanned::new(item.text()?.to_owned(), item.span))
}

pub fn number(item: &Item) -> Option<Spanned<u64>> {
    let number = u64::try_from(item.number()?).ok()?;
    Some(Spanned::new(number, item.span))
}

pub fn integer(item: &Item) -> Option<Spanned<i64>> {
    let number = i64::try_from(item.number()?).ok()?;
    Some(Spanned::new(number, item.span))
}

pub fn date(item: &Item) -> Option<Spanned<Date>> {
    match item.value {
        Value::Date(date) => Some(Spanned::new(date, item.span)),
        _ => None,
    }
}

pub fn signature(item: &Item) -> Option<Spanned<Signature>> {
    match &item.value {
        Value::Signature(signature) => Some(Spanned::new(signature.clone(), item.span)),
        _ => None,
    }
}
