//! A policy's text without a key, or with other values for it.

use ringfence::source::{Node, SourceId, Value, parse};
use serde_json::{Map, Value as Json, json};

/// Every change of a policy at a key: gone, and with other values, at each place where the key stands. As JSON, which is YAML
/// too.
pub fn changes(policy: &str, key: &str) -> Result<Vec<String>, String> {
    let root = parse(policy, SourceId(0)).map_err(|mistakes| format!("{mistakes:?}"))?;
    let root = json_of(&root);
    let steps: Vec<String> = key.split('.').flat_map(steps).collect();
    let mut places = Vec::new();
    find(&root, &steps, &mut Vec::new(), &mut places);
    let mut changed = Vec::new();
    for place in &places {
        let mut without = root.clone();
        remove(&mut without, place);
        changed.push(without);
        let Some(now) = at(&mut root.clone(), place).map(|value| value.clone()) else {
            continue;
        };
        for other in others(&now) {
            let mut with = root.clone();
            if let Some(value) = at(&mut with, place) {
                *value = other;
            }
            changed.push(with);
        }
    }
    Ok(changed.iter().map(Json::to_string).collect())
}

/// `preopens[]` is a step into a list beside the step to it.
fn steps(part: &str) -> Vec<String> {
    match part.strip_suffix("[]") {
        Some(name) => vec![name.to_owned(), "[]".to_owned()],
        None => vec![part.to_owned()],
    }
}

fn json_of(node: &Node) -> Json {
    match &node.value {
        Value::List(items) => Json::Array(items.iter().map(json_of).collect()),
        Value::Map(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|entry| (entry.key.to_string(), json_of(&entry.node)));
            Json::Object(entries.collect::<Map<String, Json>>())
        }
        Value::Scalar { text, .. } => {
            let number = node.integer().map(Json::from);
            let flag = || node.flag().map(Json::from);
            let null = || node.is_null().then_some(Json::Null);
            let scalar = number.or_else(flag).or_else(null);
            scalar.unwrap_or_else(|| Json::from(text.as_ref()))
        }
    }
}

/// Where a key stands: one place an element of each list, and one a name where the key's is free.
fn find(node: &Json, steps: &[String], place: &mut Vec<String>, places: &mut Vec<Vec<String>>) {
    let Some((step, rest)) = steps.split_first() else {
        return places.push(place.clone());
    };
    let mut into = |name: String, node: &Json| {
        place.push(name);
        find(node, rest, place, places);
        place.pop();
    };
    match node {
        Json::Array(items) if step == "[]" => {
            for (at, item) in items.iter().enumerate() {
                into(at.to_string(), item);
            }
        }
        Json::Object(entries) => {
            let free = step.starts_with('<');
            for (name, node) in entries.iter().filter(|(name, _)| free || *name == step) {
                into(name.clone(), node);
            }
        }
        _ => {}
    }
}

fn at<'j>(node: &'j mut Json, place: &[String]) -> Option<&'j mut Json> {
    place.iter().try_fold(node, |node, step| match node {
        Json::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        Json::Object(entries) => entries.get_mut(step),
        _ => None,
    })
}

fn remove(root: &mut Json, place: &[String]) {
    let Some((last, parents)) = place.split_last() else {
        return;
    };
    match at(root, parents) {
        Some(Json::Array(items)) => {
            if let Some(at) = last.parse().ok().filter(|at| *at < items.len()) {
                items.remove(at);
            }
        }
        Some(Json::Object(entries)) => drop(entries.remove(last)),
        _ => {}
    }
}

/// Other values of the same kind, most of which the key refuses.
fn others(now: &Json) -> Vec<Json> {
    match now {
        Json::Bool(flag) => vec![json!(!flag)],
        Json::Number(_) => vec![
            json!(0),
            json!(1),
            json!(999),
            json!(1_000_000),
            json!(u64::from(u32::MAX)),
        ],
        Json::Array(_) => vec![json!([])],
        Json::String(_) => TEXTS.iter().map(|text| json!(text)).collect(),
        Json::Null | Json::Object(_) => Vec::new(),
    }
}

/// Words, sizes, times, paths, patterns and names that some key takes.
const TEXTS: &[&str] = &[
    "allow",
    "deny",
    "trap",
    "truncate",
    "ro",
    "rw",
    "real",
    "fixed",
    "step",
    "os",
    "seeded",
    "wasip1",
    "core",
    "component",
    "path",
    "url",
    "text",
    "number",
    "buffer",
    "out-buffer",
    "opcode",
    "flags",
    "secret",
    "command",
    "host",
    "name",
    "1KiB",
    "512MiB",
    "1ms",
    "10m",
    "**",
    "*",
    "/other",
    "./other",
    "/",
    "a.org:443",
    "*:*",
    "OTHER",
    "other",
    "stdin",
    "fs.read",
    "process.exec",
    "(i32) -> i32",
    "() -> ()",
    "error",
    "off",
    "note",
    "2999-12-31",
    "2000-01-01",
    "5535aaebb0507445650fd592acad63300831b18423f60ff0c49423a9670d7684",
    "memory 0",
    "long-deadline",
    "gc",
    "packed",
    "major",
];
