//! What came of one module of a run, before it is brought together with its policy.

use super::judge::{weighed, weight};
use super::model::{Finding, ModuleReport, Verdict};
use super::together::Together;

/// What came of one candidate.
pub struct Judged {
    /// Its part of the report.
    pub report: ModuleReport,
    /// What it was found to be.
    pub findings: Vec<Finding>,
    /// Which waivers of its policy matched, by position.
    pub matched: Vec<bool>,
}

impl Judged {
    /// The module at a path could not be judged, and why.
    pub fn nothing(path: &str, policy: Option<String>, error: String) -> Self {
        Self {
            report: ModuleReport {
                path: path.to_owned(),
                policy,
                module: None,
                abi_version: None,
                capabilities: Vec::new(),
                readings: Vec::new(),
                changes: None,
                verdict: Verdict::Error,
                errors: vec![error],
            },
            findings: Vec::new(),
            matched: Vec::new(),
        }
    }

    /// What there is of it in a report.
    pub fn weight(&self) -> u64 {
        let findings: u64 = self.findings.iter().map(weight).sum();
        let errors = self.report.errors.iter();
        findings + errors.map(|error| weighed(&[error])).sum::<u64>()
    }

    /// Keeps nothing but the error that it was too much, or that there was nothing to judge.
    pub fn give_up(&mut self) {
        self.findings = Vec::new();
        if self.report.module.is_some() {
            self.report.errors = vec![Together::error()];
        }
    }
}
