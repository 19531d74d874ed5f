//! What a host is asked to do, and the command line that says it.

use std::path::{Path, PathBuf};

/// A module and what is done with it.
#[derive(Clone, Default)]
pub struct Job {
    /// The module.
    pub bytes: Vec<u8>,
    /// Arguments behind the program's name.
    pub args: Vec<String>,
    /// Variables.
    pub env: Vec<(String, String)>,
    /// Folders: the guest's name and where it is.
    pub dirs: Vec<(String, PathBuf)>,
    /// Standard input.
    pub stdin: Vec<u8>,
    /// What functions of the host answer, by `module.name`; otherwise 0.
    pub answers: Vec<(String, Number)>,
    /// Where functions of the host have a text: the indices of its pointer and its length.
    pub texts: Vec<(String, usize, usize)>,
    /// The budget that is set before each call.
    pub fuel: Option<i64>,
    /// Milliseconds.
    pub limit: u64,
    /// Whether what differs between hosts is made the same.
    pub steady: bool,
    /// Whether wasmtime takes all of a write at once, as the others do: by itself it takes the first buffer, and the guest has
    /// to call again, which costs. Only standard output and standard error can be written then.
    pub whole_writes: bool,
    /// How often the last step is called.
    pub repeat: usize,
    /// The steps, each a list of words.
    pub steps: Vec<Vec<String>>,
}

/// A number as a step or an answer has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// An `i32`.
    Narrow(i32),
    /// An `i64`.
    Wide(i64),
}

impl Number {
    /// Reads `5` and `i64:5`.
    pub fn read(word: &str) -> Self {
        let number = |text: &str| text.parse::<i64>().expect("a number");
        match word.strip_prefix("i64:") {
            Some(text) => Self::Wide(number(text)),
            None => Self::Narrow(number(word) as i32),
        }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Narrow(number) => write!(formatter, "{number}"),
            Self::Wide(number) => write!(formatter, "i64:{number}"),
        }
    }
}

impl Job {
    /// Steps in one text, with commas between.
    pub fn new(bytes: &[u8], steps: &str) -> Self {
        Self::of_words(bytes, &steps.split(' ').collect::<Vec<_>>())
    }

    /// The same, in words.
    pub fn of_words(bytes: &[u8], words: &[&str]) -> Self {
        let step = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self {
            bytes: bytes.to_vec(),
            limit: 60_000,
            repeat: 1,
            steps: words.split(|&word| word == ",").map(step).collect(),
            ..Self::default()
        }
    }

    /// The command line for a module in a file.
    pub fn words(&self, module: &Path) -> Vec<String> {
        let mut words = Vec::new();
        let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
        for word in &self.args {
            option("--arg", word.clone());
        }
        for (name, value) in &self.env {
            option("--env", format!("{name}={value}"));
        }
        for (name, folder) in &self.dirs {
            option("--dir", format!("{name}={}", folder.display()));
        }
        for (name, answer) in &self.answers {
            option("--answer", format!("{name}={answer}"));
        }
        for (name, pointer, length) in &self.texts {
            option("--text", format!("{name}={pointer},{length}"));
        }
        if let Some(fuel) = self.fuel {
            option("--fuel", fuel.to_string());
        }
        option("--limit", self.limit.to_string());
        option("--repeat", self.repeat.to_string());
        if self.steady {
            words.push("--steady".to_owned());
        }
        words.push(module.display().to_string());
        for (index, step) in self.steps.iter().enumerate() {
            words.extend((index > 0).then(|| ",".to_owned()));
            words.extend_from_slice(step);
        }
        words
    }
}
