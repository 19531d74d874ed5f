//! A case: a key, a guest, a policy with the key left open, two values for it, and what is to be seen under each.

use std::path::Path;
use std::sync::Arc;

use ringfence::audit::{Approval, LoadedPolicy, Surroundings};
use ringfence::policy::{self, Vocabulary};
use ringfence::rule::RuleSet;
use ringfence::runner::{Entry, Input, Invocation, Options, Output, Runner, RunnerError};
use ringfence::source::Sources;
use ringfence::wasm;

use super::guest::written_out;
use super::seen::{Kept, Notes, outcome};
use crate::suite::program::ensure;

/// Where a policy leaves its key open.
const HOLE: char = '@';

/// For policies that do not say their own. Limits only stop what gets out of hand: the guests all end by themselves.
const LIMITS: &str = "limits: {fuel: 100000000, deadline: 1m, memory: 1MiB, table_elements: 100, stack: 256KiB, \
    host_calls: 1000}\n";

/// One key under two values.
#[derive(Debug)]
pub struct Case {
    /// The key, as the table names it.
    pub key: &'static str,
    /// What tells this case from another of the same key; empty for the first.
    pub about: &'static str,
    /// The guest, as text; `(wasi NAME)` stands for an import.
    pub guest: &'static str,
    /// The policy after its name, with `@` where the key stands.
    pub policy: &'static str,
    /// The key with two values, or left out.
    pub values: [&'static str; 2],
    /// What is given to the guest.
    pub given: Given,
    /// What is seen under each value; `…` stands for anything.
    pub seen: [&'static str; 2],
}

/// What is given to a guest.
#[derive(Debug)]
pub struct Given {
    pub arguments: &'static [&'static str],
    pub environment: &'static [(&'static str, &'static str)],
    pub stdin: &'static str,
    pub tenant: Option<&'static str>,
    /// Bytes that cross by the guest's allocator.
    pub bytes: Option<&'static str>,
    /// How often it is run, by one runner.
    pub runs: usize,
    /// Whether decisions are seen too.
    pub decisions: bool,
    /// The text of `base.yaml` beside the policy.
    pub base: &'static str,
}

/// Nothing, to one run.
pub const NOTHING: Given = Given {
    arguments: &[],
    environment: &[],
    stdin: "",
    tenant: None,
    bytes: None,
    runs: 1,
    decisions: false,
    base: "",
};

impl Case {
    /// The key, and what the case is about.
    pub fn name(&self) -> String {
        match self.about {
            "" => self.key.to_owned(),
            about => format!("{}, {about}", self.key),
        }
    }

    /// Runs the guest under both values, which come to two ends.
    pub fn hold(&self) -> Result<(), String> {
        let [one, other] = self.seen;
        ensure(!fits(one, other) && !fits(other, one), || {
            format!("`{one}` and `{other}` can be the same")
        })?;
        self.hold_alike()
    }

    /// Runs the guest under both values, which may come to the same.
    pub fn hold_alike(&self) -> Result<(), String> {
        self.differs_in_its_key()?;
        for (value, expected) in self.values.iter().zip(self.seen) {
            let policy = self.policy_with(value);
            let seen = self.run(&policy)?;
            ensure(fits(&seen, expected), || {
                format!("under `{value}`\nexpected {expected}\nbut saw  {seen}\n\n{policy}")
            })?;
        }
        Ok(())
    }

    /// Only the key's own place in the policy changes, and what is put there says the key.
    fn differs_in_its_key(&self) -> Result<(), String> {
        let last = self.key.rsplit('.').next().unwrap_or_default();
        let name = format!("{}:", last.trim_end_matches("[]"));
        for value in self.values {
            let says = value.is_empty() || value.contains(&name) || last.starts_with('<');
            ensure(says, || format!("`{value}` does not say `{name}`"))?;
        }
        ensure(self.policy.matches(HOLE).count() == 1, || {
            "the policy has no place for its key, or several".to_owned()
        })
    }

    fn policy_with(&self, value: &str) -> String {
        let policy = self.policy.replace(HOLE, value);
        let limits = if policy.contains("limits:") {
            ""
        } else {
            LIMITS
        };
        format!("version: 1\nname: sample\n{limits}{policy}\n")
    }

