//! All rules of one invocation: the built-in ones and a user's own, by id.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::source::{
    MAX_MISTAKES, Mistake, Node, SourceId, Sources, Span, Text, did_you_mean, file, first_mistakes,
    parse, unpack,
};

use super::file::Rule;
use super::reading::Reading;
use super::schema::Schema;

/// SHA-256 over [`BUILTIN`], as the build found it.
const BUILTIN_DIGEST: &str = env!("RINGFENCE_RULES_SHA256");
/// Each built-in rule: its id, what it walks, and the rest as packed by the build.
const BUILTIN: &[(&str, &str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// The most rule files that a folder may hold.
const MAX_FILES: usize = 2000;
/// The most bytes that they may have together: parsing a condition takes some 3 ms for its KiB.
const MAX_TOGETHER: usize = 8 << 20;

/// Why a folder of rules cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// The folder or a file in it cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something in the folder that whoever put it there may believe to be in force.
    #[error(
        "{} is no rule and would be passed over: rules are .yaml files in the folder itself; move it there or out, or begin its name with a dot",
        path.display()
    )]
    Stray {
        /// A file with another ending, or a folder.
        path: PathBuf,
    },
    /// Files that read, but are not rules.
    #[error("{} mistakes in rule files", .0.len())]
    Mistakes(Vec<Mistake>),
}

/// Rules by id.
#[derive(Debug)]
pub struct RuleSet {
    rules: BTreeMap<Text, Held>,
    added: String,
}

/// A rule; a built-in one is read when it is first asked for, as a run under an approval judges few of them.
#[derive(Debug)]
struct Held {
    over: &'static str,
    packed: Option<(&'static Schema, &'static [u8])>,
    rule: OnceLock<Option<Rule>>,
}

impl Held {
    /// `None` only if the build packed what is no rule; a test reads them all.
    fn rule(&self, id: &str) -> Option<&Rule> {
        let read = || {
            let (schema, mut packed) = self.packed?;
            let mut reading = Reading {
                file: "",
                schema,
                mistakes: Vec::new(),
            };
            Rule::read(id, &unpack(&mut packed)?, true, &mut reading)
        };
        self.rule.get_or_init(read).as_ref()
    }
}

impl RuleSet {
    /// No rules.
    pub fn empty() -> Self {
        Self {
            rules: BTreeMap::new(),
            added: String::new(),
        }
    }

    /// The built-in rules; nothing is parsed or checked here, a test has done so.
    pub fn builtin(schema: &'static Schema) -> Self {
        let held = |&(id, over, packed)| {
            let held = Held {
                over,
                packed: Some((schema, packed)),
                rule: OnceLock::new(),
            };
            (Text::Borrowed(id), held)
        };
        Self {
            rules: BUILTIN.iter().map(held).collect(),
            added: String::new(),
        }
    }

    /// Adds every `*.yaml` and `*.yml` file of a folder, in any case of letters.
    ///
    /// # Errors
    /// The folder or a file cannot be read, or holds mistakes; all of them are reported. It holds what is neither a rule nor a
    /// `README`, a `*.md` or hidden.
    pub fn add_folder(
        &mut self,
        folder: &Path,
        schema: &'static Schema,
        sources: &mut Sources,
    ) -> Result<(), RuleError> {
        let mut mistakes = Vec::new();
        let mut together = 0;
        for path in rule_files(folder)? {
            let bytes = file::read(&path, true).map_err(|refused| RuleError::Read {
                path: path.clone(),
                source: refused.into(),
            })?;
            together += bytes.len();
            if together > MAX_TOGETHER {
                return Err(RuleError::Read {
                    path: folder.to_path_buf(),
                    source: std::io::Error::other(format!(
                        "more than {MAX_TOGETHER} bytes of rules"
                    )),
                });
            }
            let name = path
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default();
            let read = file::decode(&path.to_string_lossy(), bytes, sources);
            if let Err(more) = read.and_then(|source| self.add(&name, source, schema, sources)) {
                mistakes.extend(more);
            }
            if mistakes.len() > MAX_MISTAKES {
                break;
            }
        }
        if mistakes.is_empty() {
            Ok(())
        } else {
            Err(RuleError::Mistakes(first_mistakes(mistakes)))
        }
    }

    /// Adds one rule from its text; `name` is the file's name without extension, `path` what messages call it.
    ///
    /// # Errors
    /// Every mistake in the text, among them an id that exists already.
    pub fn add_text(
        &mut self,
        name: &str,
        path: &str,
        text: &str,
        schema: &'static Schema,
        sources: &mut Sources,
    ) -> Result<(), Vec<Mistake>> {
        let source = sources.add(path, text);
        self.add(name, source, schema, sources)
    }

    fn add(
        &mut self,
        name: &str,
        source: SourceId,
        schema: &'static Schema,
        sources: &Sources,
    ) -> Result<(), Vec<Mistake>> {
        let text = sources.get(source).map(|source| source.text.clone());
        let text = text.as_deref().unwrap_or_default();
        let root = parse(text, source)?;
        let rule = read_checked(name, text, &root, schema)?;
        let span = root.get("id").map_or(
            Span {
                source,
                start: 0,
                end: 0,
            },
            |id| id.span,
        );
        if self.rules.contains_key(rule.id.as_str()) {
            return Err(vec![
                Mistake::new(
                    "rule-exists",
                    format!("there is a rule `{}` already", rule.id),
                    span,
                )
                .help(
                    "a user's rules add ids and never replace one; choose another id and file name",
                ),
            ]);
        }
        self.added.push_str(&fingerprint(text.as_bytes()));
        let id = Text::Owned(rule.id.clone());
        let held = Held {
            over: rule.over.name,
            packed: None,
            rule: OnceLock::from(Some(rule)),
        };
        self.rules.insert(id, held);
        Ok(())
    }

