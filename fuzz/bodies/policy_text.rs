//! A policy printed from its checked tree, as JSON, which is YAML too.

use ringfence::policy::keys::{Key, POLICY, Record, Shape};
use ringfence::policy::quantity::{show_duration, show_size};
use ringfence::policy::{Item, Policy, Value};
use serde_json::{Map, Value as Json};

/// The text.
pub fn printed(policy: &Policy) -> String {
    record(&POLICY, &policy.resolved).to_string()
}

fn record(record: &'static Record, item: &Item) -> Json {
    let Value::Map(map) = &item.value else {
        return scalar(&Shape::Flag, item);
    };
    let entries = map.iter().map(|(name, item)| {
        let key: Option<&Key> = record.key(name);
        let shape = key.map_or(Shape::Flag, |key| key.shape);
        (name.clone(), value(&shape, item))
    });
    Json::Object(entries.collect::<Map<String, Json>>())
}

fn value(shape: &Shape, item: &Item) -> Json {
    match (shape, &item.value) {
        (Shape::Map(keys) | Shape::Either(_, keys), Value::Map(_)) => record(keys, item),
        (Shape::MapOf(_, key), Value::Map(map)) => {
            let entries = map.iter();
            let entries = entries.map(|(name, item)| (name.clone(), value(&key.shape, item)));
            Json::Object(entries.collect::<Map<String, Json>>())
        }
        (Shape::Entries(keys, _), Value::List(items)) => {
            Json::Array(items.iter().map(|item| record(keys, item)).collect())
        }
        (Shape::List(inside), Value::List(items)) => {
            Json::Array(items.iter().map(|item| value(inside, item)).collect())
        }
        (Shape::List(inside), Value::Layers(layers)) => {
            let items = layers.iter().flatten();
            Json::Array(items.map(|item| value(inside, item)).collect())
        }
        (Shape::Either(shape, _), _) => scalar(shape, item),
        (shape, _) => scalar(shape, item),
    }
}

fn scalar(shape: &Shape, item: &Item) -> Json {
    match (shape, &item.value) {
        (Shape::Size, Value::Number(bytes)) => Json::from(show_size(*bytes)),
        (Shape::Duration, Value::Number(time)) => Json::from(show_duration(*time)),
        (_, Value::Number(number)) => Json::from(*number),
        (_, Value::Integer(number)) => Json::from(*number),
        (_, Value::Word(word)) => match word.parse::<bool>() {
            Ok(flag) => Json::from(flag),
            Err(_) => Json::from(*word),
        },
        (_, Value::Text(text)) => Json::from(text.as_str()),
        (_, Value::Date(date)) => Json::from(date.to_string()),
        (_, Value::Signature(signature)) => Json::from(signature.to_string()),
        (_, Value::List(items)) => {
            Json::Array(items.iter().map(|one| scalar(shape, one)).collect())
        }
        (_, Value::Layers(layers)) => {
            let items = layers.iter().flatten();
            Json::Array(items.map(|one| scalar(shape, one)).collect())
        }
        (_, Value::Map(map)) => {
            let entries = map
                .iter()
                .map(|(name, item)| (name.clone(), scalar(shape, item)));
            Json::Object(entries.collect::<Map<String, Json>>())
        }
    }
}
