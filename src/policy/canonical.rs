//! One text for all policies that mean the same: places, order and spelling do not count. Made to be hashed, not shown.

use serde_json::{Map as Json, Value as Any};

use super::model::Policy;
use super::tree::Value;

/// The canonical form of a resolved policy. It holds values of `env.set` in the clear: hash it, never print it.
pub fn canonical(policy: &Policy) -> String {
    render(&policy.resolved.value).to_string()
}

/// The same of the part under a dotted key: `module`, `grants.clock`; `null` where nothing is stated.
pub fn canonical_part(policy: &Policy, key: &str) -> String {
    let mut value = Some(&policy.resolved.value);
    for part in key.split('.') {
        value = match value {
            Some(Value::Map(map)) => map.get(part).map(|item| &item.value),
            _ => None,
        };
    }
    value.map_or(Any::Null, render).to_string()
}

/// A value without places; lists are sorted, as no list of the language depends on its order.
pub fn render(value: &Value) -> Any {
    match value {
        Value::Number(number) => Any::from(*number),
        Value::Integer(number) => Any::from(*number),
        Value::Word(word) => Any::from(*word),
        Value::Text(text) => Any::from(text.as_str()),
        Value::Date(date) => Any::from(date.to_string()),
        Value::Signature(signature) => Any::from(signature.to_string()),
        Value::List(items) => sorted(items.iter().map(|item| render(&item.value))),
        Value::Layers(layers) => sorted(
            layers
                .iter()
                .map(|layer| sorted(layer.iter().map(|item| render(&item.value)))),
        ),
        Value::Map(map) => Any::Object(
            map.iter()
                .map(|(name, item)| (name.clone(), render(&item.value)))
                .collect::<Json<String, Any>>(),
        ),
    }
}

fn sorted(values: impl Iterator<Item = Any>) -> Any {
    let mut values: Vec<Any> = values.collect();
    values.sort_by_cached_key(Any::to_string);
    values.dedup();
    Any::Array(values)
}
