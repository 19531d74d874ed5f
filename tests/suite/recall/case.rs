//! A line of the table of literals: what an export passes to a function of the host, and in which languages.

use std::path::PathBuf;

use crate::suite::program::root;

/// How a literal is passed: the parameters, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// UTF-8 by address and length.
    Text(usize, usize),
    /// UTF-8 by address and length, where the code counts the length up to a NUL.
    Measured(usize, usize),
    /// UTF-8 up to a NUL.
    Terminated(usize),
    /// A string of AssemblyScript by its address.
    Utf16(usize),
    /// UTF-16 by address and length.
    MeasuredUtf16(usize, usize),
    /// The parameter itself.
    Number(usize),
}

/// The names of the forms, as the table of findings has them.
pub const FORMS: [&str; 5] = ["text", "measured", "terminated", "utf16", "number"];

impl Form {
    fn read(cell: &str) -> Option<Self> {
        let mut words = cell.split(' ');
        let name = words.next()?;
        let places: Result<Vec<usize>, _> = words.map(str::parse).collect();
        match (name, places.ok()?.as_slice()) {
            ("text", &[pointer, length]) => Some(Self::Text(pointer, length)),
            ("measured", &[pointer, length]) => Some(Self::Measured(pointer, length)),
            ("terminated", &[pointer]) => Some(Self::Terminated(pointer)),
            ("utf16", &[pointer]) => Some(Self::Utf16(pointer)),
            ("utf16", &[pointer, length]) => Some(Self::MeasuredUtf16(pointer, length)),
            ("number", &[number]) => Some(Self::Number(number)),
            _ => None,
        }
    }

    /// One of [`FORMS`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Text(..) => "text",
            Self::Measured(..) => "measured",
            Self::Terminated(_) => "terminated",
            Self::Utf16(_) | Self::MeasuredUtf16(..) => "utf16",
            Self::Number(_) => "number",
        }
    }

    /// The parameter that says which literal it is.
    pub fn first(self) -> usize {
        match self {
            Self::Text(first, _)
            | Self::Measured(first, _)
            | Self::MeasuredUtf16(first, _)
            | Self::Terminated(first)
            | Self::Utf16(first)
            | Self::Number(first) => first,
        }
    }
}

/// What one export passes in one argument.
#[derive(Debug, Clone)]
pub struct Case {
    /// The export's name after `case_`.
    pub name: String,
    /// How the literal gets to the call.
    pub kind: String,
    /// The folders in which it is.
    pub languages: Vec<String>,
    /// The two names of the function that is called.
    pub import: (String, String),
    /// How it is passed.
    pub form: Form,
    /// What is passed.
    pub literals: Vec<String>,
    /// Whether something else may be passed too.
    pub others: bool,
}

/// The folder of all of them.
pub fn folder() -> PathBuf {
    root().join("sample-modules/recall")
}

/// The table; one that cannot be read is no table.
pub fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(folder().join("README.md")).expect("the table");
    let lines = text.lines().filter(|line| line.starts_with("| `"));
    let cases: Vec<Case> = lines
        .map(|line| Case::read(line).unwrap_or_else(|| panic!("no line of a table: {line}")))
        .collect();
    assert!(cases.len() > 60, "the table was not read");
    cases
}

impl Case {
    fn read(line: &str) -> Option<Self> {
        let inside = line.strip_prefix('|')?.strip_suffix('|')?;
        let cells: Vec<&str> = inside.split('|').map(str::trim).collect();
        let &[name, kind, languages, import, form, passes] = cells.as_slice() else {
            return None;
        };
        let (module, function) = import.split_once('.')?;
        let quoted = passes.split('`').skip(1).step_by(2);
        let literals: Vec<String> = quoted.map(str::to_owned).collect();
        let words: Vec<&str> = passes.split('`').step_by(2).map(str::trim).collect();
        (literals.is_empty() == words.join(" ").starts_with("none")).then_some(())?;
        Some(Self {
            name: name.trim_matches('`').to_owned(),
            kind: kind.to_owned(),
            languages: languages.split(' ').map(str::to_owned).collect(),
            import: (module.to_owned(), function.to_owned()),
            form: Form::read(form)?,
            literals,
            others: words.iter().any(|words| words.ends_with("others")),
        })
    }

    /// The export's name.
    pub fn export(&self) -> String {
        format!("case_{}", self.name)
    }
}
