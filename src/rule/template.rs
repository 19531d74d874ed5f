//! Messages with values in them: `grants {it.host} to {it.guest}`, `{it.size|size}`, `{it.deadline|duration}`; `{{` is a brace.

use std::borrow::Cow;

use crate::source::{Mistake, Spanned, did_you_mean};

use super::condition::Scope;
use super::reading::Reading;
use super::schema::{Kind, Schema};
use super::value::{Value, shorten};

/// The longest template, in bytes.
const MAX_TEMPLATE: usize = 2048;
/// The longest text that one yields, in bytes: a field can be named a hundred times, for each of thousands of findings.
const MAX_SHOWN: usize = 8192;

/// A template that was checked against the facts' schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field {
        root: Root,
        field: String,
        format: Format,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    It,
    Module,
    Policy,
    Param,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Plain,
    Size,
    Duration,
}

impl Template {
    /// Reads and checks a template of a rule over `kind` with the named parameters.
    pub(super) fn read(
        text: &Spanned<String>,
        kind: &Kind,
        params: &[&str],
        reading: &mut Reading<'_>,
    ) -> Self {
        let mut parts = Vec::new();
        let mut rest = text.value.as_str();
        if rest.len() > MAX_TEMPLATE {
            let message = format!("a text with values in it has at most {MAX_TEMPLATE} bytes");
            reading
                .mistakes
                .push(Mistake::new("template-size", message, text.span).help("shorten it"));
            return Self { parts };
        }
        while let Some(brace) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(brace);
            parts.push(Part::Text(before.to_owned()));
            if from.starts_with("{{") || from.starts_with("}}") {
                parts.push(Part::Text(from.chars().take(1).collect()));
                rest = from.get(2..).unwrap_or_default();
                continue;
            }
            let Some((inner, after)) = from
                .strip_prefix('{')
                .and_then(|inner| inner.split_once('}'))
            else {
                reading.mistakes.push(
                    Mistake::new(
                        "template-brace",
                        "a brace that is not closed or not opened",
                        text.span,
                    )
                    .help("write `{it.field}`, or `{{` and `}}` for braces themselves"),
                );
                break;
            };
            match field(inner, kind, reading.schema, params) {
                Ok(part) => parts.push(part),
                Err((message, help)) => {
                    let start = text.value.len() - from.len() + 1;
                    reading.fault(
                        "template-field",
                        message,
                        help,
                        text,
                        start..start + inner.len(),
                    );
                }
            }
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Self { parts }
    }

    /// Fills in the values.
    pub fn render(&self, scope: &Scope<'_>) -> String {
        let mut shown = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => shown.push_str(text),
                Part::Field {
                    root,
                    field,
                    format,
                } => shown.push_str(&show(&value(*root, field, scope), *format)),
            }
            if shown.len() > MAX_SHOWN {
                return shorten(&shown, MAX_SHOWN / 4);
            }
        }
        shown
    }
}

fn field(
    inner: &str,
    kind: &Kind,
    schema: &Schema,
    params: &[&str],
) -> Result<Part, (String, Option<String>)> {
    let (path, format) = inner.split_once('|').unwrap_or((inner, ""));
    let format = match format {
        "" => Format::Plain,
        "size" => Format::Size,
        "duration" => Format::Duration,
        other => {
            return Err((
                format!("no format `{other}`"),
                did_you_mean(other, ["size", "duration"]),
            ));
        }
    };
    let (root, name) = path.split_once('.').unwrap_or((path, ""));
    let fields = |kind: &Kind| {
        kind.fields
            .iter()
            .map(|field| field.name)
            .collect::<Vec<_>>()
    };
    let (root, known) = match root {
        "it" => (Root::It, fields(kind)),
        "module" => (Root::Module, fields(schema.module)),
        "policy" => (Root::Policy, fields(schema.policy)),
        "param" => (Root::Param, params.to_vec()),
        _ => {
            let help = did_you_mean(root, ["it", "module", "policy", "param"]);
            return Err((format!("`{root}` is not a thing to show"), help));
        }
    };
    if !known.contains(&name) {
        return Err((format!("no field `{path}`"), did_you_mean(name, known)));
    }
    Ok(Part::Field {
        root,
        field: name.to_owned(),
        format,
    })
}

/// Never copied: a list can be as long as the policy, and a template can name it a hundred times for each finding.
fn value<'s>(root: Root, name: &str, scope: &Scope<'s>) -> Cow<'s, Value> {
    match root {
        Root::It => Cow::Borrowed(scope.it.get(name)),
        Root::Module => Cow::Borrowed(scope.module.get(name)),
        Root::Policy => Cow::Borrowed(scope.policy.get(name)),
        Root::Param => Cow::Owned(scope.params.get(name).map_or(Value::Null, Value::Int)),
    }
}

fn show(value: &Value, format: Format) -> String {
    match (value, format) {
        (Value::Int(bytes), Format::Size) => size(*bytes),
        (Value::Int(nanoseconds), Format::Duration) => duration(*nanoseconds),
        _ => value.to_string(),
    }
}

/// Bytes in the largest unit that keeps one decimal at most: `64KiB`, `2.5MiB`, `100 bytes`.
fn size(bytes: i64) -> String {
    for (unit, factor) in [("GiB", 1_i64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
        if bytes >= factor {
            let whole = bytes / factor;
            return match bytes % factor * 10 / factor {
                0 => format!("{whole}{unit}"),
                rest => format!("{whole}.{rest}{unit}"),
            };
        }
    }
    format!("{bytes} bytes")
}

/// Nanoseconds in the largest unit that divides them: `2s`, `250ms`.
fn duration(nanoseconds: i64) -> String {
    [
        ("h", 3_600_000_000_000_i64),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1000),
    ]
    .iter()
    .find(|(_, factor)| nanoseconds != 0 && nanoseconds % factor == 0)
    .map_or_else(
        || format!("{nanoseconds}ns"),
        |(unit, factor)| format!("{}{unit}", nanoseconds / factor),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_durations_read_well() {
        assert_eq!(size(i64::MAX), "8589934591.9GiB");
        assert_eq!(size(2_621_440), "2.5MiB");
        assert_eq!(size(65_536), "64KiB");
        assert_eq!(size(100), "100 bytes");
        assert_eq!(duration(2_000_000_000), "2s");
        assert_eq!(duration(250_000_000), "250ms");
        assert_eq!(duration(0), "0ns");
    }
}
