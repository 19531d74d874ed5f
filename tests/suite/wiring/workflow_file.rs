//! Parts of the YAML files that others' tools read.

use ringfence::source::{Node, SourceId, parse};

use crate::suite::program::root;

fn read(path: &str) -> Result<Node, String> {
    let text =
        std::fs::read_to_string(root().join(path)).map_err(|error| format!("{path}: {error}"))?;
    parse(&text, SourceId::default()).map_err(|mistakes| format!("{path}: {mistakes:?}"))
}

fn field<'n>(node: &'n Node, key: &str) -> Result<&'n Node, String> {
    let entries = node.map().unwrap_or_default();
    let found = entries.iter().find(|entry| entry.key == key);
    found
        .map(|entry| &entry.node)
        .ok_or_else(|| format!("no `{key}`"))
}

/// The script of the GitLab example's job.
pub fn gitlab_script() -> Result<String, String> {
    let node = read("docs/examples/gitlab-ci.yml")?;
    let lines = field(field(&node, "ringfence")?, "script")?
        .list()
        .unwrap_or_default();
    let lines: Vec<&str> = lines.iter().filter_map(Node::text).collect();
    Ok(lines.join("\n"))
}

/// Entry with its arguments, and file pattern, of each pre-commit hook.
pub fn hooks() -> Result<Vec<(String, String)>, String> {
    let node = read(".pre-commit-hooks.yaml")?;
    let word = |hook: &Node, key: &str| {
        field(hook, key).map(|node| node.text().unwrap_or_default().to_owned())
    };
    let hooks = node.list().unwrap_or_default().iter();
    hooks
        .map(|hook| {
            let arguments = field(hook, "args")?.list().unwrap_or_default();
            let arguments = arguments.iter().filter_map(Node::text);
            let entry = word(hook, "entry")?;
            let command: Vec<&str> = std::iter::once(entry.as_str()).chain(arguments).collect();
            Ok((command.join(" "), word(hook, "files")?))
        })
        .collect()
}

/// A whole workflow of the one job that `docs/ci.md` shows, and its configuration for pre-commit.
pub fn examples() -> Result<(String, String), String> {
    let text = std::fs::read_to_string(root().join("docs/ci.md"))
        .map_err(|error| format!("docs/ci.md: {error}"))?;
    let block = |start: &str| {
        let from = text.find(&format!("```yaml\n{start}"))?;
        let block = text.get(from..)?.strip_prefix("```yaml\n")?;
        Some(block.split("```").next()?.to_owned())
    };
    let job = block("jobs:").ok_or("docs/ci.md has no job")?;
    let hooks = block("repos:").ok_or("docs/ci.md has no hooks")?;
    Ok((format!("name: plugins\non: [pull_request]\n{job}"), hooks))
}
