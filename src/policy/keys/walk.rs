//! The table as a flat list, for tests and documents.

use super::{Key, POLICY, Record, Shape};

/// One key with its full name.
#[derive(Debug, Clone)]
pub struct Row {
    /// `grants.preopens[].host`, `rules.<rule>.severity`.
    pub path: String,
    /// The key.
    pub key: &'static Key,
}

/// Every key of the language, in the table's order, a map before its keys.
pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    walk_record("", &POLICY, &mut rows);
    rows
}

fn walk_record(path: &str, record: &'static Record, rows: &mut Vec<Row>) {
    for key in record.keys.iter().chain(record.rest) {
        let dot = if path.is_empty() { "" } else { "." };
        walk_key(&format!("{path}{dot}{}", key.name), key, rows);
    }
}

fn walk_key(path: &str, key: &'static Key, rows: &mut Vec<Row>) {
    rows.push(Row {
        path: path.to_owned(),
        key,
    });
    walk_shape(path, &key.shape, rows);
}

fn walk_shape(path: &str, shape: &'static Shape, rows: &mut Vec<Row>) {
    match shape {
        Shape::Map(record) | Shape::Either(_, record) => walk_record(path, record, rows),
        Shape::Entries(record, _) => walk_record(&format!("{path}[]"), record, rows),
        Shape::List(inside) => walk_shape(&format!("{path}[]"), inside, rows),
        Shape::MapOf(_, key) => walk_key(&format!("{path}.{}", key.name), key, rows),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::Enforcer;
    use super::*;

    #[test]
    fn every_key_has_an_enforcer_and_a_word_on_absence() {
        for Row { path, key } in rows() {
            let container = matches!(
                key.shape,
                Shape::Map(_) | Shape::MapOf(..) | Shape::Entries(..)
            ) || matches!(key.shape, Shape::List(Shape::Map(_)));
            match key.enforcer {
                Enforcer::Rules(rules) | Enforcer::Both(rules) => {
                    assert!(!rules.is_empty(), "{path}");
                }
                Enforcer::Parts => assert!(container, "{path} has no keys of its own"),
                Enforcer::Runner | Enforcer::Reader => {}
            }
            assert!(!key.absent.is_empty() && key.doc.ends_with('.'), "{path}");
        }
    }

    #[test]
    fn every_name_in_a_constraint_is_a_key() {
        use super::super::Constraint::{Check, Exclusive, Needs, OneOf, Only};
        for Row { path, key } in rows() {
            let (Shape::Map(record) | Shape::Entries(record, _) | Shape::Either(_, record)) =
                key.shape
            else {
                continue;
            };
            let names = record
                .constraints
                .iter()
                .flat_map(|constraint| match constraint {
                    OneOf(names) => names.to_vec(),
                    Exclusive(first, second) => [*first, *second].concat(),
                    Only { keys, when, .. } | Needs { keys, when, .. } => {
                        [*keys, &[*when]].concat()
                    }
                    Check(_) => Vec::new(),
                });
            for name in names {
                assert!(
                    record.keys.iter().any(|key| key.name == name),
                    "{path}: {name}"
                );
            }
        }
    }

    #[test]
    fn paths_are_unique_and_complete() {
        let mut paths: Vec<String> = rows().into_iter().map(|row| row.path).collect();
        let count = paths.len();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), count);
        for path in [
            "limits.memory",
            "grants.preopens[].scratch.bytes",
            "imports.host[].args[].allow",
            "imports.host[].provider.values.<name>",
            "rules.<rule>.<parameter>",
            "module.exports.require[].signature",
            "waivers[].until",
        ] {
            assert!(paths.iter().any(|known| known == path), "{path}");
        }
    }
}
