//! Runs a rule's own examples: each on its policy, module, lock and files, in a scratch directory where it needs a disk.

use std::path::{Path, PathBuf};

use crate::policy::{self, Date, Vocabulary};
use crate::rule::{Example, Fixture, Rule, RuleSet};
use crate::source::{Mistake, Sources};
use crate::wasm;

use super::context::Surroundings;
use super::lock::Lock;
use super::model::{Finding, Severity};
use super::run::{Candidate, LoadedPolicy, Run};

/// Where examples without files claim to be.
const NOWHERE: &str = "/srv/example";
/// The day on which examples run.
const TODAY: Date = Date {
    year: 2026,
    month: 6,
    day: 1,
};

/// Why an example cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ExampleError {
    /// Its policy or lock does not read.
    #[error("{}", .0.iter().map(|mistake| mistake.message.as_str()).collect::<Vec<_>>().join("; "))]
    Text(Vec<Mistake>),
    /// Its module is not WAT.
    #[error("the module is not WAT: {0}")]
    Module(String),
    /// Its files cannot be laid out.
    #[error("cannot lay out `{path}`: {source}")]
    Disk {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A rule failed on it.
    #[error("{0}")]
    Rule(String),
}

/// What an example showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExampleOutcome {
    /// What it says.
    Held,
    /// Something else; in a sentence.
    Broke(String),
}

/// Runs one example of a rule.
pub fn run_example(
    rule: &Rule,
    example: &Example,
    rules: &RuleSet,
) -> Result<ExampleOutcome, ExampleError> {
    let scratch = lay_out(&example.files)?;
    let folder = scratch
        .as_ref()
        .map_or(Path::new(NOWHERE), tempfile::TempDir::path);
    let findings: Vec<Finding> = findings(example, rules, folder)?
        .into_iter()
        .filter(|finding| finding.rule == rule.id)
        .collect();
    Ok(compare(example, &findings))
}

fn compare(example: &Example, findings: &[Finding]) -> ExampleOutcome {
    let said: Vec<String> = findings
        .iter()
        .map(|finding| {
            format!(
                "{} ({}): {}",
                finding.subject,
                finding.severity.name(),
                finding.message
            )
        })
        .collect();
    let as_stated = |finding: &&Finding| {
        example
            .subject
            .as_ref()
            .is_none_or(|subject| *subject == finding.subject)
            && example
                .severity
                .as_ref()
                .is_none_or(|severity| severity == finding.severity.name())
    };
    match (
        example.fires,
        findings.iter().any(|finding| as_stated(&finding)),
    ) {
        (true, true) => ExampleOutcome::Held,
        (false, _) if findings.is_empty() => ExampleOutcome::Held,
        (true, false) if findings.is_empty() => {
            ExampleOutcome::Broke("must fire and is silent".to_owned())
        }
        (true, false) => {
            ExampleOutcome::Broke(format!("fires, but not as stated: {}", said.join("; ")))
        }
        (false, _) => {
            ExampleOutcome::Broke(format!("must be silent and says: {}", said.join("; ")))
        }
    }
}

fn findings(
    example: &Example,
    rules: &RuleSet,
    folder: &Path,
) -> Result<Vec<Finding>, ExampleError> {
    let mut sources = Sources::default();
    let loaded = match &example.policy {
        Some(text) => LoadedPolicy::new(
            "policy.yaml",
            policy::parse_in(
                folder,
                &folder.join("policy.yaml").to_string_lossy(),
                text,
                &Vocabulary::standard(),
                &mut sources,
            )
            .map_err(ExampleError::Text)?,
            true,
        ),
        None => LoadedPolicy::new(
            "builtin:baseline",
            policy::builtin("baseline", &Vocabulary::standard(), &mut sources)
                .unwrap_or_else(|| Err(Vec::new()))
                .map_err(ExampleError::Text)?,
            false,
        ),
    };
    let lock = match &example.lock {
        Some(text) => {
            let source = sources.add("ringfence.lock", &**text);
            Some(Lock::read(text, source).map_err(ExampleError::Text)?)
        }
        None => None,
    };
    let module = wat_bytes(example.module.as_deref().unwrap_or("(module)"))?;
    let surroundings = Surroundings {
        working: Some(folder.join("work")),
        home: Some(PathBuf::from("/home/user")),
        today: TODAY,
    };
    let policies = [loaded];
    let run = Run {
        rules,
        policies: &policies,
        sources: &sources,
        surroundings: &surroundings,
        lock: lock.as_ref(),
        fail_on: Severity::Error,
        checklist: false,
        confirm: None,
    };
    let candidate = Candidate {
        path: "example.wat".to_owned(),
        policy: Ok(0),
    };
    let report = run.check(
        &[candidate],
        &|_| Ok((wasm::Input::binary(module.clone()), wasm::decode(&module))),
        &|| (),
    );
    match report
        .modules
        .iter()
        .flat_map(|module| &module.errors)
        .next()
    {
        Some(error) => Err(ExampleError::Rule(error.clone())),
        None => Ok(report.findings),
    }
}

