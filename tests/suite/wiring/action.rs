//! The action, read from `action.yml` and run step by step as GitHub would: expressions become values, outputs pass on.

use std::collections::BTreeMap;
use std::process::Command;

use ringfence::source::{Node, SourceId, parse};

use super::Proposal;
use crate::suite::program::{code, private, root, stderr, stdout};

/// What happened in the repository.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Event {
    PullRequest,
    MergeGroup,
    Push,
}

/// One step.
pub struct Step {
    id: String,
    pub run: String,
    environment: Vec<(String, String)>,
}

/// The action.
pub struct Action {
    inputs: BTreeMap<String, String>,
    steps: Vec<Step>,
}

/// What a run of it left.
pub struct Done {
    pub code: i32,
    pub log: String,
    pub summary: String,
    pub outputs: BTreeMap<String, String>,
}

impl Done {
    pub fn output(&self, name: &str) -> Option<&str> {
        self.outputs
            .get(&format!("check.{name}"))
            .map(String::as_str)
    }
}

fn field<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.map()?
        .iter()
        .find(|entry| entry.key == key)
        .map(|entry| &entry.node)
}

fn text(node: &Node, key: &str) -> String {
    let found = field(node, key).and_then(Node::text);
    found.unwrap_or_default().to_owned()
}

impl Action {
    pub fn read() -> Result<Self, String> {
        let file = std::fs::read_to_string(root().join("action.yml"))
            .map_err(|error| error.to_string())?;
        let node = parse(&file, SourceId::default()).map_err(|mistakes| format!("{mistakes:?}"))?;
        let inputs = field(&node, "inputs")
            .and_then(Node::map)
            .ok_or("no inputs")?;
        let inputs = inputs
            .iter()
            .map(|entry| (entry.key.to_string(), text(&entry.node, "default")));
        let runs = field(&node, "runs").ok_or("no runs")?;
        let steps = field(runs, "steps")
            .and_then(Node::list)
            .ok_or("no steps")?;
        let step = |step: &Node| Step {
            id: text(step, "id"),
            run: text(step, "run"),
            environment: field(step, "env")
                .and_then(Node::map)
                .unwrap_or_default()
                .iter()
                .map(|entry| {
                    (
                        entry.key.to_string(),
                        entry.node.text().unwrap_or_default().to_owned(),
                    )
                })
                .collect(),
        };
        Ok(Self {
            inputs: inputs.collect(),
            steps: steps.iter().map(step).collect(),
        })
    }

    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Runs every step until one fails. The program is the one under test.
    pub fn run(
        mut self,
        proposal: &Proposal,
        event: Event,
        inputs: &[(&str, &str)],
    ) -> Result<Done, String> {
        let given = [
            ("modules", "plugin.wat"),
            ("policy", "policy.yaml"),
            ("binary", env!("CARGO_BIN_EXE_ringfence")),
        ];
        for (name, value) in given.iter().chain(inputs) {
            self.inputs.insert((*name).to_owned(), (*value).to_owned());
        }
        let temporary =
            tempfile::tempdir_in(private("action")).map_err(|error| error.to_string())?;
        let summary = temporary.path().join("summary");
        let mut done = Done {
            code: 0,
            log: String::new(),
            summary: String::new(),
            outputs: BTreeMap::new(),
        };
        for step in &self.steps {
            let file = temporary.path().join(format!("output-{}", step.id));
            std::fs::write(&file, "").map_err(|error| error.to_string())?;
            let mut command = Command::new("bash");
            command.args([
                "--noprofile",
                "--norc",
                "-e",
                "-o",
                "pipefail",
                "-c",
                &step.run,
            ]);
            command
                .current_dir(proposal.path())
                .env("HOME", "/home/user");
            command
                .env("GITHUB_WORKSPACE", proposal.path())
                .env("RUNNER_TEMP", temporary.path());
            command
                .env("GITHUB_OUTPUT", &file)
                .env("GITHUB_STEP_SUMMARY", &summary);
            for (name, expression) in &step.environment {
                command.env(name, self.value(expression, proposal, event, &done)?);
            }
            let output = command.output().map_err(|error| error.to_string())?;
            done.code = code(&output);
            done.log.push_str(&stdout(&output));
            done.log.push_str(&stderr(&output));
            let written = std::fs::read_to_string(&file).unwrap_or_default();
            for (name, value) in written.lines().filter_map(|line| line.split_once('=')) {
                done.outputs
                    .insert(format!("{}.{name}", step.id), value.to_owned());
            }
            if done.code != 0 {
                break;
            }
        }
        done.summary = std::fs::read_to_string(&summary).unwrap_or_default();
        Ok(done)
    }

    fn value(
        &self,
        expression: &str,
        proposal: &Proposal,
        event: Event,
        done: &Done,
    ) -> Result<String, String> {
        let inner = expression
            .strip_prefix("${{")
            .and_then(|rest| rest.strip_suffix("}}"));
        let Some(inner) = inner.map(str::trim) else {
            return Ok(expression.to_owned());
        };
        if let Some(name) = inner.strip_prefix("inputs.") {
            return self
                .inputs
                .get(name)
                .cloned()
                .ok_or_else(|| format!("no input {name}"));
        }
        if let Some(rest) = inner.strip_prefix("steps.") {
            let name = rest.replace(".outputs.", ".");
            return done
                .outputs
                .get(&name)
                .cloned()
                .ok_or_else(|| format!("no output {name}"));
        }
        if inner == "github.action_path" {
            return Ok(root().to_string_lossy().into_owned());
        }
        // The first that the event has.
        for part in inner.split("||").map(str::trim) {
            match (part, event) {
                ("github.event.pull_request.base.sha", Event::PullRequest)
                | ("github.event.merge_group.base_sha", Event::MergeGroup) => {
                    return Ok(proposal.base.clone());
                }
                ("github.event.pull_request.base.sha" | "github.event.merge_group.base_sha", _) => {
                }
                ("''", _) => return Ok(String::new()),
                _ => {
                    return Err(format!(
                        "an expression that the test does not know: {inner}"
                    ));
                }
            }
        }
        Err(format!("an expression without a value: {inner}"))
    }
}
