//! What a host says that came of a job: one line of JSON, the same from each.

use serde::Deserialize;

/// What came of it. Streams and what was read are in base 64.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Outcome {
    /// `returned`, `exited`, `trapped`, `refused` or `timeout`.
    pub ended: String,
    /// The step, or `compile`, `link`, `start`.
    pub at: String,
    /// The kind of a trap.
    pub kind: String,
    /// The host's own words.
    pub message: String,
    /// The code of an exit.
    pub exit: Option<u32>,
    /// Each call.
    pub steps: Vec<Step>,
    /// What `+read` read.
    pub read: Vec<String>,
    /// How often functions of the host were called.
    pub called: usize,
    /// The first of those calls: the function, its numbers, its text.
    pub calls: Vec<Vec<String>>,
    /// What each repetition of the last step took.
    pub micros: Vec<u64>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Whether a stream was longer than what is shown.
    pub cut: bool,
}

/// A call.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Step {
    /// The export.
    pub name: String,
    /// Its results.
    pub results: Vec<String>,
    /// What is left.
    pub fuel: Option<String>,
    /// Whether it did not suffice.
    pub exhausted: Option<i32>,
}

impl Outcome {
    /// What can be seen of it from outside, fuel apart.
    pub fn seen(&self) -> String {
        let results: Vec<String> = self
            .steps
            .iter()
            .map(|step| format!("{} {:?}", step.name, step.results))
            .collect();
        format!(
            "{} at `{}` {} exit {:?}; steps {results:?}; read {:?}; {} calls {:?}; stdout {} stderr {} cut {}",
            self.ended,
            self.at,
            self.kind,
            self.exit,
            self.read,
            self.called,
            self.calls,
            self.stdout,
            self.stderr,
            self.cut
        )
    }

    /// What is left after each step, and whether it sufficed.
    pub fn fuel(&self) -> Vec<(Option<String>, Option<i32>)> {
        let left = |step: &Step| (step.fuel.clone(), step.exhausted);
        self.steps.iter().map(left).collect()
    }

    /// Whether the last call ended for want of fuel.
    pub fn exhausted(&self) -> bool {
        let last = self.steps.last().and_then(|step| step.exhausted);
        self.ended == "trapped" && self.kind == "unreachable" && last == Some(1)
    }

    /// The results of a step, as the last call of that name had them.
    pub fn results(&self, name: &str) -> Vec<String> {
        let step = self.steps.iter().rev().find(|step| step.name == name);
        step.map(|step| step.results.clone()).unwrap_or_default()
    }
}

/// Bytes in base 64, as the hosts write them.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() {
                char::from(letter)
            } else {
                '='
            });
        }
    }
    text
}
