//! The table of keys as a JSON Schema (draft 2020-12), for editors. `docs/policy.schema.json` is this, checked by a test.

use serde_json::{Map as Json, Value as Any, json};

use crate::wasm::PROPOSALS;

use super::keys::{Constraint, Key, Names, POLICY, Record, SECTIONS, Shape};
use super::vocabulary::Vocabulary;

/// The schema of a policy file.
pub fn schema() -> Any {
    let mut schema = record(&POLICY);
    if let Any::Object(schema) = &mut schema {
        schema.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        schema.insert("title".to_owned(), json!("ringfence policy, version 1"));
    }
    schema
}

fn record(record: &'static Record) -> Any {
    let properties: Json<String, Any> = record
        .keys
        .iter()
        .map(|key| (key.name.to_owned(), described(key)))
        .collect();
    let required: Vec<&str> = record
        .keys
        .iter()
        .filter(|key| key.required)
        .map(|key| key.name)
        .collect();
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": record.rest.map_or(json!(false), described),
    });
    if !required.is_empty() {
        set(&mut schema, "required", json!(required));
    }
    let together: Vec<Any> = record.constraints.iter().filter_map(constraint).collect();
    if !together.is_empty() {
        set(&mut schema, "allOf", json!(together));
    }
    schema
}

fn set(schema: &mut Any, key: &str, value: Any) {
    if let Any::Object(schema) = schema {
        schema.insert(key.to_owned(), value);
    }
}

fn described(key: &'static Key) -> Any {
    let mut schema = shape(&key.shape);
    let absent = if key.required {
        "Must be stated.".to_owned()
    } else {
        format!("Absent: {}.", key.absent)
    };
    set(
        &mut schema,
        "description",
        json!(format!("{} {absent}", key.doc)),
    );
    schema
}

/// What an editor can say about keys that go together; the rest is the reader's.
fn constraint(constraint: &Constraint) -> Option<Any> {
    let need =
        |keys: &[&str]| -> Vec<Any> { keys.iter().map(|key| json!({"required": [key]})).collect() };
    match *constraint {
        Constraint::OneOf(keys) => Some(json!({"oneOf": need(keys)})),
        Constraint::Exclusive(first, second) => {
            Some(json!({"not": {"allOf": [{"anyOf": need(first)}, {"anyOf": need(second)}]}}))
        }
        Constraint::Needs { keys, when, is } => Some(json!({
            "if": {"properties": {when: {"enum": is}}, "required": [when]},
            "then": {"required": keys},
        })),
        Constraint::Only { .. } | Constraint::Check(_) => None,
    }
}

fn shape(wanted: &'static Shape) -> Any {
    let known = Vocabulary::standard();
    match wanted {
        Shape::Size => quantity(
            "^[0-9][0-9_]*(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$",
            "integer",
            Some(0),
        ),
        Shape::Bound => quantity(
            "^[0-9][0-9_]*(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$",
            "integer",
            None,
        ),
        Shape::Duration => json!({"type": "string", "pattern": "^([0-9]+(h|m|s|ms|us|ns))+$"}),
        Shape::Count { min, max } if *max == u64::MAX => json!({"type": "integer", "minimum": min}),
        Shape::Count { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Shape::Integer => json!({"type": "integer"}),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Date => json!({"type": "string", "format": "date"}),
        Shape::Time => json!({"type": "string", "format": "date-time"}),
        Shape::Text { empty: true } => json!({"type": ["string", "number", "boolean"]}),
        Shape::Variable => json!({"type": "string", "pattern": "^[^=]+$"}),
        Shape::RuleId => json!({"type": "string", "pattern": "^[a-z0-9-]+$"}),
        Shape::Digest => json!({"type": "string", "pattern": "^[0-9a-f]{64}$"}),
        Shape::Signature => {
            json!({"type": "string", "pattern": "^ *\\(.*\\) *(-> *(\\(.*\\)|[a-z0-9]+) *)?$"})
        }
        Shape::GuestPath => json!({"type": "string", "pattern": "^/"}),
        Shape::Endpoint => json!({"type": "string", "pattern": "^(\\*|.+:([0-9]+|\\*))$"}),
        Shape::Base => json!({"type": "string", "pattern": "^(builtin:.+|[^/\\\\:]+)$"}),
        Shape::Choice(words) => json!({"enum": words}),
        Shape::Proposal => json!({"enum": PROPOSALS}),
        Shape::Function => json!({"enum": known.functions}),
        Shape::Capability => json!({"anyOf": [{"enum": known.capabilities}, host_capability()]}),
        Shape::CapabilityOrFunction => json!({
            "anyOf": [{"enum": known.capabilities}, {"enum": known.functions}, host_capability()],
        }),
        Shape::Text { .. } | Shape::Pattern | Shape::HostPath => {
            json!({"type": "string", "minLength": 1})
        }
        Shape::List(inside) => json!({"type": "array", "items": shape(inside)}),
        Shape::Entries(inside, _) => json!({"type": "array", "items": record(inside)}),
        Shape::Map(inside) => record(inside),
        Shape::MapOf(names, key) => json!({
            "type": "object",
            "propertyNames": name(*names),
            "additionalProperties": described(key),
        }),
        Shape::Either(scalar, inside) => json!({"anyOf": [shape(scalar), record(inside)]}),
    }
}

fn quantity(pattern: &str, number: &str, minimum: Option<u64>) -> Any {
    let mut number = json!({"type": number});
    if let Some(minimum) = minimum {
        set(&mut number, "minimum", json!(minimum));
    }
    json!({"anyOf": [number, {"type": "string", "pattern": pattern}]})
}

fn host_capability() -> Any {
    json!({"type": "string", "pattern": "^host:[^/]+/.+$"})
}

fn name(names: Names) -> Any {
    match names {
        Names::Variable => json!({"pattern": "^[^=]+$"}),
        Names::Rule => json!({"pattern": "^[a-z0-9-]+$"}),
        Names::Config => json!({"minLength": 1}),
        Names::Section => json!({"enum": SECTIONS}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::keys::rows;
    use crate::policy::tests::blessed;

    /// The full names of all keys that a schema describes.
    fn paths(path: &str, schema: &Any, found: &mut Vec<String>) {
        let join = |name: &str| {
            if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}.{name}")
            }
        };
        for (name, inside) in schema["properties"].as_object().into_iter().flatten() {
            found.push(join(name));
            paths(&join(name), inside, found);
        }
        if let Some(rest) = schema
            .get("additionalProperties")
            .filter(|rest| rest.is_object())
        {
            let free = match path {
                "rules" => "<rule>",
                "module.max_section_size" => "<section>",
                _ if path.starts_with("rules.") => "<parameter>",
                _ => "<name>",
            };
            found.push(join(free));
            paths(&join(free), rest, found);
        }
        for inside in schema["anyOf"].as_array().into_iter().flatten() {
            paths(path, inside, found);
        }
        if schema["items"].is_object() {
            paths(&format!("{path}[]"), &schema["items"], found);
        }
    }

    #[test]
    fn the_schema_and_the_table_of_enforcers_have_the_same_keys() {
        let mut described = Vec::new();
        paths("", &schema(), &mut described);
        let mut table: Vec<String> = rows().into_iter().map(|row| row.path).collect();
        described.sort();
        table.sort();
        assert_eq!(described, table);
    }

    #[test]
    fn the_committed_schema_is_current() {
        let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
        blessed("docs/policy.schema.json", &text);
    }
}