    fn run(&self, policy: &str) -> Result<String, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        furnish(folder.path(), self.given.base).map_err(|error| error.to_string())?;
        let approval = approve(folder.path(), &written_out(self.guest), policy)?;
        let options = Options {
            scratch_parent: Some(folder.path().join("scratches")),
            ..Options::default()
        };
        let runner = match Runner::new(approval, options) {
            Ok(runner) => runner,
            Err(RunnerError::Refused(reasons)) => {
                return Ok(format!("refused: {}", reasons.join("; ")));
            }
            Err(error) => return Err(error.to_string()),
        };
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let tokio = builder.enable_all().build();
        let tokio = tokio.map_err(|error| error.to_string())?;
        let runs = (0..self.given.runs).map(|_| tokio.block_on(self.given.invoke(&runner)));
        Ok(runs.collect::<Vec<String>>().join(" | "))
    }
}

impl Given {
    async fn invoke(&self, runner: &Runner) -> String {
        let kept = Kept::default();
        let notes = Arc::new(Notes::default());
        let owned = |one: &&str| (*one).to_owned();
        let invocation = Invocation {
            arguments: self.arguments.iter().map(owned).collect(),
            environment: self.environment.iter().map(pair).collect(),
            stdin: Input::Bytes(self.stdin.as_bytes().to_vec()),
            stdout: Output::Keep(Arc::clone(&kept.stdout)),
            stderr: Output::Keep(Arc::clone(&kept.stderr)),
            tenant: self.tenant.map(str::to_owned),
            decisions: self.decisions.then(|| Arc::clone(&notes) as _),
            log: Some(Arc::clone(&notes) as _),
            observer: None,
        };
        let entry = Entry::Export {
            name: "run".to_owned(),
            arguments: Vec::new(),
        };
        let mut crossed = None;
        let done = match (self.bytes, runner.start(invocation).await) {
            (Some(bytes), Ok(mut instance)) => {
                let call = instance.call_with_bytes("run", bytes.as_bytes(), 100);
                let ending = match call.await {
                    Ok(bytes) => {
                        crossed = Some(bytes);
                        ringfence::runner::Ending::Returned(Vec::new())
                    }
                    Err(ending) => ending,
                };
                instance.finish(ending)
            }
            (None, Ok(mut instance)) => {
                let ending = instance.call(&entry).await;
                instance.finish(ending)
            }
            (_, Err(outcome)) => outcome,
        };
        outcome(&done, crossed, &kept, &notes)
    }
}

fn pair((name, value): &(&str, &str)) -> (String, String) {
    ((*name).to_owned(), (*value).to_owned())
}

/// The folders that policies grant: `a` and `b` with a `file` each that holds the folder's name.
fn furnish(folder: &Path, base: &str) -> std::io::Result<()> {
    for name in ["a", "b"] {
        std::fs::create_dir(folder.join(name))?;
        std::fs::write(folder.join(name).join("file"), name)?;
    }
    std::fs::write(folder.join("base.yaml"), base)
}

fn approve(folder: &Path, guest: &str, policy: &str) -> Result<Approval, String> {
    let path = folder.join("policy.yaml");
    std::fs::write(&path, policy).map_err(|error| error.to_string())?;
    let mut sources = Sources::default();
    let loaded = policy::load(&path, &Vocabulary::standard(), &mut sources);
    let loaded = loaded.map_err(|error| format!("{error:?}\n{policy}"))?;
    let policy = LoadedPolicy::new(path.display().to_string(), loaded, true);
    let bytes = wasm::encode_text(guest)?;
    let input = wasm::Input::binary(bytes);
    let module = wasm::decode_input(&input);
    let (rules, around) = (RuleSet::empty(), Surroundings::of_process());
    Approval::audit(input, module, policy, sources, &rules, around)
        .map_err(|refusal| refusal.to_string())
}

/// Whether what was seen is what was expected; `…` stands for anything.
fn fits(seen: &str, expected: &str) -> bool {
    match expected.split_once('…') {
        None => seen == expected,
        Some((head, tail)) => {
            let rest = seen.strip_prefix(head);
            rest.is_some_and(|rest| {
                rest.char_indices()
                    .map(|(at, _)| at)
                    .chain([rest.len()])
                    .any(|at| rest.get(at..).is_some_and(|rest| fits(rest, tail)))
            })
        }
    }
}
