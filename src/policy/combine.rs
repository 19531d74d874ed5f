//! The parts of merging that need no record of widenings.

use std::collections::HashSet;

use super::canonical::render;
use super::keys::{Key, Merge, POLICY, Record};
use super::tree::{Item, Value};

/// What a child takes over from its base: all but what belongs to the base's own file.
pub fn inherited(mut base: Item) -> Item {
    if let Value::Map(map) = &mut base.value {
        map.retain(|name, _| !matches!(POLICY.key(name).map(|key| key.merge), Some(Merge::Own)));
    }
    base
}

/// Whether a child may state what its base leaves out.
pub fn newcomer_is_fine(record: &Record, key: &Key, item: &Item) -> bool {
    match key.merge {
        Merge::Waivable => item.items().is_empty(),
        Merge::Fixed(default) => default.is_some() && item.text() == default,
        _ if !record.closed => true,
        Merge::Own | Merge::Replace | Merge::Union | Merge::Added => true,
        Merge::Narrower(order, Some(default)) => {
            rank(order, item) <= order.iter().position(|word| *word == default)
        }
        _ => is_nothing(&item.value),
    }
}

/// A number of zero, an empty list or map: a grant of nothing.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Number(number) => *number == 0,
        Value::List(items) => items.is_empty(),
        Value::Layers(layers) => layers.iter().all(Vec::is_empty),
        _ => false,
    }
}

/// Where a word stands in an order, from the narrowest.
pub fn rank(order: &[&str], item: &Item) -> Option<usize> {
    let word = item.text()?;
    order.iter().position(|known| *known == word)
}

/// Both lists, the child's first, without repeats.
pub fn union(child: Item, base: Item) -> Item {
    let own = keys_of(&child);
    let Value::List(base) = base.value else {
        return child;
    };
    let (span, key) = (child.span, child.key);
    let mut list = child.items().to_vec();
    list.extend(base.into_iter().filter(|item| !own.contains(&plain(item))));
    Item {
        span,
        key,
        value: Value::List(list),
    }
}

/// The elements of a list as comparable texts.
pub fn keys_of(item: &Item) -> HashSet<String> {
    item.items().iter().map(plain).collect()
}

/// A text by which two list elements are equal or not.
pub fn plain(item: &Item) -> String {
    match (&item.value, item.number()) {
        (Value::Text(text), _) => text.clone(),
        (_, Some(number)) => number.to_string(),
        (value, None) => render(value).to_string(),
    }
}
