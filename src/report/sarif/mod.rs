//! `--format sarif`: SARIF 2.1.0. All rules are listed; a finding's policy place is its location and the module's a
//! related one; fingerprints hold no offset, so that they survive a rebuild.

mod rule;

use std::collections::BTreeSet;
use std::io;

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::audit::{Finding, Location, ModuleReport, Report};

use super::fingerprint::{fingerprint, module_path};
use super::json::printer;
use super::places::Places;
use super::{escape, wording};

/// Writes one log with one run.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: rule::tool(report),
            automation_details: json!({"id": "ringfence/check/"}),
            invocations: [invocation(report)],
            artifacts: artifacts(report),
            column_kind: "unicodeCodePoints",
            results: Results {
                report,
                places: Places::new(&report.sources),
            },
        }],
    };
    printer::write(&log, out)
}

#[derive(Serialize)]
struct Log<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'r> {
    tool: Value,
    automation_details: Value,
    invocations: [Value; 1],
    artifacts: Vec<Value>,
    column_kind: &'static str,
    results: Results<'r>,
}

/// Results are made one by one while they are written.
struct Results<'r> {
    report: &'r Report,
    places: Places<'r>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.report.findings.len()))?;
        for finding in &self.report.findings {
            list.serialize_element(&self.result(finding))?;
        }
        list.end()
    }
}

impl Results<'_> {
    fn result(&self, finding: &Finding) -> Value {
        let mut result = Map::new();
        result.insert("ruleId".into(), json!(finding.rule));
        let index = self.report.rules.keys().position(|id| *id == finding.rule);
        if let Some(index) = index {
            result.insert("ruleIndex".into(), json!(index));
        }
        result.insert("level".into(), json!(finding.severity.name()));
        result.insert(
            "message".into(),
            message(&full_message(finding, self.report)),
        );
        let (main, related) = self.locations(finding);
        result.insert("locations".into(), Value::Array(main));
        if !related.is_empty() {
            result.insert("relatedLocations".into(), Value::Array(related));
        }
        // GitHub tells alerts of one file apart by `primaryLocationLineHash` and nothing else.
        let print = fingerprint(finding, module_path(finding, self.report));
        let prints = json!({"ringfence/v1": print, "primaryLocationLineHash": print});
        result.insert("partialFingerprints".into(), prints);
        if finding.waived.is_some() {
            result.insert("suppressions".into(), json!([suppression(finding)]));
        }
        result.insert("properties".into(), json!({"subject": finding.subject}));
        Value::Object(result)
    }

    /// The main location, and the others with ids from 1.
    fn locations(&self, finding: &Finding) -> (Vec<Value>, Vec<Value>) {
        let module = finding
            .module
            .and_then(|index| self.report.modules.get(index));
        let is_text = |location: &&Location| matches!(location, Location::Text { .. });
        let text = finding.locations.iter().filter(is_text);
        let binary = finding
            .locations
            .iter()
            .filter(|location| !is_text(location));
        let mut all: Vec<Map<String, Value>> = text
            .chain(binary)
            .map(|location| self.location(location, module))
            .collect();
        // A policy may judge many modules: each finding says of which it speaks.
        if !finding.locations.iter().any(|location| !is_text(&location)) {
            all.extend(module.map(|module| physical(&module.path, None)));
        }
        if all.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let related = all.split_off(1);
        let numbered = related.into_iter().zip(1..).map(|(mut location, id)| {
            location.insert("id".into(), json!(id));
            Value::Object(location)
        });
        (
            all.into_iter().map(Value::Object).collect(),
            numbered.collect(),
        )
    }

    fn location(&self, location: &Location, module: Option<&ModuleReport>) -> Map<String, Value> {
        match location {
            Location::Text { span, label, .. } => {
                let region = self.places.of(*span).map(|(start, end)| {
                    json!({
                        "startLine": start.line, "startColumn": start.column,
                        "endLine": end.line, "endColumn": end.column,
                    })
                });
                let mut place = physical(self.places.name(*span), region);
                if !label.is_empty() {
                    place.insert("message".into(), message(label));
                }
                place
            }
            Location::Module { offset, .. } => {
                let path = module.map_or("module", |module| module.path.as_str());
                // A binary has no lines, and GitHub takes no region without one.
                let region = offset.map(|offset| json!({"startLine": 1, "byteOffset": offset}));
                let mut place = physical(path, region);
                let logical = logical(location);
                if !logical.is_empty() {
                    place.insert("logicalLocations".into(), Value::Array(logical));
                }
                place
            }
        }
    }
}

fn physical(path: &str, region: Option<Value>) -> Map<String, Value> {
    let mut physical = Map::new();
    physical.insert("artifactLocation".into(), json!({"uri": escape::uri(path)}));
    if let Some(region) = region {
        physical.insert("region".into(), region);
    }
    Map::from_iter([("physicalLocation".to_owned(), Value::Object(physical))])
}

fn logical(location: &Location) -> Vec<Value> {
    let Location::Module {
        function,
        import,
        export,
        ..
    } = location
    else {
        return Vec::new();
    };
    [
        ("function", function),
        ("import", import),
        ("export", export),
    ]
    .into_iter()
    .filter_map(|(kind, name)| Some((kind, name.as_ref().filter(|name| !name.is_empty())?)))
    .map(|(kind, name)| json!({"fullyQualifiedName": name, "kind": kind}))
    .collect()
}

/// A message object without links and placeholders.
fn message(text: &str) -> Value {
    json!({"text": escape::sarif(text)})
}

fn full_message(finding: &Finding, report: &Report) -> String {
    match wording::help(finding, report) {
        Some(help) => format!("{}\nHelp: {help}", finding.message),
        None => finding.message.clone(),
    }
}

fn suppression(finding: &Finding) -> Value {
    let reason = wording::waiver(finding).unwrap_or_default();
    json!({"kind": "external", "status": "accepted", "justification": reason})
}

fn invocation(report: &Report) -> Value {
    let notifications: Vec<Value> = report
        .unjudged()
        .map(|(path, error)| {
            let place = Value::Object(physical(path, None));
            json!({"level": "error", "message": message(error), "locations": [place]})
        })
        .collect();
    json!({
        "executionSuccessful": notifications.is_empty(),
        "toolExecutionNotifications": notifications,
    })
}

fn artifacts(report: &Report) -> Vec<Value> {
    // The schema wants each artifact once; a module may have been named twice.
    let mut seen = BTreeSet::new();
    let once = report
        .modules
        .iter()
        .filter(|module| seen.insert(&module.path));
    let modules = once.map(|module| {
        let location = json!({"uri": escape::uri(&module.path)});
        match &module.module {
            Some(decoded) => json!({
                "location": location, "roles": ["analysisTarget"], "mimeType": "application/wasm",
                "length": decoded.size, "hashes": {"sha-256": decoded.digest()},
            }),
            None => json!({"location": location, "roles": ["analysisTarget"]}),
        }
    });
    modules.collect()
}

#[cfg(test)]
mod tests;
