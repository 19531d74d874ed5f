//! From paths to modules and their policies: folders are walked, policies looked up and read once each.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::audit::{
    AllowedSigners, Baseline, Candidate, LoadedPolicy, Lock, LockError, RevokedKeys, SCHEMA, Trust,
    check_names,
};
use crate::policy::{self, Policy, PolicyError, Vocabulary};
use crate::rule::{RuleError, RuleSet};
use crate::source::{Mistake, Sources, file};
use crate::wasm::{self, Input, MAX_MODULE};

use super::command::SignerArgs;
use super::terminal::{self, Terminal};

/// The most modules that one call takes from folders.
const MOST: usize = 200_000;
/// `--max-module-size`: set before anything is read, and the same for all that one call reads.
static MAX_SIZE: AtomicUsize = AtomicUsize::new(MAX_MODULE);

/// From now on no larger module is read.
pub fn bound_modules(max: usize) {
    MAX_SIZE.store(max, Ordering::Relaxed);
}

/// Reads a module, or says why not.
pub fn read(path: &str) -> Result<Input, String> {
    wasm::read_within(path, MAX_SIZE.load(Ordering::Relaxed)).map_err(|error| error.to_string())
}

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

/// Reads a lock that was named, wherever a link leads; one that does not read approves nothing.
pub fn lock(path: &Path, sources: &mut Sources, terminal: &Terminal) -> Result<Lock, String> {
    let name = path.display().to_string();
    let bytes = file::read(path, true).map_err(|refused| {
        let error = std::io::Error::from(refused);
        format!("cannot read the lock {name}: {error}")
    })?;
    let read = file::decode(&name, bytes, sources).and_then(|source| {
        let text = sources.get(source).map(|source| source.text.clone());
        Lock::read(&text.unwrap_or_default(), source)
    });
    read.map_err(|mistakes| {
        show(&mistakes, sources, terminal);
        format!("the lock {name} does not read, so it approves nothing")
    })
}

/// Reads a baseline that was named; one that does not read knows nothing, and the check does not go on without it.
pub fn baseline(
    path: &Path,
    sources: &mut Sources,
    terminal: &Terminal,
) -> Result<Baseline, String> {
    let name = path.display().to_string();
    let bytes = file::read(path, true).map_err(|refused| {
        let error = std::io::Error::from(refused);
        format!("cannot read the baseline {name}: {error}")
    })?;
    let read = file::decode(&name, bytes, sources).and_then(|source| {
        let text = sources.get(source).map(|source| source.text.clone());
        Baseline::read(&text.unwrap_or_default(), source)
    });
    read.map_err(|mistakes| {
        show(&mistakes, sources, terminal);
        format!("the baseline {name} does not read")
    })
}

/// Whose signatures are asked for, if they are; a file that does not read lets nobody sign.
pub fn trust(
    arguments: &SignerArgs,
    sources: &mut Sources,
    terminal: &Terminal,
) -> Result<Option<Trust>, String> {
    let Some(path) = &arguments.allowed_signers else {
        return Ok(None);
    };
    let bytes = |path: &Path, what: &str| {
        let failed = |refused| {
            let error = std::io::Error::from(refused);
            format!("cannot read the {what} {}: {error}", path.display())
        };
        file::read(path, true).map_err(failed)
    };
    let unread = |mistakes: Vec<Mistake>, sources: &Sources, path: &Path| {
        show(&mistakes, sources, terminal);
        format!("{} does not read, so no signature counts", path.display())
    };
    let name = path.display().to_string();
    let read = file::decode(&name, bytes(path, "allowed signers")?, sources).and_then(|source| {
        let text = sources.get(source).map(|source| source.text.clone());
        AllowedSigners::read(&text.unwrap_or_default(), source)
    });
    let allowed = read.map_err(|mistakes| unread(mistakes, sources, path))?;
    let revoked = match &arguments.revoked_keys {
        None => RevokedKeys::default(),
        Some(path) => {
            let read = RevokedKeys::decode(path, bytes(path, "revoked keys")?, sources);
            read.map_err(|mistakes| unread(mistakes, sources, path))?
        }
    };
    Ok(Some(Trust::new(allowed, revoked)))
}

/// What to say of a lock that was not read or written; mistakes in it are shown.
pub fn lock_error(error: LockError, sources: &Sources, terminal: &Terminal) -> String {
    match error {
        LockError::Mistakes { path, mistakes } => {
            show(&mistakes, sources, terminal);
            let name = path.display();
            format!("the lock {name} does not read, so it approves nothing")
        }
        error => error.to_string(),
    }
}