    /// The rule of this id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.get(id)?.rule(id)
    }

    /// Whether the rule of this id came with the program.
    pub fn is_builtin(&self, id: &str) -> bool {
        self.rules.get(id).is_some_and(|held| held.packed.is_some())
    }

    /// The rules by id.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter_map(|(id, held)| held.rule(id))
    }

    /// Those that walk this kind of thing, by id.
    pub fn over(&self, kind: &str) -> impl Iterator<Item = &Rule> {
        let over = self.rules.iter().filter(move |(_, held)| held.over == kind);
        over.filter_map(|(id, held)| held.rule(id))
    }

    /// What to say of an id that is not a rule's.
    pub fn suggest(&self, id: &str) -> Option<String> {
        did_you_mean(id, self.rules.keys().map(|id| &**id))
    }

    /// The same of the built-in rules alone.
    pub fn builtin_digest() -> String {
        fingerprint(BUILTIN_DIGEST.as_bytes())
    }

    /// SHA-256 over the built-in rules and the texts of a user's, in hexadecimal.
    pub fn digest(&self) -> String {
        fingerprint((BUILTIN_DIGEST.to_owned() + &self.added).as_bytes())
    }
}

/// Reads one rule with all checks.
fn read_checked(
    name: &str,
    text: &str,
    root: &Node,
    schema: &'static Schema,
) -> Result<Rule, Vec<Mistake>> {
    let mut reading = Reading {
        file: text,
        schema,
        mistakes: Vec::new(),
    };
    let rule = Rule::read(name, root, false, &mut reading);
    match rule {
        Some(rule) if reading.mistakes.is_empty() => Ok(rule),
        _ => Err(reading.mistakes),
    }
}

fn rule_files(folder: &Path) -> Result<Vec<PathBuf>, RuleError> {
    let fail = |source| RuleError::Read {
        path: folder.to_path_buf(),
        source,
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if !path.is_dir() && ends(&path, &["yaml", "yml"]) {
            files.push(path);
        } else if !is_aside(&path) {
            return Err(RuleError::Stray { path });
        }
        if files.len() > MAX_FILES {
            return Err(fail(std::io::Error::other(format!(
                "more than {MAX_FILES} rule files"
            ))));
        }
    }
    if files.is_empty() {
        return Err(fail(std::io::Error::other("no .yaml file in it")));
    }
    files.sort();
    Ok(files)
}

fn ends(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|extension| {
        endings
            .iter()
            .any(|ending| extension.eq_ignore_ascii_case(ending))
    })
}

/// Whether nobody takes it for a rule: what is hidden, and files for people to read.
fn is_aside(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || (!path.is_dir() && (name.starts_with("README") || ends(path, &["md"])))
}

fn fingerprint(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::schema::Kind;
    use super::*;

    static SCHEMA: Schema = Schema {
        kinds: &[],
        module: &NOTHING,
        policy: &NOTHING,
        without_module: &[],
    };
    static NOTHING: Kind = Kind {
        name: "nothing",
        doc: "",
        fields: &[],
    };

    #[test]
    fn a_rule_that_is_no_map_or_has_no_id_says_so() {
        for (text, code) in [
            ("", "wrong-type"),
            ("# nothing", "wrong-type"),
            ("[1]", "wrong-type"),
            ("title: x", "missing-key"),
        ] {
            let mut rules = RuleSet::empty();
            let sources = &mut Sources::default();
            let read = rules.add_text("x", "x.yaml", text, &SCHEMA, sources);
            let codes: Vec<_> = read.unwrap_err().iter().map(|one| one.code).collect();
            assert_eq!(codes, [code], "{text:?}");
        }
    }

    #[test]
    fn nothing_in_a_folder_is_passed_over_that_could_be_a_rule() {
        let add = |name: &str, folder: bool| {
            let at = tempfile::tempdir().unwrap();
            std::fs::write(at.path().join("a.yaml"), "[1]").unwrap();
            let path = at.path().join(name);
            if folder {
                std::fs::create_dir(path).unwrap();
            } else {
                std::fs::write(path, "[1]").unwrap();
            }
            let mut rules = RuleSet::empty();
            rules.add_folder(at.path(), &SCHEMA, &mut Sources::default())
        };
        for name in ["b.YAML", "b.Yml", "b.yml", ".b.yaml"] {
            let both = |mistakes: &Vec<Mistake>| mistakes.len() == 2;
            let read = matches!(add(name, false), Err(RuleError::Mistakes(more)) if both(&more));
            assert!(read, "{name}");
        }
        for (name, folder) in [
            ("b.yaml.bak", false),
            ("b.yaml~", false),
            ("b", false),
            ("b.json", false),
            ("sub", true),
            ("b.yaml", true),
            ("README", true),
        ] {
            let told = add(name, folder).unwrap_err();
            let stray = matches!(&told, RuleError::Stray { path } if path.ends_with(name));
            assert!(stray, "{name}: {told}");
        }
        for (name, folder) in [
            ("README", false),
            ("x.md", false),
            (".keep", false),
            (".git", true),
        ] {
            let read =
                matches!(add(name, folder), Err(RuleError::Mistakes(more)) if more.len() == 1);
            assert!(read, "{name}");
        }
    }

    #[test]
    fn the_build_hashed_what_it_embedded() {
        let mut hashed = Vec::new();
        for (id, _, packed) in BUILTIN {
            for part in [id.as_bytes(), packed] {
                hashed.extend(part.len().to_le_bytes());
                hashed.extend(part);
            }
        }
        assert_eq!(BUILTIN_DIGEST, fingerprint(&hashed));
    }
}
