//! From paths to modules and their policies: folders are walked, policies looked up and read once each.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::audit::{Candidate, LoadedPolicy, SCHEMA, check_names};
use crate::policy::{self, Policy, PolicyError, Vocabulary};
use crate::rule::{RuleError, RuleSet};
use crate::source::{Mistake, Sources};

use super::terminal::Terminal;

/// The most modules that one call takes from folders.
const MOST: usize = 200_000;

/// Loads the built-in rules and those of folders; mistakes are shown and end in an error.
pub fn rules(
    folders: &[PathBuf],
    sources: &mut Sources,
    terminal: &Terminal,
) -> Result<RuleSet, String> {
    let mut rules = RuleSet::builtin(&SCHEMA);
    for folder in folders {
        match rules.add_folder(folder, &SCHEMA, sources) {
            Ok(()) => {}
            Err(RuleError::Mistakes(mistakes)) => {
                show(&mistakes, sources, terminal);
                return Err(format!("the rules of {} do not read", folder.display()));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(rules)
}

/// Shows mistakes on standard error.
pub fn show(mistakes: &[Mistake], sources: &Sources, terminal: &Terminal) {
    terminal.say(crate::report::mistakes(mistakes, sources, &terminal.talk_style()).trim_end());
}

/// Every module of the given paths: files and `-` as they are, folders walked for `*.wasm` in name order.
pub fn modules(paths: &[PathBuf]) -> Result<Vec<String>, String> {
    let mut modules = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = modules.len();
            walk(path, &mut modules)?;
            if modules.len() == before {
                return Err(format!("no .wasm file in the folder {}", path.display()));
            }
        } else {
            modules.push(path.to_string_lossy().into_owned());
        }
    }
    if modules.iter().filter(|module| *module == "-").count() > 1 {
        return Err("standard input can be read once only; give `-` once".to_owned());
    }
    Ok(modules)
}

/// Depth first in name order, with a list of its own instead of recursion; links to folders are not followed.
fn walk(root: &Path, modules: &mut Vec<String>) -> Result<(), String> {
    let mut open = vec![root.to_path_buf()];
    while let Some(path) = open.pop() {
        if path.is_dir() && (path == root || !path.is_symlink()) {
            let fail = |error: std::io::Error| {
                format!("cannot read the folder {}: {error}", path.display())
            };
            let entries = std::fs::read_dir(&path).map_err(fail)?;
            let mut entries: Vec<PathBuf> = entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<_, _>>()
                .map_err(fail)?;
            entries.sort_by(|one, other| other.cmp(one));
            open.append(&mut entries);
        } else if path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("wasm"))
        {
            modules.push(path.to_string_lossy().into_owned());
        }
        if modules.len() > MOST || open.len() > 10 * MOST {
            return Err(format!("more than {MOST} modules under {}", root.display()));
        }
    }
    Ok(())
}

/// The policies of one invocation, each read once.
#[derive(Debug)]
pub struct Policies<'r> {
    rules: &'r RuleSet,
    /// Those that read.
    pub loaded: Vec<LoadedPolicy>,
    known: HashMap<PathBuf, Result<usize, String>>,
}

impl<'r> Policies<'r> {
    /// None yet.
    pub fn new(rules: &'r RuleSet) -> Self {
        Self {
            rules,
            loaded: Vec::new(),
            known: HashMap::new(),
        }
    }

    /// A module with the policy that judges it: the given one, the one beside it, or the baseline.
    pub fn candidate(
        &mut self,
        module: &str,
        given: Option<&Path>,
        sources: &mut Sources,
        terminal: &Terminal,
    ) -> Candidate {
        let path = match given {
            Some(path) => Ok(Some(path.to_path_buf())),
            None if module == "-" => Ok(None),
            None => policy::lookup(Path::new(module)).map_err(|error| describe(&error)),
        };
        let policy = path.and_then(|path| self.load(path, sources, terminal));
        Candidate {
            path: module.to_owned(),
            policy,
        }
    }

    /// The position of a policy in `loaded`; mistakes are shown when they are first met.
    pub fn load(
        &mut self,
        path: Option<PathBuf>,
        sources: &mut Sources,
        terminal: &Terminal,
    ) -> Result<usize, String> {
        let judged = path.is_some();
        let path = path.unwrap_or_else(|| PathBuf::from("builtin:baseline"));
        if let Some(known) = self.known.get(&path) {
            return known.clone();
        }
        let name = path.to_string_lossy().into_owned();
        let read =
            read(&path, &name, sources).and_then(|policy| match check_names(&policy, self.rules) {
                mistakes if mistakes.is_empty() => Ok(policy),
                mistakes => Err(PolicyError::Mistakes(mistakes)),
            });
        let outcome = match read {
            Ok(policy) => {
                self.loaded.push(LoadedPolicy {
                    name,
                    policy,
                    judged,
                });
                Ok(self.loaded.len() - 1)
            }
            Err(PolicyError::Mistakes(mistakes)) => {
                show(&mistakes, sources, terminal);
                Err(format!("the policy {name} does not read"))
            }
            Err(error) => Err(describe(&error)),
        };
        self.known.insert(path, outcome.clone());
        outcome
    }
}

/// Reads a policy file, or a `builtin:` profile.
fn read(path: &Path, name: &str, sources: &mut Sources) -> Result<Policy, PolicyError> {
    let known = Vocabulary::standard();
    match name
        .strip_prefix("builtin:")
        .and_then(|profile| policy::builtin(profile, &known, sources))
    {
        Some(read) => read.map_err(PolicyError::Mistakes),
        None => policy::load(path, &known, sources),
    }
}

/// An error with its cause and its help on one line.
fn describe(error: &PolicyError) -> String {
    use miette::Diagnostic as _;
    let cause = std::error::Error::source(error)
        .map(|cause| format!(": {cause}"))
        .unwrap_or_default();
    let help = error
        .help()
        .map(|help| format!(" ({help})"))
        .unwrap_or_default();
    format!("{error}{cause}{help}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_walked_for_modules_in_whatever_case() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.wasm", "B.WASM", "c.wat", "d.wasm.txt", ".e.wasm"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = modules(&[folder.path().to_path_buf()]).unwrap();
        let names: Vec<_> = found
            .iter()
            .filter_map(|path| Path::new(path).file_name()?.to_str())
            .collect();
        assert_eq!(names, [".e.wasm", "B.WASM", "a.wasm"]);
    }
}
