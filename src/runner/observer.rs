//! Watches one invocation for the record of what it uses. It decides nothing, and where nobody asked for one, it is not there.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::audit::{Approval, ENGINE, Figures, Mode, Room, Ruling, RunRecord, Runs, ScratchUse};
use crate::capability::Taxonomy;
use crate::policy::{Role, normalise};
use crate::source::credential::is_name;

use super::meter::Spent;
use super::outcome::{Ending, Outcome};
use super::plan::PREVIEW1;
use super::runner::Runner;
use super::stop::Stop;
use super::terms::Terms;

/// What was seen of one invocation so far. It outlives the guest, so that a run that is cut off leaves what it did.
#[derive(Default)]
pub struct Observer(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    runs: Runs,
    room: Room,
    /// Folders that the guest opened: their paths below the grant, by descriptor.
    folders: BTreeMap<u32, String>,
    /// Calls of WASI, once the guest is gone.
    calls: Option<Vec<(Cow<'static, str>, u64)>>,
}

/// What is passed to a host function.
#[derive(Debug, Clone, Copy)]
pub struct Argument<'a> {
    /// The parameter in which it is, or begins.
    pub parameter: u32,
    /// What the policy calls it.
    pub name: &'a str,
    /// Its role.
    pub role: Role,
    /// What was passed.
    pub passed: Passing<'a>,
}

/// What is passed for one argument.
#[derive(Debug, Clone, Copy)]
pub enum Passing<'a> {
    /// A text in its normal form.
    Text(&'a str),
    /// A number.
    Number(i64),
    /// Bytes, or room for them.
    Length(u64),
}

/// What an invocation leaves when it is over.
pub struct Closing {
    /// The counters.
    pub spent: Spent,
    /// Bytes of standard input, output and error.
    pub streams: [u64; 3],
    /// The streams of which something was dropped.
    pub truncated: Vec<&'static str>,
    /// Calls of WASI by function.
    pub calls: Vec<(Cow<'static, str>, u64)>,
    /// How full each scratch was, by the guest's path.
    pub scratches: Vec<(String, ScratchUse)>,
}

impl Observer {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call that used a capability, of a function that can use several.
    pub fn used(&self, capability: &str) {
        let seen = &mut *self.seen();
        seen.runs.used(capability, 1, &mut seen.room);
    }

    /// A function of WASI refused a call.
    pub fn denied(&self, function: &str) {
        let seen = &mut *self.seen();
        if let Some(import) = seen.runs.import(PREVIEW1, function, &mut seen.room) {
            import.denied += 1;
        }
    }

    /// A call of a host function, and what it passed; none of that, where a guard denied it.
    pub fn host_call<'a>(
        &self,
        (module, name): (&str, &str),
        capability: &str,
        passed: Option<impl Iterator<Item = Argument<'a>>>,
    ) {
        let seen = &mut *self.seen();
        if passed.is_some() {
            seen.runs.used(capability, 1, &mut seen.room);
        }
        let Some(import) = seen.runs.import(module, name, &mut seen.room) else {
            return;
        };
        import.calls += 1;
        import.denied += u64::from(passed.is_none());
        for one in passed.into_iter().flatten() {
            let room = &mut seen.room;
            let Some(values) = import.argument(one.parameter, one.name, one.role, room) else {
                continue;
            };
            match one.passed {
                // What is called a secret is not shown at all.
                Passing::Text(text) if is_name(one.name) => {
                    values.length(text.len() as u64);
                    values.untold();
                }
                Passing::Text(text) => values.text(text, room),
                Passing::Number(number) => values.number(number, room),
                Passing::Length(bytes) => values.length(bytes),
            }
        }
    }

    /// A path was used, below the grant that the guest sees at `guest`, from the folder of a descriptor.
    pub fn path(&self, guest: &str, from: u32, path: &str, modes: &[Mode]) {
        let seen = &mut *self.seen();
        let below = seen.below(from, path);
        let guest = normalise(guest).unwrap_or_else(|_| guest.to_owned());
        if let Some(folder) = seen.runs.folder(&guest) {
            folder.path(&below, modes.iter().copied(), &mut seen.room);
        }
    }

    /// A descriptor was opened by a path.
    pub fn opened(&self, number: u32, from: u32, path: &str) {
        let seen = &mut *self.seen();
        let below = seen.below(from, path);
        // What is too long to be told is not told: nor is what lies below it.
        let below = normalise(&below).unwrap_or_else(|_| "..".to_owned());
        seen.folders.insert(number, below);
    }