/// The lock of a policy: the one that was named, else `ringfence.lock` beside the policy's file.
pub fn lock_path(given: Option<&Path>, policy: &Path) -> Result<PathBuf, String> {
    match given {
        Some(path) => Ok(path.to_owned()),
        None if is_builtin(policy) => Err(format!(
            "{} is no file, so no lock lies beside it: name one with --lock FILE",
            policy.display()
        )),
        None => Ok(policy.with_file_name("ringfence.lock")),
    }
}

/// The policy of a module: the one that was named, else the one beside it.
pub fn policy_path(module: &Path, given: Option<&Path>) -> Result<Option<PathBuf>, String> {
    match (text(module)?, given) {
        (_, Some(path)) => Ok(Some(path.to_path_buf())),
        ("-", None) => Ok(None),
        (_, None) => policy::lookup(module).map_err(|error| describe(&error)),
    }
}

/// Whether a policy comes with the program.
fn is_builtin(policy: &Path) -> bool {
    policy
        .to_str()
        .is_some_and(|name| name.starts_with("builtin:"))
}

/// Shows mistakes on standard error.
pub fn show(mistakes: &[Mistake], sources: &Sources, terminal: &Terminal) {
    terminal::say(crate::report::mistakes(mistakes, sources, &terminal.talk_style()).trim_end());
}

/// Every module of the given paths: files and `-` as they are, folders walked for `*.wasm` in name order.
pub fn modules(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut modules = Vec::new();
    for path in paths {
        // A folder may be called `-`; standard input is what was asked for.
        if !is_input(path) && path.is_dir() {
            let before = modules.len();
            walk(path, &mut modules, &is_module)?;
            if modules.len() == before {
                return Err(format!("no .wasm file in the folder {}", path.display()));
            }
        } else {
            modules.push(path.clone());
        }
    }
    if modules.iter().filter(|module| is_input(module)).count() > 1 {
        return Err("standard input can be read once only; give `-` once".to_owned());
    }
    Ok(modules)
}

/// Every file of the given paths: files as they are, folders walked for files with this ending in name order.
pub fn files(paths: &[PathBuf], ending: &str) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            walk(path, &mut files, &|path| ends(path, ending))?;
            if files.len() == before {
                return Err(format!(
                    "no *{ending} file in the folder {}",
                    path.display()
                ));
            }
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn ends(path: &Path, ending: &str) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(ending)
}

fn is_module(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("wasm"))
}

/// Compared as text: `Path` takes `-/` for `-`.
fn is_input(module: &Path) -> bool {
    module.as_os_str() == "-"
}

/// A path as reports write it. Two names that are not text could be written alike, so that one file was judged for both.
pub fn text(module: &Path) -> Result<&str, String> {
    module.to_str().ok_or_else(|| {
        "its path is not UTF-8, so that a report cannot name it: rename it, or pass its content on standard input".to_owned()
    })
}

/// Depth first in name order, with a list of its own instead of recursion. Links to folders are not followed but listed,
/// which ends in an error for each: what lies behind them must not pass unseen.
fn walk(
    root: &Path,
    modules: &mut Vec<PathBuf>,
    wanted: &dyn Fn(&Path) -> bool,
) -> Result<(), String> {
    let mut open = vec![root.to_path_buf()];
    while let Some(path) = open.pop() {
        let folder = path.is_dir();
        let linked = folder && path != root && path.is_symlink();
        if folder && !linked {
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
        } else if linked || wanted(&path) {
            modules.push(path);
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
        module: &Path,
        given: Option<&Path>,
        sources: &mut Sources,
        terminal: &Terminal,
    ) -> Candidate {
        let path = policy_path(module, given);
        let policy = path.and_then(|path| self.load(path, sources, terminal));
        Candidate {
            path: module.to_string_lossy().into_owned(),
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
        let read = read_policy(&path, &name, sources).and_then(|policy| {
            match check_names(&policy, self.rules) {
                mistakes if mistakes.is_empty() => Ok(policy),
                mistakes => Err(PolicyError::Mistakes(mistakes)),
            }
        });
        let outcome = match read {
            Ok(policy) => {
                self.loaded.push(LoadedPolicy::new(name, policy, judged));
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
fn read_policy(path: &Path, name: &str, sources: &mut Sources) -> Result<Policy, PolicyError> {
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