fn wat_bytes(text: &str) -> Result<Vec<u8>, ExampleError> {
    wasm::encode_text(text).map_err(ExampleError::Module)
}

fn lay_out(files: &[Fixture]) -> Result<Option<tempfile::TempDir>, ExampleError> {
    if files.is_empty() {
        return Ok(None);
    }
    let fail = |path: &Path| {
        let path = path.to_path_buf();
        move |source| ExampleError::Disk { path, source }
    };
    let scratch = tempfile::tempdir().map_err(fail(Path::new("scratch")))?;
    for file in files {
        let (Fixture::Directory(name) | Fixture::File(name, _) | Fixture::Link(name, _)) = file;
        let path = scratch.path().join(name);
        stay_inside(scratch.path(), name).map_err(fail(&path))?;
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(fail(parent))?;
        }
        let laid = match file {
            Fixture::Directory(_) => std::fs::create_dir_all(&path),
            Fixture::File(_, text) => std::fs::write(&path, text),
            Fixture::Link(_, target) => link(Path::new(target), &path),
        };
        laid.map_err(fail(&path))?;
    }
    Ok(Some(scratch))
}

/// Refuses a path that an earlier link of the example would lead elsewhere.
fn stay_inside(scratch: &Path, name: &str) -> std::io::Result<()> {
    let mut path = scratch.to_path_buf();
    for part in name.split('/') {
        path.push(part);
        if path.is_symlink() {
            return Err(std::io::Error::other("it lies on or below a link"));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link(target: &Path, path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::Error::new(
        std::io::ErrorKind::Unsupported,
        "symbolic links need a Unix system",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::SCHEMA;

    fn rule_files() -> Vec<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let entries = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let mut files: Vec<PathBuf> = entries
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "yaml")
            })
            .collect();
        files.sort();
        files
    }

    /// The built-in rules go through the same checks as a user's: names, types, examples of both kinds.
    #[test]
    fn builtin_rules_read() {
        let mut complaints = Vec::new();
        for path in rule_files() {
            let mut rules = RuleSet::empty();
            let mut sources = Sources::default();
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap();
            for mistake in rules
                .add_text(name, name, &text, &SCHEMA, &mut sources)
                .err()
                .into_iter()
                .flatten()
            {
                let label = mistake
                    .labels
                    .first()
                    .map(|label| sources.slice(label.span).to_owned());
                complaints.push(format!(
                    "{name}: {} at `{}`: {:?}",
                    mistake.message,
                    label.unwrap_or_default(),
                    mistake.help
                ));
            }
        }
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
        let rules = RuleSet::builtin(&SCHEMA);
        assert_eq!(rules.iter().count(), rule_files().len());
        // And under the kinds that they walk, as the judge asks for them.
        let kinds = SCHEMA.kinds.iter();
        let over = kinds.flat_map(|kind| rules.over(kind.name));
        assert_eq!(over.count(), rule_files().len());
    }

    #[test]
    fn builtin_examples() {
        let rules = RuleSet::builtin(&SCHEMA);
        let mut complaints = Vec::new();
        for rule in rules.iter() {
            assert!(rule.examples().len() >= 2, "{}", rule.id);
            for example in rule.examples().iter() {
                match run_example(rule, example, &rules) {
                    Ok(ExampleOutcome::Held) => {}
                    Ok(ExampleOutcome::Broke(how)) => {
                        complaints.push(format!("{}: {}: {how}", rule.id, example.name));
                    }
                    Err(error) => complaints.push(format!(
                        "{}: {}: cannot run: {error}",
                        rule.id, example.name
                    )),
                }
            }
        }
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_laid_out_through_a_link() {
        let outside = tempfile::tempdir().unwrap();
        let victim = outside.path().join("victim");
        std::fs::write(&victim, "safe").unwrap();
        let to = |path: &Path| Fixture::Link("a".to_owned(), path.to_string_lossy().into_owned());
        let file = |name: &str| Fixture::File(name.to_owned(), "pwned".to_owned());
        for files in [
            [to(outside.path()), file("a/b")],
            [to(outside.path()), Fixture::Directory("a/b".to_owned())],
            [
                to(outside.path()),
                Fixture::Link("a/b".to_owned(), "x".to_owned()),
            ],
            [to(&outside.path().join("new")), file("a")],
            [to(&victim), file("a")],
        ] {
            assert!(lay_out(&files).is_err(), "{files:?}");
        }
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "safe");
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_checklist_names_rules_that_exist() {
        let rules = RuleSet::builtin(&SCHEMA);
        let unknown: Vec<&str> = super::super::checklist::named_rules()
            .filter(|id| rules.get(id).is_none())
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
