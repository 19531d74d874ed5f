//! A line of the table of hostile guests: what is run, and what has to come of it.

use std::path::PathBuf;

use crate::suite::program::root;

/// One run of a guest.
#[derive(Debug, Clone)]
pub struct Row {
    /// The guest's folder.
    pub guest: String,
    /// Its policy's name, without `.yaml`.
    pub policy: String,
    /// The export, then its numbers; for `_start` the guest's arguments.
    pub call: Vec<String>,
    /// What lies around it, and happens.
    pub host: String,
    /// The exit code.
    pub exit: i32,
    /// Words on standard error.
    pub says: String,
}

/// The folder of all of them.
pub fn folder() -> PathBuf {
    root().join("sample-modules/hostile")
}

/// The table; one that cannot be read is no table.
pub fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(folder().join("README.md")).expect("the table");
    let lines = text.lines().filter(|line| line.starts_with("| "));
    let rows: Vec<Row> = lines
        .filter(|line| !line.starts_with("| guest |"))
        .map(|line| Row::read(line).unwrap_or_else(|| panic!("no line of a table: {line}")))
        .collect();
    assert!(rows.len() > 100, "the table was not read");
    rows
}

impl Row {
    fn read(line: &str) -> Option<Self> {
        let inside = line.strip_prefix('|')?.strip_suffix('|')?;
        let cells: Vec<&str> = inside.split('|').map(str::trim).collect();
        let &[guest, policy, call, host, exit, says] = cells.as_slice() else {
            return None;
        };
        Some(Self {
            guest: guest.to_owned(),
            policy: policy.to_owned(),
            call: call.split_whitespace().map(str::to_owned).collect(),
            host: host.to_owned(),
            exit: exit.parse().ok()?,
            says: says.to_owned(),
        })
    }

    /// What a trial of it is called.
    pub fn name(&self) -> String {
        let words = self.call.join("_");
        format!("guest::{}::{}::{words}", self.guest, self.policy)
    }

    /// The export that is called.
    pub fn export(&self) -> &str {
        self.call.first().map_or("", String::as_str)
    }

    /// What follows the export.
    pub fn rest(&self) -> &[String] {
        self.call.get(1..).unwrap_or_default()
    }

    /// The words of the command line for a module.
    pub fn arguments(&self, module: &str) -> Vec<String> {
        let mut words = Vec::new();
        if self.export() != "_start" {
            words.extend(["--invoke".to_owned(), self.export().to_owned()]);
        }
        words.push(module.to_owned());
        words.extend_from_slice(self.rest());
        words
    }

    /// The text of its policy.
    pub fn policy_text(&self) -> std::io::Result<String> {
        let name = format!("{}.yaml", self.policy);
        std::fs::read_to_string(folder().join(&self.guest).join(name))
    }
}