    /// A descriptor got another number.
    pub fn renumbered(&self, from: u32, to: u32) {
        let seen = &mut *self.seen();
        match seen.folders.remove(&from) {
            Some(path) => drop(seen.folders.insert(to, path)),
            None => drop(seen.folders.remove(&to)),
        }
    }

    /// The guest is gone.
    pub fn close(&self, closing: Closing) {
        let seen = &mut *self.seen();
        let spent = closing.spent;
        let [stdin, stdout, stderr] = closing.streams;
        seen.runs.peaks = Figures {
            memory: Some(spent.memory),
            table_elements: Some(spent.table_elements),
            host_calls: Some(spent.host_calls),
            open_files: Some(spent.open_files_peak),
            written_bytes: Some(spent.written_bytes),
            stdin: Some(stdin),
            stdout: Some(stdout),
            stderr: Some(stderr),
            ..Figures::default()
        };
        let truncated = closing.truncated.into_iter().map(str::to_owned);
        seen.runs.truncated.extend(truncated);
        for (guest, held) in closing.scratches {
            let guest = normalise(&guest).unwrap_or(guest);
            if let Some(folder) = seen.runs.folder(&guest) {
                folder.scratch = Some(held);
            }
        }
        seen.calls = Some(closing.calls);
    }

    /// The record of the invocation; none, if nothing that was asked for has run.
    pub fn record(&self, runner: &Runner, outcome: &Outcome) -> Option<RunRecord> {
        let seen = &mut *self.seen();
        let calls = seen.calls.take()?;
        if matches!(outcome.ending, Ending::Refused(_)) {
            return None;
        }
        seen.count(&calls, runner.approval());
        let mut runs = Runs {
            policy: runner.approval().policy_digest().to_owned(),
            limits: limits(runner.terms()),
            runs: 1,
            complete: u64::from(ended_by_itself(&outcome.ending)),
            outcomes: BTreeMap::from([(outcome.ending.kind().to_owned(), 1)]),
            ..std::mem::take(&mut seen.runs)
        };
        let usage = &outcome.usage;
        runs.peaks.fuel = usage.fuel;
        let time = usage.instantiate + usage.execute;
        runs.peaks.deadline = Some(nanos(time)).filter(|nanos| *nanos > 0);
        Some(RunRecord::of(runner.approval().digest(), ENGINE, runs))
    }
}

impl Seen {
    /// A path from the folder of a descriptor, below the grant.
    fn below(&self, from: u32, path: &str) -> String {
        match self.folders.get(&from) {
            Some(folder) if folder != "." => format!("{folder}/{path}"),
            _ => path.to_owned(),
        }
    }

    /// Counts the calls of WASI. Those of functions that can use several capabilities, and those by path, were counted by
    /// what they used.
    fn count(&mut self, calls: &[(Cow<'static, str>, u64)], approval: &Approval) {
        let links = approval.links();
        let taxonomy = Taxonomy::builtin();
        for (name, calls) in calls {
            let stubbed = links.iter().any(|link| {
                let stub = matches!(link.ruling, Ruling::Stubbed(_));
                stub && link.import.module == PREVIEW1 && link.import.name == *name
            });
            let gives = taxonomy.capabilities_of(PREVIEW1, name, true);
            if let ([only], false) = (gives.as_slice(), stubbed || name.starts_with("path_")) {
                self.runs.used(only, *calls, &mut self.room);
            }
            if let Some(import) = self.runs.import(PREVIEW1, name, &mut self.room) {
                import.calls = *calls;
                import.stubbed = stubbed;
            }
        }
    }
}

fn ended_by_itself(ending: &Ending) -> bool {
    matches!(
        ending,
        Ending::Returned(_) | Ending::Exit(_) | Ending::Stopped(Stop::Exit(_))
    )
}

fn limits(terms: &Terms) -> Figures {
    Figures {
        fuel: terms.fuel,
        deadline: Some(nanos(terms.deadline)),
        memory: Some(terms.memory),
        table_elements: Some(terms.table_elements),
        stack: Some(terms.stack),
        host_calls: Some(terms.host_calls),
        open_files: Some(terms.open_files),
        written_bytes: Some(terms.written_bytes),
        stdin: Some(terms.stdin.max),
        stdout: Some(terms.stdout.max),
        stderr: Some(terms.stderr.max),
    }
}

fn nanos(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Observer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Observer")
    }
}
